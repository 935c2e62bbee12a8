"""States of a note whose statements say where they come from, and of the panes that go with it. All is invented."""

from datetime import UTC, date, datetime, timedelta

from desktop.ports import FeedState
from desktop.ui.note_editor.places import Caret
from desktop.ui.visit_controller import VisitController
from tests.desktop.ui.desk import Desk
from visit.marks import MarkedPart, MarkedText
from visit.provenance import Carried, Chart, ChatAnswer, Finding, FromTemplate, Heard, Provenance, Speaker
from wire.earlier import EarlierNote, EarlierNoteText, EarlierSection
from wire.people import Person

DAY = date(2026, 8, 2)
UNHEARD = Finding(macro_id="cardiac-normal")
OKAFOR = Person(person_id="p-okafor", name="Dr. A. Okafor")
EARLIER = EarlierNote(note_id="n-august", dated=DAY, provider=OKAFOR, reason="Chest pain")
BEFORE = EarlierNote(note_id="n-may", dated=date(2026, 5, 11), provider=OKAFOR, reason="Annual exam")
FAMILY = "Mother had an MI at 58. Father has type 2 diabetes."
EARLIER_TEXT = EarlierNoteText(
    note=EARLIER,
    sections=(
        EarlierSection(key="hpi", heading="History of present illness", text="Chest pressure since June, on exertion."),
        EarlierSection(key="family_history", heading="Family history", text=FAMILY),
    ),
    addenda=("Father does not have diabetes.",),
)


class EarlierGateway:
    """A gateway that has two earlier notes."""

    async def earlier_notes(self, _visit_id: str) -> list[EarlierNote]:
        return [EARLIER, BEFORE]

    async def earlier_note(self, _visit_id: str, note_id: str) -> EarlierNoteText:
        return EARLIER_TEXT if note_id == EARLIER.note_id else EarlierNoteText(note=BEFORE, sections=())

    def clock_offset_seconds(self) -> float | None:
        return 0.0


def marked(*pieces: tuple[str, Provenance | None]) -> MarkedText:
    """Pieces of a text, each with where it comes from."""
    parts: list[MarkedPart] = []
    text = ""
    for piece, provenance in pieces:
        if provenance is not None:
            parts.append(MarkedPart(len(text), len(text) + len(piece), provenance))
        text += piece
    return MarkedText(text, tuple(parts))


HPI = marked(
    ("54-year-old woman with hypertension. ", None),
    ("Pressure twice weekly, relieved by rest.", Heard(at_ms=252_000, speaker=Speaker.PATIENT)),
    (" ", None),
    ("Worse since August.", Heard(at_ms=275_000, speaker=Speaker.FAMILY, relation="mother")),
    ("\n", None),
    ("Stress test of May was negative.", Chart(document_id="d1", title="Stress test", dated=date(2026, 5, 12))),
    (" ", None),
    ("Left knee.", ChatAnswer(message_id="m1", question_id="q1")),
)
EXAM = marked(
    ("General: no distress.", Finding(macro_id="cardiac-normal", heard_ms=301_000)),
    ("\n", None),
    ("Heart: regular rate and rhythm, no murmur.", UNHEARD),
    (" ", None),
    ("Lungs: clear to auscultation.", UNHEARD),
    ("\n", None),
    ("Extremities: no edema.", UNHEARD),
)
ROS = marked(("Respiratory: ", FromTemplate(template_id="phrase:ros")), ("dyspnea on two flights.", None))
CARRIED = MarkedText.whole(FAMILY, Carried(note_id=EARLIER.note_id, dated=DAY))


def with_sources(desk: Desk) -> VisitController:
    """A live visit whose note has statements of every kind."""
    desk.sign_in()
    current = desk.open(note={"chief_complaint": "Follow-up of exertional chest pain."})
    desk.start_capture()
    desk.talk()
    desk.feed(FeedState.LIVE)
    current.visit.record.capture_started_at = datetime.now(UTC) - timedelta(minutes=12, seconds=41)
    for section, text in (("hpi", HPI), ("family_history", CARRIED), ("ros", ROS), ("physical_exam", EXAM)):
        current.sources.put(section, 0, 0, text)
    desk.jobs.run()
    current.view.note.show_caret(Caret("physical_exam", 30))
    current.view.note.focus_last()
    return current


def live_sources(desk: Desk) -> None:
    """What waits to be confirmed."""
    with_sources(desk)


def live_sources_all(desk: Desk) -> None:
    """The source of every statement."""
    with_sources(desk).view.note.turn_sources()


def live_source_form(desk: Desk) -> None:
    """From whom the last sentence was heard."""
    current = with_sources(desk)
    current.view.note.show_caret(Caret("ros", 36))
    current.sources.ask_source()
    current.view.note.source.who.setCurrentIndex(list(Speaker).index(Speaker.FAMILY))


def live_confirm_time(desk: Desk) -> None:
    """A finding is confirmed while no clock of the visit runs."""
    current = with_sources(desk)
    current.visit.record.capturing = False
    current.sources.confirm_here()
    current.view.note.source.time.setText("soon")
    current.view.note.source.ok.click()


def live_earlier(desk: Desk) -> None:
    """Earlier notes, one of them with an addendum; a part of it is here already."""
    current = with_sources(desk)
    desk.flows.session.gateway = EarlierGateway()  # type: ignore[assignment]  # what is asked for of it is there
    current.earlier.open()
    desk.jobs.run()


def live_earlier_offline(desk: Desk) -> None:
    """Nobody can be asked for earlier notes."""
    current = with_sources(desk)
    current.earlier.open()
    desk.jobs.run()


SOURCE_STATES = (
    live_sources,
    live_sources_all,
    live_source_form,
    live_confirm_time,
    live_earlier,
    live_earlier_offline,
)
