"""Commands on both databases: answered once, alike when repeated also after a restart, kept with their facts."""

import asyncio

import pytest
from sqlalchemy import event, text

from gateway.audit import verify
from tests.gateway.rules.scene import lab_order
from tests.gateway.world import COMPLETE, SCRIBE, World, ehr_visit, open_world
from visit.orders import order_sha256
from visit.snapshot import make_snapshot, snapshot_sha256
from wire.commands import (
    EditText,
    MarkReady,
    PendOrder,
    RecordConsent,
    ReportListening,
    ReturnNote,
    SendChat,
    SendNote,
    SignNote,
    SignOrder,
    StartCapture,
    StopCapture,
)
from wire.live import CommandAccepted, CommandRefused
from wire.orders import OrderState
from wire.record import ConsentBy, ConsentDecision, ConsentHow
from wire.refusals import RefusalCode
from wire.visits import NoteState

pytestmark = pytest.mark.anyio

AGREE = RecordConsent(decision=ConsentDecision.AGREED, by=ConsentBy.PATIENT, how=ConsentHow.VERBAL)


def code_of(answer: object) -> RefusalCode:
    assert isinstance(answer, CommandRefused), answer
    return answer.refusal.code


async def test_a_repeated_command_gets_its_first_answer_also_after_a_restart(database_url: str) -> None:
    chat = SendChat(message_id="m", text="Hello")
    async with open_world(database_url) as world:
        refused = await world.scribe(chat, "command-0")
        assert code_of(refused) is RefusalCode.NOT_ADMITTED
        await world.admit()
        accepted = await world.scribe(chat, "command-1")
        assert isinstance(accepted, CommandAccepted)
        assert await world.scribe(chat, "command-1") == accepted
        assert await world.scribe(chat, "command-0") == refused
        entries = len(world.services.ledger.loaded(world.visit_id).entries)
    async with open_world(database_url, world.clock) as again:
        assert await again.scribe(chat, "command-1") == accepted
        assert await again.scribe(chat, "command-0") == refused
        other = SendChat(message_id="m", text="Something else")
        assert code_of(await again.scribe(other, "command-1")) is RefusalCode.COMMAND_REUSED
        assert len(again.services.ledger.loaded(again.visit_id).entries) == entries
        assert [line.text for line in again.record.chat] == ["Hello"]
        assert verify(await again.services.database.audit_rows()) is None


async def test_one_persons_command_id_says_nothing_of_anothers(world: World) -> None:
    await world.admit()
    await world.scribe(SendChat(message_id="m", text="Hello"), "command-1")
    assert isinstance(await world.provide(SendChat(message_id="n", text="Yes?"), "command-1"), CommandAccepted)


async def test_the_same_command_at_the_same_time_counts_once(world: World) -> None:
    await world.admit()
    chat = SendChat(message_id="m", text="Hello")
    answers = await asyncio.gather(*(world.scribe(chat, "command-1") for _ in range(8)))
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert len(world.record.chat) == 1


async def test_an_unknown_visit_is_refused(world: World) -> None:
    answer = await world.scribe(SendChat(message_id="m", text="Hello"), visit_id="none")
    assert code_of(answer) is RefusalCode.VISIT_UNKNOWN


async def test_a_cancelled_caller_leaves_store_and_memory_in_step(world: World) -> None:
    await world.admit()
    before = world.record.last_seq
    task = asyncio.create_task(world.scribe(SendChat(message_id="m", text="Hello"), "command-1"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    answer = await world.scribe(SendChat(message_id="m", text="Hello"), "command-1")
    assert isinstance(answer, CommandAccepted)
    assert world.record.last_seq == answer.seq == before + 1


async def test_a_visit_from_consent_to_the_signed_note(world: World) -> None:
    assert code_of(await world.in_room(StartCapture())) is RefusalCode.CONSENT_MISSING
    await world.in_room(AGREE)
    await world.in_room(StartCapture())
    admission = await world.admit()
    await world.scribe(ReportListening(admission_id=admission, hears=True))
    world.clock.advance(60)
    document = await world.write(COMPLETE)
    await world.scribe(PendOrder(order=lab_order(), expected_version=0))
    await world.provide(SignOrder(order_id="order-1", version=1, sha256=order_sha256(lab_order())))
    await world.in_room(StopCapture())
    assert world.record.heard_seconds == 60
    await world.scribe(MarkReady())
    sha256 = snapshot_sha256(make_snapshot(world.visit_id, document.texts()))
    send = SendNote(sha256=sha256, state_vector=document.state_vector())
    assert isinstance(await world.scribe(send), CommandAccepted)
    note = (await world.services.documents.opened(world.visit_id)).note_text()
    assert note.sha256 == sha256
    await world.provide(EditText(section="hpi", base_version=note.version, start=0, end=5, text="Four"))
    stale = await world.provide(SignNote(version=note.version, sha256=note.sha256))
    assert code_of(stale) is RefusalCode.CHANGED_MEANWHILE
    note = (await world.services.documents.opened(world.visit_id)).note_text()
    hpi = next(section for section in note.sections if section.section == "hpi")
    assert hpi.text == "Four weeks of it."
    assert [(run.length, run.author.id) for run in hpi.authors] == [(4, world.provider.id), (13, SCRIBE.id)]
    signed = await world.provide(SignNote(version=note.version, sha256=note.sha256))
    assert isinstance(signed, CommandAccepted)
    assert world.record.note_state is NoteState.SIGNED
    assert world.record.note_sha256 == note.sha256
    await world.services.outbox.drain()
    assert world.record.orders["order-1"].state is OrderState.ORDERED
    assert world.record.note_ehr_reference == "DocumentReference/1"
    (written,) = world.ehr.notes
    assert written.sha256 == snapshot_sha256(written.snapshot) == note.sha256
    assert "Four weeks of it." in written.text
    assert "Sam Scribe" in written.text
    assert verify(await world.services.database.audit_rows()) is None


async def test_a_returned_note_is_sent_again(world: World) -> None:
    await world.admit()
    document = await world.write(COMPLETE)
    await world.scribe(MarkReady())
    sha256 = snapshot_sha256(make_snapshot(world.visit_id, document.texts()))
    send = SendNote(sha256=sha256, state_vector=document.state_vector())
    first = await world.scribe(send)
    assert isinstance(first, CommandAccepted)
    version = world.record.note_version
    await world.provide(ReturnNote(version=version, comment="Which leg?", section="hpi"))
    assert world.record.returned_because == "Which leg?"
    assert isinstance(await world.scribe(send), CommandAccepted)
    assert world.record.note_state is NoteState.SENT


async def test_a_stale_authentication_asks_for_a_step_up(world: World) -> None:
    await world.admit()
    document = await world.write(COMPLETE)
    await world.scribe(MarkReady())
    sha256 = snapshot_sha256(make_snapshot(world.visit_id, document.texts()))
    await world.scribe(SendNote(sha256=sha256, state_vector=document.state_vector()))
    sign = SignNote(version=world.record.note_version, sha256=sha256)
    world.clock.advance(301)
    assert code_of(await world.provide(sign)) is RefusalCode.STEP_UP_NEEDED
    world.auth_time = world.clock()
    assert isinstance(await world.provide(sign), CommandAccepted)


async def test_one_room_captures_one_visit_also_after_a_restart(database_url: str) -> None:
    async with open_world(database_url) as world:
        other = await world.services.visits.upsert_from_ehr(ehr_visit("Encounter/2"))
        for visit_id in (world.visit_id, other):
            await world.in_room(AGREE, visit_id=visit_id)
        assert isinstance(await world.in_room(StartCapture()), CommandAccepted)
        answer = await world.in_room(StartCapture(), visit_id=other)
        assert code_of(answer) is RefusalCode.ANOTHER_VISIT_LIVE
    async with open_world(database_url, world.clock) as again:
        answer = await again.in_room(StartCapture(), visit_id=other)
        assert code_of(answer) is RefusalCode.ANOTHER_VISIT_LIVE
        await again.in_room(StopCapture())
        assert isinstance(await again.in_room(StartCapture(), visit_id=other), CommandAccepted)


async def test_a_full_disk_refuses_and_nothing_is_half_done(sqlite_world: World) -> None:
    world = sqlite_world
    await world.admit()
    engine = world.services.database.engine
    async with world.services.database.read() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        full = (await connection.execute(text(f"PRAGMA max_page_count={pages}"))).scalar_one()
        assert full == pages
    await engine.dispose()

    @event.listens_for(engine.sync_engine, "connect")
    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    before = world.record.last_seq
    answers = [await world.scribe(SendChat(message_id=f"m{n}", text="x" * 4_000), f"c{n}") for n in range(20)]
    assert code_of(answers[-1]) is RefusalCode.STORAGE_FULL
    accepted = [answer for answer in answers if isinstance(answer, CommandAccepted)]
    assert world.record.last_seq == before + len(accepted)
    event.remove(engine.sync_engine, "connect", limit)
    await engine.dispose()
    assert isinstance(await world.scribe(SendChat(message_id="m19", text="x" * 4_000), "c19"), CommandAccepted)
    assert verify(await world.services.database.audit_rows()) is None
