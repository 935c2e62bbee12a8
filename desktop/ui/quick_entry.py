"""Vital signs and grids of one note: opened by a name or a key, their lines written into the right section."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeyEvent

from desktop.ui.note_editor.keys import PLAIN
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_editor.quick_keys import ENTER_KEYS
from desktop.ui.parts import announce
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from visit.indexes import utf16_length

if TYPE_CHECKING:
    from desktop.ui.grid_pane import GridPane
    from desktop.ui.note_pane import NotePane
    from desktop.ui.vitals_bar import VitalsBar
    from visit.findings import GridState
    from visit.vital_lines import LineEntry

SECTION = "vital_signs"
"""As `visit.vital_lines`, which is loaded when it is needed: the first paint waits for none of this."""

DEFAULT_GRIDS = {"ros": "ros", "physical_exam": "general_exam", "mental_status": "mse"}
"""What the key opens in a section where no grid was used yet."""
OWN_SECTIONS = {"mse": "mental_status"}
"""Where a grid writes in notes that have this section; else it writes into the grid's own."""


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line of the vital signs as it was typed, and where it begins in its section."""

    start: int
    text: str


class QuickEntry(QObject):
    """The bar of vital signs and the grid of one note, of which one is open at a time."""

    def __init__(self, note: "NotePane", tokens: Tokens) -> None:
        super().__init__(note)
        self._note = note
        self._tokens = tokens
        self._bar: VitalsBar | None = None
        self._grid: GridPane | None = None
        self.age: Callable[[], int | None] = lambda: None
        """The patient's age in months."""
        self._typed: TypedLine | None = None
        self._let_pass = ""
        self._section = ""
        self._back: Caret | None = None
        self._base: GridState | None = None
        """What the text said when the grid was opened."""
        self._kept: dict[str, tuple[GridState, GridState]] = {}
        """Of grids that were put away: what the text said, and what was marked."""
        self._used: dict[str, str] = {}

    @property
    def bar(self) -> "VitalsBar":
        """The bar of vital signs, made when it is first asked for."""
        if self._bar is None:
            from desktop.ui.vitals_bar import VitalsBar

            self._bar = VitalsBar(lambda: self.age())
            self._note.body.insertWidget(self._note.body.indexOf(self._note.text_area) + 1, self._bar)
            self._bar.taken.connect(self._on_vitals)
            self._bar.left.connect(self._go_back)
        return self._bar

    @property
    def grid(self) -> "GridPane":
        """The grid, made when it is first asked for."""
        if self._grid is None:
            from desktop.ui.grid_pane import GridPane

            self._grid = GridPane(self._tokens)
            self._note.body.insertWidget(self._note.body.indexOf(self._note.text_area) + 1, self._grid, 3)
            self._grid.taken.connect(self.put_grid)
            self._grid.left.connect(self._on_grid_left)
            self._grid.chosen.connect(self.open_grid)
        return self._grid

    def connect_editor(self) -> None:
        """Take over the keys and names of the note's editor."""
        editor = self._note.editor
        editor.takes_line = self.takes_line
        editor.names.grid_asked.connect(self.open_grid)
        editor.names.vitals_asked.connect(self.enter_vitals)
        editor.text_edited.connect(lambda *_edit: self._on_edited())
        editor.section_entered.connect(self._on_section)

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance."""
        self._tokens = tokens
        if self._grid is not None:
            self._grid.use_tokens(tokens)

    @property
    def grid_open(self) -> bool:
        """Whether a grid is on the screen."""
        return self._grid is not None and not self._grid.isHidden()

    def _may_write(self) -> bool:
        if self._note.editor.isReadOnly():
            self._note.show_hint(say("note.read_only"))
            announce(self._note, say("note.read_only"))
            return False
        return True

    # --- vital signs -------------------------------------------------------------------------------------------------

    def enter_vitals(self) -> None:
        """Open the bar, from wherever the caret is; it comes back here."""
        if self._may_write():
            self._put_grid_away()
            self._typed, self._back = None, self._note.caret()
            self.bar.begin()

    def takes_line(self, event: QKeyEvent) -> bool:
        """Whether Enter at a line's end in the vital signs was for the line: it is written anew, or something stops it.

        Enter once more leaves a line that was stopped as it is: words that are coded as nothing.
        """
        if event.key() not in ENTER_KEYS or event.modifiers() not in PLAIN or self._note.last_section != SECTION:
            return False
        from visit.vital_lines import read_line

        line = self._line_before_caret()
        entry = read_line(line.text) if line is not None else None
        if line is None or entry is None or line.text == self._let_pass:
            if line is not None and line.text == self._let_pass:  # the word that stopped it may still be selected
                self._note.editor.set_caret(Caret(SECTION, line.start + utf16_length(line.text)))
            self._let_pass = ""
            return False
        if entry.stop is not None:
            self._let_pass = line.text
            start, end = line.start + entry.stop.start, line.start + entry.stop.end
            self.bar.show_stop(entry.stop)
            self._note.editor.set_caret(Caret(SECTION, start), end - start)
            return True
        if not entry.complete:
            self._note.show_hint(say("vitals.unclear", words=", ".join(found.word for found in entry.unclear)))
            return False
        self._typed, self._back = line, None
        self.bar.confirm(entry)
        return True

    def _line_before_caret(self) -> TypedLine | None:
        """The caret's line, where the caret is at its end; a stopped word that is still selected counts as there."""
        editor = self._note.editor
        cursor = editor.textCursor()
        block = cursor.block()
        text = block.text()
        stopped = cursor.hasSelection() and text == self._let_pass
        if not stopped and (cursor.hasSelection() or cursor.positionInBlock() != block.length() - 1):
            return None
        first = editor.places.body(editor.places.index_at(block.position()))[0]
        return TypedLine(block.position() - first, text)

    def _on_edited(self) -> None:
        if self._bar is not None and not self._bar.isHidden() and not self._bar.asks:
            self._bar.hide()  # what stopped the line is being mended

    def _on_section(self, section: str) -> None:
        """Another section has the caret: say so where vital signs were left as they were typed."""
        left, self._section = self._section, section
        self._on_edited()
        if left != SECTION or section == SECTION or self._note.editor.isReadOnly():
            return
        from visit.vital_lines import read_line

        entries = (read_line(line) for line in self._note.editor.text(SECTION).split("\n"))
        if any(entry is not None and entry.complete for entry in entries):
            self._note.show_hint(say("vitals.not_coded"))
            announce(self._note, say("vitals.not_coded"))

    def _on_vitals(self, entry: "LineEntry") -> None:
        """Write the lines in place of what was typed, or at the section's end."""
        typed, self._typed = self._typed, None
        text = self._note.editor.text(SECTION)
        start, end, come = utf16_length(text), utf16_length(text), entry.lines
        if typed is not None and _units(text, typed.start, typed.text) == typed.text:
            start, end = typed.start, typed.start + utf16_length(typed.text)
        elif text and not text.endswith("\n"):
            come = f"\n{come}"
        self._write(SECTION, start, end, come)
        if entry.assumed:
            self._note.show_hint(say("vitals.assumed", words=", ".join(found.word for found in entry.assumed)))
        announce(self._note, entry.lines)
        self._go_back()

    # --- grids -------------------------------------------------------------------------------------------------------

    def open_grid(self, key: str = "") -> None:
        """Open a grid over what it wrote before; without a key, the one that fits the caret's section."""
        if not self._may_write():
            return
        if not self.grid_open or self._note.editor.hasFocus():
            self._back = self._note.caret()
        self._keep_marks()
        key = key or self._fitting()
        from visit.findings import grid
        from visit.grid_text import read_back, rebased

        if self._bar is not None:
            self._bar.hide()
        own = read_back(grid(key), self._note.editor.text(self.section_of(key)))
        kept = self._kept.pop(key, None)
        state = own.state if kept is None else rebased(kept[0], kept[1], own.state)
        self._base = own.state
        self._used[self.section_of(key)] = key
        self.grid.open(key, replace(state, draft=None))
        self._note.keep_caret_in_sight()

    def section_of(self, key: str) -> str:
        """The section that a grid writes into, in this note."""
        from visit.findings import grid

        own = OWN_SECTIONS.get(key, "")
        return own if own and self._note.has_section(own) else grid(key).section

    def _fitting(self) -> str:
        """The grid whose line has the caret, or else the section's last or usual one."""
        from visit.findings import grid, grid_names
        from visit.grid_text import read_back

        section = self._note.last_section
        line = self._note.editor.textCursor().block().text()
        for name in grid_names():
            if self.section_of(name) == section and read_back(grid(name), line).lines:
                return name
        return self._used.get(section) or DEFAULT_GRIDS.get(section, "ros")

    def put_grid(self) -> None:
        """Write the open grid's sentences into its section: its own lines change, no other does."""
        if not self.grid_open or not self._may_write():
            return
        from visit.grid_text import line_edits, read_back, rebased

        state, section = self.grid.state, self.section_of(self.grid.key)
        text = self._note.editor.text(section)
        own = read_back(state.grid, text)
        for edit in line_edits(text, own, rebased(self._base or own.state, state, own.state)):
            self._write(section, edit.start, edit.end, edit.inserted)
        self._base = None
        self.grid.hide()
        words = say("grid.written", title=state.grid.title)
        self._note.show_hint(words)
        announce(self._note, words)
        self._go_back()

    def _on_grid_left(self) -> None:
        self._keep_marks()
        self._go_back()

    def _put_grid_away(self) -> None:
        if self.grid_open:
            self._keep_marks()
            self.grid.hide()

    def _keep_marks(self) -> None:
        """What was marked in the grid and is not in the note yet."""
        if self._grid is not None and self._base is not None and self._grid.state.answers != self._base.answers:
            self._kept[self._grid.key] = self._base, self._grid.state
        self._base = None

    # --- the note ----------------------------------------------------------------------------------------------------

    def _write(self, section: str, start: int, end: int, text: str) -> None:
        """Replace units of a section as the person's own edit; the caret stands behind it then."""
        if not self._note.has_section(section):
            self._note.focus_section(section)
        editor = self._note.editor
        editor.set_caret(Caret(section, start), end - start)
        editor.replace_selection(text)

    def _go_back(self) -> None:
        """To where the person wrote, when that was another section."""
        back, self._back = self._back, None
        if back is not None and back.section != self._note.last_section:
            self._note.show_caret(back)
        self._note.focus_last()
        self._note.keep_caret_in_sight()


def _units(text: str, start: int, like: str) -> str:
    """As many units of a text, from a place on, as another text has."""
    end = start + utf16_length(like)
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")
