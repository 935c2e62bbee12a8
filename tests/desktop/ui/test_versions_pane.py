"""Versions on the scribe's screen: two at a time, signs and words beside colours, from change to change by key."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.compared_text import HEADING_GAP, LEFT, RIGHT, aligned
from desktop.ui.note_editor.units import from_qt
from desktop.ui.tokens import DARK
from desktop.ui.versions_pane import VersionsPane
from desktop.ui.words import say
from desktop.workflows.sync import Sync
from desktop.workflows.versions import HERE
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.test_visit_controller import NOW, Room4
from tests.desktop.workflows.doubles import RecordingLine, RememberingScreen
from tests.desktop.workflows.test_versions import Archive, version
from visit.compare import compare_notes
from visit.sections import SECTION_BY_KEY
from wire.versions import VersionComparison, VersionSection, VersionState, VersionText

OLD = {"hpi": "Three weeks of it. No fever. Left leg.", "ros": "", "assessment_and_plan": "Heart failure?"}
NEW = {"hpi": "Four weeks of it. No fever.", "ros": "No cough.", "assessment_and_plan": "Heart failure."}
HEADINGS = {key: SECTION_BY_KEY[key].heading for key in OLD}


def sections(texts: dict[str, str]) -> tuple[VersionSection, ...]:
    return tuple(VersionSection(key=key, heading=HEADINGS[key], text=text) for key, text in texts.items() if text)


class Texts(Archive):
    """An archive of three versions: two old texts and a new one."""

    async def version(self, visit_id: str, seq: int) -> VersionText:
        one = next(it for it in self.kept if it.seq == seq)
        return VersionText(version=one, sections=sections(NEW if seq == 7 else OLD))

    async def compared(self, visit_id: str, left: int, right: int) -> VersionComparison:
        one, other = await self.version(visit_id, left), await self.version(visit_id, right)
        both = compare_notes(one.sections, other.sections)
        return VersionComparison(left=one.version, right=other.version, sections=both)


@pytest.fixture
def room(put_up: Shown) -> Room4:
    made = Room4()
    archive = Texts([version(3), version(5, VersionState.RETURNED), version(7, VersionState.SIGNED)])
    sync = Sync(made.jobs, RememberingScreen(), RecordingLine())
    sync.find_gateway = lambda: archive  # type: ignore[return-value, assignment]  # the three calls
    made.visit.around = sync
    put_up(made.view)
    made.controller.refresh(NOW)
    return made


def opened(room: Room4, left: int = 5, right: int = 7) -> VersionsPane:
    room.controller.after.open_versions()
    room.jobs.run()
    pane = room.view.versions
    assert pane is not None
    pane.left.setCurrentIndex(pane.left.findData(left))
    pane.right.setCurrentIndex(pane.right.findData(right))
    room.jobs.run()
    settle()
    return pane


def shown(pane: VersionsPane, side: int) -> str:
    return from_qt(pane.text.columns[side].toPlainText())


def test_the_note_gives_way_to_two_versions_and_comes_back(room: Room4) -> None:
    pane = opened(room)
    assert pane.isVisible()
    assert not room.view.note.isVisible()
    assert pane.heads[LEFT].text() == say("versions.returned", number=5, who="J. Santos", time="27 Nov 14:00")
    assert pane.heads[RIGHT].text() == say("versions.signed", number=7, who="J. Santos", time="27 Nov 14:00")
    QTest.keyClick(pane, Qt.Key.Key_Escape)
    assert room.view.note.isVisible()
    assert not pane.isVisible()
    assert pane.text.columns[LEFT].toPlainText() == ""  # no patient's word stays in a hidden page


def test_what_went_and_what_came_have_a_sign_besides_their_colour(room: Room4) -> None:
    pane = opened(room)
    assert "−Three" in shown(pane, LEFT)
    assert "+Four" in shown(pane, RIGHT)
    assert "− Left leg." in shown(pane, LEFT)
    assert say("versions.nothing") in shown(pane, LEFT)  # there was no review of systems
    assert "+No cough." in shown(pane, RIGHT)
    assert pane.where.text() == say("versions.changes", count=4)
    assert pane.legend.isVisible()


def test_both_columns_hold_their_whole_version(room: Room4) -> None:
    pane = opened(room)
    for side, texts in ((LEFT, OLD), (RIGHT, NEW)):
        plain = shown(pane, side).replace("−", "").replace("+", "")
        for text in texts.values():
            assert text in plain


def test_a_key_goes_from_change_to_change_and_says_each_in_words(room: Room4) -> None:
    pane = opened(room)
    step = room.controller.after.step_change
    step(True)
    values = {"number": 1, "all": 4, "heading": HEADINGS["hpi"]}
    assert pane.where.text() == say("versions.change_both", **values, removed="Three", added="Four")
    assert from_qt(pane.text.columns[LEFT].textCursor().selectedText()) == "−Three"
    assert from_qt(pane.text.columns[RIGHT].textCursor().selectedText()) == "+Four"
    assert pane.text.columns[RIGHT].hasFocus()
    step(True)
    assert pane.where.text() == say(
        "versions.change_removed", number=2, all=4, heading=HEADINGS["hpi"], removed="Left leg."
    )
    assert pane.text.columns[LEFT].hasFocus()
    step(False)
    step(False)
    assert pane.text.current == 3
    step(True)
    assert pane.text.current == 0


def test_sections_stand_at_one_height_on_both_sides(room: Room4) -> None:
    pane = opened(room)
    pane.text.align()
    left, right = (column.tops() for column in pane.text.columns)
    assert len(left) == 4
    assert left == pytest.approx(right, abs=1.0)
    bar = pane.text.columns[RIGHT].verticalScrollBar()
    bar.setValue(bar.maximum())
    assert pane.text.columns[LEFT].verticalScrollBar().value() == bar.value()


def test_gaps_push_the_shorter_side_alone() -> None:
    left, right = aligned([HEADING_GAP, HEADING_GAP, 0.0], [0.0, 50.0, 90.0], [0.0, 80.0, 100.0])
    assert left == [HEADING_GAP, HEADING_GAP + 30, 0.0]
    assert right == [HEADING_GAP, HEADING_GAP, 20.0]


def test_two_equal_versions_are_said_to_be_the_same(room: Room4) -> None:
    pane = opened(room, 3, 5)
    assert pane.where.text() == say("versions.same")
    assert not pane.next_button.isVisible()
    room.controller.after.step_change(True)
    assert pane.where.text() == say("versions.same")


def test_what_stands_on_this_laptop_is_a_side_too(room: Room4) -> None:
    room.visit.edit("hpi", 0, 0, "Typed here.")
    room.jobs.run()
    pane = opened(room, 7, HERE)
    assert pane.heads[RIGHT].text() == say("versions.here")
    assert "+Typed +here." in shown(pane, RIGHT)


def test_another_appearance_keeps_text_and_changes(room: Room4) -> None:
    pane = opened(room)
    before = [shown(pane, side) for side in (LEFT, RIGHT)]
    changes = list(pane.text.changes)
    room.view.use_tokens(DARK)
    assert [shown(pane, side) for side in (LEFT, RIGHT)] == before
    assert pane.text.changes == changes


def test_before_anything_was_sent_a_sentence_says_so(room: Room4) -> None:
    assert room.visit.around is not None
    gateway: object = room.visit.around.find_gateway()
    assert isinstance(gateway, Texts)
    gateway.kept = []
    room.controller.after.open_versions()
    pane = room.view.versions
    assert pane is not None
    assert pane.where.text() == say("versions.busy")
    room.jobs.run()
    assert pane.where.text() == say("versions.none")
    assert not pane.left.isVisible()
    assert pane.back_button.hasFocus()


def test_a_practice_that_is_not_reached_is_said(room: Room4) -> None:
    room.visit.around = None
    room.controller.after.open_versions()
    assert room.view.versions is not None
    assert room.view.versions.where.text() == say("link.unreachable")


def test_columns_are_read_only_and_named(room: Room4) -> None:
    pane = opened(room)
    for side in (LEFT, RIGHT):
        column = pane.text.columns[side]
        assert column.accessibleName() == pane.heads[side].text()
        assert column.accessibleDescription() == say("versions.legend")
        before = column.toPlainText()
        QTest.keyClicks(column, "x")
        assert column.toPlainText() == before
