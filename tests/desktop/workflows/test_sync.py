"""The live channel's workflow: durable things repeated after a drop, one update in flight, commands in order."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from desktop.ports import JournalRow, LinkState
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.screen import Notice
from desktop.workflows.sync import REPEAT_SECONDS, Sync
from tests.desktop.workflows.doubles import MemoryVault, RecordingLine, RememberingScreen, SteppedJobs
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from visit.letter_content import letter_sha256
from wire.base import Model
from wire.letters import DischargeFields, LetterBlock, LetterContent, LetterKind
from wire.live import (
    CommandAccepted,
    CommandRefused,
    DocumentState,
    DocumentUpdated,
    RecordEntries,
    UpdateRefused,
    UpdateSaved,
    Welcome,
)
from wire.people import Author, Principal, Role
from wire.record import ChatSent, RecordEntry
from wire.refusals import Refusal, RefusalCode

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
PROVIDER = Author(role=Role.PROVIDER, id="p-okafor", name="Dr. A. Okafor")
ME = Principal(role=Role.SCRIBE, id="p-santos", name="J. Santos", device_id="d1")


class Desk:
    """A desktop's sync workflow with the other side's document."""

    def __init__(self) -> None:
        self.vault = MemoryVault()
        self.jobs = SteppedJobs(self.vault)
        self.screen = RememberingScreen()
        self.line = RecordingLine()
        self.sync = Sync(self.jobs, self.screen, self.line)
        self.gateway = VisitDocument()
        self.visit = self.open()

    def open(self) -> OpenVisit:
        opened: list[OpenVisit] = []
        self.sync.open_visit("v1", opened.append)
        self.jobs.run()
        return opened[0]

    def frames(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in map(json.loads, self.line.sent) if frame["type"] == kind]

    def hear(self, frame: Model) -> None:
        self.sync.frame_received(frame.model_dump_json())
        self.jobs.run()

    def connect(self) -> None:
        self.sync.link_changed(LinkState.ONLINE, None)
        self.hear(Welcome(protocol=1, principal=ME, server_time=NOW))
        state = DocumentState(
            visit_id="v1", epoch=1, update=self.gateway.update_since(None), state_vector=self.gateway.state_vector()
        )
        self.hear(state)

    def drop(self) -> None:
        self.sync.link_changed(LinkState.OFFLINE, None)

    def type(self, text: str) -> None:
        end = len(self.visit.document.text("hpi"))
        self.visit.edit("hpi", end, end, text)
        self.jobs.run()

    def save_at_gateway(self, frame: dict[str, Any]) -> None:
        from base64 import urlsafe_b64decode

        self.gateway.apply(CheckedUpdate(urlsafe_b64decode(frame["update"]), frozenset()), "p-santos")
        self.hear(UpdateSaved(visit_id="v1", update_id=frame["update_id"]))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_typing_offline_waits_and_goes_out_whole_after_the_link_returns(desk: Desk) -> None:
    desk.type("chest ")
    desk.type("pressure")
    assert desk.line.sent == []
    assert desk.visit.waiting_for_gateway == 2
    desk.connect()
    updates = desk.frames("document_update")
    assert len(updates) == 1
    desk.save_at_gateway(updates[0])
    assert desk.gateway.text("hpi") == "chest pressure"
    assert desk.visit.waiting_for_gateway == 0
    assert desk.vault.pending_updates() == []


def test_one_update_in_flight_and_a_drop_repeats_it(desk: Desk) -> None:
    desk.connect()
    desk.type("a")
    desk.type("b")
    assert len(desk.frames("document_update")) == 1
    desk.drop()
    desk.connect()
    second = desk.frames("document_update")
    assert len(second) == 2
    desk.save_at_gateway(second[1])
    assert desk.gateway.text("hpi") == "ab"


def test_an_update_of_an_earlier_run_keeps_its_client_id(desk: Desk) -> None:
    desk.type("before the crash")
    again = Desk.__new__(Desk)
    again.vault, again.gateway = desk.vault, desk.gateway
    again.jobs, again.screen, again.line = SteppedJobs(desk.vault), RememberingScreen(), RecordingLine()
    again.sync = Sync(again.jobs, again.screen, again.line)
    again.visit = again.open()
    assert again.visit.document.text("hpi") == "before the crash"
    again.type(", after")
    again.connect()
    first = again.frames("document_update")[0]
    assert first["client_id"] == desk.visit.document.client_id
    again.save_at_gateway(first)
    second = again.frames("document_update")[1]
    assert second["client_id"] == again.visit.document.client_id
    again.save_at_gateway(second)
    assert again.gateway.text("hpi") == "before the crash, after"


def test_commands_keep_their_keys_over_a_drop_and_are_answered_once(desk: Desk) -> None:
    desk.visit.send_chat("one")
    desk.visit.send_chat("two")
    desk.jobs.run()
    desk.connect()
    sent = [frame["command_id"] for frame in desk.frames("command")]
    assert len(sent) == 2
    desk.drop()
    desk.connect()
    assert [frame["command_id"] for frame in desk.frames("command")] == sent + sent
    desk.hear(CommandAccepted(command_id=sent[0], seq=1))
    refusal = Refusal(code=RefusalCode.WRONG_STATE)
    desk.hear(CommandRefused(command_id=sent[1], refusal=refusal))
    assert desk.vault.outbox == []
    assert desk.screen.notices == [(Notice.REFUSED, refusal)]


@pytest.mark.parametrize("code", [RefusalCode.STORAGE_FULL, RefusalCode.TOO_FAST])
def test_a_command_that_the_gateway_cannot_take_now_is_kept_and_sent_again(desk: Desk, code: RefusalCode) -> None:
    desk.visit.send_chat("one")
    desk.jobs.run()
    desk.connect()
    (first,) = desk.frames("command")
    refusal = Refusal(code=code)
    desk.hear(CommandRefused(command_id=first["command_id"], refusal=refusal))
    assert desk.screen.notices == [(Notice.REFUSED, refusal)]
    assert [row.command_id for row in desk.vault.outbox] == [first["command_id"]]
    assert len(desk.frames("command")) == 1
    desk.jobs.advance(REPEAT_SECONDS)
    assert desk.frames("command") == [first, first]
    desk.hear(CommandAccepted(command_id=first["command_id"], seq=1))
    assert desk.vault.outbox == []


def test_send_note_waits_until_the_gateway_has_every_edit(desk: Desk) -> None:
    desk.connect()
    desk.type("note")
    desk.visit.send_note()
    desk.jobs.run()
    assert desk.frames("command") == []
    desk.save_at_gateway(desk.frames("document_update")[0])
    (command,) = desk.frames("command")
    assert command["command"]["type"] == "send_note"
    assert command["command"]["sha256"] == desk.visit.snapshot_sha256()


def test_a_letter_waits_until_the_gateway_has_every_word_that_it_is_made_of(desk: Desk) -> None:
    desk.connect()
    desk.type("note")
    block = LetterBlock(heading="History of present illness", paragraphs=("note",))
    seen = LetterContent(
        visit_id="v1",
        letter_id="letter-1",
        version=1,
        kind=LetterKind.DISCHARGE_INSTRUCTIONS,
        title="Discharge instructions",
        blocks=(block,),
        signer=("Dr. A. Okafor",),
    )
    desk.visit.send_letter(seen, DischargeFields(sections=("hpi",)))
    desk.jobs.run()
    assert desk.frames("command") == []
    desk.save_at_gateway(desk.frames("document_update")[0])
    (command,) = desk.frames("command")
    assert command["command"]["type"] == "send_letter"
    assert (command["command"]["expected_version"], command["command"]["sha256"]) == (0, letter_sha256(seen))


def test_a_providers_edit_is_shown_kept_and_marked(desk: Desk) -> None:
    desk.connect()
    desk.type("left knee")
    desk.save_at_gateway(desk.frames("document_update")[0])
    before = desk.gateway.state_vector()
    desk.gateway.replace("hpi", 0, 4, "right")
    update = desk.gateway.update_since(before)
    desk.hear(DocumentUpdated(visit_id="v1", update=update, author=PROVIDER))
    assert desk.visit.document.text("hpi") == "right knee"
    assert desk.visit.document.author_runs("hpi") == [(5, "p-okafor"), (5, "")]
    assert [(c.start, c.removed, c.inserted) for c in desk.screen.changes] in (
        [(0, 0, "right"), (5, 4, "")],
        [(0, 4, ""), (0, 0, "right")],
    )
    kept = [row for row in desk.vault.rows if row.author]
    assert [row.author for row in kept] == ["p-okafor"]


def test_a_hostile_update_of_the_gateway_is_refused_and_the_note_stays(desk: Desk) -> None:
    desk.connect()
    desk.type("words")
    desk.hear(DocumentUpdated(visit_id="v1", update=b"\x01\x01\xff\xff\xff", author=PROVIDER))
    assert desk.visit.document.text("hpi") == "words"
    assert desk.screen.notices[0][0] is Notice.UPDATE_REFUSED


def test_a_refused_update_stays_in_the_vault_and_is_said(desk: Desk) -> None:
    desk.connect()
    desk.type("words")
    (update,) = desk.frames("document_update")
    refusal = Refusal(code=RefusalCode.STORAGE_FULL)
    desk.hear(UpdateRefused(visit_id="v1", update_id=update["update_id"], refusal=refusal))
    assert desk.screen.notices == [(Notice.UPDATE_REFUSED, refusal)]
    assert len(desk.vault.pending_updates()) == 1


def test_words_from_before_the_admission_wait_quietly_and_go_out_after_it(desk: Desk) -> None:
    desk.connect()
    desk.type("words")
    (update,) = desk.frames("document_update")
    refusal = Refusal(code=RefusalCode.NOT_ADMITTED)
    desk.hear(UpdateRefused(visit_id="v1", update_id=update["update_id"], refusal=refusal))
    desk.type(" more")
    assert desk.screen.notices == []
    assert len(desk.frames("document_update")) == 1
    desk.sync.admitted("v1")
    desk.save_at_gateway(desk.frames("document_update")[1])
    assert desk.gateway.text("hpi") == "words more"


def test_record_entries_are_taken_once_in_order_and_kept(desk: Desk) -> None:
    desk.connect()
    entries = tuple(
        RecordEntry(visit_id="v1", seq=n, at=NOW, author=PROVIDER, fact=ChatSent(message_id=f"m{n}", text=f"line {n}"))
        for n in (1, 2)
    )
    desk.hear(RecordEntries(visit_id="v1", entries=entries))
    desk.hear(RecordEntries(visit_id="v1", entries=entries))
    assert [line.text for line in desk.visit.record.chat] == ["line 1", "line 2"]
    desk.jobs.advance(1.0)
    assert json.loads(desk.vault.kept["v1"][1])[1]["fact"]["text"] == "line 2"


def test_a_frame_that_is_no_frame_is_said_and_passed_over(desk: Desk) -> None:
    desk.sync.frame_received('{"type": "sign_everything"}')
    assert desk.screen.notices == [(Notice.LINK_FAILED, None)]


def test_rows_of_a_stranger_are_not_sent_as_ours(desk: Desk) -> None:
    desk.vault.rows.append(JournalRow("u9", "v2", 5, b"\x00\x00", author="p-okafor", acknowledged=True))
    opened: list[OpenVisit] = []
    desk.sync.open_visit("v2", opened.append)
    desk.jobs.run()
    assert opened[0].unsent == []


def test_undo_takes_back_own_words_and_never_the_providers(desk: Desk) -> None:
    desk.connect()
    desk.type("left knee")
    desk.save_at_gateway(desk.frames("document_update")[0])
    before = desk.gateway.state_vector()
    desk.gateway.replace("assessment_and_plan", 0, 0, "Rest.")
    desk.hear(DocumentUpdated(visit_id="v1", update=desk.gateway.update_since(before), author=PROVIDER))
    assert desk.visit.document.undo()
    desk.jobs.run()
    assert desk.visit.document.text("hpi") == ""
    assert desk.visit.document.text("assessment_and_plan") == "Rest."
    desk.save_at_gateway(desk.frames("document_update")[1])
    assert desk.gateway.text("hpi") == ""
    assert desk.visit.document.redo()
    desk.jobs.run()
    assert desk.visit.document.text("hpi") == "left knee"
    assert not desk.visit.document.undo() or desk.visit.document.text("assessment_and_plan") == "Rest."
