"""States of a live visit in which something is typed at talking speed: names, grids, vital signs, the palette."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.note_editor.places import Caret
from desktop.ui.note_pane import NotePane
from desktop.ui.palette import Palette
from desktop.workflows.quick_text import shipped_library
from tests.desktop.ui.desk import Desk, write


def note_of(desk: Desk) -> NotePane:
    """The note in front."""
    current = desk.controller.current
    if current is None:
        raise AssertionError("a visit is open")
    return current.view.note


def suggesting(desk: Desk) -> None:
    """A name is being typed."""
    desk.flows.quick_text.use(shipped_library())
    note = note_of(desk)
    note.focus_section("hpi")
    QTest.keyClick(note.editor, Qt.Key.Key_Return)
    QTest.keyClicks(note.editor, "/s")
    QTest.keyClick(note.editor, Qt.Key.Key_Down)
    desk.jobs.run()


def grid_ros(desk: Desk) -> None:
    """A grid, half filled."""
    note = note_of(desk)
    note.focus_section("ros")
    note.entry.open_grid()
    shown = note.entry.grid
    QTest.keyClicks(shown.findings, "-+--")
    QTest.keyClick(shown.findings, Qt.Key.Key_Right)
    QTest.keyClick(shown.findings, Qt.Key.Key_Right)
    QTest.keyClicks(shown.findings, "+--")


def grid_knee(desk: Desk) -> None:
    """A grid with sides."""
    note = note_of(desk)
    note.entry.open_grid("knee")
    shown = note.entry.grid
    QTest.keyClicks(shown.findings, "LRR")
    QTest.keyClick(shown.findings, Qt.Key.Key_Down)
    QTest.keyClicks(shown.findings, "SS-+-")


def vitals_entry(desk: Desk) -> None:
    """Vital signs are being typed in their bar."""
    note = note_of(desk)
    note.entry.enter_vitals()
    QTest.keyClicks(note.entry.bar.box, "bp 128/82 hr 76 t 98.6f spo2 98ra wt 70")


def vitals_reason(desk: Desk) -> None:
    """A value out of range waits for its reason."""
    vitals_entry(desk)
    note = note_of(desk)
    bar = note.entry.bar
    bar.box.clear()
    QTest.keyClicks(bar.box, "bp 214/126 hr 76")
    QTest.keyClick(bar.box, Qt.Key.Key_Return)


def vitals_stopped(desk: Desk) -> None:
    """A line of vital signs that cannot be."""
    note = note_of(desk)
    write(note, "vital_signs", "\n")
    note.focus_section("vital_signs")
    QTest.keyClicks(note.editor, "hr 76 bp 82/128")
    QTest.keyClick(note.editor, Qt.Key.Key_Return)
    desk.jobs.run()


def dangerous(desk: Desk) -> None:
    """Dangerous abbreviations; the caret is beside one."""
    note = note_of(desk)
    write(note, "assessment_and_plan", "Lantus 10 U qd, warfarin 5.0 mg; INR 2.0 last week.")
    note.focus_section("assessment_and_plan")
    note.editor.set_caret(Caret("assessment_and_plan", 12))
    note.editor.dangers.look_at_all()
    desk.jobs.run()


def palette(desk: Desk) -> None:
    """Everything that can be done, a few letters typed."""
    desk.window.toggle_palette()
    shown = desk.window.findChild(Palette)
    if isinstance(shown, Palette):
        QTest.keyClicks(shown.box, "gr")


TYPING: dict[str, Callable[[Desk], None]] = {
    show.__name__: show
    for show in (
        suggesting, grid_ros, grid_knee, vitals_entry, vitals_reason, vitals_stopped, dangerous, palette,
    )
}  # fmt: skip
