"""Gaps in a text that ask the provider something: `??` and `[inaudible 04:12]`, and how an answer fills one."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from visit.indexes import matches_in_utf16
from visit.marks import MarkedText, PlacedMark
from visit.provenance import ChatAnswer, Question
from visit.time_anchor import TimeAnchor
from visit.unit_map import UnitMap

ASKED = "??"
"""What is typed to ask; more question marks are the same."""
MAX_SENTENCE_CHARS = 280
"""So much of a long line goes into the chat."""

_GAP = re.compile(r"\?{2,}|\[inaudible(?: (?P<time>\d[\d:]*))?\]")
_ABBREVIATED = r"(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bSt)(?<!\bvs)(?<!\bapprox)(?<!\be\.g)(?<!\bi\.e)"
_SENTENCE_END = re.compile(rf"[\n\u2028\u2029]+|(?:[!?]|{_ABBREVIATED}\.)(?=\s)")
_LINE_ENDS = "\n\u2028\u2029"
_SIDED = (
    "ankle|arm|axilla|breast|calf|cheek|clavicle|ear|elbow|eye|eyelid|flank|foot|forearm|groin|hand|heel|hip|knee|leg|"
    "lower extremity|lung|shin|shoulder|side|thigh|thumb|upper extremity|wrist"
)
_PLAIN = (
    (re.compile(rf"\?{{2,}} (?:{_SIDED})s?\b", re.IGNORECASE), ("left", "right", "both")),
    (re.compile(r"\?{2,} (?:daily|weekly|(?:a|per) (?:day|week|month|night))\b"), ("once", "twice", "three times")),
    (re.compile(r"\b(?:patient|pt|she|he|they) \?{2,} \w", re.IGNORECASE), ("denies", "reports")),
)
"""Sentences whose gap takes one of a few words, as they are written there, and those words."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An unanswered place: UTF-16 units [start, end), the sentence around it, and the time that it names, if any."""

    start: int
    end: int
    token: str
    sentence: str
    anchor: TimeAnchor | None


@dataclass(frozen=True, slots=True)
class Fill:
    """What an answer does: units [start, end) are replaced by the marked text."""

    start: int
    end: int
    answer: MarkedText


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A gap in a section; `question_id` is None for one that nobody sent to the provider yet."""

    section: str
    start: int
    end: int
    question_id: str | None


def may_have_gaps(text: str) -> bool:
    """Whether `gaps` can find one: False costs next to nothing."""
    return ASKED in text or "[inaudible" in text


def gaps(text: str) -> list[Gap]:
    """Every gap of a text, in order."""
    found = []
    ends = _sentence_ends(text)
    for match, start, end in matches_in_utf16(_GAP, text):
        anchor = TimeAnchor.read(match["time"]) if match["time"] else None
        found.append(Gap(start, end, match[0], _sentence(text, ends, match.start(), match.end()), anchor))
    return found


def open_questions(section: str, text: str, marks: list[PlacedMark]) -> list[OpenQuestion]:
    """The gaps of a section's text, each with the question that is anchored there."""
    asked = [(m.start, m.end, m.provenance.question_id) for m in marks if isinstance(m.provenance, Question)]
    return [
        OpenQuestion(
            section,
            gap.start,
            gap.end,
            next((name for start, end, name in asked if start < gap.end and gap.start < end), None),
        )
        for gap in gaps(text)
    ]


def fill(text: str, mark: PlacedMark, answer: str, message_id: str) -> Fill | None:
    """How a question's gap is filled by its answer, or an earlier answer by a later one; the message is cited.

    `text` is the section's. None when the mark is no question, when its gap is gone, or when the answer is empty.
    """
    words = " ".join(answer.split())
    match mark.provenance:
        case Question(question_id=question_id):
            gap = next((gap for gap in gaps(text) if gap.start < mark.end and mark.start < gap.end), None)
            place = (gap.start, gap.end) if gap is not None else None
        case ChatAnswer(question_id=str(question_id)):
            place = (mark.start, mark.end)
        case _:
            return None
    if place is None or not words:
        return None
    cited = ChatAnswer(message_id=message_id, question_id=question_id)
    return Fill(*place, MarkedText.whole(words, cited))


def inaudible(at: TimeAnchor | None) -> str:
    """The token for what could not be heard at that time; it is the note's, and so not in the user's language."""
    return f"[inaudible {at}]" if at is not None else "[inaudible]"


def quick_answers(gap: Gap) -> tuple[str, ...]:
    """The few words that plainly fit the gap, for one tap; none where it takes more than that to know."""
    for pattern, answers in _PLAIN:
        if pattern.search(gap.sentence):
            begins = gap.sentence.startswith(ASKED)
            return tuple(answer.capitalize() if begins else answer for answer in answers)
    return ()


def left_out(text: str, start: int, end: int) -> tuple[int, int]:
    """What leaving out a gap at units [start, end) takes away: the sentence around it, as units.

    A gap alone would leave a statement that nobody made. A line that is nothing but the sentence goes with its break.
    """
    units = UnitMap(text)
    first, last = _own_bounds(text, units.index(start), units.index(end))
    if first == 0 or text[first - 1] in _LINE_ENDS:
        while last < len(text) and text[last] == " ":
            last += 1
        if last < len(text) and text[last] in _LINE_ENDS:
            last += 1
        elif last == len(text) and first > 0:
            first -= 1
    return units.units(first), units.units(last)


def sentence_range(text: str, start: int, end: int) -> tuple[int, int]:
    """The units of the sentence around a gap at units [start, end); a caret outside them has left it."""
    units = UnitMap(text)
    first, last = _own_bounds(text, units.index(start), units.index(end))
    return units.units(first), units.units(last)


def _own_bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence's characters without the line break that ends it."""
    first, last = _bounds(_sentence_ends(text), len(text), start, end)
    while last > first and text[last - 1] in _LINE_ENDS:
        last -= 1
    return first, last


def _sentence_ends(text: str) -> list[int]:
    masked = _GAP.sub(lambda gap: "_" * len(gap[0]), text)
    return [end.end() for end in _SENTENCE_END.finditer(masked)]


def _bounds(ends: list[int], length: int, start: int, end: int) -> tuple[int, int]:
    index = bisect_right(ends, start)
    first = ends[index - 1] if index else 0
    index = bisect_left(ends, end)
    return first, ends[index] if index < len(ends) else length


def _sentence(text: str, ends: list[int], start: int, end: int) -> str:
    first, last = _bounds(ends, len(text), start, end)
    room = max(0, MAX_SENTENCE_CHARS - (end - start)) // 2
    before = "…" * (start - room > first) + text[max(first, start - room) : start].lstrip()
    after = text[end : min(last, end + room)].rstrip() + "…" * (end + room < last)
    return before + text[start:end][:MAX_SENTENCE_CHARS] + after
