"""The form of one letter: its kind, and the few fields that this kind has; the rest comes from the note."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Choice, announce, button, clear, column, label
from desktop.ui.words import say
from visit.letter_draft import MAX_TYPED_CHARS, LetterDraft, chosen_sections, written_sections
from visit.sections import SECTION_BY_KEY
from wire.letters import LetterKind
from wire.orders import Priority

_ABSENCE = ("excused_from", "excused_to", "may_return", "restrictions", "diagnosis")
FIELDS_OF: dict[LetterKind, tuple[str, ...]] = {
    LetterKind.WORK_NOTE: _ABSENCE,
    LetterKind.SCHOOL_NOTE: (*_ABSENCE, "no_gym_until"),
    LetterKind.DISCHARGE_INSTRUCTIONS: ("sections",),
    LetterKind.REFERRAL: ("to", "question", "urgency", "sections"),
}
LINES = ("excused_from", "excused_to", "may_return", "no_gym_until", "diagnosis", "to")
AREAS = ("restrictions", "question")
ORDER = (
    *("excused_from", "excused_to", "may_return", "restrictions", "no_gym_until", "diagnosis"),
    *("to", "question", "urgency", "sections"),
)


class TextBox(QPlainTextEdit):
    """A box of three lines; Tab leaves it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("kind", "field")
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)

    def sizeHint(self) -> QSize:
        """Three lines."""
        return QSize(120, 3 * self.fontMetrics().lineSpacing() + 22)

    def minimumSizeHint(self) -> QSize:
        """As high as that."""
        return self.sizeHint()


class LetterForm(QFrame):
    """The fields of one letter.

    Signals:
        changed(LetterDraft): the person changed something. sent(), left(): the buttons below.
    """

    changed = Signal(object)
    sent = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "sheet")
        self._draft = LetterDraft(letter_id="")
        self._texts: dict[str, str] = {}
        self._offered: tuple[str, ...] | None = None
        self._filling = False
        self.kind = Choice(say("letters.field.kind"))
        self.kind.addItem(say("letters.not_chosen"), "")
        for kind in LetterKind:
            self.kind.addItem(say(f"letters.kind.{kind}"), kind.value)
        self.urgency = Choice(say("letters.field.urgency"))
        for priority in Priority:
            self.urgency.addItem(say(f"priority.{priority}"), priority.value)
        for box in (self.kind, self.urgency):
            box.currentIndexChanged.connect(lambda _index: self._on_change())
        self.lines = {name: self._line(name) for name in LINES}
        self.areas = {name: self._area(name) for name in AREAS}
        self._boxes = QVBoxLayout()
        self._boxes.setSpacing(4)
        self.sections = QFrame()
        self.sections.setProperty("kind", "sheet")
        self.sections.setLayout(self._boxes)
        self._named: dict[str, tuple[QWidget, ...]] = {}
        self.problem = label("", "problem", wrap=True)
        self.send_button = button(say("letters.send"), self.sent.emit, "primary")
        self.leave_button = button(say("letters.leave"), self.left.emit)
        self._lay_out()

    def _lay_out(self) -> None:
        chosen: dict[str, QWidget] = {"kind": self.kind, "urgency": self.urgency, "sections": self.sections}
        fields: dict[str, QWidget] = {**chosen, **self.lines, **self.areas}
        items: list[QWidget] = []
        for name in ("kind", *ORDER):
            field = fields[name]
            words = label(say(f"letters.field.{name}"), "small", wrap=True)
            words.setBuddy(field)  # a screen reader on Linux names a list box by this relation alone
            self._named[name] = (words, field)
            items += [words, field]
        buttons = FlowLayout(self.leave_button, self.send_button, push=1)
        self.setLayout(column(*items, self.problem, buttons, 1, spacing=5))

    def _line(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(say(f"letters.field.{name}"))
        field.setMaxLength(300)
        field.textEdited.connect(lambda _text: self._on_change())
        return field

    def _area(self, name: str) -> TextBox:
        field = TextBox(say(f"letters.field.{name}"))
        field.textChanged.connect(self._on_change)
        return field

    def draft(self) -> LetterDraft:
        """What stands in the form; fields that another kind has keep what they held."""
        kind = str(self.kind.currentData() or "")
        values: dict[str, object] = {name: field.text() for name, field in self.lines.items()}
        values |= {name: field.toPlainText()[:MAX_TYPED_CHARS] for name, field in self.areas.items()}
        values |= {"kind": LetterKind(kind) if kind else None, "urgency": Priority(str(self.urgency.currentData()))}
        return self._draft.model_copy(update=values)

    def show_draft(self, draft: LetterDraft, texts: dict[str, str]) -> None:
        """Fill the form; that is no change of the person's."""
        self._filling = True
        self._draft, self._texts = draft, texts
        self.kind.setCurrentIndex(max(0, self.kind.findData(draft.kind.value if draft.kind else "")))
        self.urgency.setCurrentIndex(max(0, self.urgency.findData(draft.urgency.value)))
        for name, field in self.lines.items():
            if field.text() != (text := str(getattr(draft, name))):
                field.setText(text)
        for name, area in self.areas.items():
            if area.toPlainText() != (text := str(getattr(draft, name))):
                area.setPlainText(text)
        self._filling = False
        self._show_fields()

    def show_problem(self, sentence: str, *, may_send: bool) -> None:
        """What the letter lacks, and whether it may go."""
        if sentence != self.problem.text():
            self.problem.setText(sentence)
            announce(self, sentence)
        self.send_button.setEnabled(may_send)

    def show_busy(self, busy: bool) -> None:
        """While it is on its way, or may not be written, nothing in it is changed."""
        for widgets in self._named.values():
            widgets[1].setEnabled(not busy)

    def take_focus(self) -> None:
        """To what is filled in first."""
        self.kind.setFocus()

    def _show_fields(self) -> None:
        kind = self._draft.kind
        shown = FIELDS_OF[kind] if kind is not None else ()
        for name, widgets in self._named.items():
            for widget in widgets:
                widget.setVisible(name == "kind" or name in shown)
        self._offer_sections()

    def _offer_sections(self) -> None:
        """A box for each section that holds words, checked when the letter takes it."""
        offered = written_sections(self._texts)
        chosen = chosen_sections(self._draft, self._texts)
        if offered != self._offered:
            self._offered = offered
            clear(self._boxes)
            for key in offered:
                box = QCheckBox(SECTION_BY_KEY[key].heading)
                box.setProperty("section", key)
                box.toggled.connect(lambda _on: self._on_section())
                self._boxes.addWidget(box)
            if not offered:
                self._boxes.addWidget(label(say("letters.no_sections"), "muted", wrap=True))
        self._filling = True
        for box in self.section_boxes():
            box.setChecked(box.property("section") in chosen)
        self._filling = False

    def section_boxes(self) -> list[QCheckBox]:
        """The boxes of the sections, in the note's order."""
        items = [self._boxes.itemAt(place) for place in range(self._boxes.count())]
        return [box for item in items if item is not None and isinstance(box := item.widget(), QCheckBox)]

    def _on_section(self) -> None:
        if not self._filling:
            chosen = tuple(str(box.property("section")) for box in self.section_boxes() if box.isChecked())
            self._draft = self._draft.model_copy(update={"sections": chosen})
            self._on_change()

    def _on_change(self) -> None:
        if self._filling:
            return
        draft = self.draft()
        if draft.kind is not self._draft.kind:
            draft = draft.model_copy(update={"sections": None})  # each kind takes other sections by itself
        self._draft = draft
        self._show_fields()
        self.changed.emit(draft)
