"""What is left to do in the note, in words that name its place. Pure."""

from collections.abc import Mapping

from desktop.ui.obstacle_list import ObstacleLine
from desktop.ui.words import say
from visit.blanks import fields
from visit.readiness import Obstacle, ObstacleKind
from visit.sections import SECTION_BY_KEY
from visit.templates import Template
from visit.unit_map import UnitMap

AROUND = 16
"""At most so many characters before and after a blank are said with it."""
MOST_WORDS = 60
"""Of a finding or a carried text."""


def obstacle_lines(
    obstacles: tuple[Obstacle, ...], texts: Mapping[str, str], template: Template
) -> tuple[ObstacleLine, ...]:
    """Each obstacle in words, in the note's order."""
    looked_at = {
        key: _Looked(texts.get(key, ""), heading_of(key, template)) for key in {one.section for one in obstacles}
    }
    return tuple(
        ObstacleLine(_words(one, looked_at[one.section]), one.section, one.start, one.end) for one in obstacles
    )


class _Looked:
    """A section's text with its heading, looked through once."""

    def __init__(self, text: str, heading: str) -> None:
        self.text = text
        self.heading = heading
        self.units = UnitMap(text)
        self.fields = {field.start: field for field in fields(text)}


def heading_of(section: str, template: Template) -> str:
    """A section's heading as the note shows it."""
    known = template.section(section)
    return known.shown_heading if known is not None else SECTION_BY_KEY[section].heading


def _words(one: Obstacle, looked: _Looked) -> str:
    text, heading = looked.text, looked.heading
    start, end = looked.units.index(one.start), looked.units.index(one.end)
    match one.kind:
        case ObstacleKind.BLANK:
            return say("finish.left.blank", heading=heading, around=_around(text, start, end))
        case ObstacleKind.REQUIRED_LIST:
            between = say("finish.or")
            choices = f" {between} ".join(looked.fields[one.start].choices)
            return say("finish.left.list", heading=heading, choices=_short(choices))
        case ObstacleKind.UNHEARD_FINDING:
            return say("finish.left.unheard", heading=heading, text=_short(text[start:end]))
        case ObstacleKind.UNTOUCHED_CARRIED_TEXT:
            return say("finish.left.carried", heading=heading, text=_short(text[start:end]))
        case ObstacleKind.MISSING_SECTION:
            return say("finish.incomplete", heading=heading)
        case ObstacleKind.MIXED_SECTION:
            return say("finish.mixed", heading=heading)


def _around(text: str, start: int, end: int) -> str:
    """The blank with the whole words beside it, of its own line."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    before, after = text[max(begin, start - AROUND) : start], text[end : min(stop, end + AROUND)]
    if start - AROUND > begin:
        before = f"…{before.partition(' ')[2]}"
    if end + AROUND < stop:
        after = f"{after.rpartition(' ')[0]}…"
    return f"{before}{text[start:end]}{after}".strip()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_WORDS else f"{line[: MOST_WORDS - 1]}…"
