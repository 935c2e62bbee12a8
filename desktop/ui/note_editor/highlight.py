"""Looks over the text, block by block as it changes: blanks, marks, and words that may be misspelled.

None of it is part of the text; Qt asks again only for the blocks that changed.
"""

import re
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextBlock, QTextCharFormat, QTextDocument

from desktop.ui.note_editor.marks import Mark, Marks
from desktop.ui.note_editor.mirror import Mirror
from desktop.ui.tokens import Tokens
from visit.completeness import BLANK

BLANKS = re.compile(re.escape(BLANK))
Misspelled = Callable[[QTextBlock, str], Iterable[tuple[int, int]]]
"""Ranges (start, length in units) of a block's words that may be misspelled."""


class Highlighter(QSyntaxHighlighter):
    """Draws over the blocks of one note; give it the document once the text stands in it."""

    def __init__(self, owner: QObject, tokens: Tokens) -> None:
        super().__init__(owner)
        self.mirror: Mirror | None = None
        self.marks: dict[str, Marks] = {}
        self.misspelled: Misspelled | None = None
        self.use_tokens(tokens)

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance; `rehighlight` shows it."""
        self._blank = QTextCharFormat()
        self._blank.setBackground(QColor(tokens.warn_soft))
        self._blank.setForeground(QColor(tokens.warn))
        self._misspelled = QTextCharFormat()
        self._misspelled.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SpellCheckUnderline)
        self._misspelled.setUnderlineColor(QColor(tokens.bad))

    def highlightBlock(self, text: str) -> None:
        """Draw over one block."""
        if self.mirror is None or not text:
            return
        block = self.currentBlock()
        places = self.mirror.places
        index = places.index_at(block.position())
        offset = block.position() - places.body(index)[0]
        if offset < 0:
            return  # a heading
        marks = self.marks.get(places.sections[index].key)
        if self.misspelled is not None:
            for start, length in self.misspelled(block, text):
                self.setFormat(start, length, self._misspelled)
        if marks:
            for mark in marks.between(offset, offset + block.length()):
                self._lay_over(mark.start - offset, mark.length, mark.look)
        if BLANK in text:
            line = one_unit_each(text)
            for found in BLANKS.finditer(line):
                self._lay_over(found.start(), len(BLANK), self._blank)

    def _lay_over(self, start: int, length: int, look: QTextCharFormat) -> None:
        """A look over what is there already, run by run where several meet."""
        end = min(start + length, self.currentBlock().length() - 1)
        at = max(0, start)
        while at < end:
            below = self.format(at)
            until = at + 1
            while until < end and self.format(until) == below:
                until += 1
            both = QTextCharFormat(below)
            both.merge(look)
            self.setFormat(at, until - at, both)
            at = until

    def show_marks(self, document: QTextDocument, section: str, marks: Iterable[Mark]) -> None:
        """Other marks of a section; only blocks where they differ are drawn again."""
        old, new = self.marks.get(section, Marks()), Marks(marks)
        before, now = list(old), list(new)
        self.marks[section] = new
        index = None if self.mirror is None else self.mirror.places.index(section)
        if before == now or self.mirror is None or index is None or self.document() is None:
            return
        first = self.mirror.places.body(index)[0]
        differ = [*_missing(before, now), *_missing(now, before)]
        drawn: set[int] = set()
        for mark in differ:
            block = document.findBlock(first + mark.start)
            while block.isValid() and block.position() < first + mark.end:
                if block.blockNumber() not in drawn:
                    drawn.add(block.blockNumber())
                    self.rehighlightBlock(block)
                block = block.next()


def one_unit_each(text: str) -> str:
    """The text with a stand-in for each half of a surrogate pair, so that its indexes are Qt's positions."""
    return text if text.isascii() else "".join("??" if ord(char) > 0xFFFF else char for char in text)


def _missing(marks: list[Mark], others: list[Mark]) -> list[Mark]:
    there = {(mark.start, mark.length, mark.tooltip) for mark in others}
    return [m for m in marks if (m.start, m.length, m.tooltip) not in there]
