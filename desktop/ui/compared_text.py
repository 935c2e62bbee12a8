"""Two versions of a note beside each other, each section at one height on both sides.

What is only on one side has a sign before it and a line through or under it besides its colour; a jump to it selects
it, so that a screen reader says it, and its words are told in a sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QResizeEvent, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QWidget

from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from wire.versions import ComparedRun, ComparedSection, RunKind

HEADING_GAP = 14.0
"""Pixels over a heading, before sections are brought to one height."""
SIGNS = {RunKind.REMOVED: "−", RunKind.ADDED: "+"}
LEFT, RIGHT = 0, 1


@dataclass(frozen=True, slots=True)
class Change:
    """One place at which the texts differ: what went and what came, and where both stand in the columns."""

    heading: str
    removed: str
    added: str
    left: tuple[int, int]
    right: tuple[int, int]


class Column(QTextEdit):
    """One version: it is read, never written in."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setProperty("kind", "compared")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._headings: list[int] = []
        self._cursor = QTextCursor(self.document())

    def begin(self) -> None:
        """Empty it, and begin to fill it."""
        self.clear()
        self._headings.clear()
        self._cursor = QTextCursor(self.document())
        self._cursor.beginEditBlock()

    def end(self) -> None:
        """It is filled."""
        self._cursor.endEditBlock()
        self.setTextCursor(QTextCursor(self.document()))

    def add_heading(self, text: str, look: QTextCharFormat) -> None:
        """The next section's heading, in a line of its own."""
        if self._headings:
            self._cursor.insertBlock()
        self._headings.append(self._cursor.blockNumber())
        self._cursor.insertText(text, look)
        self._cursor.insertBlock(QTextBlockFormat())

    def add(self, text: str, look: QTextCharFormat) -> tuple[int, int]:
        """Text of the section; where it stands now."""
        begin = self._cursor.position()
        self._cursor.insertText(text, look)
        return begin, self._cursor.position()

    @property
    def position(self) -> int:
        """Where the next text comes."""
        return self._cursor.position()

    def tops(self) -> list[float]:
        """The heights at which headings begin, and at which the text ends."""
        document = self.document()
        layout = document.documentLayout()
        found = [layout.blockBoundingRect(document.findBlockByNumber(number)).top() for number in self._headings]
        return [*found, document.size().height()]

    def set_gaps(self, gaps: Sequence[float]) -> None:
        """Pixels over each heading, and, besides the usual margin, under the last line."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for number, gap in zip(self._headings, gaps, strict=False):
            look = QTextBlockFormat()
            look.setTopMargin(gap)
            cursor.setPosition(self.document().findBlockByNumber(number).position())
            cursor.setBlockFormat(look)
        cursor.endEditBlock()
        whole = self.document().rootFrame()
        around = whole.frameFormat()
        around.setBottomMargin(self.document().documentMargin() + gaps[-1])
        whole.setFrameFormat(around)

    def select(self, place: tuple[int, int]) -> None:
        """Select a place and bring it into sight; an empty place only brings the column there."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(place[0])
        cursor.setPosition(place[1], QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps lines elsewhere."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.resized.emit()


class ComparedText(QWidget):
    """Both columns; they scroll together."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._aligning = QTimer(self)
        self._aligning.setSingleShot(True)
        self._aligning.timeout.connect(self.align)
        self._tokens = tokens
        self._sections: tuple[ComparedSection, ...] = ()
        self.changes: list[Change] = []
        self.current = -1
        """The change that was jumped to last; -1 before the first jump."""
        self.columns = (Column(), Column())
        self.columns[RIGHT].setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        left, right = (column.verticalScrollBar() for column in self.columns)
        left.valueChanged.connect(right.setValue)
        right.valueChanged.connect(left.setValue)
        for column in self.columns:
            column.resized.connect(self._align_soon)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for column in self.columns:
            layout.addWidget(column, 1)

    def name_columns(self, left: str, right: str) -> None:
        """What each side is, for screen readers."""
        for column, title in zip(self.columns, (left, right), strict=True):
            column.setAccessibleName(title)
            column.setAccessibleDescription(say("versions.legend"))

    def show_sections(self, sections: tuple[ComparedSection, ...]) -> None:
        """Show another comparison; the same one stays as it is."""
        if sections != self._sections:
            self._sections, self.current = sections, -1
            self._fill()

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance."""
        self._tokens = tokens
        self._fill()

    def step(self, forward: bool) -> Change | None:
        """Go to the next or previous change, from the last one to the first again; None when there is none."""
        if not self.changes:
            return None
        first = 0 if forward else len(self.changes) - 1
        moved = self.current + (1 if forward else -1)
        self.current = first if self.current < 0 else moved % len(self.changes)
        change = self.changes[self.current]
        for column, place in zip(self.columns, (change.left, change.right), strict=True):
            column.select(place)
        self.columns[RIGHT if change.added else LEFT].setFocus(Qt.FocusReason.ShortcutFocusReason)
        return change

    def align(self) -> None:
        """Bring each heading to the same height on both sides."""
        count = len(self._sections)
        if not count:
            return
        plain = [HEADING_GAP] * count + [0.0]
        for column in self.columns:
            column.set_gaps(plain)
        gaps = aligned(plain, self.columns[LEFT].tops(), self.columns[RIGHT].tops())
        for column, wanted in zip(self.columns, gaps, strict=True):
            column.set_gaps(wanted)

    def changeEvent(self, event: QEvent) -> None:
        """Larger type wraps elsewhere."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._align_soon()

    def _align_soon(self) -> None:
        self._aligning.start(0)

    def _fill(self) -> None:
        looks = _looks(self._tokens)
        self.changes = []
        for column in self.columns:
            column.begin()
        for section in self._sections:
            for column in self.columns:
                column.add_heading(section.heading, looks["heading"])
            self._fill_section(section, looks)
        for column in self.columns:
            column.end()
        self._align_soon()

    def _fill_section(self, section: ComparedSection, looks: dict[str, QTextCharFormat]) -> None:
        left, right = self.columns
        written = [False, False]
        for same, group in groupby(section.runs, lambda run: run.kind is RunKind.EQUAL):
            runs = list(group)
            if same:
                for column in self.columns:
                    column.add(_text(runs), looks["equal"])
                written = [True, True]
                continue
            removed = [run for run in runs if run.kind is RunKind.REMOVED]
            added = [run for run in runs if run.kind is RunKind.ADDED]
            places = (_add_run(left, removed, looks), _add_run(right, added, looks))
            self.changes.append(Change(section.heading, _text(removed), _text(added), *places))
            written = [written[LEFT] or bool(removed), written[RIGHT] or bool(added)]
        for column, done in zip(self.columns, written, strict=True):
            if not done:
                column.add(say("versions.nothing"), looks["nothing"])


def aligned(plain: Sequence[float], left: Sequence[float], right: Sequence[float]) -> tuple[list[float], list[float]]:
    """Gaps over each heading and under the last line that bring both sides to one height; tops are with `plain`."""
    gaps = (list(plain), list(plain))
    pushed = [0.0, 0.0]
    for index, (one, other) in enumerate(zip(left, right, strict=True)):
        lack = (one + pushed[LEFT]) - (other + pushed[RIGHT])
        lower = RIGHT if lack > 0 else LEFT
        gaps[lower][index] += abs(lack)
        pushed[lower] += abs(lack)
    return gaps


def _add_run(column: Column, runs: list[ComparedRun], looks: dict[str, QTextCharFormat]) -> tuple[int, int]:
    if not runs:
        return column.position, column.position
    kind = runs[0].kind
    return column.add(SIGNS[kind] + _text(runs), looks[kind.value])


def _text(runs: Sequence[ComparedRun]) -> str:
    return "".join(run.text for run in runs)


def _looks(tokens: Tokens) -> dict[str, QTextCharFormat]:
    """How each kind of text is written, in the widget's own type."""
    looks = {name: QTextCharFormat() for name in ("heading", "equal", "nothing", "removed", "added")}
    for look in looks.values():
        look.setForeground(QColor(tokens.ink))
    looks["heading"].setFontWeight(QFont.Weight.DemiBold)
    looks["nothing"].setForeground(QColor(tokens.muted))
    looks["removed"].setFontStrikeOut(True)
    looks["removed"].setForeground(QColor(tokens.bad))
    looks["removed"].setBackground(QColor(tokens.bad_soft))
    looks["added"].setFontUnderline(True)
    looks["added"].setForeground(QColor(tokens.ok))
    looks["added"].setBackground(QColor(tokens.ok_soft))
    return looks
