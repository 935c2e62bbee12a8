"""Finding names by what was typed of them: start, part, letters in order, or one slip of the finger.

The index is kept up to date name by name, so that a key press never pays for building it.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import islice

MAX_QUERY = 40
_SCORED = 200
"""How many names with the letters in order are compared with each other; the first ones that are met."""


class NameIndex:
    """A set of names without line breaks, compared without case."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = sorted({name.casefold() for name in names})
        self._letters = [_letters(name) for name in self._names]
        self._shortened: dict[str, set[str]] = {}
        for name in self._names:
            self._note_shortened(name)
        self._joined: str | None = None

    def __contains__(self, name: str) -> bool:
        at = bisect_left(self._names, name)
        return at < len(self._names) and self._names[at] == name

    def add(self, name: str) -> None:
        """A further name; one that is there already changes nothing."""
        name = name.casefold()
        if name not in self:
            at = bisect_left(self._names, name)
            self._names.insert(at, name)
            self._letters.insert(at, _letters(name))
            self._note_shortened(name)
            self._joined = None

    def discard(self, name: str) -> None:
        """Forget a name, if it is there."""
        name = name.casefold()
        if name in self:
            at = bisect_left(self._names, name)
            self._names.pop(at)
            self._letters.pop(at)
            for short in _shortened(name):
                self._shortened[short].discard(name)
            self._joined = None

    def search(self, query: str, limit: int) -> list[str]:
        """At most `limit` names, casefolded, the best first; in alphabetical order for an empty query.

        Names that begin with the query come before names that hold it, those before names with its letters in order,
        and those before names one slip away (a letter too many, missing, wrong, or two exchanged).
        """
        query = query.casefold()[:MAX_QUERY]
        if not query or "\n" in query:
            return self._names[:limit] if not query else []
        found = dict.fromkeys(self._starting(query, limit))
        for more in (self._holding, self._in_order, self._slipped):
            if len(found) >= limit:
                break
            found.update(dict.fromkeys(more(query, limit + len(found))))
        return list(islice(found, limit))

    @property
    def _lines(self) -> str:
        """One name a line: what the searches by part read at C's speed."""
        if self._joined is None:
            self._joined = "\n".join(self._names)
        return self._joined

    def _note_shortened(self, name: str) -> None:
        for short in _shortened(name):
            self._shortened.setdefault(short, set()).add(name)

    def _starting(self, query: str, limit: int) -> list[str]:
        at = bisect_left(self._names, query)
        return [name for name in self._names[at : at + limit] if name.startswith(query)]

    def _holding(self, query: str, limit: int) -> list[str]:
        lines = self._lines
        found: list[str] = []
        at = lines.find(query)
        while at >= 0 and len(found) < limit:
            end = lines.find("\n", at)
            end = end if end >= 0 else len(lines)
            found.append(lines[lines.rfind("\n", 0, at) + 1 : end])
            at = lines.find(query, end)
        return found

    def _in_order(self, query: str, limit: int) -> list[str]:
        """Names with the query's letters in order, the tightest first."""
        wanted = _letters(query)
        scored: list[tuple[int, int, str]] = []
        for name, letters in zip(self._names, self._letters, strict=True):
            if letters & wanted == wanted and (span := _span(query, name)) is not None:
                scored.append((*span, name))
                if len(scored) == _SCORED:
                    break
        return [name for _, _, name in sorted(scored)[:limit]]

    def _slipped(self, query: str, limit: int) -> list[str]:
        near: set[str] = set(self._shortened.get(query, ()))
        for short in _shortened(query):
            if short in self:
                near.add(short)
            near |= self._shortened.get(short, set())
        return sorted(name for name in near if _one_slip(query, name))[:limit]


def _shortened(name: str) -> set[str]:
    """The name with any one letter left out."""
    return {name[:at] + name[at + 1 :] for at in range(len(name))}


def _letters(text: str) -> int:
    """A bit for each letter, several letters to a bit: what rules most names out at once."""
    bits = 0
    for char in text:
        bits |= 1 << (ord(char) & 63)
    return bits


def _span(query: str, name: str) -> tuple[int, int] | None:
    """How far apart the query's letters lie in the name, and where they begin; None when they do not stand in order."""
    start = at = name.find(query[0])
    for char in query[1:]:
        if at < 0:
            return None
        at = name.find(char, at + 1)
    return (at - start, start) if at >= 0 else None


def _one_slip(typed: str, name: str) -> bool:
    """Whether at most one letter is wrong, or two neighbours are exchanged.

    Asked of names that became alike when a letter was left out: of another length, one letter is too many or missing.
    """
    if len(typed) != len(name):
        return True
    wrong = [at for at, char in enumerate(typed) if char != name[at]]
    if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
        return typed[wrong[0]] == name[wrong[1]] and typed[wrong[1]] == name[wrong[0]]
    return len(wrong) <= 1
