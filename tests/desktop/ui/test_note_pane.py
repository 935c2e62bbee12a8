"""The note: sections, blanks, other people's words, and a caret that no event takes away."""

import time

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.note_editor.marks import Mark
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_pane import NotePane, shown_sections
from desktop.ui.tokens import DARK, LIGHT
from desktop.ui.words import say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.gallery import NOTE
from tests.desktop.ui.note_bench import looks, looks_of, underlined
from visit.templates import DEFAULT_KEYS

GROUND = QTextFormat.Property.BackgroundBrush.value


def shown_note(put_up: Shown, texts: dict[str, str] | None = None, height: int = 700) -> NotePane:
    pane = NotePane(LIGHT)
    put_up(pane, 620, height)
    pane.show_texts(NOTE if texts is None else texts)
    settle()
    return pane


def texts_of(pane: NotePane) -> dict[str, str]:
    return {section.key: pane.editor.text(section.key) for section in shown_sections()}


def is_in_sight(pane: NotePane) -> bool:
    rect = pane.editor.cursorRect()
    return pane.editor.viewport().rect().contains(QPoint(rect.center().x(), rect.center().y()))


def test_each_section_says_how_it_stands(put_up: Shown) -> None:
    pane = shown_note(put_up, {"chief_complaint": "Knee pain.", "hpi": "*** and ***", "ros": ""})
    states = {s.key: pane.editor.standing(s.key) for s in shown_sections()}
    said = {key: (state.sign, state.word, state.tone) for key, state in states.items()}
    assert said["chief_complaint"] == ("●", "written", "ok")
    assert said["hpi"] == ("●", "2 blanks", "warn")
    assert said["ros"] == ("○", "", "plain")
    assert said["assessment_and_plan"] == ("○", "needed", "warn")
    assert pane.complete.text().startswith("1 of 6")
    assert pane.words.text() == say("note.words", count=5)


def test_states_and_words_follow_when_typing_rests(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "***"})
    pane.focus_section("ros")
    QTest.keyClicks(pane.editor, "No fever. ***")
    pane.apply_change("hpi", 0, 3, "Pain.")
    assert pane.editor.standing("hpi").word == "1 blank"  # nothing is counted at a key
    QTest.qWait(300)
    assert pane.editor.standing("hpi").word == "written"
    assert pane.editor.standing("ros").word == "1 blank"
    assert pane.words.text() == say("note.words", count=4)


def test_states_follow_while_typing_goes_on(put_up: Shown) -> None:
    pane = shown_note(put_up, {})
    pane.focus_section("ros")
    for _ in range(14):
        QTest.keyClicks(pane.editor, "a")
        QTest.qWait(90)
    assert pane.editor.standing("ros").word == "written"


def test_headings_are_drawn_with_their_state(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "a"})
    before = pane.editor.grab().toImage()
    pane.apply_change("hpi", 1, 0, " ***")
    pane.count()
    settle()
    assert pane.editor.grab().toImage() != before
    top = QTextCursor(pane.editor.document())
    top.setPosition(pane.editor.places.heading(1))
    line = pane.editor.cursorRect(top)
    picture = pane.editor.viewport().grab().toImage()
    dot = [picture.pixelColor(line.left() - 10, line.top() + at).name() for at in range(line.height())]
    assert LIGHT.warn in dot


def test_blanks_are_marked_where_they_are_and_found_over_sections(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "\U0001f980 *** then", "ros": "a *** b ***"})
    pane.focus_section("chief_complaint")
    found = []
    for _ in range(4):
        pane.find_blank(True)
        begin, end = pane.editor.selection_in_section()
        found.append((pane.last_section, begin, end - begin, pane.editor.textCursor().selectedText()))
    assert found[:3] == [("hpi", 3, 3, "***"), ("ros", 2, 3, "***"), ("ros", 8, 3, "***")]
    assert found[3] == found[0]
    pane.find_blank(False)
    assert pane.last_section == "ros"
    assert looks(pane.editor, "hpi", GROUND) == [(3, "***")]


def test_typing_over_a_blank_fills_it(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "occurs *** weekly"})
    edits: list[tuple[str, int, int, str]] = []
    pane.text_edited.connect(lambda *edit: edits.append(edit))
    pane.focus_section("chief_complaint")
    pane.find_blank(True)
    QTest.keyClicks(pane.editor, "t")
    assert edits == [("hpi", 7, 10, "t")]
    assert looks(pane.editor, "hpi", GROUND) == []


def test_words_of_others_are_marked_and_named(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "\U0001f980 Left knee. Mine."})
    pane.focus_section("hpi")
    pane.mark_authors("hpi", [(3, 10, "Dr. Okafor")])
    assert underlined(pane.editor, "hpi") == ["Left knee."]
    assert "Dr. Okafor" in pane.editor.standing("hpi").changes
    assert "Dr. Okafor" in pane.editor.accessibleName()
    pane.apply_change("hpi", 19, 0, " More.")
    pane.count()
    assert "Dr. Okafor" in pane.editor.standing("hpi").changes
    pane.mark_authors("hpi", [])
    assert underlined(pane.editor, "hpi") == []
    assert "Dr. Okafor" not in pane.editor.accessibleName()


def test_a_mark_says_who_where_the_mouse_rests(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "Left knee. Mine."})
    pane.mark_authors("hpi", [(0, 10, "Dr. Okafor")])
    said, tips = [], []
    for place in (4, 13):
        cursor = QTextCursor(pane.editor.document())
        cursor.setPosition(pane.editor.places.position(Caret("hpi", place)))
        point = pane.editor.cursorRect(cursor).center()
        said.append(pane.editor.said_under(point + QPoint(2, 0)))
        QTest.mouseMove(pane.editor.viewport(), point + QPoint(2, 0))
        tips.append(pane.editor.viewport().toolTip())
    assert said == tips == [say("note.changed_tip", who="Dr. Okafor"), ""]


def test_what_is_typed_beside_a_mark_is_not_in_it(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "Left knee."})
    pane.mark_authors("hpi", [(0, 10, "Dr. Okafor")])
    pane.focus_section("hpi")
    QTest.keyClicks(pane.editor, " Mine")
    assert underlined(pane.editor, "hpi") == ["Left knee."]
    pane.show_caret(Caret("hpi", 0))
    QTest.keyClicks(pane.editor, "Also ")
    assert underlined(pane.editor, "hpi") == ["Left knee."]


def test_marks_of_two_kinds_are_both_seen(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "a *** b"})
    pane.mark_authors("hpi", [(0, 7, "Dr. Okafor")])
    assert underlined(pane.editor, "hpi") == ["a *** b"]
    assert looks(pane.editor, "hpi", GROUND) == [(2, "***")]


def test_marks_over_lines_follow_their_words(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "one\ntwo\nthree"})
    look = looks(pane.editor, "hpi", GROUND)
    assert look == []
    pane.mark_authors("hpi", [(2, 8, "Dr. Okafor")])
    assert underlined(pane.editor, "hpi") == ["e\ntwo\nth"]
    pane.apply_change("hpi", 0, 0, "zero\n")
    pane.apply_change("chief_complaint", 0, 0, "Above\nit all")
    pane.apply_change("hpi", 10, 1, "")
    assert underlined(pane.editor, "hpi") == ["e\nto\nth"]
    assert [(mark.start, mark.length) for mark in pane.editor.marks("hpi")] == [(7, 7)]
    pane.show_sections(tuple(reversed(shown_sections())))
    settle()
    assert underlined(pane.editor, "hpi") == ["e\nto\nth"]


def test_marks_of_others_are_spoken_in_words(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "heard and carried"})
    plain = looks(pane.editor, "hpi", GROUND)
    assert plain == []
    look = QTextFormat().toCharFormat()
    pane.editor.show_marks("hpi", [Mark(0, 5, look, "Heard at 04:12"), Mark(3, 6, look, "From the patient")])
    assert pane.editor.marks("hpi").said_at(1) == "Heard at 04:12"
    assert pane.editor.marks("hpi").said_at(4) == "Heard at 04:12. From the patient"
    assert pane.editor.marks("hpi").said_at(12) == ""


def test_another_appearance_repaints_the_marks(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "a ***"})
    grounds = []
    for tokens in (LIGHT, DARK):
        pane.use_tokens(tokens)
        grounds += [look.background().color().name() for look in looks_of(pane.editor)]
    assert grounds == [LIGHT.warn_soft, DARK.warn_soft]


def test_a_foreign_change_takes_neither_caret_nor_keyboard(put_up: Shown) -> None:
    pane = shown_note(put_up)
    pane.focus_section("hpi")
    before = pane.caret()
    pane.apply_change("ros", 0, 0, "From the provider. ")
    pane.apply_change("hpi", before.position, 0, " And more.")
    pane.apply_change("chief_complaint", 0, 0, "Above\n")
    settle()
    assert pane.editor.hasFocus()
    assert pane.caret() == before


def test_foreign_text_above_leaves_what_is_read_where_it_is(put_up: Shown) -> None:
    pane = shown_note(put_up, height=300)
    pane.focus_section("physical_exam")
    settle()
    line = pane.editor.cursorRect().top()
    pane.apply_change("chief_complaint", 0, 0, "Many words of somebody else. " * 40)
    settle()
    assert pane.editor.cursorRect().top() == line
    QTest.keyClicks(pane.editor, "x")
    settle()
    assert is_in_sight(pane)


def test_foreign_text_does_not_pull_back_who_reads_elsewhere(put_up: Shown) -> None:
    pane = shown_note(put_up, {"chief_complaint": "a", "hpi": "line\n" * 80, "ros": "end"}, height=300)
    pane.focus_section("chief_complaint")
    bar = pane.editor.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    settle()
    read = pane.editor.cursorForPosition(QPoint(40, 40)).position()
    others = "six\nmore\nlines\nof\nsomebody\nelse\n"
    pane.apply_change("chief_complaint", 0, 0, others)
    settle()
    assert pane.editor.cursorForPosition(QPoint(40, 40)).position() == read + len(others)
    assert pane.caret() == Caret("chief_complaint", 1 + len(others))


def test_tab_and_keys_move_between_sections(put_up: Shown) -> None:
    pane = shown_note(put_up)
    pane.focus_section("chief_complaint")
    QTest.keyClick(pane.editor, Qt.Key.Key_Tab)
    assert pane.last_section == "hpi"
    pane.step(True)
    assert pane.last_section == "ros"
    pane.step(False)
    QTest.keyClick(pane.editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert pane.last_section == "chief_complaint"
    pane.step(False)
    assert pane.last_section == "chief_complaint"
    QTest.keyClick(pane.editor, Qt.Key.Key_Down)
    assert pane.last_section == "hpi"
    assert QApplication.focusWidget() is pane.editor
    pane.focus_section("assessment_and_plan")
    QTest.keyClick(pane.editor, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not pane.editor


def test_a_section_is_reached_by_its_number_in_the_order_shown(put_up: Shown) -> None:
    pane = shown_note(put_up)
    pane.focus_number(5)
    assert pane.last_section == "physical_exam"
    pane.focus_number(9)
    assert pane.last_section == "physical_exam"
    sections = shown_sections()
    pane.show_sections((*sections[5:], *sections[:5]))
    assert pane.last_section == "physical_exam"
    pane.focus_number(1)
    assert pane.last_section == "assessment_and_plan"
    assert texts_of(pane) == {section.key: NOTE.get(section.key, "") for section in sections}


def test_the_caret_is_kept_by_section_over_a_restart(put_up: Shown) -> None:
    pane = shown_note(put_up)
    pane.show_caret(Caret("ros", 7))
    kept = pane.caret()
    again = shown_note(put_up)
    again.show_sections(tuple(reversed(shown_sections())))
    again.show_caret(kept)
    assert again.caret() == Caret("ros", 7)
    again.show_caret(Caret("ros", 10_000))
    assert again.caret() == Caret("ros", len(NOTE["ros"]))
    again.show_caret(Caret("gone", 3))
    assert again.caret().section == "assessment_and_plan"


def test_a_signed_note_is_read_only(put_up: Shown) -> None:
    pane = shown_note(put_up)
    pane.show_state("Signed", "ok", read_only=True)
    assert pane.editor.isReadOnly()
    pane.show_state("Draft", "warn", read_only=False)
    assert not pane.editor.isReadOnly()


def test_a_refused_paste_is_asked_for_every_section(put_up: Shown) -> None:
    pane = shown_note(put_up)
    asked: list[str] = []

    def refuse(text: str) -> bool:
        asked.append(text)
        return False

    pane.guard_paste(refuse)
    QApplication.clipboard().setText("Nguyen, Bao")
    for key in NOTE:
        pane.focus_section(key)
        QTest.keyClick(pane.editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert asked == ["Nguyen, Bao"] * len(NOTE)
    assert {key: pane.editor.text(key) for key in NOTE} == NOTE


def test_a_key_on_a_heading_is_answered_by_a_hint_that_goes(put_up: Shown) -> None:
    pane = shown_note(put_up)
    usual = pane.hints.text()
    cursor = pane.editor.textCursor()
    cursor.setPosition(pane.editor.places.heading(2) + 1)
    pane.editor.setTextCursor(cursor)
    QTest.keyClicks(pane.editor, "x")
    assert pane.hints.text() == say("note.heading_stays")
    until = time.monotonic() + 20.0  # it goes after four seconds of a timer, later on a busy machine
    while pane.hints.text() != usual and time.monotonic() < until:
        QTest.qWait(50)
    assert pane.hints.text() == usual


def test_the_note_alone_is_zoomed(put_up: Shown) -> None:
    pane = shown_note(put_up)
    size = pane.editor.document().defaultFont().pixelSize()
    pane.zoom(1)
    pane.zoom(1)
    assert pane.editor.document().defaultFont().pixelSize() == size + 2
    heading = pane.editor.document().begin()
    assert heading.textFormats()[0].format.font().pixelSize() == size + 1
    assert pane.words.font().pixelSize() <= size
    pane.zoom(0)
    assert pane.editor.document().defaultFont().pixelSize() == size


def test_text_outside_the_template_is_shown_in_its_place_and_guarded_as_the_rest(put_up: Shown) -> None:
    pane = NotePane(LIGHT)
    put_up(pane, 620, 700)
    pane.show_texts({"instructions": "Rest.", "allergies": "Latex.", "hpi": "Pain.", "goals": ""})
    settle()
    keys = [section.key for section in pane.editor.places.sections]
    assert keys == [*DEFAULT_KEYS[:2], "allergies", *DEFAULT_KEYS[2:], "instructions"]
    assert pane.editor.text("allergies") == "Latex."
    pane.focus_section("hpi")
    pane.step(True)
    assert pane.last_section == "allergies"
    pane.apply_change("goals", 0, 0, "Walk daily.")
    assert pane.editor.text("goals") == "Walk daily."
    assert pane.editor.text("hpi") == "Pain."


def test_the_next_blank_is_also_a_pick_list(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "For *** days, {left|right} knee."})
    pane.focus_section("chief_complaint")
    for chosen in ("***", "{left|right}", "***"):
        pane.find_blank(True)
        assert pane.editor.textCursor().selectedText() == chosen
