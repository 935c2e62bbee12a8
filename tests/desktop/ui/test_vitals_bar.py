"""Vital signs: typed in their section or in the bar, written in one form, stopped or confirmed as the rules say."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.note_editor.places import Caret
from desktop.ui.note_pane import NotePane
from desktop.ui.tokens import LIGHT
from desktop.ui.words import CATALOGUE, say
from desktop.workflows.quick_text import QuickText, shipped_library
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.desk import SADIE, Desk, summary
from visit.vital_lines import coded, read_line
from visit.vitals import VitalKind

Key = Qt.Key
SECTION = "vital_signs"
LINE = "BP 128/82 mmHg, HR 76/min, Temp 98.6 °F, SpO2 98% on room air"


@pytest.fixture
def pane(put_up: Shown) -> NotePane:
    made = NotePane(LIGHT)
    put_up(made, 620, 700)
    made.entry.age = lambda: 12 * 54
    made.focus_section(SECTION)
    return made


def type_line(pane: NotePane, text: str) -> None:
    QTest.keyClicks(pane.editor, text)
    QTest.keyClick(pane.editor, Key.Key_Return)


def test_enter_after_a_typed_line_writes_it_in_its_form(pane: NotePane) -> None:
    edits: list[tuple[str, int, int, str]] = []
    type_line(pane, "bp 128/82 hr 76 t 98.6f spo2 98ra")
    assert pane.editor.text(SECTION) == LINE
    assert [each.kind for each in coded(LINE)][:2] == [VitalKind.BLOOD_PRESSURE, VitalKind.HEART_RATE]
    assert pane.caret() == Caret(SECTION, len(LINE))
    assert pane.editor.hasFocus()
    pane.text_edited.connect(lambda *edit: edits.append(edit))
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text(SECTION) == f"{LINE}\n", "what is written is left alone"
    assert edits == [(SECTION, len(LINE), len(LINE), "\n")]


def test_only_the_carets_line_and_only_at_its_end(pane: NotePane) -> None:
    pane.apply_change(SECTION, 0, 0, "😀 By the nurse.\nhr 76\nAfter rest.")
    pane.editor.set_caret(Caret(SECTION, 19))
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text(SECTION) == "😀 By the nurse.\nhr\n 76\nAfter rest."
    pane.apply_change(SECTION, 19, 1, "")
    pane.editor.set_caret(Caret(SECTION, 22))
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text(SECTION) == "😀 By the nurse.\nHR 76/min\nAfter rest."


def test_elsewhere_and_in_sentences_enter_is_enter(pane: NotePane) -> None:
    type_line(pane, "Patient declined weight.")
    assert pane.editor.text(SECTION) == "Patient declined weight.\n"
    pane.focus_section("hpi")
    type_line(pane, "bp 128/82")
    assert pane.editor.text("hpi") == "bp 128/82\n"


def test_what_stops_is_named_and_selected_and_typing_mends_it(pane: NotePane) -> None:
    type_line(pane, "hr 76 bp 120/180")
    assert pane.editor.text(SECTION) == "hr 76 bp 120/180"
    assert pane.editor.textCursor().selectedText() == "180"
    assert pane.entry.bar.isVisible()
    assert "180" in pane.entry.bar.said.text()
    assert pane.editor.hasFocus()
    QTest.keyClicks(pane.editor, "80")
    assert not pane.entry.bar.isVisible()
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text(SECTION) == "BP 120/80 mmHg, HR 76/min"


def test_enter_once_more_keeps_a_stopped_line_as_words(pane: NotePane) -> None:
    type_line(pane, "t 98.6kg")
    assert pane.editor.text(SECTION) == "t 98.6kg"
    assert pane.editor.textCursor().selectedText() == "kg"
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text(SECTION) == "t 98.6kg\n", "no selected word goes"
    assert coded(pane.editor.text(SECTION)) == ()


def test_leaving_the_section_says_what_is_not_coded_yet(pane: NotePane) -> None:
    QTest.keyClicks(pane.editor, "bp 128/82")
    pane.step(True)
    assert pane.hints.text() == say("vitals.not_coded")
    assert pane.editor.text(SECTION) == "bp 128/82"
    pane.show_hint("")
    pane.step(False)
    QTest.keyClick(pane.editor, Key.Key_Return)
    pane.step(True)
    assert pane.hints.text() == ""


def test_a_name_without_a_number_is_said_and_stops_nothing(pane: NotePane) -> None:
    type_line(pane, "bp 128/82 hr")
    assert pane.editor.text(SECTION) == "bp 128/82 hr\n"
    assert "hr" in pane.hints.text()


def test_an_outlier_asks_for_its_reason_and_keeps_it(pane: NotePane) -> None:
    type_line(pane, "bp 210/125 hr 76")
    bar = pane.entry.bar
    assert bar.isVisible()
    assert bar.box.hasFocus()
    assert "210" in bar.title.text()
    assert "125" in bar.title.text()
    assert pane.editor.text(SECTION) == "bp 210/125 hr 76"
    QTest.keyClick(bar.box, Key.Key_Return)
    assert bar.isVisible(), "without a reason it stays open"
    QTest.keyClicks(bar.box, "1")
    QTest.keyClick(bar.box, Key.Key_Return)
    reason = say("vitals.reason.repeated")
    assert pane.editor.text(SECTION) == f"BP 210/125 mmHg (confirmed: {reason}), HR 76/min"
    assert [each.reason for each in coded(pane.editor.text(SECTION))] == [reason, ""]
    assert pane.editor.hasFocus()


def test_escape_leaves_the_line_as_it_was_typed(pane: NotePane) -> None:
    type_line(pane, "hr 210")
    QTest.keyClick(pane.entry.bar.box, Key.Key_Escape)
    assert pane.editor.text(SECTION) == "hr 210"
    assert not pane.entry.bar.isVisible()
    assert pane.editor.hasFocus()


def test_a_line_that_somebody_changed_meanwhile_is_not_written_over(pane: NotePane) -> None:
    type_line(pane, "hr 210")
    pane.apply_change(SECTION, 0, 0, "Sitting: ")
    QTest.keyClicks(pane.entry.bar.box, "as heard")
    QTest.keyClick(pane.entry.bar.box, Key.Key_Return)
    assert pane.editor.text(SECTION) == "Sitting: hr 210\nHR 210/min (confirmed: as heard)"


def test_the_name_opens_the_bar_and_the_caret_comes_back(pane: NotePane) -> None:
    quick = QuickText()
    quick.use(shipped_library())
    pane.editor.names.use(quick)
    pane.focus_section("hpi")
    type_line(pane, "Fell.")
    QTest.keyClicks(pane.editor, "/vitals")
    QTest.keyClick(pane.editor, Key.Key_Space)
    bar = pane.entry.bar
    assert pane.editor.text("hpi") == "Fell.\n"
    assert bar.box.hasFocus()
    QTest.keyClicks(bar.box, "bp 128/82 hr 76 t 98.6f spo2 98ra")
    assert bar.said.text() == LINE
    QTest.keyClick(bar.box, Key.Key_Return)
    assert pane.editor.text(SECTION) == LINE
    assert pane.last_section == "hpi"
    assert pane.editor.hasFocus()


def test_the_bar_says_what_is_wrong_while_it_is_typed_and_takes_nothing(pane: NotePane) -> None:
    pane.apply_change(SECTION, 0, 0, "By the nurse.")
    pane.entry.enter_vitals()
    bar = pane.entry.bar
    for text, word in (("bp 80/120", "120"), ("t 9kg", "kg"), ("hr", "hr"), ("hello", "bp")):
        bar.box.clear()
        QTest.keyClicks(bar.box, text)
        assert word in bar.said.text()
        QTest.keyClick(bar.box, Key.Key_Return)
        assert bar.isVisible()
    QTest.keyClick(bar.box, Key.Key_Escape)
    assert pane.editor.text(SECTION) == "By the nurse."
    pane.entry.enter_vitals()
    bar.box.clear()
    QTest.keyClicks(bar.box, "hr 76 wt 70")
    assert "70" in bar.said.text().split("·")[-1], "the unit was taken for granted"
    QTest.keyClick(bar.box, Key.Key_Return)
    assert pane.editor.text(SECTION) == "By the nurse.\nHR 76/min, Wt 70 kg"


def test_a_signed_note_takes_none(pane: NotePane) -> None:
    pane.show_state("Signed", "ok", read_only=True)
    pane.entry.enter_vitals()
    pane.entry.open_grid("ros")
    assert not pane.entry.grid_open
    assert pane.entry._bar is None


@pytest.mark.parametrize("group", ["adult", "child", "infant"])
def test_the_examples_can_be_typed_as_they_stand(group: str) -> None:
    words = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    entry = read_line(words[f"vitals.example_{group}"])
    assert entry is not None
    assert entry.complete
    assert entry.rest == ""


def test_the_range_is_that_of_the_visits_patient(desk: Desk) -> None:
    born = summary("v1", SADIE)
    desk.sign_in(born)
    controller = desk.open(note={})
    note = controller.view.note
    months = note.entry.age()
    assert months is not None
    assert months == (born.scheduled_at.year - 2019) * 12 + born.scheduled_at.month - 1 - (
        born.scheduled_at.date().day < SADIE.birth_date.day
    )
    note.focus_section(SECTION)
    settle()
    type_line(note, "hr 118")
    assert note.editor.text(SECTION) == "HR 118/min"
    assert controller.visit.document.text(SECTION) == "HR 118/min"
    QTest.keyClick(note.editor, Key.Key_Return)
    type_line(note, "hr 128")
    assert note.entry.bar.isVisible(), "an adult's may be so fast, a child's of seven is asked about"
    QTest.keyClick(note.entry.bar.box, Key.Key_Escape)
    note.entry.enter_vitals()
    assert "bmip" in note.entry.bar.box.placeholderText()
