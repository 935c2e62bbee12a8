"""The outline beside the note: a sign for each section, and its words while the outline has the keyboard."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from desktop.ui.actions import key_of
from desktop.ui.note_editor.headings import Standing
from desktop.ui.note_editor.places import ShownSection
from desktop.ui.tokens import Tokens
from desktop.ui.words import say

NARROW_EMS = 1.9
"""Width with signs alone, in heights of the type."""
KEYED = 9
"""Sections that a key of their own reaches."""


class Outline(QListWidget):
    """One row for each section; narrow until it has the keyboard. Signals: section_chosen(key), left(), widened()."""

    section_chosen = Signal(str)
    left = Signal()
    widened = Signal()

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self._sections: Sequence[ShownSection] = ()
        self._standing: dict[str, Standing] = {}
        self.setProperty("kind", "outline")
        self.setAccessibleName(say("note.outline"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)  # the row has its own ground
        self.setTabKeyNavigation(False)
        self.itemClicked.connect(self._choose)
        self.currentRowChanged.connect(lambda _row: self._refresh())

    @property
    def wide(self) -> bool:
        """Whether it shows words now."""
        return self.hasFocus()

    def show_sections(self, sections: Sequence[ShownSection]) -> None:
        """The sections, in their order."""
        self._sections = ()
        self.clear()
        for _ in sections:
            self.addItem(QListWidgetItem())
        self._sections = tuple(sections)
        self._refresh()

    def show_standing(self, section: str, standing: Standing) -> None:
        """How a section stands."""
        before = self._standing.get(section)
        self._standing[section] = standing
        if before is None or before.seen != standing.seen:
            self._refresh()

    def show_current(self, section: str) -> None:
        """The section that has the caret."""
        for number, shown in enumerate(self._sections):
            if shown.key == section:
                self.setCurrentRow(number)

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance."""
        self._tokens = tokens
        self._refresh()

    def _refresh(self) -> None:
        for number, section in enumerate(self._sections):
            item, standing = self.item(number), self._standing.get(section.key, Standing())
            key = key_of(f"section_{number + 1}") if number < KEYED else ""
            parts = (section.heading, standing.word, standing.waiting, key)
            words = " · ".join(part for part in parts if part)
            item.setText(f"{standing.sign}  {words}" if self.wide else standing.sign)
            item.setToolTip("" if self.wide else words)
            tone = {"ok": self._tokens.ok, "warn": self._tokens.warn}.get(standing.tone, self._tokens.muted)
            item.setForeground(QColor(self._tokens.ink if self.wide else tone))
            item.setBackground(QColor(self._tokens.accent_soft) if number == self.currentRow() else QBrush())
            spoken = [standing.spoken(section.heading), standing.word, key]
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ". ".join(part for part in spoken if part))

    def _choose(self, item: QListWidgetItem) -> None:
        self.section_chosen.emit(self._sections[self.row(item)].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the section, Escape back to the text."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentItem() is not None:
            self._choose(self.currentItem())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show words."""
        super().focusInEvent(event)
        self._refresh()
        self.widened.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show signs."""
        super().focusOutEvent(event)
        self._refresh()
        self.widened.emit()

    def width_now(self) -> int:
        """Pixels that it takes now."""
        if self.wide:
            return self.sizeHintForColumn(0) + self.fontMetrics().height()
        return round(NARROW_EMS * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """It scrolls."""
        return QSize(0, 0)


class WithOutline(QWidget):
    """A note's text with the outline at its leading edge; with words it lies over the text, which does not move."""

    def __init__(self, text: QWidget, outline: Outline) -> None:
        super().__init__()
        self._outline = outline
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(text)
        outline.setParent(self)
        outline.raise_()
        outline.widened.connect(self._arrange)
        outline.installEventFilter(self)
        QWidget.setTabOrder(outline, text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another size of the type."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another height."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        to_left = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        narrow = round(NARROW_EMS * self._outline.fontMetrics().height())
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(0 if to_left else narrow, 0, narrow if to_left else 0, 0)
        width = min(self._outline.width_now(), self.width())
        self._outline.setGeometry(self.width() - width if to_left else 0, 0, width, self.height())
