"""A note's editor beside the texts that its reports make, worked as a person, a program and another writer would."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import (
    QAccessible,
    QInputMethodEvent,
    QKeyEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.note_editor.editor import NoteEditor
from desktop.ui.note_editor.overlay import blanks_in
from desktop.ui.note_editor.places import Caret, ShownSection
from desktop.ui.note_editor.units import from_qt, shown
from desktop.ui.tokens import LIGHT
from visit.indexes import utf16_length, utf16_to_utf8

SECTIONS = (
    ShownSection("hpi", "History", True),
    ShownSection("ros", "Review", False),
    ShownSection("plan", "Plan \U0001f980", True),
)
KEYS_OF = [section.key for section in SECTIONS]


def spliced(text: str, start: int, end: int, inserted: str) -> str:
    """The text with units [start, end) replaced; fails when a place lies inside a character."""
    data = text.encode()
    first, last = utf16_to_utf8(text, start), utf16_to_utf8(text, end)
    return (data[:first] + inserted.encode() + data[last:]).decode()


def place(text: str, share: float) -> int:
    """A boundary between characters, as a UTF-16 position."""
    return utf16_length(text[: round(share * len(text))])


def shown_text(editor: NoteEditor) -> str:
    """Everything that stands in the widget."""
    return from_qt(editor.document().toRawText())


@dataclass
class Bench:
    """An editor beside the texts that its reports make."""

    editor: NoteEditor
    texts: dict[str, str]
    hints: list[str] = field(default_factory=list)

    def on_edited(self, section: str, start: int, end: int, inserted: str) -> None:
        self.texts[section] = spliced(self.texts[section], start, end, inserted)

    def whole(self) -> str:
        return "\n".join(
            f"{section.heading}\n{shown(self.texts[section.key])}" for section in self.editor.places.sections
        )

    def check(self) -> None:
        """The widget shows every section's text under its heading, and looks as it should."""
        self.check_shown()
        assert self.editor.mirror.texts() == {key: shown(text) for key, text in self.texts.items()}
        dressed = [b.text() for b in self.blocks() if is_dressed(b)]
        assert dressed == [section.heading for section in self.editor.places.sections]
        for section in self.editor.places.sections:
            tinted = looks(self.editor, section.key, QTextFormat.Property.BackgroundBrush.value)
            found = [(place, utf16_length(text)) for place, text in tinted]
            assert found == blanks_in(shown(self.texts[section.key]))

    def blocks(self) -> Iterator[QTextBlock]:
        block = self.editor.document().begin()
        while block.isValid():
            yield block
            block = block.next()

    def cursor_at(self, section: str, place_in_it: int, length: int = 0) -> None:
        self.editor.set_caret(Caret(section, place_in_it), length)

    def caret_on_heading(self, section: str) -> None:
        cursor = self.editor.textCursor()
        cursor.setPosition(self.editor.places.heading(self.editor.places.index(section) or 0) + 2)
        self.editor.setTextCursor(cursor)

    def check_shown(self) -> None:
        assert shown_text(self.editor) == self.whole()

    def type(self, text: str) -> None:
        for char in text:
            key = Qt.Key.Key_Return if char == "\n" else Qt.Key.Key_unknown
            event = QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, char)
            QApplication.sendEvent(self.editor, event)

    def key(self, pressed: tuple[Qt.Key, Qt.KeyboardModifier]) -> None:
        QTest.keyClick(self.editor, pressed[0], pressed[1])

    def paste(self, text: str) -> None:
        mime = QMimeData()
        mime.setText(text)
        self.editor.insertFromMimeData(mime)

    def compose(self, begun: str, committed: str) -> None:
        """An input method shows a beginning, then commits; nothing of the beginning may be reported."""
        before = sum(map(len, self.texts.values()))
        QApplication.sendEvent(self.editor, QInputMethodEvent(begun, []))
        assert sum(map(len, self.texts.values())) <= before  # beginning to compose replaces the selection, no more
        done = QInputMethodEvent()
        done.setCommitString(committed)
        QApplication.sendEvent(self.editor, done)

    def remote(self, section: str, from_share: float, to_share: float, inserted: str) -> None:
        text = self.texts[section]
        start, end = sorted((place(text, from_share), place(text, to_share)))
        first = self.editor.places.body(self.editor.places.index(section) or 0)[0]
        caret = self.editor.textCursor().position()
        before = shown_text(self.editor)
        self.editor.apply(section, start, end - start, inserted)
        self.texts[section] = spliced(text, start, end, inserted)
        now, moved = shown_text(self.editor), self.editor.textCursor().position()
        if caret <= first + start:
            assert before_caret(now, moved) == before_caret(before, caret)
        elif caret >= first + end:
            assert after_caret(now, moved) == after_caret(before, caret)

    def jump(self, share: float) -> None:
        self.select(share, share)

    def select(self, from_share: float, to_share: float) -> None:
        cursor, text = self.editor.textCursor(), shown_text(self.editor)
        cursor.setPosition(place(text, from_share))
        cursor.setPosition(place(text, to_share), QTextCursor.MoveMode.KeepAnchor)
        self.editor.setTextCursor(cursor)

    def drag(self, from_share: float, to_share: float, drop_share: float) -> None:
        """A selection is dragged elsewhere in the note."""
        self.select(from_share, to_share)
        if self.editor.textCursor().hasSelection():
            self.editor._move_selection(self.nearest_text(place(shown_text(self.editor), drop_share)))

    def nearest_text(self, position: int) -> int:
        return self.editor.places.position(self.editor.places.caret(position))

    def tool(self, from_share: float, to_share: float, text: str) -> None:
        """A program of the accessibility tree replaces a range, headings or not."""
        interface = QAccessible.queryAccessibleInterface(self.editor).editableTextInterface()
        whole = shown_text(self.editor)
        start, end = sorted((place(whole, from_share), place(whole, to_share)))
        interface.replaceText(start, end, text)

    def order(self, sections: Sequence[ShownSection]) -> None:
        caret = self.editor.caret()
        self.editor.show_sections(sections)
        assert self.editor.caret() == caret


def is_dressed(block: QTextBlock) -> bool:
    """Whether anything in a block looks like a heading."""
    return any(run.format.fontWeight() > 500 for run in block.textFormats()) or block.blockFormat().leftMargin() > 0


def before_caret(text: str, caret: int) -> bytes:
    return text.encode("utf-16-le")[: 2 * caret]


def after_caret(text: str, caret: int) -> bytes:
    return text.encode("utf-16-le")[2 * caret :]


def new_bench(**texts: str) -> Bench:
    editor = NoteEditor(LIGHT)
    editor.resize(400, 200)
    everything = dict.fromkeys(KEYS_OF, "") | texts
    editor.show_note(SECTIONS, everything)
    bench = Bench(editor, everything)
    editor.text_edited.connect(bench.on_edited)
    editor.heading_typed_on.connect(lambda: bench.hints.append("hint"))
    return bench


def looks(editor: NoteEditor, section: str, wanted: int) -> list[tuple[int, str]]:
    """What of a section is drawn with a property: (place in the section in units, its text), in order."""
    first, last = editor.places.body(editor.places.index(section) or 0)
    drawn = editor.extraSelections()  # its looks live as long as it does
    return sorted(
        (it.cursor.selectionStart() - first, from_qt(it.cursor.selectedText()))
        for it in drawn
        if it.cursor.hasSelection() and first <= it.cursor.selectionStart() <= last and it.format.hasProperty(wanted)
    )


def underlined(editor: NoteEditor, section: str) -> list[str]:
    """What of a section is underlined."""
    return [text for _, text in looks(editor, section, QTextFormat.Property.TextUnderlineStyle.value)]


def looks_of(editor: NoteEditor) -> list[QTextCharFormat]:
    """Every look over the note."""
    return [QTextCharFormat(it.format) for it in editor.extraSelections()]
