"""Two versions of a note side by side: by section, and by words within it, in work that is bounded for any text.

Sentences are compared first, then the words of sentences that took each other's place; what is too much for either
is shown as removed and added whole, which is true of any two texts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from wire.versions import ComparedRun, ComparedSection, RunKind, VersionSection

MAX_SENTENCES = 4_000
"""Sections with more sentences than this, on either side and without what begins and ends alike, are taken whole."""
MAX_WORDS_IN_PLACE = 400
"""So many words, spaces counted, that took each other's place are compared by the word."""
WORD_BUDGET = 400_000
"""Pairs of words that one comparison of notes looks at, at most."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*\s*|[.!?\n]+\s*")
_WORD = re.compile(r"\s+|\w+|[^\w\s]")

_Piece = tuple[RunKind, str]


@dataclass(slots=True)
class _Budget:
    """What is left of the work on words."""

    pairs: int = WORD_BUDGET

    def spend(self, pairs: int) -> bool:
        """Whether there is so much left; it is gone then."""
        if pairs > self.pairs:
            return False
        self.pairs -= pairs
        return True


def compare_notes(left: Sequence[VersionSection], right: Sequence[VersionSection]) -> tuple[ComparedSection, ...]:
    """Every section that either version has, in the note's order; one that only one has is removed or added whole.

    Joined in order, the equal and removed runs of a section are exactly its left text, the equal and added its right.
    """
    budget = _Budget()
    before, after = {one.key: one for one in left}, {one.key: one for one in right}
    compared = []
    for key in _merged([one.key for one in left], [one.key for one in right]):
        shown = after.get(key) or before[key]
        texts = (before[key].text if key in before else "", after[key].text if key in after else "")
        compared.append(ComparedSection(key=key, heading=shown.heading, runs=_runs(*texts, budget)))
    return tuple(compared)


def compare_texts(left: str, right: str) -> tuple[ComparedRun, ...]:
    """The runs of two texts: equal, removed (left only) or added (right only); neighbours differ in kind."""
    return _runs(left, right, _Budget())


def _merged(left: list[str], right: list[str]) -> Iterator[str]:
    """Both orders in one; what only the left has stands before the next that both have."""
    shared, given = set(left) & set(right), set[str]()
    waiting = iter(left)
    for key in right:
        if key in shared:
            for other in waiting:
                if other == key:
                    break
                if other not in shared and other not in given:
                    given.add(other)
                    yield other
        given.add(key)
        yield key
    yield from (key for key in left if key not in given)


def _runs(left: str, right: str, budget: _Budget) -> tuple[ComparedRun, ...]:
    if left == right:
        return (ComparedRun(kind=RunKind.EQUAL, text=left),) if left else ()
    return _joined(_by_sentence(_SENTENCE.findall(left), _SENTENCE.findall(right), budget))


def _by_sentence(left: list[str], right: list[str], budget: _Budget) -> Iterator[_Piece]:
    begin, end = _alike(left, right)
    yield RunKind.EQUAL, "".join(left[:begin])
    yield from _changed_sentences(left[begin : len(left) - end], right[begin : len(right) - end], budget)
    yield RunKind.EQUAL, "".join(left[len(left) - end :])


def _changed_sentences(left: list[str], right: list[str], budget: _Budget) -> Iterator[_Piece]:
    if max(len(left), len(right)) > MAX_SENTENCES:
        yield from _whole("".join(left), "".join(right))
        return
    # Sentences that occur very often ("Denies.") are no landmarks: the matcher passes over them in long texts.
    for kind, a, b, c, d in SequenceMatcher(None, left, right).get_opcodes():
        if kind == "equal":
            yield RunKind.EQUAL, "".join(left[a:b])
        else:
            yield from _by_word("".join(left[a:b]), "".join(right[c:d]), budget)


def _by_word(left: str, right: str, budget: _Budget) -> Iterator[_Piece]:
    ours, theirs = _WORD.findall(left), _WORD.findall(right)
    short = max(len(ours), len(theirs)) <= MAX_WORDS_IN_PLACE
    if not ours or not theirs or not short or not budget.spend(len(ours) * len(theirs)):
        yield from _whole(left, right)
        return
    for kind, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            yield RunKind.EQUAL, "".join(ours[a:b])
        else:
            yield from _whole("".join(ours[a:b]), "".join(theirs[c:d]))


def _whole(left: str, right: str) -> Iterator[_Piece]:
    yield RunKind.REMOVED, left
    yield RunKind.ADDED, right


def _alike(left: list[str], right: list[str]) -> tuple[int, int]:
    """How many sentences are the same at the beginning, and how many of the others at the end."""
    least = min(len(left), len(right))
    begin = next((n for n in range(least) if left[n] != right[n]), least)
    end = next((n for n in range(least - begin) if left[-1 - n] != right[-1 - n]), least - begin)
    return begin, end


def _joined(pieces: Iterator[_Piece]) -> tuple[ComparedRun, ...]:
    """Neighbours of one kind are one run, empty ones none; between two equal runs the removed text comes first."""
    runs: list[_Piece] = []
    for kind, text in pieces:
        if not text:
            continue
        place = len(runs)
        if kind is RunKind.REMOVED and runs and runs[-1][0] is RunKind.ADDED:
            place -= 1
        if place and runs[place - 1][0] is kind:
            runs[place - 1] = (kind, runs[place - 1][1] + text)
        else:
            runs.insert(place, (kind, text))
    return tuple(ComparedRun(kind=kind, text=text) for kind, text in runs)
