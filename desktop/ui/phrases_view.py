"""Phrases: the list with its search, the phrase that is chosen, and the ways in and out."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, Choice, Page, announce, button, column, label, row
from desktop.ui.phrase_editor import PhraseEditor
from desktop.ui.present_phrases import PhraseRow, whose
from desktop.ui.words import say
from visit.phrases import OwnerKind

Key = tuple[OwnerKind, str]
KEY = Qt.ItemDataRole.UserRole


class PhrasesView(Page):
    """Signals: chosen(owner, name), sought(), new_asked(), undo_asked(), import_asked(), export_asked()."""

    chosen = Signal(object, str)
    sought = Signal()
    new_asked = Signal()
    undo_asked = Signal()
    import_asked = Signal()
    export_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setAccessibleName(say("phrases.search"))
        self.search.setPlaceholderText(say("phrases.search"))
        self.scope = Choice(say("phrases.scope"))
        self.scope.addItem(say("phrases.all"), None)
        for owner in OwnerKind:
            self.scope.addItem(whose(owner), owner)
        self.list = QListWidget()
        self.list.setProperty("kind", "outline")
        self.list.setAccessibleName(say("phrases.title"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.found = label("", "small", wrap=True)
        self.told = label("", "notice", wrap=True)
        self.undo_button = button(say("phrases.undo"), self.undo_asked.emit)
        self.editor = PhraseEditor()
        self._lay_out()
        self.search.textChanged.connect(lambda _text: self.sought.emit())
        self.search.returnPressed.connect(self.list.setFocus)
        self.scope.currentIndexChanged.connect(lambda _index: self.sought.emit())
        self.list.currentItemChanged.connect(self._on_current)

    def _lay_out(self) -> None:
        card = Card(say("phrases.title"))
        card.heading.addWidget(button(say("phrases.new"), self.new_asked.emit))
        top = column(self.search, self.scope, self.found, margins=12)
        card.body.addLayout(top)
        card.body.addWidget(self.list, 1)
        ways = FlowLayout(
            button(say("phrases.import"), self.import_asked.emit), button(say("phrases.export"), self.export_asked.emit)
        )
        ways.setContentsMargins(12, 8, 12, 12)
        card.body.addLayout(ways)
        self._strip = QWidget()
        strip = row(self.told, self.undo_button)
        strip.setStretch(0, 1)
        self._strip.setLayout(strip)
        self._strip.setVisible(False)
        both = row(card, self.editor, spacing=14)
        both.setStretch(0, 2)
        both.setStretch(1, 3)
        whole = column(self._strip, both, margins=18, spacing=10)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def take_focus(self) -> None:
        """To the search."""
        self.search.setFocus()

    @property
    def chosen_scope(self) -> OwnerKind | None:
        """Whose phrases are listed; None: all."""
        owner = self.scope.currentData()
        return OwnerKind(owner) if owner is not None else None

    def show_rows(self, rows: Sequence[PhraseRow], unsaved: set[Key], current: Key | None, found: str) -> None:
        """List phrases; the current one stays chosen, whether it is listed or not."""
        self.list.blockSignals(True)
        self.list.clear()
        for shown in rows:
            key = (shown.owner, shown.name)
            item = QListWidgetItem(_item_words(shown, unsaved=key in unsaved))
            item.setData(KEY, key)
            item.setToolTip(shown.note)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, _spoken(shown, unsaved=key in unsaved))
            self.list.addItem(item)
            if key == current:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self.found.setText(found)

    def mark(self, key: Key) -> None:
        """Choose a phrase in the list, where it is listed, without saying so."""
        self.list.blockSignals(True)
        items = (self.list.item(row) for row in range(self.list.count()))
        self.list.setCurrentItem(next((it for it in items if it.data(KEY) == key), None))  # type: ignore[arg-type]
        self.list.blockSignals(False)

    def tell(self, words: str, *, undo: bool = False) -> None:
        """Say what happened, with the way to undo it where there is one; nothing to say hides the strip."""
        self.told.setText(words)
        self.undo_button.setVisible(undo)
        self._strip.setVisible(bool(words))
        if words:
            announce(self, words)

    def _on_current(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            owner, name = item.data(KEY)
            self.chosen.emit(OwnerKind(owner), name)


def _item_words(shown: PhraseRow, *, unsaved: bool) -> str:
    state = [say("phrases.unsaved")] if unsaved else []
    head = " · ".join([f".{shown.name}", shown.whose, *state, *([shown.note] if shown.note else [])])
    return f"{head}\n{shown.first_line}"


def _spoken(shown: PhraseRow, *, unsaved: bool) -> str:
    state = [say("phrases.unsaved")] if unsaved else []
    return ", ".join(part for part in (shown.name, shown.whose, *state, shown.note, shown.first_line) if part)
