"""What is called "on this laptop alone" is so, and all that is so is called that, whatever happened in between.

Random days of one scribe: typing, undo, redo, cut lines, answers that come for a part, late or never, restarts, closed
and opened visits, a full disk. The gateway is a document and the rows it has taken in.
"""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from desktop.ports import LinkState
from desktop.workflows.compaction import compact_journal
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.sync import Sync
from tests.desktop.workflows.doubles import MemoryVault, RecordingLine, RememberingScreen, SteppedJobs
from tests.desktop.workflows.test_sync import ME, NOW
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from wire.live import DocumentState, UpdateRefused, UpdateSaved, Welcome
from wire.refusals import Refusal, RefusalCode

WORDS = st.sampled_from(["a", "knee ", "😀", "pain.", "\n"])


@dataclass(slots=True)
class FarSide:
    """The gateway: its text, and which of the laptop's rows are in it."""

    document: VisitDocument = field(default_factory=VisitDocument)
    rows: set[str] = field(default_factory=set)


class OnlyHere(RuleBasedStateMachine):
    """One laptop with one visit; the count is looked at after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.vault = MemoryVault()
        self.far = FarSide()
        self.waiting: list[tuple[str, list[str], bytes]] = []
        """Updates on their way: id, rows, bytes."""
        self.answers: list[str] = []
        self.online = False
        self.seen = 0

    @initialize()
    def start(self) -> None:
        """The program starts; what an earlier run left behind is picked up."""
        self._start()

    def _start(self) -> None:
        self.jobs, self.screen, self.line = SteppedJobs(self.vault), RememberingScreen(), RecordingLine()
        self.sync = Sync(self.jobs, self.screen, self.line)
        self.online, self.seen = False, 0
        self.waiting.clear()
        self.answers.clear()
        self.sync.pick_up()
        self.jobs.run()

    @property
    def visit(self) -> OpenVisit:
        """The visit on the screen; a full disk is in nobody's way when it is opened."""
        known = self.sync.open.get("v1")
        if known is not None and "v1" not in self.sync._left:
            return known
        opened: list[OpenVisit] = []
        broken, self.vault.broken = self.vault.broken, False
        self.sync.open_visit("v1", opened.append)
        self.jobs.run()
        self.vault.broken = broken
        return opened[0]

    # --- the scribe ------------------------------------------------------------------------------------------------

    @rule(text=WORDS, commit=st.booleans())
    def write(self, text: str, commit: bool) -> None:
        self.visit.edit("hpi", 0, 0, text)
        if commit:
            self.jobs.run()

    @rule()
    def undo(self) -> None:
        self.visit.document.undo()

    @rule()
    def redo(self) -> None:
        self.visit.document.redo()

    @rule()
    def commit(self) -> None:
        self.jobs.run()
        self.collect()

    @rule()
    def crash(self) -> None:
        """The program dies with whatever was not committed."""
        self.vault.broken = False
        self._start()

    @rule()
    def close(self) -> None:
        self.sync.close_visit("v1")
        self.jobs.run()

    @rule()
    def compact(self) -> None:
        compact_journal(self.jobs, "v1", 2)
        self.jobs.run()

    @rule()
    def fill_or_free_the_disk(self) -> None:
        if "v1" in self.sync.open:
            self.vault.broken = not self.vault.broken
            self.jobs.advance(30.0)

    # --- the line --------------------------------------------------------------------------------------------------

    @rule()
    def connect(self) -> None:
        self._connect()

    def _connect(self) -> None:
        self.online = True
        self.sync.link_changed(LinkState.ONLINE, None)
        self.hear(Welcome(protocol=1, principal=ME, server_time=NOW))
        for visit in list(self.sync.open.values()):
            state = DocumentState(
                visit_id="v1",
                epoch=1,
                update=self.far.document.update_since(visit.document.state_vector()),
                state_vector=self.far.document.state_vector(),
            )
            self.hear(state)
        self.collect()

    @rule()
    def cut(self) -> None:
        """The line is gone, with what was on it."""
        self._cut()

    def _cut(self) -> None:
        self.online = False
        self.waiting.clear()
        self.answers.clear()
        self.sync.link_changed(LinkState.OFFLINE, None)

    @precondition(lambda self: self.waiting)
    @rule(answered=st.sampled_from(["saved", "lost", "late", "refused"]))
    def deliver(self, answered: str) -> None:
        """The gateway gets the first update; its answer comes, is lost, is kept back, or is a refusal."""
        self._deliver(answered)

    def _deliver(self, answered: str) -> None:
        update_id, rows, data = self.waiting.pop(0)
        if answered == "refused":
            refusal = Refusal(code=RefusalCode.STORAGE_FULL)
            self.hear(UpdateRefused(visit_id="v1", update_id=update_id, refusal=refusal))
            return
        self.far.document.apply(CheckedUpdate(data, frozenset()), ME.id)
        self.far.rows |= set(rows)
        if answered == "saved":
            self.hear(UpdateSaved(visit_id="v1", update_id=update_id))
        elif answered == "late":
            self.answers.append(update_id)
        self.collect()

    @precondition(lambda self: self.answers)
    @rule(twice=st.booleans())
    def answer(self, twice: bool) -> None:
        update_id = self.answers.pop(0)
        for _ in range(1 + twice):
            self.hear(UpdateSaved(visit_id="v1", update_id=update_id))
        self.collect()

    def hear(self, frame: Welcome | DocumentState | UpdateSaved | UpdateRefused) -> None:
        self.sync.frame_received(frame.model_dump_json())
        self.jobs.run()

    def collect(self) -> None:
        """What the laptop sent since, with the rows that it says are in it."""

        for text in self.line.sent[self.seen :]:
            frame = json.loads(text)
            flight = self.sync._in_flight.get("v1")
            if self.online and frame["type"] == "document_update" and flight and flight[0] == frame["update_id"]:
                self.waiting.append((frame["update_id"], list(flight[1]), urlsafe_b64decode(frame["update"])))
        self.seen = len(self.line.sent)

    # --- the truth -------------------------------------------------------------------------------------------------

    @invariant()
    def all_that_is_only_here_is_counted(self) -> None:
        if not hasattr(self, "sync"):
            return
        self.collect()
        counted = {row.update_id for visit in self.sync.open.values() for row in visit.unsent}
        only_here = {row.update_id for row in self.vault.pending_updates()} - self.far.rows
        assert only_here <= counted

    @invariant()
    def nothing_is_counted_that_was_answered(self) -> None:
        if not hasattr(self, "sync"):
            return
        kept = {row.update_id for row in self.vault.rows}
        for visit in self.sync.open.values():
            counted = [row.update_id for row in visit.unsent]
            assert len(counted) == len(set(counted))
            assert set(counted) <= kept

    def teardown(self) -> None:
        """After a quiet while on a good line nothing is only here, and the gateway has the text."""
        if not hasattr(self, "sync"):
            return
        self.vault.broken = False
        self.jobs.advance(60.0)
        visit = self.visit
        self._cut()
        self._connect()
        for _ in range(200):
            self.jobs.run()
            self.collect()
            if not self.waiting:
                break
            self._deliver("saved")
        assert visit.waiting_for_gateway == 0
        assert self.vault.pending_updates() == []
        assert self.far.document.text("hpi") == visit.document.text("hpi")


def test_the_count_is_true_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visit.document.UNDO_STEP_MS", 0)  # undo takes one edit at a time
    short = settings(max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(OnlyHere, settings=short)
