"""A grid of findings that keys fill in while the provider speaks; it stands under the note, whose text stays in sight.

Systems at the left, the findings of one at the right: one key says a finding is there, is not, or was not asked.
"""

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
)

from desktop.ui.actions import keymap
from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Choice, ElidedLabel, KeyButton, Pill, announce, button, column, row
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from visit.findings import (
    MAX_COMMENT,
    Finding,
    Grid,
    GridState,
    Mark,
    Sides,
    System,
    grid,
    grid_names,
    press,
    sentence,
)

SIGNS = {Mark.POSITIVE: "+", Mark.NEGATIVE: "−", Mark.NOT_ASKED: "○"}
RIGHT, LEFT, WORDS = range(3)
"""The table's columns; a finding without sides has its state over the first two."""
SYSTEM_EMS = 10.5
"""Width of the systems, in heights of the type."""
LEAST_ROWS = 1
"""Rows of the table that are always in sight: with the largest type there may be no room for more."""
_KEYS: dict[int, str] = {
    Qt.Key.Key_Return: "Enter", Qt.Key.Key_Enter: "Enter",
    Qt.Key.Key_Up: "Up", Qt.Key.Key_Down: "Down", Qt.Key.Key_Left: "Left", Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Home: "Home", Qt.Key.Key_End: "End",
}  # fmt: skip


class FindingTable(QTableWidget):
    """The findings of one system. Signal: pressed_key(key): what `visit.findings.press` takes."""

    pressed_key = Signal(str)

    def __init__(self) -> None:
        super().__init__(0, 3)
        self.setProperty("kind", "grid")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(WORDS, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Signs, letters and arrows go to the grid; with Ctrl or Alt a key is somebody else's."""
        held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        key = _KEYS.get(event.key()) or {"−": "-", " ": "X"}.get(event.text(), event.text())
        if held == Qt.KeyboardModifier.NoModifier and key and key.isprintable():
            self.pressed_key.emit(key)
        else:
            event.ignore()

    def minimumSizeHint(self) -> QSize:
        """A few rows; it scrolls."""
        return QSize(self.fontMetrics().height() * 5, LEAST_ROWS * self.row_height())

    def cell(self, line: int, at: int) -> QTableWidgetItem:
        """A cell; IndexError where there is none."""
        found = self.item(line, at)
        if found is None:
            raise IndexError(line, at)
        return found

    def row_height(self) -> int:
        """Pixels of one row."""
        return round(self.fontMetrics().height() * 1.6)


class GridPane(QFrame):
    """Hidden while no grid is open.

    Signals: taken(): its sentences are to be put into the note; left(): put away; chosen(key): another grid is asked
    for; changed(): the state is another one.
    """

    taken = Signal()
    left = Signal()
    chosen = Signal(str)
    changed = Signal()

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.setProperty("kind", "entry")
        self._tokens = tokens
        self.key = ""
        self.state = GridState(Grid("", "", (System("", "", (Finding("", ""),)),)))
        self.choice = Choice(say("grid.choice"))
        self.side = Pill()
        self.take_button: KeyButton = button(say("grid.take"), self.taken.emit, "primary", "put_grid")
        self.close_button: KeyButton = button(say("grid.close"), self.put_away)
        self.systems = QListWidget()
        self.findings = FindingTable()
        self.comment = QLineEdit()
        self.comment.setMaxLength(MAX_COMMENT)
        self.comment.setPlaceholderText(say("grid.comment"))
        self.comment.setAccessibleName(say("grid.comment"))
        self.written = ElidedLabel("small")
        self.keys = ElidedLabel("small")
        self._build()
        self._connect()
        self.hide()

    def _build(self) -> None:
        for name in grid_names():
            self.choice.addItem(grid(name).title, name)
        self.systems.setProperty("kind", "systems")
        self.systems.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.systems.setAccessibleName(say("grid.systems"))
        self.systems.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.systems.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.systems.setMinimumHeight(0)
        self.comment.hide()
        head = FlowLayout(self.choice, self.side, self.take_button, self.close_button, push=2)
        head.setContentsMargins(12, 6, 12, 0)
        middle = row(self.systems, self.findings, spacing=0)
        middle.setStretch(1, 1)
        foot = column(self.comment, self.written, self.keys, spacing=3)
        foot.setContentsMargins(12, 0, 12, 6)
        layout = column(head, middle, foot, spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.choice.activated.connect(lambda at: self.chosen.emit(self.choice.itemData(at)))
        self.systems.itemClicked.connect(lambda item: self._go((self.systems.row(item), 0)))
        self.findings.pressed_key.connect(self._press)
        self.findings.cellClicked.connect(self._on_click)
        put = QShortcut(QKeySequence(keymap()["visit"]["put_grid"]), self)
        put.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        put.activated.connect(self.taken)
        self.comment.returnPressed.connect(lambda: self._end_comment("Enter"))

    # --- opening -----------------------------------------------------------------------------------------------------

    def open(self, key: str, state: GridState) -> None:
        """Show a grid with what is known of it, and give it the keyboard."""
        self.key, self.state = key, state
        self.choice.setCurrentIndex(self.choice.findData(key))
        self.systems.clear()
        for _ in state.grid.systems:
            self.systems.addItem(QListWidgetItem())
        self.setVisible(True)
        self._size_columns()
        self._show_system()
        self.findings.setFocus()
        announce(self, say("grid.opened", title=state.grid.title))

    def put_away(self) -> None:
        """Close; what was marked is kept for the next opening."""
        if not self.isHidden():
            self.hide()
            self.left.emit()

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance."""
        self._tokens = tokens
        if not self.isHidden():
            self._show_system()

    # --- keys --------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the comment, then the grid."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.state.draft is not None:
            self._end_comment("Escape")
        else:
            self.put_away()

    def _press(self, key: str) -> None:
        before = self.state
        self.state = press(before, key)
        if self.state.draft is not None:
            self.comment.setText(self.state.draft)
            self.comment.show()
            self.comment.setFocus()
        if key in ("+", "-") and before.needs_side:
            announce(self, say("grid.side_first"))
            self._show_side(needed=True)
            return
        if self.state == before:
            return
        if self.state.cursor[0] != before.cursor[0]:
            self._show_system()
        else:
            self._refresh(before.cursor[1])
            self._refresh(self.state.cursor[1])
            self._show_cursor()
        self._show_marks()
        if self.state.cursor == before.cursor and self.state.draft is None:
            words = say(f"grid.side.{self.state.side}") if key in ("s", "S") else self._spoken(self.state.cursor[1])
            announce(self.findings, words)
        if self.state.answers != before.answers:
            self.changed.emit()

    def _end_comment(self, key: str) -> None:
        if self.state.draft is not None:
            self.state = press(replace(self.state, draft=self.comment.text()), key)
        self.comment.hide()
        self.findings.setFocus()
        self._refresh(self.state.cursor[1])
        self._show_marks()
        self.changed.emit()

    def _go(self, cursor: tuple[int, int]) -> None:
        self.state = replace(self.state, cursor=cursor)
        self._show_system()
        self.findings.setFocus()

    def _on_click(self, line: int, at: int) -> None:
        """The mouse turns the state under it, as the letters do."""
        self._go((self.state.cursor[0], line))
        sided = self.state.finding.sides is not Sides.NONE
        if at == WORDS:
            return
        self._press(("R" if at == RIGHT else "L") if sided else "X")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another share for the systems."""
        super().resizeEvent(event)
        self._size_columns()

    # --- showing -----------------------------------------------------------------------------------------------------

    def _size_columns(self) -> None:
        em = self.fontMetrics().height()
        self.systems.setFixedWidth(min(round(SYSTEM_EMS * em), self.width() // 3))
        self.findings.verticalHeader().setMinimumSectionSize(self.findings.row_height())
        self.findings.verticalHeader().setDefaultSectionSize(self.findings.row_height())
        for at in (RIGHT, LEFT):
            self.findings.setColumnWidth(at, round(2.6 * em))

    def _show_system(self) -> None:
        """The findings of the cursor's system, each cell named."""
        findings = self.state.system.findings
        self.findings.setAccessibleName(say("grid.findings", system=self.state.system.title))
        self.findings.clearSpans()
        self.findings.setRowCount(len(findings))
        for line, finding in enumerate(findings):
            for at in (RIGHT, LEFT, WORDS):
                self.findings.setItem(line, at, QTableWidgetItem())
            if finding.sides is Sides.NONE:
                self.findings.setSpan(line, RIGHT, 1, 2)
            self._refresh(line)
        self._show_marks()
        self._show_cursor()

    def _refresh(self, line: int) -> None:
        finding = self.state.system.findings[line]
        answer = self.state.answer((self.state.cursor[0], line))
        sided = finding.sides is not Sides.NONE
        cells = {
            RIGHT: f"R {SIGNS[answer.right]}" if sided else SIGNS[answer.right],
            LEFT: f"L {SIGNS[answer.left]}" if sided else "",
            WORDS: _shown(finding, answer.left, answer.right) + (f" ({answer.comment})" if answer.comment else ""),
        }
        marks = {RIGHT: answer.right, LEFT: answer.left}
        for at, text in cells.items():
            item = self.findings.cell(line, at)
            mark = marks.get(at, Mark.POSITIVE if answer.asked else Mark.NOT_ASKED)
            item.setText(text)
            item.setToolTip(text if at == WORDS else "")
            item.setForeground(QColor(self._colour(mark, words=at == WORDS)))
            here = line == self.state.cursor[1]
            item.setBackground(QColor(self._tokens.accent_soft if here else self._tokens.panel))
            item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self._spoken(line, at))

    def _colour(self, mark: Mark, *, words: bool) -> str:
        if mark is Mark.NOT_ASKED:
            return self._tokens.muted
        return self._tokens.ink if words else self._tokens.accent

    def _spoken(self, line: int, at: int = WORDS) -> str:
        """A cell in words: the finding, and what is said of it, for a side where it has sides."""
        finding = self.state.system.findings[line]
        answer = self.state.answer((self.state.cursor[0], line))
        words = {side: say(f"grid.state.{mark}") for side, mark in (("right", answer.right), ("left", answer.left))}
        if finding.sides is Sides.NONE:
            said = words["right"]
        elif at == WORDS:
            said = say("grid.both_states", **words)
        else:
            side = "right" if at == RIGHT else "left"
            said = say("grid.one_state", side=say(f"grid.side_name.{side}"), state=words[side])
        comment = f" {answer.comment}" if answer.comment and at == WORDS else ""
        return say("grid.cell", finding=finding.positive, said=said) + comment

    def _show_cursor(self) -> None:
        self.findings.setCurrentCell(self.state.cursor[1], WORDS)

    def _show_marks(self) -> None:
        """Counts at the systems, the sentence that will be written, the side that signs mean."""
        for at, system in enumerate(self.state.grid.systems):
            asked = sum(1 for place in self.state.answers if place[0] == at)
            item = self.systems.item(at)
            item.setText(say("grid.system", title=system.title, number=asked) if asked else system.title)
            item.setToolTip(item.text())
            here = at == self.state.cursor[0]
            item.setForeground(QColor(self._tokens.ink if asked or here else self._tokens.muted))
            item.setBackground(QColor(self._tokens.accent_soft if here else self._tokens.panel))
        self.systems.scrollToItem(self.systems.item(self.state.cursor[0]))
        self.written.setText(sentence(self.state, self.state.cursor[0]) or say("grid.nothing"))
        sided = any(finding.sides is not Sides.NONE for finding in self.state.system.findings)
        self.keys.setText(say("grid.keys_sided") if sided else say("grid.keys"))
        self._show_side(needed=False)

    def _show_side(self, *, needed: bool) -> None:
        if self.state.finding.sides is Sides.NONE:
            self.side.show_state("", "plain")
        elif self.state.side is None:
            word = say("grid.side_first") if needed or self.state.needs_side else ""
            self.side.show_state(word, "warn" if needed else "plain")
        else:
            self.side.show_state(say(f"grid.side.{self.state.side}"), "accent")


def _shown(finding: Finding, left: Mark, right: Mark) -> str:
    """A finding in the words that are written; both where its sides differ."""
    negative = finding.negative or f"no {finding.positive}"
    marks = {left, right} - {Mark.NOT_ASKED}
    if marks == {Mark.NEGATIVE}:
        return negative
    return f"{finding.positive} / {negative}" if len(marks) == 2 else finding.positive
