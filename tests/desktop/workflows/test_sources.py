"""Confirming and saying where statements come from: each a step of its own, and nothing heard without a time."""

from datetime import date

import pytest

from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.quick_text import QuickText, shipped_library, template_id
from desktop.workflows.sources import Confirmed, Sources
from desktop.workflows.stored_visit import StoredVisit, read_stored
from tests.desktop.workflows.doubles import MemoryVault, RememberingScreen, SteppedJobs
from visit.marks import MarkedPart, MarkedText
from visit.provenance import Carried, Chart, Finding, FromTemplate, Heard, Provenance, Speaker
from visit.time_anchor import TimeAnchor
from wire.earlier import EarlierNote
from wire.people import Person

DAY = date(2026, 8, 2)
UNHEARD = Finding(macro_id="knee")
CARRIED = Carried(note_id="n1", dated=DAY)
NOTE = EarlierNote(note_id="n1", dated=DAY, provider=Person(person_id="p", name="Dr. Okafor"))
EXAM = "Knee: no effusion. Full range.\nCarried words."
PARTS = (
    MarkedPart(0, 18, UNHEARD),
    MarkedPart(19, 30, UNHEARD),
    MarkedPart(31, 45, CARRIED),
)


class Room:
    """One open visit; its clock says what the test says."""

    def __init__(self) -> None:
        self.vault = MemoryVault()
        self.jobs = SteppedJobs(self.vault)
        self.visit = OpenVisit(self.jobs, RememberingScreen(), StoredVisit("v1", "", "", []))
        self.sources = Sources(self.visit)
        self.time: TimeAnchor | None = TimeAnchor(252_000)
        self.sources.clock = lambda: self.time
        self.visit.put_marked("physical_exam", 0, 0, MarkedText(EXAM, PARTS))

    def said(self, section: str = "physical_exam") -> list[Provenance]:
        return [mark.provenance for mark in self.visit.document.marks(section)]

    def confirm(self, start: int, end: int) -> Confirmed:
        return self.sources.confirm("physical_exam", self.sources.waiting("physical_exam", start, end))


@pytest.fixture
def room() -> Room:
    return Room()


def heard_finding(ms: int = 252_000) -> Finding:
    return Finding(macro_id="knee", heard_ms=ms)


def test_the_finding_at_the_caret_is_confirmed_with_the_time_now_and_undo_takes_it_back(room: Room) -> None:
    room.visit.edit("physical_exam", 45, 45, " Typed.")
    assert room.confirm(20, 20) is Confirmed.DONE
    assert room.said() == [UNHEARD, heard_finding(), CARRIED]
    assert room.confirm(20, 20) is Confirmed.NOTHING
    assert room.visit.document.undo()
    assert room.said() == [UNHEARD, UNHEARD, CARRIED]
    assert room.visit.document.text("physical_exam").endswith("Typed.")
    assert room.visit.document.redo()
    assert room.said()[1] == heard_finding()


def test_a_whole_section_is_confirmed_with_one_time_and_in_one_step(room: Room) -> None:
    ids = room.sources.waiting_in_section("physical_exam")
    assert len(ids) == 3
    assert room.sources.confirm("physical_exam", ids) is Confirmed.DONE
    assert room.said() == [heard_finding(), heard_finding(), CARRIED.model_copy(update={"reviewed": True})]
    assert room.visit.document.undo()
    assert room.said() == [UNHEARD, UNHEARD, CARRIED]


def test_without_a_clock_a_finding_asks_for_its_time_and_carried_text_does_not(room: Room) -> None:
    room.time = None
    assert room.confirm(20, 20) is Confirmed.NEEDS_TIME
    assert room.said() == [UNHEARD, UNHEARD, CARRIED]
    ids = room.sources.waiting("physical_exam", 20, 20)
    assert room.sources.confirm("physical_exam", ids, TimeAnchor(61_000)) is Confirmed.DONE
    assert room.said()[1] == heard_finding(61_000)
    assert room.confirm(33, 33) is Confirmed.DONE
    assert room.said()[2] == CARRIED.model_copy(update={"reviewed": True})


def test_what_is_confirmed_is_what_was_meant_whatever_others_wrote_meanwhile(room: Room) -> None:
    ids = room.sources.waiting("physical_exam", 20, 20)
    room.visit.edit("physical_exam", 0, 0, "Left ")
    assert room.sources.confirm("physical_exam", ids) is Confirmed.DONE
    assert room.said() == [UNHEARD, heard_finding(), CARRIED]


def test_the_last_sentence_is_meant_or_the_selection_or_what_was_said_before(room: Room) -> None:
    room.visit.edit("hpi", 0, 0, "Pain since May. Worse at night. ")
    assert room.sources.meant("hpi", 32, 32) == (16, 31)
    assert room.sources.meant("hpi", 0, 4) == (0, 4)
    room.sources.say("hpi", 0, 4, Heard(at_ms=1_000, speaker=Speaker.PATIENT))
    assert room.sources.meant("hpi", 4, 4) == (0, 4)
    assert room.sources.meant("ros", 0, 0) is None


def test_what_was_heard_is_kept_put_right_and_taken_back(room: Room) -> None:
    room.visit.edit("hpi", 0, 0, "Pain since May.")
    first = Heard(at_ms=1_000, speaker=Speaker.PATIENT)
    second = Heard(at_ms=2_000, speaker=Speaker.FAMILY, relation="mother")
    room.sources.say("hpi", 0, 15, first)
    room.sources.say("hpi", 0, 15, second)
    assert room.said("hpi") == [second]
    assert room.visit.document.undo()
    assert room.said("hpi") == [first]
    letter = Chart(document_id="typed:1", title="Letter", dated=DAY)
    room.sources.say("hpi", 0, 15, letter)
    assert room.said("hpi") == [letter]
    assert room.sources.take_back("hpi", 15)
    assert not room.sources.take_back("hpi", 15)
    assert room.said("hpi") == []
    room.jobs.run()
    again = OpenVisit(room.jobs, RememberingScreen(), read_stored(room.vault, "v1"))
    assert [mark.provenance for mark in again.document.marks("physical_exam")] == [UNHEARD, UNHEARD, CARRIED]


def test_what_the_provider_said_confirms_the_findings_in_it_and_touches_carried_text(room: Room) -> None:
    heard = Heard(at_ms=61_000, speaker=Speaker.PATIENT)
    room.sources.say("physical_exam", 0, 18, heard)
    assert room.said().count(UNHEARD) == 2, "the patient's word confirms no exam"
    room.sources.say("physical_exam", 0, 45, Heard(at_ms=61_000, speaker=Speaker.PROVIDER))
    said = room.said()
    assert said.count(heard_finding(61_000)) == 2
    assert CARRIED.model_copy(update={"reviewed": True}) in said


@pytest.mark.parametrize(("before", "text"), [("", "Old."), ("New.", "\nOld."), ("New.\n", "Old.")])
def test_carried_text_comes_behind_what_stands_there_and_only_it_is_marked(room: Room, before: str, text: str) -> None:
    room.visit.edit("hpi", 0, 0, before)
    place, marked = room.sources.coming("hpi", NOTE, "Old.")
    assert (place, marked.text) == (len(before), text)
    room.visit.put_marked("hpi", place, place, marked)
    (mark,) = room.visit.document.marks("hpi")
    assert (mark.provenance, mark.untouched) == (CARRIED, True)
    assert room.visit.document.text("hpi")[mark.start : mark.end] == "Old."
    assert room.sources.carried("hpi", "n1") == mark
    assert room.sources.carried("hpi", "n2") is None


def test_phrases_and_forms_say_what_they_are() -> None:
    quick = QuickText()
    quick.use(shipped_library())
    phrase = quick.expand(".mechanism", 10)
    assert phrase is not None
    assert phrase.source == "phrase:mechanism"
    block = quick.expand("/plan", 5)
    assert block is None or block.source.startswith("form:")
    assert FromTemplate(template_id=template_id("phrase", "fußschmerz/ü")).template_id == "phrase:fu-schmerz--"
