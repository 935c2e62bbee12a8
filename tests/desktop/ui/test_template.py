"""The visit's template on the screen: its sections, what it offers, another one, and what is left to do by it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from desktop.ui.note_editor.editor import NoteEditor
from desktop.ui.note_editor.menu import note_menu
from desktop.ui.note_editor.places import Caret
from desktop.ui.present import finish_state, refusal_words
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.stored_visit import read_stored
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.test_visit_controller import NOW, PROVIDER, SCRIBE, Room4
from tests.desktop.workflows.doubles import RememberingScreen
from visit.blanks import fields
from visit.marks import MarkedText
from visit.provenance import Carried, Finding, FromTemplate
from visit.provider_layer import OwnExam, OwnHeading, ProviderLayer
from visit.readiness import ObstacleKind
from visit.template_choice import chosen_fact
from visit.template_files import template_by_id, templates_of
from visit.templates import DEFAULT_KEYS, Template, normal_exam, skeleton_text
from wire.people import Author
from wire.record import CaptureStarted, ListeningStarted, NoteRecalled, NoteSent, ScribeAdmitted
from wire.refusals import Refusal, RefusalCode

LAYER = ProviderLayer(
    provider_id=PROVIDER.id,
    version=1,
    section_order=("assessment_and_plan",),
    headings=(OwnHeading(section="hpi", heading="Story"),),
    normal_exam=(OwnExam(section="physical_exam", findings=("Heart sounds are quiet.", "Lungs are clear.")),),
    required=("ros",),
)
GATEWAY = Author(role=None, id="gateway", name="gateway")


def named(template_id: str) -> Template:
    found = template_by_id(template_id)
    assert found is not None
    return found


def headings(room: Room4) -> list[str]:
    return [section.heading for section in room.editor().places.sections]


def keys(room: Room4) -> tuple[str, ...]:
    return room.view.note.shown_keys


@pytest.fixture
def room(put_up: Shown) -> Room4:
    """A visit with cardiology's template, as its provider wants it."""
    made = Room4()
    put_up(made.view)
    made.record(chosen_fact(named("cardiology.follow_up"), (LAYER,)), GATEWAY)
    made.view.note.focus_section("hpi")
    return made


def entries(menu: QMenu) -> dict[str, QAction]:
    """A menu's actions by their words; those of the menus in it where it has none of the same."""
    every = [action for inner in menu.findChildren(QMenu) for action in inner.actions()]
    return {action.text(): action for action in (*every, *menu.actions()) if action.text()}


# --- what is shown -------------------------------------------------------------------------------------------------


def menu_of(editor: NoteEditor) -> QMenu:
    return note_menu(editor, editor.textCursor().position())


def test_the_note_has_the_templates_sections_in_the_providers_order_with_the_providers_headings(room: Room4) -> None:
    assert keys(room)[:3] == ("assessment_and_plan", "chief_complaint", "hpi")
    assert set(keys(room)) == set(named("cardiology.follow_up").keys)
    assert headings(room)[2] == "Story"
    assert room.view.note.template.text().startswith("Follow-up")
    assert room.view.note.template.accessibleName() == say("template.name", title="Follow-up")
    assert room.editor().standing("ros").word == say("note.needed")  # the layer asks for it
    assert f"0 of {len(keys(room))}" in room.view.note.complete.text()


def test_text_and_caret_stay_when_the_template_arrives_and_no_section_with_text_is_hidden(put_up: Shown) -> None:
    room = Room4()
    put_up(room.view)
    room.view.note.focus_section("hpi")
    QTest.keyClicks(room.editor(), "Knee pain.")
    room.provider_writes("goals", 0, 0, "Walk.")
    room.editor().set_caret(Caret("hpi", 4))
    room.record(chosen_fact(named("cardiology.follow_up"), (LAYER,)), GATEWAY)
    assert "goals" in keys(room)
    assert room.editor().text("goals") == "Walk."
    assert room.view.note.caret() == Caret("hpi", 4)
    room.check()
    QTest.keyClicks(room.editor(), " right")
    assert room.visit.document.text("hpi") == "Knee right pain."


def test_a_record_without_a_template_shows_the_default_one(put_up: Shown) -> None:
    room = Room4()
    put_up(room.view)
    assert keys(room) == DEFAULT_KEYS
    assert room.visit.template.id == "general.visit"


def test_both_views_of_the_order_work_over_any_template(room: Room4) -> None:
    own = keys(room)
    room.view.note.turn_order()
    assert keys(room)[0] == "chief_complaint"  # the layer has the plan first: turned, it is last
    assert keys(room)[-3:] == ("assessment_and_plan", "health_concerns", "instructions")
    room.view.note.turn_order()
    assert keys(room) == own
    room.check()


def test_the_note_opens_again_with_its_template(room: Room4) -> None:
    room.visit.keep()
    room.jobs.run()
    again = OpenVisit(room.jobs, RememberingScreen(), read_stored(room.vault, "v1"))
    assert again.template == room.visit.template
    assert again.template.keys == keys(room)


# --- another template ----------------------------------------------------------------------------------------------


def test_another_template_is_a_command_and_is_seen_at_once_and_undone_by_choosing_the_other(room: Room4) -> None:
    QTest.keyClicks(room.editor(), "Knee pain.")
    menu = room.view.note.template.menu_now()
    assert entries(menu)["Follow-up"].isChecked()
    entries(menu)["Knee"].trigger()
    assert [command for command in room.commands() if command["type"] == "choose_template"] == [
        {"type": "choose_template", "template_id": "orthopedics.knee"}
    ]
    room.controller.saved(NOW)
    assert set(keys(room)) == set(named("orthopedics.knee").keys)
    assert room.editor().text("hpi") == "Knee pain."
    assert headings(room)[keys(room).index("hpi")] == "Story"  # the layer is for all templates
    room.record(chosen_fact(named("orthopedics.knee"), (LAYER,)), SCRIBE)
    room.visit.command_answered(room.visit.outbox[0].command_id, None)
    room.jobs.run()
    assert room.visit.template.id == "orthopedics.knee"
    room.view.note.template.template_chosen.emit("cardiology.follow_up")
    assert [command["template_id"] for command in room.commands()] == ["cardiology.follow_up"]
    room.controller.saved(NOW)
    assert set(keys(room)) == set(named("cardiology.follow_up").keys)


def test_a_refused_template_goes_back(room: Room4) -> None:
    before = keys(room)
    room.view.note.template.template_chosen.emit("orthopedics.knee")
    room.jobs.run()
    room.controller.saved(NOW)
    assert keys(room) != before
    room.visit.command_answered(room.visit.outbox[0].command_id, Refusal(code=RefusalCode.WRONG_STATE))
    room.controller.refresh(NOW)
    assert keys(room) == before


def test_choosing_stops_with_sending(room: Room4) -> None:
    assert entries(room.view.note.template.menu_now())["Knee"].isEnabled()
    room.record(NoteSent(version=1, sha256="0" * 64), SCRIBE)
    assert not entries(room.view.note.template.menu_now())["Knee"].isEnabled()
    room.record(NoteRecalled(version=1), SCRIBE)
    assert entries(room.view.note.template.menu_now())["Knee"].isEnabled()


# --- what it offers ------------------------------------------------------------------------------------------------


def test_a_normal_exam_is_inserted_with_every_finding_unheard_and_undone_in_one_step(room: Room4) -> None:
    room.view.note.focus_section("physical_exam")
    QTest.keyClicks(room.editor(), "Seen.")
    QTest.qWait(700)  # undo takes what is typed within a moment together
    room.controller.insert_exam()
    text = "Seen.\nHeart sounds are quiet.\nLungs are clear."
    assert room.visit.document.text("physical_exam") == text
    assert room.editor().text("physical_exam") == text
    marks = room.visit.document.marks("physical_exam")
    assert [(mark.start, mark.end, mark.unheard) for mark in marks] == [(6, 29, True), (30, 46, True)]
    assert {mark.provenance for mark in marks} == {Finding(macro_id="cardiology.follow_up:physical_exam")}
    unheard = [one for one in room.visit.readiness().obstacles if one.kind is ObstacleKind.UNHEARD_FINDING]
    assert [one.start for one in unheard] == [6, 30]
    room.controller.insert_exam()  # it stands there already
    assert room.visit.document.text("physical_exam") == text
    room.view.note.undo_requested.emit()
    assert room.visit.document.text("physical_exam") == "Seen."
    room.check()


def test_a_skeleton_is_inserted_with_its_forms_and_its_first_blank_is_selected(room: Room4) -> None:
    template = room.visit.template
    section = template.section("medications")
    assert section is not None
    room.view.note.focus_section("medications")
    room.controller.insert_skeleton()
    assert room.visit.document.text("medications") == skeleton_text(section)
    first = fields(skeleton_text(section))[0]
    assert room.editor().selection_in_section() == (first.start, first.end)
    marks = room.visit.document.marks("medications")
    assert {mark.provenance for mark in marks} == {FromTemplate(template_id=template.id)}
    QTest.keyClicks(room.editor(), "Metoprolol")
    begin = first.start
    assert all(not (mark.start < begin + 1 < mark.end) for mark in room.visit.document.marks("medications"))
    room.check()


def test_menus_offer_what_the_section_has_and_keys_do_the_same(room: Room4) -> None:
    exam, skeleton = say("template.insert_exam"), say("template.insert_skeleton")
    room.view.note.focus_section("physical_exam")
    for menu in (menu_of(room.editor()), room.view.note.template.menu_now()):
        assert entries(menu)[exam].isEnabled()
        assert entries(menu)[exam].shortcut().toString() == "Ctrl+Shift+N"
    entries(menu_of(room.editor()))[exam].trigger()
    assert room.visit.document.text("physical_exam").startswith("Heart sounds")
    room.view.note.focus_section("instructions")
    offered = entries(menu_of(room.editor()))
    known = room.visit.template.section("instructions")
    assert known is not None
    assert offered[exam].isEnabled() == bool(normal_exam(known).text)
    assert offered[skeleton].isEnabled() == bool(skeleton_text(known))
    before = room.visit.document.text("instructions")
    room.controller.insert_exam()
    assert room.visit.document.text("instructions") == before
    assert "normal exam" in room.view.note.hints.text()


def test_an_empty_section_says_by_which_keys_it_can_be_filled(room: Room4) -> None:
    room.view.note.focus_section("physical_exam")
    words = room.editor().empty_words()
    assert words.startswith(say("note.empty_section"))
    assert "Ctrl+Shift+N Insert normal exam" in words
    room.view.note.focus_section("vital_signs")
    assert "Ctrl+Shift+N" not in room.editor().empty_words()


def test_a_signed_note_takes_nothing_in(room: Room4) -> None:
    room.view.note.focus_section("physical_exam")
    room.view.note.show_state("Signed", "ok", read_only=True)
    room.controller.insert_exam()
    room.controller.insert_skeleton()
    assert room.visit.document.text("physical_exam") == ""
    assert not any(offer.can for offer in room.view.note.template.offers())


# --- what is left to do --------------------------------------------------------------------------------------------


def everything_left(room: Room4) -> None:
    """One of each kind of obstacle."""
    visit = room.visit
    for section, text in (
        ("chief_complaint", "Follow-up."),
        ("hpi", "Pain for *** days in the {left|right} arm."),
        ("assessment_and_plan", "Angina."),
        ("plan_of_treatment", "Test."),
    ):
        visit.edit(section, 0, 0, text)
    carried = Carried(note_id="n", dated=NOW.at.date())
    for section, marked in (
        ("medications", MarkedText.whole("Metoprolol 50 mg.", carried)),
        ("physical_exam", MarkedText.whole("No murmur.", Finding(macro_id="m"))),
    ):
        room.controller.show_change(visit.append(section, marked))
    room.view.note.show_texts(visit.document.texts())


def test_each_obstacle_is_said_in_words_in_the_notes_order_with_its_place(room: Room4) -> None:
    everything_left(room)
    state = finish_state(room.visit, NOW, listening=False, online=True)
    assert not state.may_send
    assert [(line.words, line.section, line.start, line.end) for line in state.obstacles] == [
        (say("finish.mixed", heading="Plan"), "plan_of_treatment", 0, 5),
        (say("finish.left.blank", heading="Story", around="Pain for *** days in the…"), "hpi", 9, 12),
        (say("finish.left.list", heading="Story", choices="left or right"), "hpi", 25, 37),
        (say("finish.left.carried", heading="Medications", text="Metoprolol 50 mg."), "medications", 0, 17),
        (say("finish.incomplete", heading="Review of systems"), "ros", 0, 0),
        (say("finish.left.unheard", heading="Physical exam", text="No murmur."), "physical_exam", 0, 10),
    ]


def test_a_click_or_enter_on_an_obstacle_selects_exactly_its_place(room: Room4) -> None:
    everything_left(room)
    room.controller.open_finish(NOW)
    settle()
    finish = room.view.finish
    assert finish.obstacles.hasFocus()
    lines = finish.obstacles.lines
    assert finish.obstacles.count() == len(lines) == 6
    for row, line in enumerate(lines):
        item = finish.obstacles.item(row)
        finish.obstacles.scrollToItem(item)
        settle()
        if row % 2:
            finish.obstacles.setCurrentRow(row)
            QTest.keyClick(finish.obstacles, Qt.Key.Key_Return)
        else:
            place = finish.obstacles.visualItemRect(item).center()
            QTest.mouseClick(finish.obstacles.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert room.view.note.last_section == line.section
        assert room.editor().selection_in_section() == (line.start, line.end)
        assert room.editor().hasFocus()


def test_a_key_goes_through_all_that_is_left_and_round_and_says_it(room: Room4) -> None:
    everything_left(room)
    room.view.note.editor.set_caret(Caret("assessment_and_plan", 0))
    visited = []
    for _ in range(7):
        room.controller.find_obstacle(True)
        visited.append(room.view.note.last_section)
        assert room.view.note.hints.text().startswith(headings(room)[keys(room).index(room.view.note.last_section)])
    assert visited == ["plan_of_treatment", "hpi", "hpi", "medications", "ros", "physical_exam", "plan_of_treatment"]
    for section in ("physical_exam", "ros", "medications"):
        room.controller.find_obstacle(False)
        assert room.view.note.last_section == section


def test_the_list_goes_when_nothing_is_left_and_the_note_may_be_sent(room: Room4) -> None:
    for section in ("chief_complaint", "hpi", "ros"):
        room.visit.edit(section, 0, 0, "Words.")
    room.controller.open_finish(NOW)
    assert room.view.finish.obstacles.isVisible()
    room.visit.edit("assessment_and_plan", 0, 0, "Words.")
    room.jobs.run()
    room.controller.refresh_finish(NOW)
    assert not room.view.finish.obstacles.isVisible()
    assert room.view.finish.send_button.isEnabled()
    assert room.view.finish.send_button.hasFocus()
    room.controller.find_obstacle(True)
    assert room.view.note.hints.text() == say("finish.complete")


def test_a_refusal_names_sections_and_kinds_in_words(room: Room4) -> None:
    refusal = Refusal(
        code=RefusalCode.NOTE_INCOMPLETE,
        params={"sections": "hpi,ros", "kinds": "blank,missing_section", "left": "3"},
    )
    words = refusal_words(refusal)
    assert "History of present illness, Review of systems" in words
    assert say("finish.kind.blank") in words
    assert say("finish.kind.missing_section") in words


def test_the_finish_screen_says_who_scribed_from_the_record(room: Room4) -> None:
    room.controller.open_finish(NOW)
    assert not room.view.finish.attestation.isVisible()
    admitted = ScribeAdmitted(admission_id="a1", device_id="d", report_sha256="0" * 64, policy_version="1")
    room.record(CaptureStarted(), PROVIDER)
    room.record(admitted, SCRIBE)
    room.record(ListeningStarted(admission_id="a1"), SCRIBE)
    said = room.view.finish.attestation.text()
    assert room.view.finish.attestation.isVisible()
    assert "Scribed for Dr. Okafor on 2026-11-23 by J. Santos, scribe, who listened remotely" in said


def test_packs_of_a_kept_record_are_read_with_it(room: Room4) -> None:
    room.visit.keep()
    room.jobs.run()
    templates_of.cache_clear()
    read_stored(room.vault, "v1")
    assert templates_of.cache_info().currsize == 1
