"""One phrase: its name and text with a preview, who wins where names are the same, and its earlier versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, Pill, Sheet, button, clear, column, label, line, row, scroller
from desktop.ui.present_phrases import count_words, preview
from desktop.ui.words import say

PREVIEW_MS = 150
LIST = "{a|b}"
"""How a pick list is written."""
TEXT_LINES = 8
"""Height of the text's field, in lines."""


@dataclass(frozen=True, slots=True)
class ShownPhrase:
    """What the editor shows: a phrase, or with an empty name a new one."""

    name: str = ""
    text: str = ""
    whose: str = ""
    own: bool = True
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """An earlier version: its number, when it was made, and its text."""

    version: int
    when: str
    text: str


class PhraseEditor(Card):
    """Signals: saved(name, text), removed(), copied(), versions_asked(), restored(version), edited()."""

    saved = Signal(str, str)
    removed = Signal()
    copied = Signal()
    versions_asked = Signal()
    restored = Signal(int)
    edited = Signal()

    def __init__(self) -> None:
        super().__init__(say("phrases.new_title"))
        self._shown = ShownPhrase()
        self.whose = Pill()
        self.heading.addWidget(self.whose)
        self.conflict = label("", "notice", wrap=True)
        self.name = QLineEdit()
        self.name.setAccessibleName(say("phrases.name"))
        self.name.setMaxLength(40)
        self.text = QPlainTextEdit()
        self.text.setProperty("kind", "field")
        self.text.setAccessibleName(say("phrases.text"))
        self.text.setPlaceholderText(say("phrases.text_hint", list=LIST))
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(TEXT_LINES * self.text.fontMetrics().lineSpacing())
        self.open_fields = label("", "small", wrap=True)
        self.preview = label("", "muted", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.save_button = button(say("phrases.save"), self._on_save, "primary")
        self.discard_button = button(say("phrases.discard"), self.discard)
        self.copy_button = button(say("phrases.copy"), self.copied.emit)
        self.remove_button = button(say("phrases.remove"), self.removed.emit)
        self.versions_button = button(say("phrases.versions"), self.versions_asked.emit)
        self._versions = QVBoxLayout()
        self._versions.setSpacing(6)
        self._lay_out()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PREVIEW_MS)
        self._soon.timeout.connect(self._look)
        self.name.textEdited.connect(lambda _text: self._on_edited())
        self.text.textChanged.connect(self._on_edited)
        self.show_phrase(ShownPhrase())

    def _lay_out(self) -> None:
        name = row(label(say("phrases.name"), "strong"), self.name)
        name.setStretch(1, 1)
        buttons = FlowLayout(
            self.save_button, self.discard_button, self.copy_button, self.versions_button, self.remove_button
        )
        looks = column(label(say("phrases.preview").upper(), "section"), self.open_fields, self.preview, spacing=4)
        inner = Sheet()
        parts = (self.conflict, name, self.text, self.problem, buttons, looks, self._versions, 1)
        inner.setLayout(column(*parts, margins=14, spacing=10))
        self.body.addWidget(scroller(inner, say("phrases.text"), to_read=True), 1)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_phrase(self, shown: ShownPhrase, draft: str | None = None, draft_name: str = "") -> None:
        """Show a phrase; `draft` is what was typed over it and not saved."""
        self._shown = shown
        self.title.setText(f".{shown.name}" if shown.name else say("phrases.new_title"))
        self.whose.show_state(shown.whose, "accent" if shown.own else "plain")
        self.conflict.setText(shown.conflict)
        self.conflict.setVisible(bool(shown.conflict))
        self.name.setText(shown.name or draft_name)
        self.name.setReadOnly(bool(shown.name))
        self.text.blockSignals(True)
        self.text.setPlainText(shown.text if draft is None else draft)
        self.text.blockSignals(False)
        self.text.setReadOnly(not shown.own)
        self.show_problem("")
        self.show_versions(None)
        self._look()

    def show_problem(self, problem: str) -> None:
        """Why it was not saved; empty when nothing is wrong."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def show_versions(self, versions: Sequence[ShownVersion] | None) -> None:
        """List earlier versions, the newest first; None puts the list away."""
        clear(self._versions)
        if versions is None:
            return
        self._versions.addWidget(label(say("phrases.versions").upper(), "section"))
        if not versions:
            self._versions.addWidget(label(say("phrases.no_versions"), "muted", wrap=True))
        for it in versions:
            words = say("phrases.version", number=it.version, when=it.when)
            way = say("phrases.go_back") if self._shown.own else say("phrases.copy")
            back = button(way, partial(self.restored.emit, it.version))
            back.setAccessibleName(f"{way}: {words}")
            self._versions.addWidget(line())
            heading = row(label(words, "strong", wrap=True), back)
            heading.setStretch(0, 1)
            self._versions.addLayout(heading)
            self._versions.addWidget(label(preview(it.text), "muted", wrap=True))

    @property
    def dirty(self) -> bool:
        """Whether something was typed and not saved."""
        return self._shown.own and (self.text.toPlainText() != self._shown.text or self._named_newly())

    def _named_newly(self) -> bool:
        return not self._shown.name and bool(self.name.text().strip())

    def discard(self) -> None:
        """What is kept, again."""
        self.show_phrase(self._shown)
        self.text.setFocus()
        self.edited.emit()

    def _on_edited(self) -> None:
        self.show_problem("")
        self._soon.start()
        self._arrange()
        self.edited.emit()

    def _look(self) -> None:
        text = self.text.toPlainText()
        self.open_fields.setText(count_words(text))
        self.preview.setText(preview(text) if text.strip() else say("phrases.preview_empty"))
        self._arrange()

    def _arrange(self) -> None:
        shown = self._shown
        kept = bool(shown.name)
        self.save_button.setVisible(shown.own)
        self.save_button.setEnabled(self.dirty)
        self.discard_button.setVisible(shown.own)
        self.discard_button.setEnabled(self.dirty)
        self.copy_button.setVisible(not shown.own)
        self.remove_button.setVisible(kept and shown.own)
        self.versions_button.setVisible(kept)

    def _on_save(self) -> None:
        self.saved.emit(self.name.text().strip().removeprefix("."), self.text.toPlainText())
