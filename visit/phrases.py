"""Phrases that a scribe expands with `.name`: the scribe's own, the provider's and the practice's, with their versions.

A library serves one scribe with one provider in one practice; where names are the same, the nearer owner's wins.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from visit.blanks import problems
from visit.fuzzy import NameIndex
from visit.triggers import NAME, Expansion, Trigger, expansion, folded, typed_name

SIGN = "."
MAX_TEXT = 20_000
MAX_PHRASES = 10_000
"""Names per owner, removed ones included."""
KEPT_VERSIONS = 50
FOUND = 12
_DIRTY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control characters but tab and line feed, half pairs, other line breaks, and marks that turn the reading direction:
with them a text can read otherwise than it is stored."""


class OwnerKind(StrEnum):
    """Whose a phrase is, in order of precedence."""

    USER = "user"
    PROVIDER = "provider"
    PRACTICE = "practice"


class PhraseProblem(StrEnum):
    """Why a phrase is refused."""

    BAD_NAME = "bad_name"
    EMPTY_TEXT = "empty_text"
    TEXT_TOO_LONG = "text_too_long"
    CONTROL_CHARACTER = "control_character"
    BAD_LIST = "bad_list"
    TOO_MANY = "too_many"
    NO_SUCH_VERSION = "no_such_version"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One version of a phrase; `name` is without its dot, casefolded; a removed one has no text and is not found."""

    owner: OwnerKind
    name: str
    text: str
    version: int
    updated_at: datetime
    removed: bool = False


def phrase_problem(name: str, text: str) -> PhraseProblem | None:
    """Why this name with this text cannot be a phrase; None when it can.

    A name begins with a letter, so that no decimal is one, and has at most 40 letters, digits, `_` and `-`.
    """
    if NAME.fullmatch(folded(name)) is None:
        return PhraseProblem.BAD_NAME
    if not text.strip():
        return PhraseProblem.EMPTY_TEXT
    if len(text) > MAX_TEXT:
        return PhraseProblem.TEXT_TOO_LONG
    if not is_clean(text):
        return PhraseProblem.CONTROL_CHARACTER
    return PhraseProblem.BAD_LIST if problems(text) else None


def is_clean(text: str) -> bool:
    """Whether a text has no control characters but line breaks and tabs, no half pairs and no direction marks."""
    return _DIRTY.search(text) is None


class PhraseLibrary:
    """Every version of the phrases of the three owners, with an index by name. Not thread-safe.

    It believes the versions that it is made of: what came from elsewhere is asked `phrase_problem` first.
    """

    def __init__(self, phrases: Iterable[Phrase] = ()) -> None:
        self._versions: dict[tuple[OwnerKind, str], list[Phrase]] = {}
        for phrase in sorted(phrases, key=lambda p: (p.version, p.updated_at, p.text)):
            versions = self._versions.setdefault((phrase.owner, phrase.name), [])
            if versions and versions[-1].version == phrase.version:
                versions[-1] = phrase  # made on two laptops: the later one counts
            else:
                versions.append(phrase)
        self._names_of = Counter(owner for owner, _ in self._versions)
        self._index = NameIndex(name for owner, name in self._versions if self.own(owner, name) is not None)

    def find(self, name: str) -> Phrase | None:
        """The phrase that a name expands to: the user's before the provider's before the practice's."""
        name = folded(name)
        return next((phrase for owner in OwnerKind if (phrase := self.own(owner, name)) is not None), None)

    def own(self, owner: OwnerKind, name: str) -> Phrase | None:
        """That owner's newest version; None when there is none or it was removed."""
        versions = self._versions.get((owner, folded(name)))
        return versions[-1] if versions and not versions[-1].removed else None

    def all(self, owner: OwnerKind) -> tuple[Phrase, ...]:
        """That owner's phrases by name, the newest version of each."""
        names = sorted(name for kind, name in self._versions if kind is owner)
        return tuple(phrase for name in names if (phrase := self.own(owner, name)) is not None)

    def names(self, owner: OwnerKind) -> tuple[str, ...]:
        """Every name that an owner has or had, in order: what is to be kept."""
        return tuple(sorted(name for kind, name in self._versions if kind is owner))

    def rivals(self, name: str) -> tuple[Phrase, ...]:
        """Every owner's phrase of a name, the one that it expands to first."""
        return tuple(phrase for owner in OwnerKind if (phrase := self.own(owner, name)) is not None)

    def search(self, query: str, limit: int = FOUND) -> tuple[Phrase, ...]:
        """The phrases whose names fit what was typed, the best first, each name once and as it would expand."""
        names = self._index.search(folded(query.removeprefix(SIGN)), limit)
        return tuple(phrase for name in names if (phrase := self.find(name)) is not None)

    def typed(self, text: str, caret: int) -> Trigger | None:
        """The dot with the start of a name at the caret, for the list of suggestions; None where none is typed."""
        return typed_name(text, caret, SIGN)

    def expand(self, text: str, caret: int) -> Expansion | None:
        """What replaces the phrase that ends at the caret (UTF-16 units), when Tab, Space or Enter is pressed there.

        Ask before the key goes into the text; None when no phrase ends there, and the key is then a key.
        """
        trigger = self.typed(text, caret)
        phrase = self.find(trigger.name) if trigger is not None and trigger.name else None
        return expansion(trigger, phrase.text) if trigger is not None and phrase is not None else None

    def save(self, owner: OwnerKind, name: str, text: str, now: datetime) -> Phrase | PhraseProblem:
        """Keep a new version; one that says the same as the newest is not kept again."""
        name, text = folded(name), text.replace("\r\n", "\n")
        problem = phrase_problem(name, text)
        if problem is not None:
            return problem
        newest = self.own(owner, name)
        if newest is not None and newest.text == text:
            return newest
        if (owner, name) not in self._versions and self.names_of(owner) >= MAX_PHRASES:
            return PhraseProblem.TOO_MANY
        return self._append(owner, name, Phrase(owner, name, text, 0, now))

    def remove(self, owner: OwnerKind, name: str, now: datetime) -> Phrase | None:
        """Remove an owner's phrase; its versions stay and can be restored. None when there is none."""
        newest = self.own(owner, name)
        return (
            self._append(owner, newest.name, replace(newest, text="", updated_at=now, removed=True)) if newest else None
        )

    def versions(self, owner: OwnerKind, name: str) -> tuple[Phrase, ...]:
        """The kept versions, the oldest first."""
        return tuple(self._versions.get((owner, folded(name)), ()))

    def restore(self, owner: OwnerKind, name: str, version: int, now: datetime) -> Phrase | PhraseProblem:
        """Make an older version's text the newest version."""
        for old in self.versions(owner, name):
            if old.version == version and not old.removed:
                return self.save(owner, name, old.text, now)
        return PhraseProblem.NO_SUCH_VERSION

    def names_of(self, owner: OwnerKind) -> int:
        """How many names an owner has, removed ones included."""
        return self._names_of[owner]

    def _append(self, owner: OwnerKind, name: str, phrase: Phrase) -> Phrase:
        if (owner, name) not in self._versions:
            self._names_of[owner] += 1
        versions = self._versions.setdefault((owner, name), [])
        kept = replace(phrase, version=versions[-1].version + 1 if versions else 1)
        versions.append(kept)
        del versions[:-KEPT_VERSIONS]
        if self.find(name) is not None:
            self._index.add(name)
        else:
            self._index.discard(name)
        return kept
