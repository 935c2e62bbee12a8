"""Orders that the provider voiced: a form that pends, and each order's state as the record has it."""

from dataclasses import dataclass

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QFrame, QLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, Choice, Pill, Sheet, announce, button, clear, column, label, line, row, scroller
from desktop.ui.words import say
from visit.time_anchor import TimeAnchor


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as it is shown."""

    order_id: str
    version: int
    title: str
    detail: str
    state: str
    tone: str
    can_withdraw: bool
    heard_at: TimeAnchor | None = None
    """When the provider voiced it, in the visit."""


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What the form holds: codes of the chosen entries, empty where nothing is chosen."""

    test: str = ""
    reason: str = ""
    priority: str = ""
    collection: str = ""
    instructions: str = ""
    heard_at: str = ""


class OrderForm(QFrame):
    """A laboratory order; nothing is chosen until the scribe chooses it.

    Signals:
        pended(draft): every required field is there. changed(draft). cancelled().
    """

    pended = Signal(object)
    changed = Signal(object)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._filling = False
        self.setProperty("kind", "sheet")
        self.test = self._choice("order.test")
        self.test.setEditable(True)
        self.test.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._names = QStringListModel(self)
        self._search()
        self.reason = self._choice("order.reason")
        self.priority = self._choice("order.priority")
        self.collection = self._choice("order.collection")
        self.instructions = self._line("order.instructions")
        self.heard_at = self._line("order.heard_at")
        self.heard_at.setInputMask("")
        self.heard_at.setMaxLength(8)
        self.instructions.setMaxLength(300)
        self.missing = label("", "problem", wrap=True)
        self.pend_button = button(say("order.pend"), self._pend, "primary")
        fields: list[QWidget] = []
        for key, field in (
            ("order.test", self.test),
            ("order.reason", self.reason),
            ("order.priority", self.priority),
            ("order.collection", self.collection),
            ("order.instructions", self.instructions),
            ("order.heard_at", self.heard_at),
        ):
            name = label(say(key), "small")
            name.setBuddy(field)  # a screen reader on Linux names a list box by this relation alone
            fields += [name, field]
        buttons = FlowLayout(button(say("order.cancel"), self.cancelled.emit), self.pend_button, push=1)
        self.setLayout(column(*fields, self.missing, buttons, 1, margins=12, spacing=5))

    def _search(self) -> None:
        """Find a test by any part of its name."""
        completer = QCompleter(self._names, self.test)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(self._complete_test)
        self.test.setCompleter(completer)
        self.test.left.connect(self._match_test)
        edit = self.test.lineEdit()
        if edit is not None:
            edit.setAccessibleName(say("order.test"))
            edit.setPlaceholderText(say("order.find"))

    def _choice(self, key: str) -> Choice:
        box = Choice(say(key))
        box.currentIndexChanged.connect(lambda _index: self._on_change())
        return box

    def _line(self, key: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(say(key))
        field.textEdited.connect(lambda _text: self._on_change())
        return field

    def offer(self, tests: list[tuple[str, str]], reasons: list[tuple[str, str]]) -> None:
        """What can be chosen: (code, words); the first entry of each is 'not chosen'."""
        _fill(self.test, tests)
        _fill(self.reason, reasons)
        _fill(self.priority, [(key, say(f"priority.{key}")) for key in ("routine", "urgent", "asap", "stat")])
        _fill(self.collection, [(key, say(f"collection.{key}")) for key in ("now_in_clinic", "at_lab")])
        self._names.setStringList([words for _, words in tests])

    def draft(self) -> OrderDraft:
        """What the form holds now."""
        return OrderDraft(
            str(self.test.currentData() or ""),
            str(self.reason.currentData() or ""),
            str(self.priority.currentData() or ""),
            str(self.collection.currentData() or ""),
            self.instructions.text().strip(),
            self.heard_at.text().strip(),
        )

    def show_draft(self, draft: OrderDraft) -> None:
        """Fill the form; that is no change of the person's."""
        self._filling = True
        for box, code in (
            (self.test, draft.test),
            (self.reason, draft.reason),
            (self.priority, draft.priority),
            (self.collection, draft.collection),
        ):
            box.setCurrentIndex(max(0, box.findData(code)))
        self.instructions.setText(draft.instructions)
        self.heard_at.setText(draft.heard_at)
        self.missing.clear()
        self._filling = False

    def show_missing(self, fields: tuple[str, ...]) -> None:
        """Say which required fields are empty, and go to the first."""
        self.missing.setText(say("order.missing", fields=", ".join(say(f"order.{name}").lower() for name in fields)))
        announce(self, self.missing.text())
        getattr(self, fields[0]).setFocus()

    def _complete_test(self, words: str) -> None:
        self.test.setCurrentIndex(max(0, self.test.findText(words)))

    def _match_test(self) -> None:
        """What was typed counts when exactly one test holds it; otherwise nothing is chosen."""
        edit = self.test.lineEdit()
        typed = "" if edit is None else edit.text().strip().casefold()
        hits = [i for i in range(1, self.test.count()) if typed and typed in self.test.itemText(i).casefold()]
        exact = [i for i in hits if self.test.itemText(i).casefold() == typed]
        chosen = exact or hits
        self.test.setCurrentIndex(chosen[0] if len(chosen) == 1 else 0)

    def _on_change(self) -> None:
        if not self._filling:
            self.missing.clear()
            self.changed.emit(self.draft())

    def _pend(self) -> None:
        chosen = self.draft().test
        self._match_test()
        if chosen == self.draft().test:
            self.pended.emit(self.draft())
        else:  # never pend a test that the scribe has not seen in full
            self.missing.setText(say("order.look", test=self.test.currentText()))
            announce(self, self.missing.text())


class OrdersPane(Card):
    """The orders of one visit.

    Signals:
        form_opened(). withdrawn(order_id, version). time_asked(TimeAnchor): hear again when it was voiced.
    """

    form_opened = Signal()
    time_asked = Signal(object)
    withdrawn = Signal(str, int)

    def __init__(self) -> None:
        super().__init__(say("orders.title"))
        self.new_button = button(say("orders.new"), self.open_form, action="new_order")
        self.heading.addWidget(self.new_button)
        self.form = OrderForm()
        self.form.cancelled.connect(self.close_form)
        inner = Sheet()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        inner.setLayout(column(self._rows, 1))
        self.pages = QStackedWidget()
        self.pages.addWidget(scroller(inner, say("orders.title"), to_read=True))
        self.pages.addWidget(scroller(self.form, say("orders.new")))
        self.body.addWidget(self.pages, 1)
        self.body.addWidget(line())
        foot = row(label(say("orders.rule"), "small", wrap=True))
        foot.setContentsMargins(12, 9, 12, 9)
        self.body.addLayout(foot)
        self._shown: list[OrderRow] | None = None

    def hasHeightForWidth(self) -> bool:
        """Its rows scroll: what stands above it is not squeezed for them."""
        return False

    def open_form(self) -> None:
        """Show the form."""
        self.pages.setCurrentIndex(1)
        self.form_opened.emit()
        self.form.test.setFocus()

    def close_form(self) -> None:
        """Back to the list."""
        self.pages.setCurrentIndex(0)
        self.new_button.setFocus()

    def show_rows(self, rows: list[OrderRow], *, can_pend: bool) -> None:
        """Show the orders, newest last."""
        self.new_button.setEnabled(can_pend)
        self.title.setText(say("orders.count", count=len(rows)) if rows else say("orders.title"))
        if rows == self._shown:
            return
        self._shown = list(rows)
        clear(self._rows)
        if not rows:
            empty = label(say("orders.none"), "muted", wrap=True)
            empty.setContentsMargins(12, 12, 12, 12)
            self._rows.addWidget(empty)
        for entry in rows:
            self._rows.addWidget(self._row(entry))
            self._rows.addWidget(line())

    def _row(self, entry: OrderRow) -> QWidget:
        made = QFrame()
        made.setAccessibleName(f"{entry.title}. {entry.state}. {entry.detail}")
        title = label(entry.title, "strong", wrap=True)
        items: list[QWidget | QLayout | int] = [title, Pill(entry.state, entry.tone)]
        detail = row(label(entry.detail, "small", wrap=True))
        detail.setStretch(0, 1)
        if entry.heard_at is not None:
            detail.addWidget(self._hear_button(entry.heard_at), 0, Qt.AlignmentFlag.AlignTop)
        if entry.can_withdraw:
            take_back = button(
                say("orders.withdraw"), lambda: self.withdrawn.emit(entry.order_id, entry.version), "link"
            )
            take_back.setAccessibleName(say("orders.withdraw_named", title=entry.title))
            detail.addWidget(take_back, 0, Qt.AlignmentFlag.AlignTop)
        heading = row(*items)
        heading.setStretch(0, 1)
        lines = column(heading, detail, spacing=3)
        lines.setContentsMargins(12, 9, 12, 9)
        made.setLayout(lines)
        return made

    def _hear_button(self, anchor: TimeAnchor) -> QWidget:
        made = button(say("replay.hear", time=anchor), lambda: self.time_asked.emit(anchor), "link")
        made.setAccessibleName(say("replay.hear_name", time=anchor))
        made.setToolTip(say("replay.hear_name", time=anchor))
        return made


def _fill(box: QComboBox, entries: list[tuple[str, str]]) -> None:
    box.blockSignals(True)
    box.clear()
    box.addItem("" if box.isEditable() else say("order.not_chosen"), "")
    for code, words in entries:
        box.addItem(words, code)
    box.blockSignals(False)
