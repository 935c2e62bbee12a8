"""Grids: three states by one key, sides by one letter, sentences in the right section, opened again over their own."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from desktop.ui import grid_pane
from desktop.ui.grid_pane import LEFT, RIGHT, WORDS, GridPane
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_pane import NotePane, shown_sections
from desktop.ui.tokens import DARK, LIGHT
from desktop.workflows.quick_text import QuickText, shipped_library
from tests.desktop.ui.conftest import Shown
from visit.findings import Mark, grid, grid_names

Key = Qt.Key


@pytest.fixture
def pane(put_up: Shown) -> NotePane:
    made = NotePane(LIGHT)
    put_up(made, 620, 700)
    made.focus_section("ros")
    return made


def opened(pane: NotePane, key: str = "ros") -> GridPane:
    pane.entry.open_grid(key)
    assert is_open(pane)
    assert pane.entry.grid.findings.hasFocus()
    return pane.entry.grid


def is_open(pane: NotePane) -> bool:
    return pane.entry.grid_open


def press(shown: GridPane, keys: str) -> None:
    QTest.keyClicks(shown.findings, keys)


def test_signs_fill_it_and_the_sentences_go_into_the_section(pane: NotePane) -> None:
    shown = opened(pane)
    press(shown, "+-0")
    QTest.keyClick(shown.findings, Key.Key_Right)
    press(shown, "--")
    first, second = grid("ros").systems[0], grid("ros").systems[1]
    assert pane.editor.text("ros") == ""
    shown.take_button.click()
    lines = pane.editor.text("ros").split("\n")
    assert lines == [
        f"{first.title}: {first.findings[0].positive}, no {first.findings[1].positive}.",
        f"{second.title}: no {second.findings[0].positive}, no {second.findings[1].positive}.",
    ]
    assert not is_open(pane)
    assert pane.editor.hasFocus()


def test_the_keys_of_writing_do_not_reach_the_note_and_its_keys_do_not_mark(pane: NotePane) -> None:
    shown = opened(pane)
    QTest.keyClick(shown.findings, Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(shown.findings, Key.Key_0, Qt.KeyboardModifier.AltModifier)
    press(shown, "abc?")
    assert dict(shown.state.answers) == {}
    assert pane.editor.text("ros") == ""


def test_the_key_puts_it_into_the_note_from_the_grid_alone(pane: NotePane) -> None:
    shown = opened(pane)
    press(shown, "+")
    pane.focus_last()
    QTest.keyClick(pane.editor, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert is_open(pane)
    shown.findings.setFocus()
    QTest.keyClick(shown.findings, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not is_open(pane)
    assert grid("ros").systems[0].findings[0].positive in pane.editor.text("ros")


def test_opened_again_it_shows_what_stands_there_and_changes_its_own_lines_alone(pane: NotePane) -> None:
    shown = opened(pane)
    press(shown, "+-")
    shown.take_button.click()
    text = pane.editor.text("ros")
    pane.apply_change("ros", 0, 0, "Asked of the mother.\n")
    pane.entry._kept.clear()
    shown = opened(pane)
    assert shown.state.answer((0, 0)).left is Mark.POSITIVE
    assert shown.state.answer((0, 1)).left is Mark.NEGATIVE
    press(shown, "0")
    edits: list[tuple[str, int, int, str]] = []
    pane.text_edited.connect(lambda *edit: edits.append(edit))
    shown.take_button.click()
    first = grid("ros").systems[0]
    assert pane.editor.text("ros") == f"Asked of the mother.\n{first.title}: no {first.findings[1].positive}."
    assert all(start >= len("Asked of the mother.\n") for _, start, _, _ in edits)
    assert text != pane.editor.text("ros")


def test_escape_puts_it_away_and_loses_no_mark(pane: NotePane) -> None:
    shown = opened(pane)
    press(shown, "+")
    QTest.keyClick(shown.findings, Key.Key_Escape)
    assert not is_open(pane)
    assert pane.editor.hasFocus()
    assert pane.editor.text("ros") == ""
    assert opened(pane).state.answer((0, 0)).left is Mark.POSITIVE


def test_what_somebody_else_wrote_meanwhile_stays(pane: NotePane) -> None:
    pane.entry.open_grid("ros")
    press(pane.entry.grid, "+")
    theirs = f"{grid('ros').systems[1].title}: no {grid('ros').systems[1].findings[0].positive}."
    pane.apply_change("ros", 0, 0, theirs)
    QTest.keyClick(pane.entry.grid.findings, Key.Key_Escape)
    shown = opened(pane)
    assert shown.state.answer((0, 0)).left is Mark.POSITIVE
    assert shown.state.answer((1, 0)).left is Mark.NEGATIVE
    pane.apply_change("ros", 0, 0, "Asked twice.\n")
    shown.take_button.click()
    first = grid("ros").systems[0]
    assert pane.editor.text("ros") == f"Asked twice.\n{first.title}: {first.findings[0].positive}.\n{theirs}"


def test_a_side_is_one_letter_and_no_side_is_assumed(pane: NotePane) -> None:
    shown = opened(pane, "knee")
    press(shown, "+")
    assert dict(shown.state.answers) == {}
    assert shown.side.isVisible()
    assert "S" in shown.side.text()
    press(shown, "L")
    assert shown.state.answer((0, 0)).left is Mark.POSITIVE
    assert shown.state.answer((0, 0)).right is Mark.NOT_ASKED
    press(shown, "RR")
    assert shown.state.answer((0, 0)).right is Mark.NEGATIVE
    press(shown, "S")
    assert shown.side.text() == "Right side"
    press(shown, "--")
    shown.take_button.click()
    wanted = "Knee inspection: swelling on the left, no swelling on the right"
    assert pane.editor.text("physical_exam").startswith(wanted)
    assert pane.last_section == "ros", "back to where the scribe wrote"


def test_every_cell_says_its_finding_and_state(pane: NotePane) -> None:
    shown = opened(pane, "knee")
    press(shown, "L")
    name = grid("knee").systems[0].findings[0].positive
    spoken = [str(shown.findings.cell(0, at).data(Qt.ItemDataRole.AccessibleTextRole)) for at in (RIGHT, LEFT, WORDS)]
    assert spoken == [f"{name}: right not asked", f"{name}: left there", f"{name}: right not asked, left there"]
    interface = QAccessible.queryAccessibleInterface(shown.findings)
    assert interface is not None
    assert "Knee inspection" in interface.text(QAccessible.Text.Name)
    for key in grid_names():
        shown = opened(pane, key)
        for system in range(len(shown.state.grid.systems)):
            shown._go((system, 0))
            assert shown.findings.rowCount() == len(shown.state.system.findings)
            for line in range(shown.findings.rowCount()):
                for at in (RIGHT, LEFT, WORDS):
                    words = shown.findings.cell(line, at).data(Qt.ItemDataRole.AccessibleTextRole)
                    assert words.startswith(f"{shown.state.system.findings[line].positive}: ")


def test_what_a_key_did_is_said(pane: NotePane, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    shown = opened(pane, "knee")
    monkeypatch.setattr(grid_pane, "announce", lambda _widget, text: heard.append(text))
    press(shown, "L")
    press(shown, "S")
    assert "left there" in heard[0]
    assert heard[1] == "Right side"


def test_a_comment_is_typed_kept_and_given_up(pane: NotePane) -> None:
    shown = opened(pane)
    press(shown, "+")
    QTest.keyClick(shown.findings, Key.Key_Up)
    QTest.keyClick(shown.findings, Key.Key_Return)
    assert shown.comment.hasFocus()
    QTest.keyClicks(shown.comment, "since Monday, +2 L")
    QTest.keyClick(shown.comment, Key.Key_Return)
    assert shown.findings.hasFocus()
    assert shown.state.answer((0, 0)).comment == "since Monday, +2 L"
    QTest.keyClick(shown.findings, Key.Key_Return)
    QTest.keyClicks(shown.comment, " more")
    QTest.keyClick(shown.comment, Key.Key_Escape)
    assert shown.state.answer((0, 0)).comment == "since Monday, +2 L"
    assert is_open(pane)
    shown.take_button.click()
    assert "(since Monday, +2 L)" in pane.editor.text("ros")
    assert opened(pane).state.answer((0, 0)).comment == "since Monday, +2 L"


def test_the_mouse_turns_the_state_under_it(pane: NotePane) -> None:
    shown = opened(pane, "knee")
    cell = shown.findings.visualItemRect(shown.findings.cell(2, LEFT)).center()
    QTest.mouseClick(shown.findings.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    assert shown.state.answer((0, 2)).left is Mark.POSITIVE
    assert shown.state.answer((0, 2)).right is Mark.NOT_ASKED
    shown = opened(pane, "ros")
    cell = shown.findings.visualItemRect(shown.findings.cell(1, RIGHT)).center()
    for wanted in (Mark.POSITIVE, Mark.NEGATIVE, Mark.NOT_ASKED):
        QTest.mouseClick(shown.findings.viewport(), Qt.MouseButton.LeftButton, pos=cell)
        assert shown.state.answer((0, 1)).left is wanted
    row = shown.systems.visualItemRect(shown.systems.item(2)).center()
    QTest.mouseClick(shown.systems.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert shown.state.cursor == (2, 0)


@pytest.mark.parametrize(
    ("name", "key", "section"),
    [
        ("mse", "mse", "physical_exam"),
        ("exam", "general_exam", "physical_exam"),
        ("knee", "knee", "physical_exam"),
        ("ros", "ros", "ros"),
    ],
)
def test_a_name_opens_its_grid_from_anywhere(pane: NotePane, name: str, key: str, section: str) -> None:
    quick = QuickText()
    quick.use(shipped_library())
    pane.editor.expand = quick.expand
    pane.editor.names.use(quick)
    pane.focus_section("hpi")
    QTest.keyClicks(pane.editor, "Fell.")
    QTest.keyClick(pane.editor, Key.Key_Return)
    QTest.keyClicks(pane.editor, f"/{name}")
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text("hpi") == "Fell.\n"
    assert is_open(pane)
    assert pane.entry.grid.key == key
    press(pane.entry.grid, "SSS-" if grid(key).systems[0].findings[0].sides != "none" else "-")
    pane.entry.grid.take_button.click()
    assert pane.editor.text(section)
    assert pane.last_section == "hpi"


def test_the_mental_status_exam_goes_into_its_own_section_where_the_note_has_one(pane: NotePane) -> None:
    pane.show_sections(shown_sections(("hpi", "mental_status", "physical_exam")))
    shown = opened(pane, "mse")
    press(shown, "+")
    shown.take_button.click()
    assert pane.editor.text("mental_status")
    assert pane.editor.text("physical_exam") == ""


def test_the_key_opens_what_fits_the_caret(pane: NotePane) -> None:
    pane.focus_section("physical_exam")
    pane.entry.open_grid()
    assert pane.entry.grid.key == "general_exam"
    pane.entry.open_grid("knee")
    press(pane.entry.grid, "L")
    pane.entry.grid.take_button.click()
    pane.focus_section("physical_exam")
    pane.entry.open_grid("shoulder")
    QTest.keyClick(pane.entry.grid.findings, Key.Key_Escape)
    pane.editor.set_caret(Caret("physical_exam", 3))
    pane.entry.open_grid()
    assert pane.entry.grid.key == "knee", "the line under the caret is the knee's"


def test_another_grid_is_chosen_and_nothing_marked_is_lost(pane: NotePane) -> None:
    shown = opened(pane, "knee")
    press(shown, "L")
    shown.chosen.emit("hip")
    assert shown.key == "hip"
    shown.chosen.emit("knee")
    assert shown.state.answer((0, 0)).left is Mark.POSITIVE


def test_another_appearance(pane: NotePane) -> None:
    shown = opened(pane)
    press(shown, "+")
    pane.use_tokens(DARK)
    assert shown.findings.cell(0, RIGHT).foreground().color().name() == DARK.accent
