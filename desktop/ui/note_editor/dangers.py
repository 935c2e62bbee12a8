"""Dangerous abbreviations in the note: a wavy line, a word beside it, and the safer form at one key.

Looked for while typing rests and a few milliseconds at a time, never at a key; of a paragraph only what surrounds the
change, as a rule of `visit.abbreviations` looks at a few neighbours alone.
"""

from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QTextBlock, QTextCursor
from PySide6.QtWidgets import QLabel

from desktop.ui.actions import key_of
from desktop.ui.note_editor.marks import Mark, Marks
from desktop.ui.note_editor.overlay import INSTEAD, Overlay, one_unit_each
from desktop.ui.note_editor.places import Caret
from desktop.ui.parts import announce, label
from desktop.ui.words import say
from visit.triggers import Expansion

if TYPE_CHECKING:
    from desktop.ui.note_editor.editor import NoteEditor

REST_MS = 150
AT_ONCE_S = 0.002
"""How long one look through many paragraphs may hold the screen up, before what was typed meanwhile has its turn."""
BETWEEN_MS = 5
AROUND = 200
"""Units on either side of a change in which a finding may come or go."""
REACH = 200
"""Units that are read on either side of these, so that every neighbour is seen."""
STRETCH = 1_000
"""Units of a paragraph that are looked through at once."""


class Dangers(QObject):
    """The findings of one note; the overlay holds them and moves them with the text."""

    def __init__(self, editor: "NoteEditor", overlay: Overlay) -> None:
        super().__init__(editor)
        self._editor = editor
        self._overlay = overlay
        self._changed: list[QTextCursor] = []
        self._sweep: QTextCursor | None = None
        self._held: QTextCursor | None = None
        self._tag: QLabel | None = None
        self._said = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self.look)
        overlay.on_change = self._on_change
        overlay.on_look_through = self._on_look_through
        editor.verticalScrollBar().valueChanged.connect(self._on_scroll)

    # --- looking -----------------------------------------------------------------------------------------------------

    def _on_change(self, start: int, end: int) -> None:
        """Units [start, end) of the whole text are new."""
        self._rest.start(REST_MS)
        for known in self._changed:
            if known.selectionStart() <= start and end <= known.selectionEnd():
                return
        self._changed.append(self._cursor(start, end))

    def _on_look_through(self) -> None:
        """Everything may be another text now."""
        self._changed.clear()
        self._sweep = self._cursor(0, 0)
        self._rest.start(REST_MS)

    def _cursor(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self._editor.document())
        last = self._editor.document().characterCount() - 1
        cursor.setPosition(min(start, last))
        cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def look(self) -> None:
        """Look at what changed, as long as nobody waits; the rest a little later."""
        until = perf_counter() + AT_ONCE_S
        differs = False
        while self._changed and perf_counter() < until:
            differs |= self._look_around(self._changed.pop())
        while self._sweep is not None and perf_counter() < until:
            differs |= self._look_on(self._sweep)
        if differs:
            self._overlay.show()
        if self._changed or self._sweep is not None:
            self._rest.start(BETWEEN_MS)
        else:
            self._show_tag()

    def look_at_all(self) -> None:
        """Look through the whole note now, however long it takes."""
        while self._changed or self._sweep is not None:
            self.look()

    def _look_around(self, changed: QTextCursor) -> bool:
        document = self._editor.document()
        block = document.findBlock(changed.selectionStart())
        first, last = changed.selectionStart(), changed.selectionEnd()
        differs = False
        while block.isValid() and block.position() <= last:
            begin, length = first - block.position() - AROUND, last - first + 2 * AROUND
            for start in range(max(0, begin), max(0, begin) + length + 1, STRETCH):
                if start < block.length():
                    differs |= self._look_at(block, start, start + min(STRETCH, length))
            block = block.next()
        return differs

    def _look_on(self, sweep: QTextCursor) -> bool:
        """One stretch of the look through the whole note."""
        block, start = sweep.block(), sweep.positionInBlock()
        differs = self._look_at(block, start, start + STRETCH)
        if start + STRETCH < block.length():
            sweep.setPosition(block.position() + start + STRETCH)
        elif block.next().isValid():
            sweep.setPosition(block.next().position())
        else:
            self._sweep = None
        return differs

    def _look_at(self, block: QTextBlock, start: int, end: int) -> bool:
        """Whether what begins in units [start, end) of a paragraph is found differently than before."""
        places = self._editor.places
        if not places.sections or places.in_heading(block.position()):
            return False
        index = places.index_at(block.position())
        offset = block.position() - places.body(index)[0]
        found = [
            self._overlay.danger(offset + at, length, instead)
            for at, length, instead in self._findings(block, start, end)
        ]
        return self._overlay.put_dangers(places.sections[index].key, (offset + start, offset + end), found)

    def _findings(self, block: QTextBlock, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        from visit.abbreviations import lint  # nothing that the first paint waits for

        text = one_unit_each(block.text())
        low, high = max(0, start - REACH), min(len(text), end + REACH)
        while low > 0 and not text[low - 1].isspace():
            low -= 1
        while high < len(text) and not text[high].isspace():
            high += 1
        caret = self._editor.textCursor()
        for found in lint(text[low:high]):
            at, length = low + found.start, found.end - found.start
            if not start <= at < end:
                continue
            if self._editor.hasFocus() and caret.position() == block.position() + at + length:
                self._held = self._cursor(block.position() + at, block.position() + at + length)
                continue  # it is being typed: "5 u" may become "5 units"
            yield at, length, found.suggestion

    # --- at the caret ------------------------------------------------------------------------------------------------

    def caret_moved(self) -> None:
        """A finding that was left alone while it was typed is looked at once the caret left it."""
        if self._held is not None:
            held, self._held = self._held, None
            self._on_change(held.selectionStart(), held.selectionEnd())
        if self._tag is not None or self._overlay.dangers:
            self._show_tag()

    @property
    def any_found(self) -> bool:
        """Whether the note has one, as far as it was looked through."""
        return any(self._overlay.dangers.values())

    def near(self) -> Mark | None:
        """The finding at the caret, or the nearest one in its line of the note."""
        cursor = self._editor.textCursor()
        block, places = cursor.block(), self._editor.places
        if not places.sections or places.in_heading(block.position()):
            return None
        index = places.index_at(block.position())
        first = places.body(index)[0]
        start, caret = block.position() - first, cursor.position() - first
        known = self._overlay.dangers.get(places.sections[index].key, Marks())
        beside = known.between(start, start + block.length())
        return min(beside, key=lambda mark: max(mark.start - caret, caret - mark.end, 0), default=None)

    def at(self, position: int) -> Mark | None:
        """The finding under a position of the whole text."""
        places = self._editor.places
        if not places.sections or places.in_heading(position):
            return None
        index = places.index_at(position)
        at = position - places.body(index)[0]
        found = self._overlay.dangers.get(places.sections[index].key, Marks()).touching(at, at)
        return found[0] if found else None

    def mend(self) -> bool:
        """Write the safer form in place of the nearest finding, or go to the next in the note; False when none is."""
        found = self.near()
        if found is not None and not self._editor.isReadOnly():
            self.mend_one(self._editor.section, found)
            return True
        return self._go_on()

    def mend_one(self, section: str, found: Mark) -> None:
        """Write the safer form in place of a finding; the caret stays with its words."""
        caret = self._editor.caret()
        instead = instead_of(found)
        self._editor.set_caret(Caret(section, found.start))
        self._editor.put(Expansion(found.start, found.end, instead, found.start, found.start))
        by = len(instead) - found.length if caret.section == section and caret.position >= found.end else 0
        self._editor.set_caret(Caret(caret.section, caret.position + by))
        announce(self._editor, say("danger.mended", instead=instead.strip()))

    def _go_on(self) -> bool:
        """The caret to the next finding, round to the first."""
        places = self._editor.places
        here = self._editor.textCursor().position()
        every = [
            places.body(index)[0] + mark.start
            for index, section in enumerate(places.sections)
            for mark in self._overlay.dangers.get(section.key, Marks())
        ]
        if not every:
            return False
        self._editor.set_caret(places.caret(next((place for place in every if place > here), every[0])))
        return True

    # --- the word beside it ------------------------------------------------------------------------------------------

    def _on_scroll(self) -> None:
        if self._tag is not None:
            self._show_tag()

    def _show_tag(self) -> None:
        """The safer form and its key under the finding, while the caret is in the same line of the screen."""
        found = self.near() if self._editor.hasFocus() and not self._editor.isReadOnly() else None
        rect = None
        if found is not None:
            end = self._cursor(0, 0)
            end.setPosition(self._editor.places.position(Caret(self._editor.section, found.end)))
            rect = self._editor.cursorRect(end)
        if found is None or rect is None or rect.top() != self._editor.cursorRect().top():
            if self._tag is not None:
                self._tag.hide()
            self._said = ""
            return
        words = said(found)
        if self._tag is None:
            self._tag = label("", "tag")
            self._tag.setParent(self._editor.viewport())
            self._tag.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._tag.setText(words)
        self._tag.ensurePolished()
        room = self._editor.viewport().rect()
        self._tag.setWordWrap(False)
        self._tag.adjustSize()
        if self._tag.width() > room.width() - 8:
            self._tag.setWordWrap(True)
            self._tag.resize(room.width() - 8, self._tag.heightForWidth(room.width() - 8))
        left = max(4, min(rect.left(), room.width() - self._tag.width() - 4))
        below = rect.bottom() + 2
        fits = below + self._tag.height() <= room.height()
        self._tag.move(left, below if fits else rect.top() - self._tag.height() - 2)
        self._tag.show()
        if QAccessible.isActive() and words != self._said:
            announce(self._editor, words)
        self._said = words


def instead_of(found: Mark) -> str:
    """What to write in place of a finding."""
    return str(found.look.property(INSTEAD))


def said(found: Mark) -> str:
    """A finding in words, with the key that mends it."""
    return say("danger.tag", instead=instead_of(found).strip(), press=key_of("mend_abbreviation"))
