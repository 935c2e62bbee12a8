"""Who reads and who replaces the phrases of a provider and of the practice."""

from datetime import datetime

from gateway.rules.situation import refuse
from visit.phrases import MAX_PHRASES, phrase_problem
from visit.triggers import folded
from wire.people import Principal, Role
from wire.phrases import PutPhrase, SharedPhrase
from wire.refusals import Refusal, RefusalCode


def may_read_practice(principal: Principal) -> Refusal | None:
    """Everybody who writes notes; a room writes none."""
    return refuse(RefusalCode.ROLE_NOT_ALLOWED) if principal.role is Role.ROOM else None


def may_keep_own(principal: Principal) -> Refusal | None:
    """A provider has phrases of their own here; a scribe's stay in the scribe's vault."""
    return None if principal.role is Role.PROVIDER else refuse(RefusalCode.ROLE_NOT_ALLOWED)


def next_version(
    name: str, put: PutPhrase, before: SharedPhrase | None, names: int, now: datetime
) -> SharedPhrase | Refusal:
    """The version that a put makes of what was there, or why it makes none; the owner has so many names."""
    name, text = folded(name), put.text.replace("\r\n", "\n")
    version = before.version if before is not None else 0
    if put.expected_version != version:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(version))
    if put.removed:
        if before is None or before.removed:
            return refuse(RefusalCode.VERSION_UNKNOWN)
        return SharedPhrase(name=name, text="", version=version + 1, updated_at=now, removed=True)
    problem = phrase_problem(name, text)
    if problem is not None:
        return refuse(RefusalCode.MALFORMED, field="phrase", kind=problem.value)
    if before is None and names >= MAX_PHRASES:
        return refuse(RefusalCode.TOO_LARGE, limit=str(MAX_PHRASES))
    return SharedPhrase(name=name, text=text, version=version + 1, updated_at=now)
