"""Keeps open visits and the gateway in step: two durable streams, commands answered once, signals passed on."""

from collections.abc import Callable
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from desktop.ports import (
    DiskState,
    Gateway,
    Jobs,
    JournalRow,
    LinkState,
    OutboxRow,
    Vault,
    VaultProblem,
    VaultUnavailable,
)
from desktop.workflows.compaction import CLOSED_ROWS, OPENED_ROWS, compact_journal
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.screen import Notice, Screen
from desktop.workflows.stored_visit import StoredVisit, read_stored
from visit.document import merge
from wire.base import DEFERRED, MAX_UPDATE_BYTES
from wire.commands import ReportListening, ReportTalk, ScribeCommand
from wire.ids import new_id
from wire.live import (
    CommandAccepted,
    CommandRefused,
    DocumentState,
    DocumentUpdate,
    DocumentUpdated,
    FollowVisit,
    GatewayFrame,
    NoteText,
    RecordEntries,
    Refused,
    ScribeOrder,
    SendSignal,
    Signalled,
    UnfollowVisit,
    UpdateRefused,
    UpdateSaved,
    Visits,
    Welcome,
)
from wire.people import Person
from wire.refusals import RefusalCode
from wire.signalling import Signal, TalkHeard
from wire.visits import VisitSummary

FRAME: TypeAdapter[GatewayFrame] = TypeAdapter(GatewayFrame, config=DEFERRED)
LAST_VISIT = "last_visit"
NO_ROOM = (DiskState.NO_NEW_VISIT, DiskState.FULL)
REPEATED = (RefusalCode.STORAGE_FULL, RefusalCode.TOO_FAST)
"""The gateway could not take a command now, whatever it says: it is sent again after a while."""
REPEAT_SECONDS = 20.0
MADE_OF_THE_NOTE = ('"type":"send_note"', '"type":"send_letter"')
"""Commands that carry the hash of what the scribe saw, which the gateway makes of its own note."""


class LiveLine(Protocol):
    """The live channel as the UI thread sees it; never blocks."""

    def start(self) -> None:
        """Keep connected until stopped."""

    def stop(self) -> None:
        """Disconnect."""

    def send(self, frame_json: str) -> None:
        """Send one frame when connected; otherwise it is dropped (durable things are repeated)."""


class Sync:
    """Everything that comes from and goes to the live channel."""

    def __init__(self, jobs: Jobs, screen: Screen, line: LiveLine) -> None:
        self._jobs = jobs
        self._screen = screen
        self._line = line
        self.state = LinkState.OFFLINE
        self.refused: RefusalCode | None = None
        self.visits: dict[str, VisitSummary] = {}
        self.open: dict[str, OpenVisit] = {}
        self._following: set[str] = set()
        self._in_flight: dict[str, tuple[str, list[str]]] = {}
        self._sent_commands: set[str] = set()
        self._left: set[str] = set()
        """Open visits that are on no screen: closed, or never opened in this run, with something to send."""
        self._catching_up: set[str] = set()
        """Visits that were asked for once more, since something was missed."""
        self._gaps: set[str] = set()
        """Visits whose every own edit was offered anew on this connection."""
        self._wanted: dict[str, Callable[[], None]] = {}
        """Visits whose copy is to be fetched, with whom to tell."""
        self._came: dict[str, Callable[[], None]] = {}
        """Visits whose copy came and is being committed."""
        self.on_signal: Callable[[Signalled], None] = lambda _: None
        self.on_returned: Callable[[], None] = lambda: None
        """The gateway is there, for the first time or again."""
        self.on_record: Callable[[str], None] = lambda _visit_id: None
        """An open visit's record is there, or went on."""
        self.on_talk_heard: Callable[[Signalled], None] = lambda _: None
        self.find_gateway: Callable[[], Gateway | None] = lambda: None
        self.find_person: Callable[[], Person | None] = lambda: None

    # --- opening -----------------------------------------------------------------------------------------------

    def open_visit(self, visit_id: str, opened: Callable[[OpenVisit], None]) -> None:
        """Open a visit from the vault and follow it at the gateway; `opened` is called on the UI thread."""
        known = self.open.get(visit_id)
        self._left.discard(visit_id)
        if known is not None:
            self._jobs.on_store(lambda vault: vault.put(LAST_VISIT, visit_id), lambda _: None, lambda _: None)
            opened(known)
            return

        def loaded(stored: StoredVisit) -> None:
            if visit_id not in self.open:
                self.adopt(OpenVisit(self._jobs, self._screen, stored))
            self._left.discard(visit_id)
            opened(self.open[visit_id])

        def work(vault: Vault) -> StoredVisit:
            if vault.visit(visit_id) is None and vault.disk() in NO_ROOM:
                raise VaultUnavailable(VaultProblem.DISK_FULL)  # a visit that is here already goes on
            vault.put(LAST_VISIT, visit_id)
            return read_stored(vault, visit_id)

        self._jobs.on_store(work, loaded, lambda _: self._screen.noticed(Notice.VAULT_FAILED, None))

    def adopt(self, visit: OpenVisit) -> None:
        """Take over a visit that was opened at start-up."""
        self.open[visit.visit_id] = visit
        visit.around = self
        visit.on_sendable = lambda: self._send_waiting(visit)  # type: ignore[method-assign]
        summary = self.visits.get(visit.visit_id)
        if summary is not None:
            visit.take_summary(summary)
        if self.state is LinkState.ONLINE:
            self._follow(visit)
        if visit.rows_read >= OPENED_ROWS:
            compact_journal(self._jobs, visit.visit_id, OPENED_ROWS)

    def close_visit(self, visit_id: str) -> None:
        """Close a visit on the screen; it is let go of once all is committed and the gateway has it."""
        visit = self.open.get(visit_id)
        if visit is not None:
            visit.keep()
            self._left.add(visit_id)
            self._let_go(visit)

    def pick_up(self) -> None:
        """Go on sending what an earlier run left behind in visits that are not on the screen."""

        def work(vault: Vault) -> list[StoredVisit]:
            waiting = [row.visit_id for row in vault.pending_updates()] + [row.visit_id for row in vault.commands()]
            return [read_stored(vault, visit_id) for visit_id in dict.fromkeys(waiting)]

        def done(found: list[StoredVisit]) -> None:
            for stored in found:
                if stored.visit_id not in self.open:
                    self._left.add(stored.visit_id)
                    visit = OpenVisit(self._jobs, self._screen, stored)
                    self.adopt(visit)
                    self._screen.saved_changed(visit.visit_id, visit.save_state)

        self._jobs.on_store(work, done, lambda _: self._screen.noticed(Notice.VAULT_FAILED, None))

    def fetch(self, visit_id: str, fetched: Callable[[], None]) -> bool:
        """Fetch what the gateway has of a visit, also of one that is on no screen; `fetched` is called once all of it
        is in the vault. Whether the gateway is reached: if not, it is fetched when it is.
        """
        self._wanted[visit_id] = fetched
        visit = self.open.get(visit_id)
        if visit is not None:
            if self.state is LinkState.ONLINE:
                self._follow(visit)
        else:
            failed = lambda _: self._screen.noticed(Notice.VAULT_FAILED, None)  # noqa: E731
            self._jobs.on_store(lambda vault: read_stored(vault, visit_id), self._adopt_left, failed)
        return self.state is LinkState.ONLINE

    def _adopt_left(self, stored: StoredVisit) -> None:
        """Work on a visit that is on no screen."""
        if stored.visit_id not in self.open:
            self._left.add(stored.visit_id)
            self.adopt(OpenVisit(self._jobs, self._screen, stored))

    def _tell_fetched(self, visit: OpenVisit) -> None:
        if visit.visit_id in self._came and visit.journal.idle:
            self._came.pop(visit.visit_id)()
            self._let_go(visit)

    def _let_go(self, visit: OpenVisit) -> None:
        """Forget a visit that is on no screen and has nothing left to commit or to send."""
        visit_id = visit.visit_id
        if visit_id not in self._left or visit.waiting_for_gateway or not visit.journal.idle:
            return
        if visit_id in self._wanted or visit_id in self._came:
            return
        self._left.discard(visit_id)
        self.open.pop(visit_id, None)
        self._following.discard(visit_id)
        self._send(UnfollowVisit(visit_id=visit_id))
        compact_journal(self._jobs, visit_id, CLOSED_ROWS)

    # --- the link ----------------------------------------------------------------------------------------------

    def link_changed(self, state: LinkState, refused: RefusalCode | None) -> None:
        """The channel came, went, or was refused."""
        self.state, self.refused = state, refused
        if state is not LinkState.ONLINE:
            self._following.clear()
            self._in_flight.clear()
            self._sent_commands.clear()
            self._catching_up.clear()
            self._gaps.clear()
            for visit in self.open.values():
                visit.caught_up = False
        self._screen.session_changed()

    def frame_received(self, untrusted_frame: str) -> None:
        """One frame of the gateway; one that does not fit the protocol is passed over and said."""
        try:
            frame = FRAME.validate_json(untrusted_frame)
        except ValidationError:
            self._screen.noticed(Notice.LINK_FAILED, None)
            return
        match frame:
            case Welcome():
                for visit in list(self.open.values()):
                    self._follow(visit)
                self.on_returned()
            case Visits(visits=visits):
                self._take_visits(visits)
            case Signalled(signal=TalkHeard()):
                self.on_talk_heard(frame)
            case Signalled():
                self.on_signal(frame)
            case Refused(refusal=refusal):
                self._screen.noticed(Notice.REFUSED, refusal)
            case CommandAccepted(command_id=command_id):
                self._answered(command_id, None)
            case CommandRefused(command_id=command_id):
                self._answered(command_id, frame)
            case RecordEntries() | DocumentState() | DocumentUpdated() | UpdateSaved() | UpdateRefused():
                visit_ = self.open.get(frame.visit_id)
                if visit_ is not None:
                    self._take_for(visit_, frame)
                    self._let_go(visit_)
            case NoteText():
                pass  # for the page

    def admitted(self, visit_id: str) -> None:
        """The scribe was admitted: edits that were refused before are sent again."""
        visit = self.open.get(visit_id)
        if visit is not None and visit.update_refusal is not None:
            visit.update_refusal = None
            self._send_waiting(visit)

    def signal(self, visit_id: str, signal: Signal) -> None:
        """Send an ephemeral signal to the visit's room."""
        self._send(SendSignal(visit_id=visit_id, signal=signal))

    def report_listening(self, visit_id: str, admission_id: str, hears: bool, reason: str = "") -> None:
        """Say whether the room is heard; not repeated later, since it would no longer be true."""
        command = ReportListening(admission_id=admission_id, hears=hears, reason=reason)
        self._send(ScribeOrder(command_id=new_id(), visit_id=visit_id, command=command))

    def keep_command(self, visit_id: str, command: ScribeCommand, command_id: str) -> None:
        """Keep a command until the gateway has answered it, also of a visit that is not open now."""
        visit = self.open.get(visit_id)
        if visit is not None:
            visit.command(command, command_id)
            return
        order = ScribeOrder(command_id=command_id, visit_id=visit_id, command=command)
        row = OutboxRow(command_id, visit_id, order.model_dump_json())
        failed = lambda _: self._screen.noticed(Notice.VAULT_FAILED, None)  # noqa: E731
        self._jobs.on_store(lambda vault: vault.put_command(row), lambda _: None, failed)

    def report_talk(self, visit_id: str, admission_id: str, *, speaking: bool, reason: str = "") -> None:
        """Say whether the scribe speaks to the room; not repeated later, since it would no longer be true."""
        command = ReportTalk(admission_id=admission_id, speaking=speaking, reason=reason)
        self._send(ScribeOrder(command_id=new_id(), visit_id=visit_id, command=command))

    # --- inside ------------------------------------------------------------------------------------------------

    def _take_visits(self, visits: tuple[VisitSummary, ...]) -> None:
        self.visits = {summary.visit_id: summary for summary in visits}
        for summary in visits:
            if summary.visit_id in self.open:
                self.open[summary.visit_id].take_summary(summary)
        self._screen.visits_changed()

    def _take_for(
        self, visit: OpenVisit, frame: RecordEntries | DocumentState | DocumentUpdated | UpdateSaved | UpdateRefused
    ) -> None:
        match frame:
            case RecordEntries():
                visit.take_record(frame)
                self.on_record(visit.visit_id)
            case DocumentState():
                visit.take_state(frame)
                self._catching_up.discard(visit.visit_id)
                self._following.add(visit.visit_id)
                if visit.visit_id in self._wanted:
                    self._came[visit.visit_id] = self._wanted.pop(visit.visit_id)
                self._send_waiting(visit)
            case DocumentUpdated():
                if not visit.take_update(frame):
                    self._catch_up(visit)
            case UpdateSaved(update_id=update_id):
                visit.updates_saved(self._landed(visit, update_id))
                self._send_waiting(visit)
            case UpdateRefused(update_id=update_id, refusal=refusal):
                visit.updates_refused(self._landed(visit, update_id), refusal)
                if refusal.code is RefusalCode.UPDATE_GAP and visit.visit_id not in self._gaps:
                    self._gaps.add(visit.visit_id)
                    visit.offer_everything(lambda: self._follow(visit))
                self._send_waiting(visit)

    def _catch_up(self, visit: OpenVisit) -> None:
        """Ask for the document's state once more, on the connection that there is."""
        if visit.visit_id in self._following and visit.visit_id not in self._catching_up:
            self._catching_up.add(visit.visit_id)
            self._follow(visit)

    def _follow(self, visit: OpenVisit) -> None:
        vector = visit.document.state_vector()
        self._send(FollowVisit(visit_id=visit.visit_id, record_after=visit.record.last_seq, state_vector=vector))

    def _send_waiting(self, visit: OpenVisit) -> None:
        """Send what is committed and unanswered: one merged update at a time, and every command in order."""
        self._tell_fetched(visit)
        if visit.visit_id not in self._following:
            return
        if visit.visit_id not in self._in_flight and visit.update_refusal is None:
            batch = _next_batch(visit.unsent)
            if batch:
                update_id = batch[0].update_id
                self._in_flight[visit.visit_id] = (update_id, [row.update_id for row in batch])
                self._send(
                    DocumentUpdate(
                        visit_id=visit.visit_id,
                        update_id=update_id,
                        client_id=batch[0].client_id,
                        update=merge([row.update for row in batch]),
                    )
                )
        for row in visit.outbox:
            if row.command_id not in self._sent_commands and self._may_send(visit, row):
                self._sent_commands.add(row.command_id)
                self._line.send(row.command_json)
        if visit.authors_stale and not visit.late_edits and not visit.unsent and visit.journal.idle:
            self._catch_up(visit)

    def _may_send(self, visit: OpenVisit, row: OutboxRow) -> bool:
        """What is made of the note waits until the gateway has every edit; so does all after it but what is urgent."""
        if '"type":"tell_provider"' in row.command_json:
            return True
        for earlier in visit.outbox:
            if any(name in earlier.command_json for name in MADE_OF_THE_NOTE) and (
                visit.unsent or not visit.journal.idle
            ):
                return False
            if earlier is row:
                break
        return True

    def _landed(self, visit: OpenVisit, update_id: str) -> list[str]:
        flight = self._in_flight.get(visit.visit_id)
        if flight is None or flight[0] != update_id:
            return []
        del self._in_flight[visit.visit_id]
        return flight[1]

    def _answered(self, command_id: str, refused: CommandRefused | None) -> None:
        refusal = refused.refusal if refused else None
        for visit in list(self.open.values()):
            if not any(row.command_id == command_id for row in visit.outbox):
                continue
            if refusal is not None and refusal.code in REPEATED:
                # It stays in the vault and keeps its key: what the gateway did after all is not done twice.
                self._screen.noticed(Notice.REFUSED, refusal, visit.visit_id)
                self._jobs.later(REPEAT_SECONDS, lambda: self._repeat(command_id))
                return
            visit.command_answered(command_id, refusal)
        self._sent_commands.discard(command_id)
        for visit in list(self.open.values()):
            self._let_go(visit)

    def _repeat(self, command_id: str) -> None:
        self._sent_commands.discard(command_id)
        for visit in self.open.values():
            self._send_waiting(visit)

    def _send(self, frame: FollowVisit | UnfollowVisit | ScribeOrder | DocumentUpdate | SendSignal) -> None:
        self._line.send(frame.model_dump_json())


def _next_batch(rows: list[JournalRow]) -> list[JournalRow]:
    """The first waiting rows of one client id that fit one frame together."""
    batch: list[JournalRow] = []
    size = 0
    for row in rows:
        size += len(row.update)
        if batch and (row.client_id != batch[0].client_id or size > MAX_UPDATE_BYTES // 2):
            break
        batch.append(row)
    return batch
