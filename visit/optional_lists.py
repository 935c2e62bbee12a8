"""Pick lists that may be left alone go away when a note is sent, and take a needless space or an empty line along."""

from visit.blanks import fields
from visit.unit_map import UnitMap

_NO_SPACE_BEFORE = ".,;:!?)"
_PASSES = 8
"""Lists do not nest in phrases; a text nested deeper by hand keeps the rest, and does not cost a pass per level."""


def optional_removals(text: str) -> tuple[tuple[int, int], ...]:
    """The ranges to delete, `[start, end)` in UTF-16 units, in order and apart; apply them from the last to the first.

    A line that holds nothing but such lists goes as a whole.
    """
    units = UnitMap(text)
    found = [(units.index(f.start), units.index(f.end)) for f in fields(text) if f.optional]
    lines: dict[int, list[tuple[int, int]]] = {}
    for start, end in found:
        lines.setdefault(text.rfind("\n", 0, start) + 1, []).append((start, end))
    removed: list[tuple[int, int]] = []
    for begin, on_line in lines.items():
        for start, end in _of_line(text, begin, on_line):
            # a space or a line's end that went with the one before is not taken twice
            removed.append((max(start, removed[-1][1]) if removed else start, end))
    return tuple((units.units(start), units.units(end)) for start, end in removed)


def _of_line(text: str, begin: int, lists: list[tuple[int, int]]) -> list[tuple[int, int]]:
    end = text.find("\n", begin)
    stop = len(text) if end < 0 else end
    rest, at = "", begin
    for first, last in [*lists, (stop, stop)]:
        rest += text[at:first]
        at = last
    if not rest.strip():
        return [(begin, stop + 1)] if end >= 0 else [(max(begin - 1, 0), stop)]
    return [_with_space(text, begin, stop, each) for each in lists]


def _with_space(text: str, begin: int, stop: int, each: tuple[int, int]) -> tuple[int, int]:
    """The list with the space before it where that space has nothing to part any more; at a line's start, after it."""
    start, end = each
    follows = text[end : end + 1] if end < stop else ""
    if start > begin and text[start - 1] == " " and (not follows or follows in " " + _NO_SPACE_BEFORE):
        return start - 1, end
    if start == begin and follows == " ":
        return start, end + 1
    return start, end


def without_optional_lists(text: str) -> str:
    """The text as it is sent; what the removal of an inner list uncovered goes too, a few times over."""
    for _ in range(_PASSES):
        removals = optional_removals(text)
        units = UnitMap(text)
        for start, end in reversed(removals):
            text = text[: units.index(start)] + text[units.index(end) :]
        if not removals:
            break
    return text
