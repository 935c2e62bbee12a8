"""Chat with the provider: messages, and questions whose answers come back citing the place they fill."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui.actions import key_of
from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, Choice, Sheet, announce, button, clear, column, label, line, row, scroller
from desktop.ui.ready_messages import ReadyButton
from desktop.ui.urgent_panel import UrgentPanel
from desktop.ui.words import say
from visit.sections import SECTION_BY_KEY
from visit.templates import DEFAULT_KEYS

LEAST_LINES = 90
"""How much of the lines is always in sight (pixels)."""
WIDEST = 0.84
"""A bubble's share of the pane, at most."""


@dataclass(frozen=True, slots=True)
class ChatBubble:
    """One line as it is shown."""

    text: str
    foot: str
    own: bool
    question_id: str = ""
    """Of a question that can still be taken back."""
    put_id: str = ""
    """Of a question whose answer here can be put into the note."""
    keep_id: str = ""
    """Of a question whose earlier answer somebody changed in the note: it can be looked at, and stay."""


class MessageBox(QPlainTextEdit):
    """A box of a few lines: Enter sends, Shift+Enter breaks the line."""

    sent = Signal()

    def __init__(self, name: str, key: str) -> None:
        super().__init__()
        self.setProperty("kind", "field")
        self.setAccessibleName(name)
        self.setPlaceholderText(f"{name}   {key}" if key else name)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Two lines."""
        return QSize(super().sizeHint().width(), 2 * self.fontMetrics().lineSpacing() + 22)

    def minimumSizeHint(self) -> QSize:
        """As high as that."""
        return QSize(80, self.sizeHint().height())

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
        question_closed(): the form is put away, without a question.
        question_withdrawn(question_id). seen(): the newest line is on the screen.
        answer_put(question_id), answer_kept(question_id): what the note is to say; answer_shown(question_id): where.
        ready_chosen(number): one of the ready messages, from 1.
    """

    message_written = Signal(str)
    question_written = Signal(str, tuple, str)
    question_closed = Signal()
    question_withdrawn = Signal(str)
    answer_put = Signal(str)
    answer_kept = Signal(str)
    answer_shown = Signal(str)
    ready_chosen = Signal(int)
    seen = Signal()

    def __init__(self) -> None:
        super().__init__(say("chat.title"))
        self.urgent = UrgentPanel()
        self.urgent.closed.connect(self._on_urgent_closed)
        self.body.addWidget(self.urgent)
        self.foot = label("", "small")
        self.heading.addWidget(self.foot)
        self._sheet = Lines()
        self._sheet.withdrawn.connect(self.question_withdrawn)
        self._sheet.put.connect(self.answer_put)
        self._sheet.kept.connect(self.answer_kept)
        self._sheet.shown.connect(self.answer_shown)
        self.area = scroller(self._sheet, say("chat.lines"), to_read=True)
        self.area.setMinimumHeight(LEAST_LINES)
        self.body.addWidget(self.area, 1)
        bar = self.area.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, _high: self._follow())
        bar.valueChanged.connect(self._on_scrolled)
        self._at_end = True
        self._shown: list[ChatBubble] = []
        self.box = MessageBox(say("chat.message"), key_of("focus_chat"))
        self.box.sent.connect(self._send)
        self.question = self._question_form()
        self.question.setVisible(False)
        send = button(say("chat.send"), self._send)
        self.ask_button = button(say("chat.ask"), self._open_empty_question, action="ask_question")
        self.ready = ReadyButton()
        self.ready.chosen.connect(self.ready_chosen)
        self.tell_button = button(say("urgent.open"), self.open_urgent, action="tell_now")
        self.tell_button.setAccessibleName(say("urgent.title"))
        self.heading.addWidget(self.tell_button)
        self._offered: tuple[str, str] | None = None
        self.body.addWidget(line())
        self.body.addWidget(self.question)
        self.writing = QWidget()
        self.writing.setLayout(column(self.box, FlowLayout(self.ask_button, self.ready, send, push=2), margins=10))
        self.body.addWidget(self.writing)

    def _question_form(self) -> QFrame:
        form = QFrame()
        self.question_text = QLineEdit()
        self.question_text.setAccessibleName(say("chat.question"))
        self.question_text.setPlaceholderText(say("chat.question"))
        self.question_text.setMaxLength(300)
        self.replies = QLineEdit()
        self.replies.setAccessibleName(say("chat.replies"))
        self.replies.setPlaceholderText(say("chat.replies"))
        self.section = Choice(say("chat.fills"))
        for key in DEFAULT_KEYS:
            self._offer_section(key)
        for field in (self.question_text, self.replies):
            field.returnPressed.connect(self._ask)
            field.installEventFilter(self)
        buttons = row(
            1, button(say("chat.cancel"), self.close_question), button(say("chat.ask_now"), self._ask, "primary")
        )
        form.setLayout(column(self.question_text, self.replies, self.section, buttons, margins=10))
        return form

    def _offer_section(self, key: str) -> None:
        """Let the answer fill this section too."""
        if self.section.findData(key) < 0:
            self.section.addItem(say("chat.fills_section", heading=SECTION_BY_KEY[key].heading), key)

    # --- showing ---------------------------------------------------------------------------------------------------

    def show_lines(self, lines: list[ChatBubble], provider: str, foot: str) -> None:
        """Show the whole chat; new lines of the provider are announced."""
        self.title.setText(say("chat.with", name=provider) if provider else say("chat.title"))
        self.foot.setText(foot)
        self._sheet.empty.setText(say("chat.none", name=provider) if provider else "")
        if lines == self._shown:
            return
        same = bool(self._shown) and self._shown == lines[: len(self._shown)]
        fresh = [bubble for bubble in lines[len(self._shown) :] if not bubble.own]
        self._sheet.show_lines(lines)
        self._shown = list(lines)
        for bubble in fresh:
            announce(self, f"{provider}: {bubble.text}")
        if not same or (lines and lines[-1].own):
            self._at_end = True
        self._follow()

    def _follow(self) -> None:
        """Keep the newest line in sight, unless the person reads older ones."""
        bar = self.area.verticalScrollBar()
        if self._at_end and bar.value() != bar.maximum():
            bar.setValue(bar.maximum())
        self._tell_seen()

    def _on_scrolled(self, value: int) -> None:
        self._at_end = value >= self.area.verticalScrollBar().maximum()
        self._tell_seen()

    def _tell_seen(self) -> None:
        if self._at_end and self._shown and self.isVisible() and self.isActiveWindow():
            self.seen.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Lines that came meanwhile are on the screen now."""
        super().showEvent(event)
        self._tell_seen()

    def changeEvent(self, event: QEvent) -> None:
        """Lines are seen in a window that is in front."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._tell_seen()

    # --- writing ---------------------------------------------------------------------------------------------------

    def open_question(self, section: str = "") -> None:
        """Show the question form."""
        self.question.setVisible(True)
        self.writing.setVisible(False)
        if section:
            self._offer_section(section)
            self.section.setCurrentIndex(self.section.findData(section))
        self.question_text.setFocus()

    def _open_empty_question(self) -> None:
        self.open_question()

    def offer_question(self, text: str, replies: tuple[str, ...], section: str) -> None:
        """Show the form with a question that is ready to be asked; the keyboard stays where it is."""
        self.question_text.setText(text)
        self.question_text.setCursorPosition(0)
        self.replies.setText(", ".join(replies))
        self._offered = (self.question_text.text(), self.replies.text())
        self._offer_section(section)
        self.section.setCurrentIndex(self.section.findData(section))
        self.question.setVisible(True)
        self.writing.setVisible(False)
        announce(self, say("chat.offered", text=text))

    @property
    def is_asking(self) -> bool:
        """Whether the question form is shown."""
        return self.question.isVisibleTo(self)

    def take_offer_back(self) -> bool:
        """Put an offered question away, unless somebody touched it; the keyboard stays where it is."""
        has_keyboard = self.question_text.hasFocus() or self.replies.hasFocus()
        if self._offered != (self.question_text.text(), self.replies.text()) or has_keyboard:
            return False
        self._clear_question()
        self.question.setVisible(False)
        self.writing.setVisible(True)
        return True

    def open_urgent(self) -> None:
        """Ask what the provider must be told now."""
        self.question.setVisible(False)
        self.writing.setVisible(False)
        self.urgent.open_form()

    def _on_urgent_closed(self) -> None:
        self.writing.setVisible(True)
        self.box.setFocus()

    def write(self) -> None:
        """To the message box; a question form that is open goes, its words stay."""
        self._hide_question()

    def close_question(self) -> None:
        """Hide the question form; what was typed in it stays, what was offered does not."""
        if self._offered == (self.question_text.text(), self.replies.text()):
            self._clear_question()
        self._hide_question()
        self.question_closed.emit()

    def _hide_question(self) -> None:
        self.question.setVisible(False)
        self.writing.setVisible(True)
        self.box.setFocus()

    def _clear_question(self) -> None:
        self._offered = None
        self.question_text.clear()
        self.replies.clear()

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
        self._clear_question()
        self._hide_question()
        self.question_written.emit(text, replies, str(self.section.currentData()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape closes the question form."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.close_question()
            return True
        return super().eventFilter(watched, event)


class Bubble(QFrame):
    """One line of chat; as wide as its words, at most most of the pane."""

    withdrawn = Signal(str)
    put = Signal(str)
    kept = Signal(str)
    shown = Signal(str)

    def __init__(self, bubble: ChatBubble) -> None:
        super().__init__()
        self.setProperty("kind", "own_bubble" if bubble.own else "bubble")
        self.text = label(bubble.text, wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.foot = label(bubble.foot, "small", wrap=True)
        inner = column(self.text, self.foot, spacing=2)
        inner.setContentsMargins(10, 6, 10, 6)
        self._least = 60
        text = bubble.text
        if bubble.question_id:
            back = button(say("chat.withdraw"), lambda: self.withdrawn.emit(bubble.question_id))
            self._offer(inner, back, say("chat.withdraw_which", text=text))
        if bubble.put_id:
            put = button(say("chat.put"), lambda: self.put.emit(bubble.put_id))
            self._offer(inner, put, say("chat.put_which", text=text))
        if bubble.keep_id:
            show = button(say("chat.show"), lambda: self.shown.emit(bubble.keep_id))
            self._offer(inner, show, say("chat.show_which", text=text))
            keep = button(say("chat.keep"), lambda: self.kept.emit(bubble.keep_id))
            self._offer(inner, keep, say("chat.keep_which", text=text))
        self.setLayout(inner)
        self.setAccessibleName(f"{bubble.text}. {bubble.foot}")

    def _offer(self, inner: QVBoxLayout, made: QPushButton, name: str) -> None:
        made.setAccessibleName(name)
        inner.addWidget(made)
        self._least = max(self._least, made.sizeHint().width() + 24)

    def fit(self, room: int) -> None:
        """Take the width that the words need of `room` pixels."""
        self.text.ensurePolished()
        self.foot.ensurePolished()
        lines = [(self.text, line) for line in self.text.text().split("\n")] + [(self.foot, self.foot.text())]
        natural = max(part.fontMetrics().horizontalAdvance(line) for part, line in lines) + 24
        width = max(self._least, min(natural, round(room * WIDEST)))
        inner = self.layout()
        self.setFixedSize(width, inner.heightForWidth(width) if inner is not None else 0)


class Lines(Sheet):
    """The lines one under the other: own ones right, others left; it is never wider than the pane."""

    withdrawn = Signal(str)
    put = Signal(str)
    kept = Signal(str)
    shown = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        self.empty = label("", "muted", wrap=True)
        """What stands there before the first line."""
        self.setLayout(column(self.empty, self._lines, 1, margins=12))
        self._bubbles: list[Bubble] = []
        self._shown: list[ChatBubble] = []

    def show_lines(self, lines: list[ChatBubble]) -> None:
        """Add what is new; make all anew when an older line changed."""
        kept = len(self._shown)
        if self._shown != lines[:kept]:
            clear(self._lines)
            self._bubbles = []
            kept = 0
        for entry in lines[kept:]:
            made = Bubble(entry)
            made.withdrawn.connect(self.withdrawn)
            made.put.connect(self.put)
            made.kept.connect(self.kept)
            made.shown.connect(self.shown)
            side = Qt.AlignmentFlag.AlignRight if entry.own else Qt.AlignmentFlag.AlignLeft
            self._lines.addWidget(made, 0, side)
            self._bubbles.append(made)
        self._shown = list(lines)
        self.empty.setVisible(not lines)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Bubbles follow the pane's width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Larger type needs larger bubbles."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._fit)  # not after this sheet is gone

    def _fit(self) -> None:
        room = max(160, self.width() - 24)
        for made in self._bubbles:
            made.fit(room)
