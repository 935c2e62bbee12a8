"""Steps that the page's tests share: a paired room, a visit under way, a note that was sent."""

import secrets
from dataclasses import dataclass

from playwright.async_api import Page, expect

from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.world import COMPLETE, World
from visit.answering import open_questions_in
from visit.canonical import canonical_sha256
from visit.document import VisitDocument
from visit.snapshot import make_snapshot, snapshot_sha256
from wire.commands import (
    AskQuestion,
    MarkReady,
    PendOrder,
    RecordConsent,
    ReportListening,
    SendChat,
    SendNote,
    StartCapture,
)
from wire.ids import new_id
from wire.orders import Collection, LabOrder, Priority
from wire.record import ConsentBy, ConsentDecision, ConsentHow
from wire.visits import Coding

AGREED = RecordConsent(decision=ConsentDecision.AGREED, by=ConsentBy.PATIENT, how=ConsentHow.VERBAL)
PATIENT = "Okafor, Adaeze"
LONG_HPI = " ".join(f"Sentence {number} of what the patient told about the leg and the breath." for number in range(90))


def accepted(answer: object) -> None:
    assert getattr(answer, "type", "") == "command_accepted", answer


async def listen(world: World) -> str:
    """Consent, capture, an admitted scribe who hears the room."""
    accepted(await world.in_room(AGREED))
    accepted(await world.in_room(StartCapture()))
    admission_id = await world.admit()
    accepted(await world.scribe(ReportListening(admission_id=admission_id, hears=True)))
    return admission_id


async def ask(world: World, text: str, replies: tuple[str, ...] = ("Left", "Right", "Both")) -> str:
    question_id = new_id()
    accepted(await world.scribe(AskQuestion(question_id=question_id, text=text, quick_replies=replies)))
    return question_id


async def ask_listening(world: World, text: str) -> str:
    """A question in a visit that is under way."""
    await listen(world)
    return await ask(world, text)


async def say(world: World, text: str) -> None:
    accepted(await world.scribe(SendChat(message_id=new_id(), text=text)))


def lab_order(test: str = "B-type natriuretic peptide", order_id: str = "") -> LabOrder:
    return LabOrder(
        order_id=order_id or new_id(),
        version=1,
        test=Coding(system="http://loinc.org", code="30934-4", display=test),
        reason=Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="R06.02", display="Shortness of breath"),
        priority=Priority.ROUTINE,
        collection=Collection.NOW_IN_CLINIC,
        heard_at="12:41",
    )


async def pend(world: World, order: LabOrder | None = None) -> LabOrder:
    order = order or lab_order()
    accepted(await world.scribe(PendOrder(order=order, expected_version=0)))
    return order


@dataclass(slots=True)
class Writer:
    """The scribe's replica, sending each change as the desktop does."""

    world: World
    document: VisitDocument

    @classmethod
    async def begin(cls, world: World, texts: dict[str, str]) -> "Writer":
        return cls(world, await world.write(texts))

    async def write(self, section: str, start: int, end: int, text: str) -> None:
        made: list[bytes] = []
        self.document.on_update = made.append
        self.document.replace(section, start, end, text)
        self.document.on_update = None
        for data in made:
            assert await self.world.send(data, self.document.client_id) is None

    async def ask(self, section: str, text: str, replies: tuple[str, ...] = ()) -> str:
        """Ask about the first gap of a section that nobody asked about."""
        found = [one for one in open_questions_in(self.document) if one.section == section and one.question_id is None]
        question_id = await ask(self.world, text, replies)
        made: list[bytes] = []
        self.document.on_update = made.append
        self.document.set_question(section, found[0].start, found[0].end, question_id)
        self.document.on_update = None
        for data in made:
            assert await self.world.send(data, self.document.client_id) is None
        return question_id

    async def send_note(self, *, again: bool = False) -> None:
        """Finish and send; the gateway has every word of it."""
        if not again:
            accepted(await self.world.scribe(MarkReady()))
        note = await self.world.services.documents.opened(self.world.visit_id)
        texts = note.document.texts()
        questions = open_questions_in(note.document)
        sha256 = snapshot_sha256(make_snapshot(self.world.visit_id, texts, questions))
        vector = note.document.state_vector()
        accepted(await self.world.scribe(SendNote(sha256=sha256, state_vector=vector)))


async def sent_note(world: World, texts: dict[str, str] | None = None) -> Writer:
    await listen(world)
    writer = await Writer.begin(world, texts or COMPLETE)
    await writer.send_note()
    return writer


async def open_visit(browsing: Browsing) -> Page:
    """The provider's page on the world's visit."""
    page = await browsing.open("/page/")
    await page.get_by_role("button", name=PATIENT).click()
    await expect(page.get_by_test_id("banner")).to_contain_text(PATIENT)
    return page


async def settled(page: Page) -> None:
    """Everything that the page asked for was answered."""
    await expect(page.locator("#link-state")).to_have_text("✓ Connected")
    await expect(page.locator("#waiting")).to_be_empty()


async def open_room(browsing: Browsing, edge: Edge) -> Page:
    """A browser that is paired as the room."""
    page = await browsing.open("/room/")
    await page.get_by_label("Code").fill(edge.new_code())
    await page.get_by_role("button", name="Pair").click()
    await expect(page.get_by_role("heading", name="Who is in this room?")).to_be_visible()
    return page


async def choose_patient(page: Page) -> None:
    await page.get_by_role("button", name=PATIENT).click()
    await expect(page.get_by_test_id("banner")).to_contain_text(PATIENT)


async def agree(page: Page) -> None:
    await page.get_by_label("Agreed").check()
    await page.get_by_label("Patient", exact=True).check()
    await page.get_by_label("Verbally").check()
    await page.get_by_role("button", name="Record the consent").click()
    await expect(page.get_by_text("Patient agreed verbally")).to_have_count(2)


def order_hash(order: LabOrder) -> str:
    return canonical_sha256(order)


def random_text() -> str:
    return secrets.token_hex(6)
