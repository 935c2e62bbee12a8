"""The phrases of providers and of the practice: read by scribes, replaced by the provider or by the practice's IT."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.envelope import Envelope
from gateway.ledger import Ledger
from gateway.ports import key_of
from gateway.rules.phrases import may_keep_own, may_read_practice, next_version
from gateway.rules.situation import refuse
from gateway.store.database import Database
from gateway.store.phrase_rows import (
    PRACTICE,
    Revised,
    count_names,
    newest_phrase,
    newest_phrases,
    phrases_after,
    put_phrases,
)
from visit.phrases import MAX_PHRASES
from visit.triggers import folded
from wire.people import Principal, Role
from wire.phrases import PhrasePage, PutPhrase, SharedPhrase
from wire.refusals import Refusal, RefusalCode

PAGE_PHRASES = 400
PAGE_CHARS = 400_000
"""A page's answer stays below what a desktop takes, whatever the letters."""


class PhraseService:
    """Answers each principal for itself; nothing is cached."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def of_practice(self, principal: Principal, after: int) -> PhrasePage | Refusal:
        """The practice's phrases that changed after a revision."""
        return may_read_practice(principal) or await self._page(PRACTICE, after)

    async def of_visit(self, principal: Principal, visit_id: str, after: int) -> PhrasePage | Refusal:
        """Those of a visit's provider, for a scribe who is assigned to it."""
        state = await self._ledger.state(visit_id)
        if state is None:
            return refuse(RefusalCode.VISIT_UNKNOWN)
        if principal.role is not Role.SCRIBE or principal.id not in state.facts.assigned:
            return refuse(RefusalCode.NOT_ASSIGNED)
        return await self._page(state.facts.provider.person_id, after)

    async def own(self, principal: Principal, after: int) -> PhrasePage | Refusal:
        """A provider's own."""
        return may_keep_own(principal) or await self._page(principal.id, after)

    async def put_own(self, principal: Principal, name: str, put: PutPhrase) -> SharedPhrase | Refusal:
        """Keep a new version of a provider's own phrase."""
        refusal = may_keep_own(principal)
        if refusal is not None:
            return refusal
        return await self._ledger.run(self._put(principal, folded(name), put))

    async def _put(self, principal: Principal, name: str, put: PutPhrase) -> SharedPhrase | Refusal:
        ledger, owner = self._ledger, principal.id
        async with ledger.database.write(ledger.clock()) as tx:
            before = await newest_phrase(tx, ledger.envelope, owner, name)
            made = next_version(name, put, before, await count_names(tx, owner), tx.now)
            if isinstance(made, SharedPhrase):
                await put_phrases(tx, ledger.envelope, owner, key_of(principal), [made])
                details: dict[str, str | int] = {"version": made.version, "removed": int(made.removed)}
                await tx.audit(key_of(principal), "phrase_put", {"owner": owner}, details)
        return made

    async def _page(self, owner: str, after: int) -> PhrasePage:
        async with self._ledger.database.read() as connection:
            found = await phrases_after(connection, self._ledger.envelope, owner, after, PAGE_PHRASES + 1)
        shown = _that_fit(found)
        return PhrasePage(
            phrases=tuple(one.phrase for one in shown),
            revision=shown[-1].revision if shown else after,
            complete=len(shown) == len(found),
        )


def _that_fit(found: Sequence[Revised]) -> list[Revised]:
    """As many as one page holds; at least one, where there is one."""
    shown: list[Revised] = []
    chars = 0
    for one in found[:PAGE_PHRASES]:
        chars += len(one.phrase.text)
        if shown and chars > PAGE_CHARS:
            break
        shown.append(one)
    return shown


@dataclass(frozen=True, slots=True)
class Replaced:
    """What an import changed."""

    saved: int
    removed: int


async def replace_phrases(
    database: Database, envelope: Envelope, owner: str, wanted: Sequence[tuple[str, str]], now: datetime
) -> Replaced:
    """Make an owner's phrases exactly these (name and text, checked before); what is as it was keeps its version.

    ValueError when they do not fit beside the removed names that are kept.
    """
    async with database.write(now) as tx:
        known = await newest_phrases(tx, envelope, owner)
        names = {name for name, _ in wanted}
        if len(names | set(known)) > MAX_PHRASES:
            raise ValueError(f"with the removed ones there would be more than {MAX_PHRASES} phrases")
        saved = [
            SharedPhrase(name=name, text=text, version=_version(known, name), updated_at=now)
            for name, text in wanted
            if name not in known or known[name].removed or known[name].text != text
        ]
        gone = [
            SharedPhrase(name=name, text="", version=phrase.version + 1, updated_at=now, removed=True)
            for name, phrase in known.items()
            if name not in names and not phrase.removed
        ]
        await put_phrases(tx, envelope, owner, "operator", [*saved, *gone])
        await tx.audit("operator", "phrases_replaced", {"owner": owner}, {"saved": len(saved), "removed": len(gone)})
    return Replaced(len(saved), len(gone))


async def listed_phrases(database: Database, envelope: Envelope, owner: str) -> list[SharedPhrase]:
    """An owner's phrases as they are now, by name."""
    async with database.read() as connection:
        known = await newest_phrases(connection, envelope, owner)
    return [phrase for phrase in known.values() if not phrase.removed]


def _version(known: dict[str, SharedPhrase], name: str) -> int:
    return known[name].version + 1 if name in known else 1
