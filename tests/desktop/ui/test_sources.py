"""Where statements come from, on the screen: seen, said, confirmed, brought along, and nothing placed anew at a key."""

from datetime import date

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPixmap, QRegion, QTextCursor, QTextFormat
from PySide6.QtTest import QTest

from desktop.ui.note_editor.drawing import MARGIN, small
from desktop.ui.note_editor.menu import note_menu
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_editor.tags import Tag, View, tags
from desktop.ui.tokens import DARK, LIGHT
from desktop.ui.words import has, say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.note_bench import looks, looks_of, underlined
from tests.desktop.ui.test_visit_controller import PROVIDER, Room4
from visit.marks import MarkedPart, MarkedText, PlacedMark
from visit.provenance import (
    DESCRIPTION_KEYS,
    Carried,
    Chart,
    Finding,
    Heard,
    Provenance,
    Speaker,
)
from visit.time_anchor import TimeAnchor
from wire.live import DocumentUpdated
from wire.record import NoteSent, NoteSigned

GROUND = QTextFormat.Property.BackgroundBrush.value
DAY = date(2026, 8, 2)
UNHEARD, CARRIED = Finding(macro_id="knee"), Carried(note_id="n1", dated=DAY)
HEARD = Heard(at_ms=252_000, speaker=Speaker.PATIENT)
EXAM = MarkedText("Lungs clear. Heart \U0001f980 regular.", (MarkedPart(0, 12, UNHEARD), MarkedPart(13, 30, UNHEARD)))
CONTROL = Qt.KeyboardModifier.ControlModifier


def marked_room(put_up: Shown) -> Room4:
    """A visit with two unheard findings, carried text, and something that was heard; its clock stands at 04:12."""
    made = Room4()
    put_up(made.view)
    made.controller.sources.sources.clock = lambda: TimeAnchor(252_000)
    made.controller.sources.put("physical_exam", 0, 0, EXAM)
    made.controller.sources.put("hpi", 0, 0, MarkedText.whole("Mother had an MI.", CARRIED))
    made.controller.sources.put("ros", 0, 0, MarkedText.whole("No fever.", HEARD))
    made.view.note.show_caret(Caret("physical_exam", 2))
    made.view.note.focus_last()
    settle()
    return made


@pytest.fixture
def room(put_up: Shown) -> Room4:
    return marked_room(put_up)


def said(room: Room4, section: str = "physical_exam") -> list[Provenance]:
    return [mark.provenance for mark in room.visit.document.marks(section)]


def tags_of(room: Room4, section: str) -> list[Tag]:
    """What stands beside a section's lines."""
    editor = room.editor()
    view = View(QPoint(0, 0).toPointF(), editor.viewport().width(), small(editor.document().defaultFont()))
    first, last = editor.places.body(editor.places.index(section) or 0)
    block, found = editor.document().findBlock(first), []
    while block.isValid() and block.position() <= last:
        lines = editor.tags.lines(block)
        found += list(tags(view, lines)) if lines is not None else []
        block = block.next()
    return found


def words_of(room: Room4, section: str) -> list[str]:
    return [tag.text for tag in tags_of(room, section)]


def point_of(room: Room4, section: str, place: int) -> QPoint:
    cursor = QTextCursor(room.editor().document())
    cursor.setPosition(room.editor().places.position(Caret(section, place)))
    return room.editor().cursorRect(cursor).center() + QPoint(2, 0)


# --- what is seen and said -----------------------------------------------------------------------------------------


def test_what_waits_has_a_tint_a_line_a_sign_and_a_word(room: Room4) -> None:
    assert [text for _, text in looks(room.editor(), "physical_exam", GROUND)] == [
        "Lungs clear.",
        "Heart \U0001f980 regular.",
    ]
    assert underlined(room.editor(), "hpi") == ["Mother had an MI."]
    assert words_of(room, "physical_exam") == ["◌", say("source.tag.finding")]
    assert words_of(room, "hpi") == ["↺", say("source.tag.carried", date="2026-08-02")]
    assert looks(room.editor(), "ros", GROUND) == []
    assert underlined(room.editor(), "ros") == words_of(room, "ros") == []


def test_the_heading_says_how_many_wait_to_eyes_and_screen_readers(room: Room4) -> None:
    assert room.editor().standing("physical_exam").waiting == say("note.not_heard", count=2)
    assert room.editor().standing("hpi").waiting == say("note.not_reviewed", count=1)
    assert say("note.not_heard", count=2) in room.editor().accessibleName()
    assert room.editor().standing("physical_exam").tone == "warn"
    room.controller.sources.confirm_section()
    assert room.editor().standing("physical_exam").waiting == ""
    assert room.editor().standing("physical_exam").tone == "ok"
    assert say("note.not_heard", count=2) not in room.editor().accessibleName()


def test_every_source_has_its_sentence() -> None:
    assert [key for key in DESCRIPTION_KEYS if not has(f"source.{key}")] == []
    assert [speaker for speaker in Speaker if not has(f"source.who.{speaker}")] == []


def test_where_the_mouse_rests_the_source_is_said(room: Room4) -> None:
    said_there = [room.editor().said_under(point_of(room, *it)) for it in (("ros", 1), ("physical_exam", 4))]
    assert said_there == [say("source.heard.patient", time="04:12"), say("source.finding")]
    QTest.mouseMove(room.editor().viewport(), point_of(room, "ros", 1))
    assert room.editor().viewport().toolTip() == say("source.heard.patient", time="04:12")


def test_the_source_at_the_caret_is_said_by_key_and_of_every_statement_shown_by_another(room: Room4) -> None:
    note = room.view.note
    note.show_caret(Caret("ros", 9))
    room.controller.sources.say_here()
    assert note.hints.text() == say("source.heard.patient", time="04:12")
    note.show_caret(Caret("chief_complaint", 0))
    room.controller.sources.say_here()
    assert note.hints.text() == say("source.none")
    note.turn_sources()
    assert underlined(room.editor(), "ros") == ["No fever."]
    assert words_of(room, "ros") == [say("source.tag.heard", time="04:12", who=say("source.who.patient"))]
    assert room.editor().says_all
    note.turn_sources()
    assert underlined(room.editor(), "ros") == words_of(room, "ros") == []


def test_a_click_on_a_time_hears_it_again_and_so_does_the_key_at_the_words(room: Room4) -> None:
    asked: list[TimeAnchor] = []
    room.view.feed.replay.time_asked.connect(asked.append)
    room.view.note.turn_sources()
    settle()
    (tag,) = tags_of(room, "ros")
    shift = QPoint(0, room.editor().verticalScrollBar().value())
    centre = tag.place.center().toPoint() - shift
    QTest.mouseMove(room.editor().viewport(), centre)
    assert room.editor().viewport().cursor().shape() is Qt.CursorShape.PointingHandCursor
    QTest.mouseClick(room.editor().viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert asked == [TimeAnchor(252_000)]
    room.view.note.show_caret(Caret("ros", 3))
    assert room.view.note.time_at_caret() == TimeAnchor(252_000)
    room.view.note.show_caret(Caret("hpi", 3))
    assert room.view.note.time_at_caret() is None


def test_a_time_without_room_in_its_line_stands_in_the_next(room: Room4) -> None:
    words = "Pain for three weeks now, worse on stairs. "
    heard = [Heard(at_ms=at * 1_000, speaker=Speaker.PATIENT) for at in (1, 2)]
    parts = (MarkedPart(0, 42, heard[0]), MarkedPart(43, 85, heard[1]))
    room.controller.sources.put("chief_complaint", 0, 0, MarkedText(f"{words}{words}It began in May.", parts))
    room.view.note.turn_sources()
    settle()
    found = tags_of(room, "chief_complaint")
    said = [say("source.tag.heard", time=TimeAnchor(it.at_ms), who="patient") for it in heard]
    assert [tag.text for tag in found] == said
    width = room.editor().viewport().width()
    assert all(tag.place.right() <= width - MARGIN for tag in found)


def test_another_appearance_repaints_what_waits(room: Room4) -> None:
    grounds = []
    for tokens in (LIGHT, DARK):
        room.view.use_tokens(tokens)
        drawn = looks_of(room.editor())
        grounds.append({look.background().color().name() for look in drawn if look.hasProperty(GROUND)})
    assert grounds == [{LIGHT.warn_soft, LIGHT.accent_soft}, {DARK.warn_soft, DARK.accent_soft}]


def test_signs_are_painted_also_where_a_key_repaints_one_paragraph(room: Room4) -> None:
    viewport = room.editor().viewport()
    room.view.note.show_caret(Caret("physical_exam", 30))
    settle()
    (sign, *_) = [tag for tag in tags_of(room, "physical_exam") if tag.text == "◌"]
    place = sign.place.toRect().translated(0, -room.editor().verticalScrollBar().value())
    line = QRect(0, place.top() + 1, viewport.width(), place.height() - 2)
    whole, part = viewport.grab(line).toImage(), QPixmap(viewport.size())
    part.fill(Qt.GlobalColor.white)
    viewport.render(part, QPoint(0, 0), QRegion(line))
    columns, rows = range(place.left(), place.right()), range(1, line.height() - 1)
    painted = [whole.pixelColor(x, y).name() for x in columns for y in rows]
    assert len(set(painted)) > 1, "the sign is there"
    image = part.toImage()
    assert [image.pixelColor(x, y).name() for x in columns for y in rows] == painted


# --- following edits -----------------------------------------------------------------------------------------------


def test_nothing_is_placed_anew_at_a_key(room: Room4, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real, real_show = room.visit.document.marks, room.editor().overlay.show
    shown = 0

    def marks(section: str) -> list[PlacedMark]:
        asked.append(section)
        return real(section)

    def show() -> None:
        nonlocal shown
        shown += 1
        real_show()

    monkeypatch.setattr(room.visit.document, "marks", marks)
    monkeypatch.setattr(room.editor().overlay, "show", show)
    QTest.keyClicks(room.editor(), "amid")
    assert (asked, shown) == ([], 0)
    assert looks(room.editor(), "physical_exam", GROUND)[0] == (0, "Luamidngs clear.")
    QTest.qWait(300)
    assert asked == ["physical_exam"]
    room.check()


def test_carried_text_that_is_edited_waits_no_longer(room: Room4) -> None:
    room.view.note.show_caret(Caret("hpi", 6))
    QTest.keyClicks(room.editor(), "'s brother")
    QTest.qWait(300)
    assert room.editor().standing("hpi").waiting == ""
    assert looks(room.editor(), "hpi", GROUND) == []
    assert words_of(room, "hpi") == []
    room.controller.sources.say_here()
    assert room.view.note.hints.text() == say("source.carried.touched", date="2026-08-02")


def test_others_edits_move_what_is_shown_and_others_confirmations_are_seen(room: Room4) -> None:
    room.exchange()
    room.provider_writes("physical_exam", 0, 0, "Seen. ")
    QTest.qWait(300)
    assert looks(room.editor(), "physical_exam", GROUND)[0] == (6, "Lungs clear.")
    before = room.provider.state_vector()
    first = room.provider.marks("physical_exam")[0]
    room.provider.change_mark(first.id, Finding(macro_id="knee", heard_ms=1_000))
    update = room.provider.update_since(before)
    room.visit.take_update(DocumentUpdated(visit_id="v1", author=PROVIDER, update=update))
    QTest.qWait(300)
    assert room.editor().standing("physical_exam").waiting == say("note.not_heard", count=1)


# --- confirming ----------------------------------------------------------------------------------------------------


def test_the_finding_at_the_caret_is_confirmed_and_undo_takes_it_back_in_sight(room: Room4) -> None:
    room.controller.sources.confirm_here()
    assert said(room) == [Finding(macro_id="knee", heard_ms=252_000), UNHEARD]
    assert room.editor().standing("physical_exam").waiting == say("note.not_heard", count=1)
    assert room.view.note.hints.text() == say("source.confirmed")
    room.view.note.show_caret(Caret("ros", 2))
    QTest.keyClick(room.editor(), Qt.Key.Key_Z, CONTROL)
    assert said(room) == [UNHEARD, UNHEARD]
    assert room.view.note.caret() == Caret("physical_exam", 0)
    assert room.view.note.hints.text() == say("source.finding")
    assert room.editor().standing("physical_exam").waiting == say("note.not_heard", count=2)
    QTest.keyClick(room.editor(), Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert said(room)[0] == Finding(macro_id="knee", heard_ms=252_000)


def test_a_selection_is_confirmed_and_carried_text_is_reviewed_by_the_same_key(room: Room4) -> None:
    room.editor().set_caret(Caret("physical_exam", 10), 8)
    room.controller.sources.confirm_here()
    assert [one.heard_ms for one in said(room) if isinstance(one, Finding)] == [252_000, 252_000]
    room.view.note.show_caret(Caret("hpi", 17))
    room.controller.sources.confirm_here()
    assert said(room, "hpi") == [CARRIED.model_copy(update={"reviewed": True})]
    room.view.note.show_caret(Caret("chief_complaint", 0))
    room.controller.sources.confirm_here()
    assert room.view.note.hints.text() == say("source.nothing_here")


def test_without_a_clock_the_time_is_asked_for(room: Room4) -> None:
    room.controller.sources.sources.clock = lambda: None
    room.controller.sources.confirm_section()
    form = room.view.note.source
    assert form.isVisible()
    assert form.time.hasFocus()
    assert not form.who.isVisible()
    QTest.keyClicks(form.time, "soon")
    QTest.keyClick(form.time, Qt.Key.Key_Return)
    assert form.wrong.text() == say("heard.no_time")
    assert said(room) == [UNHEARD, UNHEARD]
    form.time.clear()
    QTest.keyClicks(form.time, "03:02")
    QTest.keyClick(form.time, Qt.Key.Key_Return)
    assert said(room) == [Finding(macro_id="knee", heard_ms=182_000)] * 2
    assert not form.isVisible()
    assert room.editor().hasFocus()


def test_one_goes_to_what_waits_over_sections_and_selects_nothing(room: Room4) -> None:
    seen = []
    for _ in range(4):
        room.controller.sources.go_to_waiting(forward=True)
        assert not room.editor().textCursor().hasSelection(), "a key must not replace what waits"
        seen.append(room.view.note.caret())
    assert seen == [Caret("physical_exam", 13), Caret("hpi", 0), Caret("physical_exam", 0), Caret("physical_exam", 13)]
    room.controller.sources.go_to_waiting(forward=False)
    assert room.view.note.caret() == Caret("physical_exam", 0)
    assert room.view.note.hints.text() == say("source.how", said=say("source.finding"), press="F4")


def test_a_signed_note_is_confirmed_no_more(room: Room4) -> None:
    room.record(NoteSent(version=1, sha256="0" * 64))
    room.record(NoteSigned(version=1, sha256="0" * 64, auth_time=room.visit.entries[0].at))
    room.controller.sources.confirm_here()
    room.controller.sources.ask_source()
    room.controller.sources.take_back()
    assert said(room) == [UNHEARD, UNHEARD]
    assert not room.view.note.source.isVisible()
    menu = note_menu(room.editor(), room.editor().textCursor().position())
    assert not next(it for it in menu.actions() if it.text() == say("action.confirm_here")).isEnabled()


def test_the_menu_holds_what_the_keys_do(room: Room4) -> None:
    menu = {
        action.text(): action
        for action in note_menu(room.editor(), room.editor().textCursor().position()).actions()
        if action.text()
    }
    assert menu[say("action.confirm_here")].isEnabled()
    assert menu[say("action.confirm_here")].shortcut().toString() == "F4"
    wanted: list[str] = []
    room.controller.sources.on_bring_forward = lambda: wanted.append("earlier notes")
    menu[say("action.bring_forward")].trigger()
    assert wanted == ["earlier notes"]
    menu[say("action.confirm_section")].trigger()
    assert all(isinstance(one, Finding) and one.heard_ms == 252_000 for one in said(room))
    room.view.note.show_caret(Caret("ros", 2))
    menu = {
        action.text(): action
        for action in note_menu(room.editor(), room.editor().textCursor().position()).actions()
        if action.text()
    }
    assert not menu[say("action.confirm_here")].isEnabled()
    asked: list[TimeAnchor] = []
    room.view.note.time_asked.connect(asked.append)
    menu[say("replay.hear_name", time="04:12")].trigger()
    assert asked == [TimeAnchor(252_000)]
    menu[say("heard.take_back")].trigger()
    assert said(room, "ros") == []


# --- saying where it was heard -------------------------------------------------------------------------------------


def test_the_last_sentence_is_said_to_be_heard_by_two_keys_and_enter(room: Room4) -> None:
    note, form = room.view.note, room.view.note.source
    note.focus_section("chief_complaint")
    QTest.keyClicks(room.editor(), "Knee pain. Since May. ")
    room.controller.sources.ask_source()
    assert form.quote.text() == say("heard.of", quote="Since May.")
    assert form.time.text() == "04:12"
    assert form.who.hasFocus()
    QTest.keyClick(form.who, Qt.Key.Key_3)
    assert form.relation.isVisible()
    QTest.keyClicks(form.relation, "mother")
    QTest.keyClick(form.relation, Qt.Key.Key_Return)
    mother = Heard(at_ms=252_000, speaker=Speaker.FAMILY, relation="mother")
    (mark,) = room.visit.document.marks("chief_complaint")
    assert (mark.start, mark.end, mark.provenance) == (11, 21, mother)
    assert room.editor().hasFocus()
    room.check()
    QTest.keyClicks(room.editor(), "x")
    assert room.visit.document.text("chief_complaint") == "Knee pain. Since May.x ", "nothing was replaced"


def test_what_was_said_before_is_put_right_and_escape_leaves_it(room: Room4) -> None:
    form = room.view.note.source
    room.view.note.show_caret(Caret("ros", 3))
    room.controller.sources.ask_source()
    assert form.speaker is Speaker.PATIENT
    QTest.keyClick(form.who, Qt.Key.Key_Escape)
    assert not form.isVisible()
    assert said(room, "ros") == [HEARD]
    room.view.note.show_caret(Caret("ros", 3))
    room.controller.sources.ask_source()
    QTest.keyClick(form.who, Qt.Key.Key_2)
    form.time.setText("05:00")
    form.ok.click()
    assert said(room, "ros") == [Heard(at_ms=300_000, speaker=Speaker.PROVIDER)]


def test_what_was_read_in_the_chart_needs_its_document_and_date(room: Room4) -> None:
    form = room.view.note.source
    room.view.note.focus_section("chief_complaint")
    QTest.keyClicks(room.editor(), "Stress test negative.")
    room.controller.sources.ask_source()
    QTest.keyClick(form.who, Qt.Key.Key_6)
    assert (form.document.isVisible(), form.time.isVisible(), form.speaker) == (True, False, None)
    for title, dated, focused in (("", "", form.document), ("Stress test", "May", form.dated)):
        form.document.setText(title)
        form.dated.setText(dated)
        QTest.keyClick(form.who, Qt.Key.Key_Return)
        assert form.wrong.text() == say("chart.incomplete")
        assert focused.hasFocus()
    form.dated.setText("2026-05-12")
    QTest.keyClick(form.dated, Qt.Key.Key_Return)
    (chart,) = said(room, "chief_complaint")
    assert isinstance(chart, Chart)
    assert (chart.title, chart.dated) == ("Stress test", date(2026, 5, 12))
    room.controller.sources.ask_source()
    assert (form.document.text(), form.dated.text()) == ("Stress test", "2026-05-12")


def test_words_that_were_changed_while_it_was_asked_are_not_said_to_be_heard(room: Room4) -> None:
    room.exchange()
    room.view.note.show_caret(Caret("physical_exam", 4))
    room.controller.sources.ask_source()
    room.provider_writes("physical_exam", 0, 5, "Chest")
    room.view.note.source.ok.click()
    assert not [one for one in said(room) if isinstance(one, Heard)]
    assert room.view.note.hints.text() == say("heard.changed")
