"""The whole window over its real controller and workflows; only vault, media and gateway are doubles.

All people are invented.
"""

from datetime import UTC, date, datetime, timedelta

from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from desktop.ports import FeedState, FrameRef, LinkQuality, LinkState
from desktop.ui.controller import Controller
from desktop.ui.main_window import MainWindow
from desktop.ui.note_pane import NotePane
from desktop.ui.surroundings import flows_of
from desktop.ui.theme import Theme
from desktop.ui.visit_controller import VisitController
from desktop.ui.words import say
from desktop.workflows.begin import begin
from desktop.workflows.feed_lines import Feed
from desktop.workflows.join import Gate, JoinPhase, JoinTools
from desktop.workflows.session import SessionPhase
from tests.desktop.workflows.doubles import MemoryVault, RecordingMedia, SteppedJobs
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from wire.http import GatewayInfo
from wire.ids import new_id
from wire.live import DocumentUpdated, RecordEntries, Visits
from wire.orders import Collection, LabOrder, Priority
from wire.people import Author, Person, Role, Room
from wire.posture import AdmissionDecision, Challenge, CheckId, CheckResult, CheckState, CheckVerdict, Requirement
from wire.record import (
    CaptureStarted,
    ChatSeen,
    ChatSent,
    ConsentBy,
    ConsentDecision,
    ConsentHow,
    ConsentRecorded,
    Fact,
    OrderDeclined,
    OrderPended,
    OrderSigned,
    OrderWritten,
    QuestionAnswered,
    QuestionAsked,
    RecordEntry,
)
from wire.signalling import GrantClaims
from wire.visits import Coding, NoteState, Patient, VisitPhase, VisitSummary

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
START = datetime.now(UTC) - timedelta(minutes=12, seconds=41)
OKAFOR = Author(role=Role.PROVIDER, id="p-okafor", name="Dr. A. Okafor")
SANTOS = Author(role=Role.SCRIBE, id="p-santos", name="J. Santos")
ROOM = Author(role=Role.ROOM, id="r4", name="Room 4")
ANA = Patient(
    patient_id="1", name="Rivera, Ana M", birth_date=date(1972, 3, 11), sex="female", mrn_tail="4471",
    allergies=("Penicillin (hives)",),
)  # fmt: skip
BAO = Patient(patient_id="2", name="Nguyen, Bao", birth_date=date(1995, 7, 2), sex="male", mrn_tail="0912")
SADIE = Patient(patient_id="3", name="O’Connell, Sadie", birth_date=date(2019, 1, 30), sex="female", mrn_tail="3305")
LONG = Patient(
    patient_id="4", name="Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maria Alejandra",
    birth_date=date(1944, 12, 24), sex="female", mrn_tail="9087",
    allergies=("Penicillin (hives)", "sulfonamides (rash)", "latex (anaphylaxis)", "peanuts (anaphylaxis)"),
)  # fmt: skip
PROBLEMS = (
    Coding(system=ICD, code="R06.09", display="Dyspnea on exertion"),
    Coding(system=ICD, code="I20.89", display="Stable angina"),
    Coding(system=ICD, code="E78.5", display="Hyperlipidemia, unspecified"),
)
NOTE = {
    "chief_complaint": "Follow-up of exertional chest pain.",
    "hpi": (
        "54-year-old woman with hypertension and hyperlipidemia, seen 3 weeks after ED evaluation for exertional chest "
        "pressure. Pressure now occurs *** weekly, lasts 5–10 minutes, relieved by rest. No radiation, diaphoresis or "
        "syncope. Mother had an MI at 58."
    ),
    "ros": "Cardiovascular: chest pressure, no palpitations, no edema. Respiratory: dyspnea on two flights, no cough.",
    "vital_signs": "BP 138/84, pulse 76, SpO₂ 98 %, temperature 36.7 °C, BMI 29.4.",
    "physical_exam": "General: no distress. Heart: regular rate and rhythm, no murmur. Lungs: clear.",
}


def summary(visit_id: str, patient: Patient, minutes: int = 0) -> VisitSummary:
    return VisitSummary(
        visit_id=visit_id, patient=patient, provider=Person(person_id=OKAFOR.id, name=OKAFOR.name),
        room=Room(room_id="r4", name="Room 4"), scheduled_at=START + timedelta(minutes=minutes),
        reason="Chest pain follow-up", specialty="cardiology", problems=PROBLEMS,
    )  # fmt: skip


DAY = (
    summary("v1", ANA).model_copy(update={"phase": VisitPhase.LIVE}),
    summary("v2", BAO, 30).model_copy(update={"reason": "Knee injury"}),
    summary("v3", SADIE, -50).model_copy(
        update={"phase": VisitPhase.ENDED, "note_state": NoteState.SIGNED, "reason": "Ear pain"}
    ),
    summary("v4", LONG, 60),
)


def order(order_id: str, code: str, display: str) -> LabOrder:
    return LabOrder(
        order_id=order_id, version=1, test=Coding(system=LOINC, code=code, display=display), reason=PROBLEMS[2],
        priority=Priority.ROUTINE, collection=Collection.NOW_IN_CLINIC, heard_at="08:47",
    )  # fmt: skip


ORDERS = (
    order("o1", "30934-4", "B-type natriuretic peptide"),
    order("o2", "24331-1", "Lipid panel"),
    order("o3", "4548-4", "Hemoglobin A1c"),
)


def picture(width: int, height: int) -> QImage:
    """A frame as the room would send it: a plain room, no face."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    ground = QLinearGradient(0, 0, width, height)
    ground.setColorAt(0, QColor("#e6e9eb"))
    ground.setColorAt(1, QColor("#a9b2b8"))
    painter = QPainter(image)
    painter.fillRect(image.rect(), ground)
    painter.fillRect(width // 5, height // 3, width // 6, height // 2, QColor("#7a8f6f"))
    painter.fillRect(width // 2, height // 4, width // 5, height // 2, QColor("#f7f7f7"))
    painter.end()
    return image


class PictureMedia(RecordingMedia):
    """A media double that has one picture."""

    image: QImage = QImage()

    def image_bytes(self, frame: FrameRef) -> memoryview:
        return memoryview(self.image.constBits())


class NoPosture:
    """Posture is not read here: results are put in as values."""

    async def run(self, _facts: object) -> tuple[CheckResult, ...]:
        return ()


class Desk:
    """One desktop: window, controller, workflows."""

    def __init__(self, theme: Theme) -> None:
        self.window = MainWindow()
        self.controller = Controller(self.window, theme, "0.1.0")
        self.vault = MemoryVault()
        self.jobs = SteppedJobs(self.vault)
        self.flows = begin(self.jobs, self.controller, lambda _url: None)
        self.controller.use(flows_of(self.flows))
        self.media = PictureMedia()
        tools = JoinTools(NoPosture(), None, None, self.media, None)  # type: ignore[arg-type]  # not asked for
        self.flows.join.use(tools, lambda: 0.0)
        self.controller.device_facts = lambda: {
            "person": "J. Santos", "gateway": "https://alcove.lakeside.example", "device": new_id(),
            "key": say("device.key_keyring"),
            "vault": say("device.vault_text", folder="/home/santos/.local/share/alcove/vault"),
            "recovery": say("device.recovery_none"),
            "version": "0.1.0",
        }  # fmt: skip
        self.provider = VisitDocument()
        self.seq: dict[str, int] = {}

    def close(self) -> None:
        """Take the window away."""
        self.controller.deleteLater()
        self.window.close()
        self.window.deleteLater()

    # --- the session -------------------------------------------------------------------------------------------

    def know_practice(self) -> None:
        self.flows.session.info = GatewayInfo(
            practice="Lakeside Clinic", zone="America/Chicago", protocols=(1,), issuer="https://idp", client_id="c",
            scope="openid", gateway_jwk={}, server_time=START, version="0.1.0",
        )  # fmt: skip

    def phase(self, phase: SessionPhase) -> None:
        self.flows.session.phase = phase
        self.controller.session_changed()

    def sign_in(self, *visits: VisitSummary) -> None:
        self.know_practice()
        self.flows.session.person = Person(person_id=SANTOS.id, name=SANTOS.name)
        self.phase(SessionPhase.SIGNED_IN)
        self.online()
        self.flows.sync.frame_received(Visits(visits=visits or DAY).model_dump_json())

    def online(self) -> None:
        self.flows.sync.link_changed(LinkState.ONLINE, None)

    # --- a visit -----------------------------------------------------------------------------------------------

    def open(self, visit_id: str = "v1", note: dict[str, str] | None = None) -> VisitController:
        self.controller.open_visit(visit_id)
        self.jobs.run()
        current = self.controller.current
        if current is None:
            raise AssertionError("the visit is open")
        begin = current.view.note.caret()
        for section, text in (NOTE if note is None else note).items():
            write(current.view.note, section, text)
        current.view.note.show_caret(begin)
        self.jobs.run()
        self.acknowledge(visit_id)
        return current

    def acknowledge(self, visit_id: str = "v1") -> None:
        """The gateway has every change."""
        visit = self.flows.sync.open[visit_id]
        visit.updates_saved([row.update_id for row in visit.unsent])
        self.jobs.run()

    def record(self, fact: Fact, author: Author = OKAFOR, visit_id: str = "v1") -> None:
        seq = self.seq[visit_id] = self.seq.get(visit_id, 0) + 1
        entry = RecordEntry(visit_id=visit_id, seq=seq, at=START + timedelta(seconds=seq), author=author, fact=fact)
        self.flows.sync.open[visit_id].take_record(RecordEntries(visit_id=visit_id, entries=(entry,)))
        for row in list(self.flows.sync.open[visit_id].outbox):
            if "mark_chat_seen" in row.command_json:
                self.flows.sync.open[visit_id].command_answered(row.command_id, None)

    def consent(self, decision: ConsentDecision = ConsentDecision.AGREED) -> None:
        self.record(ConsentRecorded(decision=decision, by=ConsentBy.PATIENT, how=ConsentHow.VERBAL), ROOM)

    def start_capture(self) -> None:
        self.consent()
        self.record(CaptureStarted(), ROOM)

    def talk(self) -> None:
        ask = QuestionAsked(question_id="q1", text="Which knee was the effusion: left or right?", section="hpi")
        self.record(ask, SANTOS)
        self.record(QuestionAnswered(question_id="q1", text="Left."))
        self.record(ChatSent(message_id="m1", text="Also add BNP."))
        again = "Pended BNP. Is she short of breath only on exertion, or also lying flat?"
        self.record(QuestionAsked(question_id="q2", text=again, section="hpi"), SANTOS)
        self.record(ChatSent(message_id="m2", text="I will ask her at the end."), SANTOS)
        self.record(ChatSeen(up_to_seq=self.seq["v1"]))
        self.acknowledge()

    def pend_three(self) -> None:
        _, second, third = ORDERS
        for entry in ORDERS:
            self.record(OrderPended(order=entry, sha256="0" * 64), SANTOS)
        self.record(OrderSigned(order_id=second.order_id, version=1, sha256="0" * 64))
        reference = "ServiceRequest/01a20932-34f2-7d4f-81d5-f37e4b77b712"
        self.record(OrderWritten(order_id=second.order_id, version=1, ehr_reference=reference, ehr_version="1"))
        self.record(OrderDeclined(order_id=third.order_id, version=1, reason="Done in May"))

    def provider_writes(self, section: str, text: str) -> None:
        visit = self.flows.sync.open["v1"]
        self.provider.apply(CheckedUpdate(visit.document.update_since(None), frozenset()), SANTOS.id)
        before, length = self.provider.state_vector(), len(self.provider.text(section))
        self.provider.replace(section, length, length, text)
        update = self.provider.update_since(before)
        visit.take_update(DocumentUpdated(visit_id="v1", author=OKAFOR, update=update))

    # --- the gate and the feed ---------------------------------------------------------------------------------

    def gate(self, states: dict[CheckId, tuple[CheckState, str, dict[str, str]]], *, decided: bool = True) -> Gate:
        """The gate with these results, as if the checks had just ended."""
        results = tuple(
            CheckResult(
                check=check, state=state, reason=reason, params=params, source="test", collected_at=START,
                duration_ms=1,
            )
            for check, (state, reason, params) in states.items()
        )  # fmt: skip
        gate = Gate("v1", results=results)
        gate.challenge = Challenge(
            nonce="n", gateway_time=START, policy_version="7", practice="Lakeside Clinic", requirements={}
        )
        if decided:
            verdicts = tuple(
                CheckVerdict(
                    check=r.check, requirement=Requirement.REQUIRE, state=r.state, admits=r.state is CheckState.PASS
                )
                for r in results
            )
            admitted = all(v.admits for v in verdicts)
            gate.decision = AdmissionDecision(
                admitted=admitted, admission_id="a1", verdicts=verdicts, report_sha256="0" * 64
            )
            gate.grant = grant() if admitted else None
        join = self.flows.join
        join.gate = gate
        join.phase = JoinPhase.ADMITTED if gate.grant else JoinPhase.REFUSED
        self.controller._place = "gate"
        self.controller._arrange()
        self.controller.join_changed()
        return gate

    def feed(self, state: FeedState, reason: str = "", *, joined: bool = True) -> None:
        join = self.flows.join
        join.gate = Gate("v1", grant=grant())
        join.phase = JoinPhase.JOINED if joined else JoinPhase.IDLE
        quality = (
            LinkQuality(rtt_ms=41, loss=0.002, audio_level=0.2, concealed=0.0)
            if state is FeedState.LIVE
            else LinkQuality()
        )
        join.lines.feed = Feed(
            visit_id="v1", admission_id="a1", connection_id="c1", state=state, reason=reason, quality=quality
        )
        self.controller.join_changed()
        if state is FeedState.LIVE:
            image = self.media.image = picture(380, 214)
            join.frame_ready(FrameRef(0, image.width(), image.height(), image.bytesPerLine(), 1, 0.0))


def write(note: NotePane, section: str, text: str) -> None:
    """Text comes in at the end of a section, as if it were pasted there; the keyboard stays where it is."""
    note.editor.go_to(section)
    note.editor.insertPlainText(text)


def grant() -> GrantClaims:
    return GrantClaims(
        admission_id="a1", visit_id="v1", person_id=SANTOS.id, person_name=SANTOS.name, device_id="d1",
        device_jkt="j", room_id="r4", room_jkt="j", nonce="n", issued_at=START, expires_at=START, replay_seconds=60,
    )  # fmt: skip
