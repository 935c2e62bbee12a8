"""Words that may be misspelled, asked of a checker in a process of its own; typing never waits for it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextBlock

from desktop.ui.note_editor.overlay import one_unit_each

WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
BATCH = 40
"""Words of one question: short, so that what is seen now is answered before what is far below."""
LEAST = 2
"""Letters; shorter is no word to check."""
LONGEST_CAPITALS = 6
"""Letters of a word in capitals that is taken for an abbreviation: no list tells a wrong one from one that it lacks."""
NAMING = "./@#"
"""Signs that make a name of the word behind them where they begin it: `.hpi`, `/laceration`."""


class SpellCheck(Protocol):
    """Knows how words are written. Every method returns at once; answers come later, on the thread of the screen.

    Where the checker is not there, they never come.
    """

    def look_up(self, words: Sequence[str], answered: Callable[[frozenset[str]], None]) -> None:
        """Ask which of the words it does not know."""

    def suggest(self, word: str, answered: Callable[[tuple[str, ...]], None]) -> None:
        """Ask what may have been meant, the likeliest first."""


def plain(word: str) -> str:
    """A word as it is compared with names and with a person's own words: without case, and without `'s`."""
    return word.casefold().replace("\u2019", "'").removesuffix("'s")


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """The words of names, as `plain` makes them."""
    return frozenset(plain(found[0]) for text in texts for found in WORD.finditer(text))


def words_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end (in units) and letters of each word of a text that can be checked."""
    text = one_unit_each(text)
    for found in WORD.finditer(text):
        start, end = found.span()
        word = found[0]
        short = end - start < LEAST or (word.isupper() and len(word) <= LONGEST_CAPITALS)
        if not short and not _of_a_name(text, start, end):
            yield start, end, word


def _of_a_name(text: str, start: int, end: int) -> bool:
    """Whether the letters are a part of a code, or what a sign makes a name of."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if not text[start:end].isascii() and any(char.isnumeric() for char in text[start:end]):
        return True  # SpO₂
    if before.isdigit() or after.isdigit() or "_" in (before, after) or after == "@":
        return True
    return before != "" and before in NAMING and (before in "@#" or start == 1 or text[start - 2].isspace())


class Speller(QObject):
    """Remembers what was asked of a checker for one note.

    `is_written(block, start, end)` says whether a word is being typed right now: that one is not asked about.
    """

    def __init__(self, check: SpellCheck, redraw: Callable[[QTextBlock], None]) -> None:
        super().__init__()
        self.check = check
        self._redraw = redraw
        self._known: dict[str, bool] = {}
        self._waiting: dict[str, list[QTextBlock]] = {}
        self._asked: set[str] = set()
        self._spared: frozenset[str] = frozenset()
        self._closed = False
        self.is_written: Callable[[QTextBlock, int, int], bool] = lambda _block, _start, _end: False

    def spare(self, words: frozenset[str]) -> bool:
        """Never mark these (as `plain` makes them): names, and what was taught. True when that changes something."""
        changed, self._spared = words != self._spared, words
        return changed

    def ranges(self, block: QTextBlock, text: str) -> Iterator[tuple[int, int]]:
        """Where a block's unknown words stand; words that were never asked about are asked now."""
        for start, end, word in words_in(text):
            if plain(word) in self._spared or self.is_written(block, start, end):
                continue
            if word not in self._known:
                self._waiting.setdefault(word, []).append(block)
            elif not self._known[word]:
                yield start, end - start
        self._ask()

    def _ask(self) -> None:
        fresh = [word for word in self._waiting if word not in self._asked]
        for first in range(0, len(fresh), BATCH):
            batch = fresh[first : first + BATCH]
            self._asked.update(batch)
            self.check.look_up(batch, lambda unknown, batch=batch: self._on_answered(batch, unknown))  # type: ignore[misc]

    def close(self) -> None:
        """Ask nothing more; answers that still come are dropped."""
        self._closed = True
        self._waiting.clear()

    def _on_answered(self, words: Sequence[str], unknown: frozenset[str]) -> None:
        if self._closed:
            return
        blocks: dict[int, QTextBlock] = {}
        for word in words:
            self._known[word] = word not in unknown
            self._asked.discard(word)
            for block in self._waiting.pop(word, []):
                if word in unknown and block.isValid():
                    blocks[block.blockNumber()] = block
        for block in blocks.values():
            self._redraw(block)
