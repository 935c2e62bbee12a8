"""Chat with the provider: messages, and questions whose answers come back citing the place they fill."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.ui.parts import Card, announce, button, clear, column, label, line, row, scroller
from desktop.ui.words import say
from visit.sections import SECTIONS


@dataclass(frozen=True, slots=True)
class ChatBubble:
    """One line as it is shown."""

    text: str
    foot: str
    own: bool


class MessageBox(QPlainTextEdit):
    """A box of a few lines: Enter sends, Shift+Enter breaks the line."""

    sent = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("kind", "field")
        self.setAccessibleName(name)
        self.setPlaceholderText(name)
        self.setTabChangesFocus(True)
        self.setFixedHeight(58)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        else:
            super().keyPressEvent(event)


class ChatPane(Card):
    """The chat of one visit.

    Signals:
        message_written(text). question_written(text, quick_replies, section): quick replies as a tuple of words.
        seen(): the newest line is on the screen.
    """

    message_written = Signal(str)
    question_written = Signal(str, tuple, str)
    seen = Signal()

    def __init__(self) -> None:
        super().__init__(say("chat.title"))
        self.foot = label("", "small")
        self.heading.addWidget(self.foot)
        inner = QWidget()
        inner.setProperty("kind", "sheet")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        holder = column(self._lines, 1, margins=12)
        inner.setLayout(holder)
        self.area = scroller(inner, say("chat.lines"))
        self.body.addWidget(self.area, 1)
        self._shown: list[ChatBubble] = []
        self.box = MessageBox(say("chat.message"))
        self.box.sent.connect(self._send)
        self.question = self._question_form()
        self.question.setVisible(False)
        send = button(say("chat.send"), self._send)
        ask = button(say("chat.ask"), self.open_question, action="ask_question")
        self.body.addWidget(line())
        self.body.addWidget(self.question)
        self.body.addLayout(column(self.box, row(ask, 1, send), margins=10))

    def _question_form(self) -> QFrame:
        form = QFrame()
        self.question_text = QLineEdit()
        self.question_text.setAccessibleName(say("chat.question"))
        self.question_text.setPlaceholderText(say("chat.question"))
        self.question_text.setMaxLength(300)
        self.replies = QLineEdit()
        self.replies.setAccessibleName(say("chat.replies"))
        self.replies.setPlaceholderText(say("chat.replies"))
        self.section = QComboBox()
        self.section.setAccessibleName(say("chat.fills"))
        for entry in SECTIONS:
            self.section.addItem(say("chat.fills_section", heading=entry.heading), entry.key)
        for field in (self.question_text, self.replies):
            field.returnPressed.connect(self._ask)
            field.installEventFilter(self)
        buttons = row(
            1, button(say("chat.cancel"), self.close_question), button(say("chat.ask_now"), self._ask, "primary")
        )
        form.setLayout(column(self.question_text, self.replies, self.section, buttons, margins=10))
        return form

    # --- showing ---------------------------------------------------------------------------------------------------

    def show_lines(self, lines: list[ChatBubble], provider: str, foot: str) -> None:
        """Show the whole chat; new lines of the provider are announced."""
        self.title.setText(say("chat.with", name=provider) if provider else say("chat.title"))
        self.foot.setText(foot)
        if lines == self._shown:
            return
        fresh = [bubble for bubble in lines[len(self._shown) :] if not bubble.own]
        same = self._shown == lines[: len(self._shown)]
        if not same:
            clear(self._lines)
        for bubble in lines[len(self._shown) if same else 0 :]:
            self._lines.addWidget(_bubble(bubble))
        self._shown = list(lines)
        for bubble in fresh:
            announce(self, f"{provider}: {bubble.text}")
        QTimer.singleShot(0, self._to_end)

    def _to_end(self) -> None:
        bar = self.area.verticalScrollBar()
        bar.setValue(bar.maximum())
        if self.isVisible():
            self.seen.emit()

    # --- writing ---------------------------------------------------------------------------------------------------

    def open_question(self, section: str = "") -> None:
        """Show the question form."""
        self.question.setVisible(True)
        if section:
            self.section.setCurrentIndex(max(0, self.section.findData(section)))
        self.question_text.setFocus()

    def close_question(self) -> None:
        """Hide the question form; what was typed in it stays."""
        self.question.setVisible(False)
        self.box.setFocus()

    def _send(self) -> None:
        text = self.box.toPlainText().strip()
        if text:
            self.box.clear()
            self.message_written.emit(text)

    def _ask(self) -> None:
        text = self.question_text.text().strip()
        if not text:
            return
        replies = tuple(word.strip() for word in self.replies.text().split(",") if word.strip())[:4]
        self.question_written.emit(text, replies, str(self.section.currentData()))
        self.question_text.clear()
        self.replies.clear()
        self.close_question()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape closes the question form."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.close_question()
            return True
        return super().eventFilter(watched, event)


def _bubble(bubble: ChatBubble) -> QWidget:
    frame = QFrame()
    frame.setProperty("kind", "own_bubble" if bubble.own else "bubble")
    text = label(bubble.text, wrap=True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    frame.setLayout(column(text, label(bubble.foot, "small", wrap=True), margins=8, spacing=2))
    frame.setAccessibleName(f"{bubble.text}. {bubble.foot}")
    outer = QWidget()
    outer.setLayout(row(2, frame, spacing=0) if bubble.own else row(frame, 2, spacing=0))
    layout = outer.layout()
    if layout is not None:
        layout.setContentsMargins(0, 0, 0, 0)
    holder = outer.layout()
    if holder is not None:
        holder.setAlignment(frame, Qt.AlignmentFlag.AlignRight if bubble.own else Qt.AlignmentFlag.AlignLeft)
    return outer
