"""What of a note is not in another one: for words that came too late to be moved to the right patient's visit.

By whole sentences, so that it errs to one side: a sentence that was changed over there counts as missing, and nothing
that is missing counts as there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from visit.indexes import matches_in_utf16

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*|[.!?]+")


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Units [start, end) of a section, whole sentences that stand together."""

    section: str
    start: int
    end: int
    sentences: int


def left_behind(source: Mapping[str, str], target: Mapping[str, str]) -> list[LeftBehind]:
    """The source's sentences that the same section of the target has not, in order; neighbours are one piece."""
    found: list[LeftBehind] = []
    for section, text in source.items():
        there = {match[0].strip() for match in _SENTENCE.finditer(target.get(section, ""))}
        together = False
        for match, start, end in matches_in_utf16(_SENTENCE, text):
            sentence = match[0].strip()
            if not sentence:
                continue
            if sentence in there:
                together = False
                continue
            if together:
                last = found.pop()
                found.append(LeftBehind(section, last.start, end, last.sentences + 1))
            else:
                found.append(LeftBehind(section, start, end, 1))
            together = True
    return found
