"""The sentence at a place in a text: what is said of "the last sentence" without a selection."""

import re

from visit.unit_map import UnitMap

_SHORTENED = r"(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bSt)(?<!\bvs)(?<!\bapprox)(?<!\be\.g)(?<!\bi\.e)"
_END = re.compile(rf"[\n\u2028\u2029]+|(?:[!?]|{_SHORTENED}\.)(?=\s|$)")


def sentence_at(text: str, position: int) -> tuple[int, int] | None:
    """UTF-16 units [start, end) of the sentence that was begun last before a position, without the space around it.

    At the beginning of a text it is the first one; None where the text says nothing. NotABoundary when the position
    is no place in the text.
    """
    units = UnitMap(text)
    at = units.index(position)
    found: tuple[int, int] | None = None
    for start, end in _sentences(text):
        if start >= at and found is not None:
            break
        found = (start, end)
    return (units.units(found[0]), units.units(found[1])) if found is not None else None


def _sentences(text: str) -> list[tuple[int, int]]:
    """Each sentence that says something, as character indexes."""
    ends = [match.end() for match in _END.finditer(text)]
    found = []
    for begin, end in zip([0, *ends], [*ends, len(text)], strict=True):
        said = text[begin:end]
        start = begin + len(said) - len(said.lstrip())
        if said.strip():
            found.append((start, start + len(said.strip())))
    return found
