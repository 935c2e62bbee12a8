"""Words that may be misspelled, asked of a checker in a thread of its own; typing never waits for it."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QTextBlock

from desktop.ui.note_editor.overlay import one_unit_each

WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
BATCH = 40
"""Words of one question: short, because a checker in Python takes turns with typing."""
LEAST = 2
"""Letters; shorter is no word to check."""


class SpellCheck(Protocol):
    """Knows how words are written. Called in a thread of its own, one call at a time."""

    def misspelled(self, words: Sequence[str]) -> set[str]:
        """Those of the words that it does not know."""


Answered = Callable[[tuple[str, ...], set[str]], None]


class _Ask(QRunnable):
    def __init__(self, check: SpellCheck, words: Sequence[str], answered: Answered) -> None:
        super().__init__()
        self._check, self._words, self._answered = check, tuple(words), answered

    def run(self) -> None:
        """In the checker's thread."""
        self._answered(self._words, self._check.misspelled(self._words))


class Speller(QObject):
    """Remembers what was asked; signal: answered(words, unknown), on the thread of the screen.

    `is_written(block, start, end)` says whether a word is being typed right now: that one is not asked about.
    """

    answered = Signal(object, object)

    def __init__(self, check: SpellCheck, redraw: Callable[[QTextBlock], None]) -> None:
        super().__init__()
        self._check = check
        self._redraw = redraw
        self._known: dict[str, bool] = {}
        self._waiting: dict[str, list[QTextBlock]] = {}
        self._asked: set[str] = set()
        self.is_written: Callable[[QTextBlock, int, int], bool] = lambda _block, _start, _end: False
        self._thread = QThreadPool(self)
        self._thread.setMaxThreadCount(1)
        self.answered.connect(self._on_answered)

    def ranges(self, block: QTextBlock, text: str) -> Iterator[tuple[int, int]]:
        """Where a block's unknown words stand; words that were never asked about are asked now."""
        for found in WORD.finditer(one_unit_each(text)):
            start, end = found.span()
            if end - start < LEAST or self.is_written(block, start, end):
                continue
            word = found[0]
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
            self._thread.start(_Ask(self._check, batch, self.answered.emit))

    def close(self) -> None:
        """Ask nothing more, and wait for the one question that is being answered."""
        self._thread.clear()
        self._thread.waitForDone()

    def _on_answered(self, words: tuple[str, ...], unknown: set[str]) -> None:
        blocks: dict[int, QTextBlock] = {}
        for word in words:
            self._known[word] = word not in unknown
            self._asked.discard(word)
            for block in self._waiting.pop(word, []):
                if word in unknown and block.isValid():
                    blocks[block.blockNumber()] = block
        for block in blocks.values():
            self._redraw(block)
