"""A letter as it will be printed: one document on white paper, in both appearances, that is only read."""

from PySide6.QtGui import QColor, QFont, QFontInfo, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextEdit

from desktop.ui.words import say
from wire.letters import LetterContent

INK, PALE = "#17212b", "#5d6b7a"
TITLE_SCALE = 1.35
SPACE = 12
"""Above a block, in pixels."""


class LetterPaper(QTextEdit):
    """What the provider will read and sign. It is selected from and copied, never typed in."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "paper")
        self.setReadOnly(True)
        self.setAccessibleName(say("letters.paper"))
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(20)
        self.document().setUndoRedoEnabled(False)

    def show_content(self, content: LetterContent | None, instead: str = "") -> None:
        """Show the letter, or a sentence in its place."""
        at = self.verticalScrollBar().value()
        fill(self.document(), content, instead, self.font())
        self.verticalScrollBar().setValue(at)


def fill(document: QTextDocument, content: LetterContent | None, instead: str, font: QFont) -> None:
    """Write a letter into a document, block by block as plain words: nothing in it is read as markup."""
    document.clear()
    document.setDefaultFont(font)
    cursor = QTextCursor(document)
    plain, strong, title, pale = _looks(font)
    if content is None:
        cursor.insertText(instead, pale)
        return
    cursor.insertText(content.title, title)
    for block in content.blocks:
        above = SPACE
        if block.heading:
            _line(cursor, block.heading, strong, above)
            above = 0
        for paragraph in block.paragraphs:
            _line(cursor, paragraph, plain, above)
            above = 0
    _line(cursor, say("letters.not_signed"), pale, 2 * SPACE)
    for text in content.signer:
        _line(cursor, text, plain, 0)


def _line(cursor: QTextCursor, text: str, look: QTextCharFormat, above: int) -> None:
    form = QTextBlockFormat()
    form.setTopMargin(above)
    cursor.insertBlock(form, look)
    cursor.insertText(text, look)


def _looks(font: QFont) -> tuple[QTextCharFormat, QTextCharFormat, QTextCharFormat, QTextCharFormat]:
    plain, strong, title, pale = (QTextCharFormat() for _ in range(4))
    for look in (plain, strong, title):
        look.setForeground(QColor(INK))
    pale.setForeground(QColor(PALE))
    for look in (strong, title):
        look.setFontWeight(QFont.Weight.DemiBold)
    large = QFont(font)
    large.setPixelSize(round(QFontInfo(font).pixelSize() * TITLE_SCALE))
    large.setBold(True)
    title.setFont(large)
    return plain, strong, title, pale
