"""The live channel over a real server: what each role hears, and that nothing a client sends ends more than its own."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit import verify
from gateway.live.connection import MAX_QUEUED_FRAMES, POLICY, Connection
from gateway.live.frames import read_frame
from gateway.ports import SessionInfo
from tests.gateway.live.edge import Edge, serving
from tests.gateway.rules.scene import lab_order
from tests.gateway.test_commands import AGREE
from tests.gateway.test_documents import make_updates, sign
from tests.gateway.world import COMPLETE, SCRIBE, World
from tests.visit.encoder import nesting_bomb
from visit.document import VisitDocument
from visit.guard import CheckedUpdate, check_update
from wire.base import MAX_FRAME_BYTES
from wire.commands import (
    ChooseTemplate,
    EditText,
    PendOrder,
    ReportListening,
    RoomCommand,
    SendChat,
    StartCapture,
    StopCapture,
)
from wire.ids import new_id
from wire.live import (
    DocumentState,
    DocumentUpdate,
    DocumentUpdated,
    FollowVisit,
    Hello,
    ProviderOrder,
    RoomOrder,
    ScribeOrder,
    SendSignal,
    UnfollowVisit,
    Welcome,
)
from wire.people import Role
from wire.refusals import Refusal, RefusalCode
from wire.signalling import FeedClosed, FeedOffer, ListenerReady

pytestmark = pytest.mark.anyio

FINGERPRINT = ":".join(["AB"] * 32)


@pytest.fixture
async def edge(sqlite_world: World) -> AsyncIterator[Edge]:
    async with serving(sqlite_world) as served:
        yield served


def _chat(edge: Edge, text: str, command_id: str = "") -> ScribeOrder:
    command = SendChat(message_id=new_id(), text=text)
    return ScribeOrder(command_id=command_id or new_id(), visit_id=edge.world.visit_id, command=command)


def _follow(edge: Edge, after: int = 0, vector: bytes | None = None) -> FollowVisit:
    return FollowVisit(visit_id=edge.world.visit_id, record_after=after, state_vector=vector)


def _in_room(edge: Edge, command: RoomCommand) -> RoomOrder:
    return RoomOrder(command_id=new_id(), visit_id=edge.world.visit_id, command=command)


async def _is_alive(edge: Edge) -> None:
    """Somebody new is still served, and the audit chain holds."""
    async with edge.client("provider") as client:
        await client.say(_follow(edge))
        await client.wait_for("note_text")
    assert verify(await edge.world.services.database.audit_rows()) is None


async def test_hello_is_answered_with_who_one_is_and_the_visits(edge: Edge) -> None:
    async with edge.silent("scribe") as client:
        await client.say(Hello(protocols=(99, 1), app="test"))
        welcome = await client.hear()
        assert isinstance(welcome, Welcome)
        assert (welcome.protocol, welcome.principal) == (1, SCRIBE)
        visits = await client.wait_for("visits")
        assert [visit.visit_id for visit in visits.visits] == [edge.world.visit_id]


async def test_a_protocol_nobody_speaks_and_a_first_frame_that_is_not_hello_end_the_channel(edge: Edge) -> None:
    for first, code in (
        (Hello(protocols=(99,), app="test"), RefusalCode.PROTOCOL_UNKNOWN),
        (_follow(edge), RefusalCode.OUT_OF_ORDER),
    ):
        async with edge.silent("scribe") as client:
            await client.say(first)
            refused = await client.wait_for("refused")
            assert (refused.refusal.code, refused.closing) == (code, True)
            assert (await client.closed())[0] == 1008
    await _is_alive(edge)


MALFORMED = [
    "",
    "{",
    "null",
    "[]",
    "[" * 50_000,
    '{"type":"hello"}',
    '{"type":"nothing"}',
    '{"type":"follow_visit","visit_id":"../etc"}',
    '{"type":"follow_visit","visit_id":"v","state_vector":"%%%"}',
    '{"type":"follow_visit","visit_id":"v","extra":1}',
    '{"type":"follow_visit","visit_id":"v","record_after":-1}',
    '{"type":"command","command_id":"c","visit_id":"v","command":{"type":"start_capture"}}',
    '{"type":"command","command_id":"c","visit_id":"v","command":{"type":"send_chat","message_id":"m","text":"\\ud8"}}',
    '{"type":"command","command_id":"c","visit_id":"v","command":{"type":"send_chat","message_id":"m","text":"\\ud800"}}',
    '{"type":"document_update","visit_id":"v","update_id":"u","client_id":-1,"update":""}',
    '{"type":"document_update","visit_id":"v","update_id":"u","client_id":1e400,"update":""}',
]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just("valuecanary"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("command"), inner, max_size=1),
    max_leaves=5,
)
_TYPES = ("hello", "follow_visit", "unfollow_visit", "command", "document_update", "signal", "valuecanary")
_FIELDS = ("protocols", "visit_id", "record_after", "state_vector", "command_id", "command", "update", "signal")
_WITH_ANY_VALUES = st.builds(
    lambda kind, rest: json.dumps({"type": kind} | rest),
    st.sampled_from(_TYPES),
    st.dictionaries(st.sampled_from(_FIELDS), _JSON),
)


async def test_malformed_frames_are_refused_one_by_one_and_the_channel_goes_on(edge: Edge) -> None:
    async with edge.client("scribe") as client:
        for text in MALFORMED:
            await client.say(text)
            refused = await client.wait_for("refused")
            assert (refused.refusal.code, refused.closing) == (RefusalCode.MALFORMED, False)
        await client.socket.send(b"\x00\xff")
        assert (await client.wait_for("refused")).refusal.code is RefusalCode.MALFORMED
        await client.say(_follow(edge))
        await client.wait_for("document_state")


@pytest.mark.parametrize("role", Role)
@given(untrusted_text=st.text(max_size=200) | st.sampled_from(MALFORMED) | _WITH_ANY_VALUES)
def test_any_text_is_a_frame_or_refused_without_its_values(role: Role, untrusted_text: str) -> None:
    frame = read_frame(untrusted_text, role)
    if isinstance(frame, Refusal):
        assert frame.code is RefusalCode.MALFORMED
        assert "valuecanary" not in frame.model_dump_json()


async def test_an_oversized_frame_is_refused_and_one_far_beyond_ends_only_its_channel(edge: Edge) -> None:
    async with edge.client("scribe") as client:
        await client.say("x" * (MAX_FRAME_BYTES + 1))
        assert (await client.wait_for("refused")).refusal.code is RefusalCode.TOO_LARGE
        await client.say("é" * (MAX_FRAME_BYTES // 2 + 1))
        assert (await client.wait_for("refused")).refusal.code is RefusalCode.TOO_LARGE
        too_big = {"type": "document_update", "visit_id": edge.world.visit_id, "update_id": "u", "client_id": 5}
        await client.say(too_big | {"update": base64.urlsafe_b64encode(b"x" * (256 * 1024 + 1)).decode()})
        assert (await client.wait_for("refused")).refusal.code is RefusalCode.TOO_LARGE
        await client.say("x" * 2 * 1024 * 1024)
        assert (await client.closed())[0] == 1009
    await _is_alive(edge)


async def test_out_of_order_frames_are_refused(edge: Edge) -> None:
    async with edge.client("scribe") as client:
        await client.say(Hello(protocols=(1,), app="test"))
        assert (await client.wait_for("refused")).refusal.code is RefusalCode.OUT_OF_ORDER
        await client.say(_follow(edge, 10_000))
        assert (await client.wait_for("refused")).refusal.code is RefusalCode.OUT_OF_ORDER
        await client.say(_follow(edge, 0, b"\xff\xff\xff\xff"))
        assert (await client.wait_for("refused")).refusal.code is RefusalCode.MALFORMED
        await client.say(FollowVisit(visit_id="none"))
        assert (await client.wait_for("refused")).refusal.code is RefusalCode.VISIT_UNKNOWN
    async with edge.client("other") as stranger:
        await stranger.say(_follow(edge))
        assert (await stranger.wait_for("refused")).refusal.code is RefusalCode.NOT_ASSIGNED


async def test_a_replayed_command_gets_its_first_answer(edge: Edge) -> None:
    await edge.world.admit()
    order = _chat(edge, "Hello", "command-1")
    answers = []
    for _ in range(2):
        async with edge.client("scribe") as client:
            await client.say(order)
            await client.say(order)
            answers += [await client.wait_for("command_accepted") for _ in range(2)]
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert [line.text for line in edge.world.record.chat] == ["Hello"]


async def test_followers_hear_what_others_do_and_resume_by_number(edge: Edge) -> None:
    await edge.world.admit()
    async with edge.client("provider") as provider, edge.client("scribe") as scribe:
        await provider.say(_follow(edge))
        record = await provider.wait_for("record")
        assert [entry.seq for entry in record.entries] == [1, 2, 3]
        assert record.complete
        await provider.wait_for("note_text")
        await scribe.say(_chat(edge, "Which leg?"))
        assert (await scribe.wait_for("command_accepted")).seq == 4
        news = await provider.wait_for("record")
        assert [(entry.seq, entry.fact.type) for entry in news.entries] == [(4, "chat_sent")]
        await provider.say(UnfollowVisit(visit_id=edge.world.visit_id))
        await provider.say(_follow(edge, 3))
        again = await provider.wait_for("record")
        assert [entry.seq for entry in again.entries] == [4]


async def test_the_page_is_told_who_scribed_as_the_record_goes_on(edge: Edge) -> None:
    world = edge.world
    await world.in_room(AGREE)
    async with edge.client("provider") as provider:
        await provider.say(_follow(edge))
        first = await provider.wait_for("note_text")
        assert first.attestation == ""
        assert first.provider_statement.startswith("I, Dr. Ruth Provider, have reviewed this note")
        assert {section.section for section in first.sections} >= {"medications", "health_concerns"}  # cardiology's
        await world.in_room(StartCapture())
        admission_id = await world.admit()
        await world.scribe(ReportListening(admission_id=admission_id, hears=True))
        told = ""
        while "who listened remotely" not in told:
            told = (await provider.wait_for("note_text")).attestation
        assert told.startswith("Scribed for Dr. Ruth Provider on 2026-11-23 by Sam Scribe, scribe")
        await world.scribe(ChooseTemplate(template_id="orthopedics.knee"))
        shown: set[str] = {"health_concerns"}
        while "health_concerns" in shown:
            shown = {section.section for section in (await provider.wait_for("note_text")).sections}


async def test_a_long_record_comes_in_parts(edge: Edge) -> None:
    await edge.world.admit()
    for number in range(120):
        await edge.world.scribe(SendChat(message_id=f"m{number}", text="x"))
    async with edge.client("provider") as provider:
        await provider.say(_follow(edge))
        parts = [await provider.wait_for("record") for _ in range(3)]
    assert [part.complete for part in parts] == [False, False, True]
    assert [entry.seq for part in parts for entry in part.entries] == list(range(1, 124))


async def test_long_entries_make_small_parts(edge: Edge) -> None:
    await edge.world.admit()
    for number in range(20):
        await edge.world.scribe(SendChat(message_id=f"m{number}", text="\N{GRINNING FACE}" * 4_000))
    async with edge.client("provider") as provider:
        await provider.say(_follow(edge))
        part = await provider.wait_for("record")
        seen = [entry.seq for entry in part.entries]
        while not part.complete:
            assert len(part.model_dump_json().encode()) < MAX_FRAME_BYTES
            part = await provider.wait_for("record")
            seen += [entry.seq for entry in part.entries]
    assert seen == list(range(1, 24))


async def test_typing_reaches_the_others_and_the_page_but_not_its_sender(edge: Edge) -> None:
    await edge.world.admit()
    document = VisitDocument()
    first, second = make_updates(document, ("hpi", 0, 0, "Swollen leg"), ("hpi", 11, 11, " 😀"))
    async with edge.client("provider") as provider, edge.client("scribe") as other, edge.client("scribe") as scribe:
        for client in (provider, other, scribe):
            await client.say(_follow(edge))
        await provider.wait_for("note_text")
        await other.wait_for("document_state")
        await scribe.wait_for("document_state")
        for number, data in enumerate((first, second)):
            await scribe.say(
                DocumentUpdate(
                    visit_id=edge.world.visit_id, update_id=f"u{number}", client_id=document.client_id, update=data
                )
            )
            assert (await scribe.wait_for("update_saved")).update_id == f"u{number}"
        replica = VisitDocument()
        for _ in range(2):
            updated = await other.wait_for("document_updated")
            checked = check_update(updated.update, replica.clocks(), None)
            assert isinstance(checked, CheckedUpdate)
            replica.apply(checked, updated.author.id)
            assert updated.author.id == SCRIBE.id
        assert replica.text("hpi") == "Swollen leg 😀"
        note = await provider.wait_for("note_text")
        while note.sections[1].text != "Swollen leg 😀":
            note = await provider.wait_for("note_text")
        assert (note.version, note.sections[1].authors[0].author.id) == (2, SCRIBE.id)
        edit = EditText(section="hpi", base_version=2, start=0, end=7, text="Red")
        await provider.say(ProviderOrder(command_id="e", visit_id=edge.world.visit_id, command=edit))
        updated = await scribe.wait_for("document_updated")
        assert updated.author.id == edge.world.provider.id
        assert not [frame for frame in scribe.heard if isinstance(frame, DocumentUpdated) and frame is not updated]
        document.apply(CheckedUpdate(updated.update, frozenset()), updated.author.id)
        assert document.text("hpi") == "Red leg 😀"


async def test_a_late_edit_is_shown_to_the_provider_beside_the_signed_note(edge: Edge) -> None:
    await edge.world.admit()
    document = await edge.world.write(COMPLETE)
    await sign(edge.world, document)
    (data,) = make_updates(document, ("hpi", 0, 5, "Four"))
    async with edge.client("provider") as provider, edge.client("scribe") as other, edge.client("scribe") as scribe:
        await provider.say(_follow(edge))
        signed = await provider.wait_for("note_text")
        assert signed.late == ()
        for client in (other, scribe):
            await client.say(_follow(edge))
            assert (await client.wait_for("document_state")).epoch == 2
        update = DocumentUpdate(
            visit_id=edge.world.visit_id, update_id="late", client_id=document.client_id, update=data
        )
        await scribe.say(update)
        assert (await scribe.wait_for("update_refused")).refusal.code is RefusalCode.DOCUMENT_CLOSED
        note = await provider.wait_for("note_text")
        assert (note.sections, note.version, note.sha256) == (signed.sections, signed.version, signed.sha256)
        assert [(late.section, late.text) for late in note.late] == [("hpi", "Four weeks of it.")]
        await edge.world.scribe(SendChat(message_id="m", text="Late edit"))
        await other.wait_for("record")
        assert not [frame for frame in other.heard if frame.type == "document_updated"]


async def test_the_document_resumes_by_state_vector(edge: Edge) -> None:
    await edge.world.admit()
    document = await edge.world.write({"hpi": "Swollen leg"})
    vector = document.state_vector()
    await edge.world.write({"ros": "Negative."})
    async with edge.client("scribe") as scribe:
        await scribe.say(_follow(edge, 0, vector))
        state: DocumentState = await scribe.wait_for("document_state")
        whole = (await edge.world.services.documents.opened(edge.world.visit_id)).document.update_since()
        assert len(state.update) < len(whole)
        document.apply(CheckedUpdate(state.update, frozenset()), "gateway")
        assert document.texts()["ros"] == "Negative."
        assert {section: [run.author.id for run in runs] for section, runs in state.authors.items()} == {
            "hpi": [SCRIBE.id],
            "ros": [SCRIBE.id],
        }


@pytest.mark.parametrize("size", [10_000, 30_000, 60_000])
async def test_the_nesting_bomb_is_refused_and_the_process_lives(edge: Edge, size: int) -> None:
    await edge.world.admit()
    async with edge.client("scribe") as scribe:
        update = DocumentUpdate(visit_id=edge.world.visit_id, update_id="bomb", client_id=1, update=nesting_bomb(size))
        await scribe.say(update)
        refused = await scribe.wait_for("update_refused")
        assert refused.refusal.code is RefusalCode.UPDATE_HOSTILE
        await edge.world.write({"hpi": "still here"})
        await scribe.say(_follow(edge))
        assert (await scribe.wait_for("document_state")).authors
    await _is_alive(edge)


async def test_a_room_hears_of_the_room_only(edge: Edge) -> None:
    await edge.world.admit()
    async with edge.client("room") as room:
        await room.say(_follow(edge))
        first = await room.wait_for("record")
        assert [entry.fact.type for entry in first.entries] == ["scribe_admitted"]
        await edge.world.scribe(SendChat(message_id="m", text="chatcanary"))
        await edge.world.scribe(PendOrder(order=lab_order(), expected_version=0))
        await edge.world.write({"hpi": "notecanary"})
        await room.say(_in_room(edge, AGREE))
        await room.wait_for("command_accepted")
        await room.say(_in_room(edge, StartCapture()))
        await room.wait_for("command_accepted")
        await room.say(_chat(edge, "A room has no chat"))
        assert (await room.wait_for("refused")).refusal.code is RefusalCode.MALFORMED
    kinds = [entry.fact.type for frame in room.heard if frame.type == "record" for entry in frame.entries]
    assert kinds == ["scribe_admitted", "consent_recorded", "capture_started"]
    everything = "".join(frame.model_dump_json() for frame in room.heard)
    assert not any(word in everything for word in ("chatcanary", "notecanary", "Hemoglobin", "Shortness"))


async def test_signals_pass_between_scribe_and_room_and_end_with_consent(edge: Edge) -> None:
    world = edge.world
    admission_id = await world.admit()
    ready = ListenerReady(admission_id=admission_id, connection_id="c", grant="a.b.c", fingerprint=FINGERPRINT)
    offer = FeedOffer(admission_id=admission_id, connection_id="c", sdp="v=0", binding="a.b.c")
    async with edge.client("scribe") as scribe, edge.client("room") as room, edge.client("other") as stranger:
        await scribe.say(SendSignal(visit_id=world.visit_id, signal=ready))
        assert (await scribe.wait_for("refused")).refusal.code is RefusalCode.CONSENT_MISSING
        await world.in_room(AGREE)
        await world.in_room(StartCapture())
        await scribe.say(SendSignal(visit_id=world.visit_id, signal=ready))
        heard = await room.wait_for("signalled")
        assert (heard.signal, heard.sender) == (ready, SCRIBE)
        await room.say(SendSignal(visit_id=world.visit_id, signal=offer))
        heard = await scribe.wait_for("signalled")
        assert (heard.signal, heard.sender) == (offer, world.room)
        await scribe.say(SendSignal(visit_id=world.visit_id, signal=offer))
        assert (await scribe.wait_for("refused")).refusal.code is RefusalCode.ROLE_NOT_ALLOWED
        await stranger.say(SendSignal(visit_id=world.visit_id, signal=ready))
        assert (await stranger.wait_for("refused")).refusal.code is RefusalCode.NOT_ASSIGNED
        await world.in_room(StopCapture(reason="done"))
        closed = FeedClosed(admission_id=admission_id, reason="done")
        assert (await scribe.wait_for("signalled")).signal == closed
        assert (await room.wait_for("signalled")).signal == closed
        await world.services.admissions.revoke(admission_id, "firewall off")
        assert (await scribe.wait_for("signalled")).signal.reason == "firewall off"
        assert (await room.wait_for("signalled")).signal.reason == "firewall off"
        await scribe.say(SendSignal(visit_id=world.visit_id, signal=ready))
        assert (await scribe.wait_for("refused")).refusal.code is RefusalCode.NOT_ADMITTED


async def test_the_lists_follow_the_record(edge: Edge) -> None:
    async with edge.client("room") as room, edge.client("provider") as provider:
        await room.say(_in_room(edge, AGREE))
        await room.say(_in_room(edge, StartCapture()))
        for client in (room, provider):
            visits = await client.wait_for("visits")
            while not visits.visits[0].capturing:
                visits = await client.wait_for("visits")
            assert visits.visits[0].consent == "agreed"


async def test_a_client_that_does_not_read_is_let_go_and_the_others_go_on(edge: Edge) -> None:
    """The slow one asks for megabytes and reads nothing; its queue's bound ends it, others are served meanwhile."""
    await edge.world.admit()
    await edge.world.write({"hpi": "word " * 20_000})
    async with edge.silent("provider") as slow:
        slow.socket.transport.pause_reading()
        await slow.say(Hello(protocols=(1,), app="test"))
        connection = await _connection(edge, edge.world.provider.id)
        for _ in range(MAX_QUEUED_FRAMES):
            await slow.say(_follow(edge))
            if connection.is_closing:
                break
        closing = await asyncio.wait_for(connection.closing(), 30)
        assert (closing.code, closing.reason) == (1013, "too slow")
        async with edge.client("scribe") as scribe:
            await scribe.say(_chat(edge, "Hello"))
            await scribe.wait_for("command_accepted")
        slow.socket.transport.abort()
    await _is_alive(edge)


async def _connection(edge: Edge, person_id: str) -> Connection:
    while True:
        for connection in edge.world.services.hub.connections():
            if connection.principal.id == person_id and connection.is_welcome:
                return connection
        await asyncio.sleep(0.01)


async def test_a_room_is_told_its_ice_servers(edge: Edge) -> None:
    servers = ({"urls": "turn:127.0.0.1:3478", "username": "u", "credential": "c"},)
    edge.session = SessionInfo(ice_servers=servers, relay_only=True)
    async with edge.client("room") as room:
        assert isinstance(room.heard[0], Welcome)
        assert room.heard[0].ice_servers == servers
        assert room.heard[0].relay_only


async def test_following_a_visit_is_audited(edge: Edge) -> None:
    async with edge.client("provider") as client:
        await client.say(_follow(edge))
        await client.wait_for("note_text")
    row = (await edge.world.services.database.audit_rows())[-1]
    assert (row.entry.actor, row.entry.action) == (f"provider:{edge.world.provider.id}", "visit_followed")
    assert row.entry.subject == {"visit_id": edge.world.visit_id}


async def test_a_revoked_device_is_let_go_and_nobody_else(edge: Edge) -> None:
    async with edge.client("scribe") as scribe, edge.client("provider") as provider:
        assert edge.world.services.hub.disconnect(lambda p: p.device_id == "laptop", POLICY) == 1
        assert (await scribe.closed())[0] == 1008
        await provider.say(_follow(edge))
        await provider.wait_for("note_text")


async def test_a_session_ends_at_its_time(edge: Edge) -> None:
    edge.session = SessionInfo(expires_at=edge.world.clock())
    async with edge.silent("scribe") as client:
        refused = await client.wait_for("refused")
        assert (refused.refusal.code, refused.closing) == (RefusalCode.TOKEN_EXPIRED, True)
        assert (await client.closed())[0] == 1008
