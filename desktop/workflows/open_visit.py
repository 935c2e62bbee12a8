"""One open visit: its document, its record, and what this laptop has that the gateway has not."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter

from desktop.ports import Gateway, Jobs, JournalRow, LinkState, OutboxRow, SaveState, Vault, VaultUnavailable
from desktop.workflows.journal import RETRY_SECONDS, Journal, JournalOwner
from desktop.workflows.note_questions import NoteQuestions
from desktop.workflows.screen import Notice, Screen
from desktop.workflows.stored_visit import ASKED, CARET, WROTE, StoredVisit, replay
from visit.authorship import UNNAMED
from visit.document import EMPTY_UPDATE, TextChange, VisitDocument
from visit.guard import GuardProblem, check_update, read_state_vector
from visit.indexes import utf16_length
from visit.letter_content import letter_sha256
from visit.marks import MarkedText
from visit.provider_layer import ProviderLayer, read_layer
from visit.readiness import Readiness, readiness_of, rules_of
from visit.record import VisitRecord
from visit.snapshot import make_snapshot, snapshot_sha256
from visit.template_choice import chosen_fact, resolved, visit_template
from visit.template_files import template_by_id
from visit.template_text import appended
from visit.templates import Template
from wire.base import DEFERRED
from wire.commands import (
    AskQuestion,
    ChooseTemplate,
    MarkChatSeen,
    MarkReady,
    MarkWrongPatient,
    PendOrder,
    RecallNote,
    ScribeCommand,
    SendChat,
    SendLetter,
    SendNote,
    TellProvider,
    WithdrawLetter,
    WithdrawQuestion,
)
from wire.commands import WithdrawOrder as WithdrawOrderCommand
from wire.ids import new_id
from wire.letters import LetterContent, LetterFields
from wire.live import DocumentState, DocumentUpdated, RecordEntries, ScribeOrder, WriterClients
from wire.orders import Order
from wire.people import Author, Person
from wire.record import RecordEntry
from wire.refusals import Refusal, RefusalCode
from wire.urgent import UrgentKind
from wire.visits import NoteState, VisitSummary

ENTRIES: TypeAdapter[tuple[RecordEntry, ...]] = TypeAdapter(tuple[RecordEntry, ...], config=DEFERRED)
KEEP_AFTER_SECONDS = 0.5
NAMELESS = "?"
"""The name of a writer whom the gateway did not name."""
WRITERS: TypeAdapter[tuple[WriterClients, ...]] = TypeAdapter(tuple[WriterClients, ...], config=DEFERRED)


class Around(Protocol):
    """What a visit may ask of the program around it; the sync workflow is it."""

    visits: dict[str, VisitSummary]
    """The day's visits."""
    open: dict[str, "OpenVisit"]
    state: LinkState
    """Whether the gateway is reached."""
    find_gateway: Callable[[], Gateway | None]
    """Who answers calls by HTTP; None while nobody is signed in."""
    find_person: Callable[[], Person | None]
    """Who is signed in."""

    def open_visit(self, visit_id: str, opened: Callable[["OpenVisit"], None]) -> None:
        """Open a visit from the vault; `opened` is called on the UI thread."""


class OpenVisit:
    """A visit on the screen. Every method runs on the UI thread."""

    def __init__(self, jobs: Jobs, screen: Screen, stored: StoredVisit) -> None:
        self.jobs = self._jobs = jobs
        self.screen = self._screen = screen
        self.visit_id = stored.visit_id
        self.summary = VisitSummary.model_validate_json(stored.summary_json) if stored.summary_json else None
        self.record = VisitRecord(stored.visit_id)
        self.entries: list[RecordEntry] = []
        self.document = VisitDocument()
        self.people: dict[str, Author] = {}
        self.unsent: list[JournalRow] = [r for r in stored.journal if not r.author and not r.acknowledged]
        self.outbox: list[OutboxRow] = list(stored.commands)
        self.caret = stored.caret
        self.chat_draft = stored.chat_draft
        self.late_edits = False
        self.authors_stale = False
        """The gateway's stamps did not fit the text here, since edits of ours waited."""
        self.around: Around | None = None
        """The program around it; None before the sync workflow has taken it over."""
        self.caught_up = False
        """Whether this connection has given what the gateway has of the note."""
        self.update_refusal: Refusal | None = None
        """Why the gateway takes no edits now; they wait here until the next connection or admission."""
        self.rows_read = len(stored.journal)
        self._keep_planned = False
        self.questions = NoteQuestions(self, stored.asked)
        self.writers: dict[int, Author] = {}
        """Whose client ids are whose, as far as the gateway said."""
        replay(self.document, stored.journal)
        if stored.writers_json:
            self._know_writers(WRITERS.validate_json(stored.writers_json))
        self.document.keep_history()
        self.document.on_update = self._on_own_update
        self.marks_listeners: list[Callable[[frozenset[str]], None]] = []
        """Called with the sections whose marks say or cover something else now, at every key in a marked one too."""
        self.document.on_marks = self._on_marks
        self.document.on_text = self._on_text
        owner = JournalOwner(self.visit_id, self.document.client_id, self._on_committed, self._on_save_state)
        self.journal = Journal(jobs, owner)
        if stored.record_json:
            self._take_entries(ENTRIES.validate_json(stored.record_json))
        self.questions.settle()

    # --- writing ---------------------------------------------------------------------------------------------

    def edit(self, section: str, start: int, end: int, text: str) -> None:
        """The scribe replaced units [start, end) of a section."""
        self.document.replace(section, start, end, text)

    def put_marked(self, section: str, start: int, end: int, marked: MarkedText) -> None:
        """Text that brings its marks with it comes in the place of units [start, end) of a section."""
        self.document.replace_marked(section, start, end, marked)

    def bring_in(self, section: str, text: MarkedText) -> None:
        """Words with their marks come after what stands in a section; no editor typed them, so the screen is told."""
        self._screen.text_changed(self.visit_id, replace(self.append(section, text), local=False))

    def append(self, section: str, marked: MarkedText) -> TextChange:
        """Put text with its marks after a section's own, on a line of its own; what changed, for the screen."""
        text = self.document.text(section)
        added, end = appended(text, marked), utf16_length(text)
        self.document.replace_marked(section, end, end, added)
        return TextChange(section, end, 0, added.text, local=True)

    def keep_caret(self, section: str, position: int) -> None:
        """Keep where the scribe writes, so that a restart comes back to it; on a full disk it is not kept."""
        if (section, position) != self.caret:
            self.caret = (section, position)
            key, value = CARET + self.visit_id, f"{section} {position}"
            self._jobs.on_store(lambda vault: vault.put(key, value), lambda _: None, lambda _: None)

    def keep_asked_here(self, question_ids: Iterable[str]) -> None:
        """Keep which questions this laptop asked: their answers are its to put in. On a full disk it is not kept."""
        key, value = ASKED + self.visit_id, " ".join(question_ids)
        self._jobs.on_store(lambda vault: vault.put(key, value), lambda _: None, lambda _: None)

    def keep_draft_order(self, order_id: str, opaque_json: str | None) -> None:
        """Keep or remove a half-filled order form."""
        self.document.set_draft_order(order_id, opaque_json)

    @property
    def template(self) -> Template:
        """The note's template: what the scribe asked for and the gateway has not answered yet, or else the record's."""
        asked = next((row for row in reversed(self.outbox) if '"choose_template"' in row.command_json), None)
        if asked is None:
            return visit_template(self.record)
        order = ScribeOrder.model_validate_json(asked.command_json)
        template = template_by_id(order.command.template_id) if isinstance(order.command, ChooseTemplate) else None
        if template is None:
            return visit_template(self.record)
        known = self.record.template.layer if self.record.template is not None else None
        layer = read_layer(known.encode()) if known is not None else None
        return resolved(chosen_fact(template, (layer,) if isinstance(layer, ProviderLayer) else ()))

    def readiness(self) -> Readiness:
        """What is left to do in the note before it may be sent for review, as the gateway will judge it."""
        return readiness_of(self.document, rules_of(self.template))

    @property
    def save_state(self) -> SaveState:
        """Whether everything typed is committed on this laptop."""
        return self.journal.state

    @property
    def waiting_for_gateway(self) -> int:
        """How many committed changes and commands the gateway has not answered."""
        return len(self.unsent) + len(self.outbox)

    def snapshot_sha256(self) -> str:
        """The hash of the note as it stands here."""
        return snapshot_sha256(make_snapshot(self.visit_id, self.document.texts(), self.questions.open()))

    # --- commands --------------------------------------------------------------------------------------------

    def send_chat(self, text: str) -> None:
        """Say something to the provider."""
        self.command(SendChat(message_id=new_id(), text=text))

    def ask(self, text: str, quick_replies: tuple[str, ...], section: str, question_id: str = "") -> None:
        """Ask the provider; the answer comes back citing the section."""
        question_id = question_id or new_id()
        self.command(AskQuestion(question_id=question_id, text=text, quick_replies=quick_replies, section=section))

    def tell_provider(self, kind: UrgentKind, text: str) -> None:
        """Tell the provider at once."""
        self.command(TellProvider(urgent_id=new_id(), kind=kind, text=text))

    def withdraw_question(self, question_id: str) -> None:
        """Take a question back that the provider has not seen."""
        self.command(WithdrawQuestion(question_id=question_id))

    def recall_note(self) -> None:
        """Take the sent note back, if the provider has not opened it."""
        self.command(RecallNote(version=self.record.note_version))

    def mark_wrong_patient(self, reason: str) -> None:
        """Freeze the visit: it was written for another patient."""
        self.command(MarkWrongPatient(reason=reason))

    def is_under_way(self, kind: str) -> bool:
        """Whether a command of this type waits for the gateway's answer."""
        return any(f'"type":"{kind}"' in row.command_json for row in self.outbox)

    @property
    def differs_from_signed(self) -> bool:
        """Whether what stands here is another text than the signed note: words that came after the signature."""
        record = self.record
        return record.note_state is NoteState.SIGNED and self.snapshot_sha256() != record.note_sha256

    def mark_chat_seen(self, up_to_seq: int) -> None:
        """The scribe has the chat on the screen."""
        self.command(MarkChatSeen(up_to_seq=up_to_seq))

    def pend(self, order: Order) -> None:
        """Pend a whole order; its version says which one it replaces."""
        self.command(PendOrder(order=order, expected_version=order.version - 1))

    def withdraw(self, order_id: str, version: int) -> None:
        """Take a pended order back."""
        self.command(WithdrawOrderCommand(order_id=order_id, expected_version=version))

    def send_letter(self, seen: LetterContent, fields: LetterFields) -> None:
        """Send a letter to the provider: what was filled in, and the letter that the scribe saw made of it."""
        command = SendLetter(
            letter_id=seen.letter_id, expected_version=seen.version - 1, fields=fields, sha256=letter_sha256(seen)
        )
        self.command(command)

    def withdraw_letter(self, letter_id: str, version: int) -> None:
        """Take a letter back that is not signed."""
        self.command(WithdrawLetter(letter_id=letter_id, expected_version=version))

    def choose_template(self, template_id: str) -> None:
        """Have another template for the note; no text is touched."""
        self.command(ChooseTemplate(template_id=template_id))

    def mark_ready(self) -> None:
        """The scribe finished the visit."""
        self.command(MarkReady())

    def send_note(self) -> None:
        """Send the note for signature: exactly what is committed and shown here."""
        self.command(SendNote(sha256=self.snapshot_sha256(), state_vector=self.document.state_vector()))

    def command(self, command: ScribeCommand, command_id: str = "") -> None:
        """Keep a command until the gateway has answered it; it goes out once it is kept."""
        command_id = command_id or new_id()
        order = ScribeOrder(command_id=command_id, visit_id=self.visit_id, command=command)
        row = OutboxRow(command_id, self.visit_id, order.model_dump_json())

        def work(vault: Vault) -> OutboxRow:
            vault.put_command(row)
            return row

        self._jobs.on_store(work, self._on_command_kept, lambda _: self._screen.noticed(Notice.VAULT_FAILED, None))

    def command_answered(self, command_id: str, refusal: Refusal | None) -> None:
        """The gateway answered a command; a refusal is shown, nothing else is undone."""
        if refusal is not None:
            self.questions.refused(command_id)
        self.outbox = [row for row in self.outbox if row.command_id != command_id]
        self._jobs.on_store(lambda vault: vault.drop_command(command_id), lambda _: None, lambda _: None)
        if refusal is not None:
            self._screen.noticed(Notice.REFUSED, refusal, self.visit_id)
        self.questions.settle()
        self._screen.saved_changed(self.visit_id, self.save_state)

    # --- what the gateway says ---------------------------------------------------------------------------------

    def take_record(self, frame: RecordEntries) -> None:
        """New entries; ones that are known already are passed over."""
        if self._take_entries(frame.entries):
            self._plan_keep()
            self.questions.settle()
            self._screen.record_changed(self.visit_id)

    def take_summary(self, summary: VisitSummary) -> None:
        """The newest banner and schedule."""
        if summary != self.summary:
            self.summary = summary
            self._plan_keep()
            self._screen.record_changed(self.visit_id)

    def take_state(self, frame: DocumentState) -> None:
        """What the gateway has and we have not; foreign, so through the guard."""
        self.update_refusal, self.caught_up = None, True
        edits_wait = bool(self.unsent) or not self.journal.idle
        if self._know_writers(frame.writers):
            self._keep_writers()  # before the words that it names
        if frame.update != EMPTY_UPDATE:
            self._take_update(frame.update, None)
            self._name_writers()
        # Stamps of another text of the same length would name the wrong people.
        fits = read_state_vector(frame.state_vector) == dict(self.document.clocks())
        for section, runs in frame.authors.items():
            for run in runs:
                self.people[run.author.id] = run.author
            fits = fits and self.document.set_author_runs(section, [(run.length, run.author.id) for run in runs])
        self.authors_stale = edits_wait and not fits
        self.questions.settle()
        self._screen.authors_changed(self.visit_id)

    def take_update(self, frame: DocumentUpdated) -> bool:
        """Somebody else's update, stamped by the gateway; False when something before it was missed."""
        self.people[frame.author.id] = frame.author
        taken = self._take_update(frame.update, frame.author, may_lack=True)
        self._screen.authors_changed(self.visit_id)
        return taken

    def offer_everything(self, then: Callable[[], None]) -> None:
        """The gateway lacks what it once had: own edits of the whole journal wait for it again; then call `then`."""

        def done(rows: list[JournalRow]) -> None:
            known = {row.update_id for row in rows}
            self.unsent = rows + [row for row in self.unsent if row.update_id not in known]
            self._screen.saved_changed(self.visit_id, self.save_state)
            then()

        def work(vault: Vault) -> list[JournalRow]:
            return [row for row in vault.journal(self.visit_id) if not row.author]

        self._jobs.on_store(work, done, lambda _: self._screen.noticed(Notice.VAULT_FAILED, None))

    def updates_saved(self, update_ids: Iterable[str]) -> None:
        """The gateway has these committed updates."""
        saved = set(update_ids)
        self.unsent = [row for row in self.unsent if row.update_id not in saved]
        self._acknowledge(sorted(saved))
        self._screen.saved_changed(self.visit_id, self.save_state)

    def updates_refused(self, update_ids: Iterable[str], refusal: Refusal) -> None:
        """The gateway did not take these; they stay in the vault, and the scribe is told."""
        if refusal.code is RefusalCode.DOCUMENT_CLOSED:
            self.late_edits = True
            self.updates_saved(update_ids)  # kept by the gateway beside the signed note
            self._screen.noticed(Notice.LATE_EDITS, refusal, self.visit_id)
        elif refusal.code is RefusalCode.VISIT_FROZEN:
            self.updates_saved(update_ids)  # kept by the gateway beside the note of the wrong patient
            self._screen.noticed(Notice.REFUSED, refusal, self.visit_id)
        else:
            self.update_refusal = refusal
            if refusal.code is RefusalCode.NOT_ADMITTED:
                self._screen.saved_changed(self.visit_id, self.save_state)
                return  # written before joining: it is sent once the device is admitted
            self._screen.noticed(Notice.UPDATE_REFUSED, refusal, self.visit_id)

    def author_of(self, author_id: str, me: Person | None) -> Author | None:
        """Who an author id of the document is; None for this scribe. One that nobody named is nameless."""
        if author_id in ("", "self") or (me is not None and author_id == me.person_id):
            return None
        return self.people.get(author_id) or Author(role=None, id=author_id, name=NAMELESS)

    # --- inside ----------------------------------------------------------------------------------------------

    def _know_writers(self, writers: Iterable[WriterClients]) -> bool:
        """Take over whose client ids are whose; whether anything is new."""
        told = {client_id: one.author for one in writers for client_id in one.client_ids}
        if told.items() <= self.writers.items():
            return False
        self.writers |= told
        for author in told.values():
            self.people.setdefault(author.id, author)
        self._name_writers()
        return True

    def _name_writers(self) -> None:
        self.document.name_writers({client_id: author.id for client_id, author in self.writers.items()})

    def _keep_writers(self) -> None:
        """Keep them, so that a restart without the gateway names everybody's words; the gateway says them again."""
        of: dict[str, list[int]] = {}
        people = {author.id: author for author in self.writers.values()}
        for client_id, author in self.writers.items():
            of.setdefault(author.id, []).append(client_id)
        kept = tuple(WriterClients(author=people[name], client_ids=tuple(ids)) for name, ids in of.items())
        key, value = WROTE + self.visit_id, WRITERS.dump_json(kept).decode()
        self._jobs.on_store(lambda vault: vault.put(key, value), lambda _: None, lambda _: None)

    def _acknowledge(self, update_ids: list[str]) -> None:
        """Keep what the gateway has said; tried again, or the next run would count these as being here only."""

        def failed(_problem: VaultUnavailable) -> None:
            self._jobs.later(RETRY_SECONDS, lambda: self._acknowledge(update_ids))

        self._jobs.on_store(lambda vault: vault.acknowledge(update_ids), lambda _: None, failed)

    def _take_update(self, untrusted_update: bytes, author: Author | None, *, may_lack: bool = False) -> bool:
        """Merge what passes the guard, of one author or of many; False when it lacks what went before and may."""
        checked = check_update(untrusted_update, self.document.clocks(), None)
        if checked is GuardProblem.GAP and may_lack:
            return False
        if isinstance(checked, GuardProblem):
            refusal = Refusal(code=RefusalCode.UPDATE_HOSTILE, params={"problem": checked.value})
            self._screen.noticed(Notice.UPDATE_REFUSED, refusal, self.visit_id)
            return True
        if author is not None:
            ids = tuple(sorted(checked.client_ids))
            if self._know_writers((WriterClients(author=author, client_ids=ids),)):
                self._keep_writers()
        name = author.id if author is not None else UNNAMED
        self.document.apply(checked, name)
        self.journal.add_foreign(checked.data, name)
        return True

    def _take_entries(self, entries: Iterable[RecordEntry]) -> bool:
        taken = False
        for entry in entries:
            if entry.seq == self.record.last_seq + 1:
                self.record.apply(entry)
                self.entries.append(entry)
                self.people.setdefault(entry.author.id, entry.author)
                taken = True
        return taken

    def _plan_keep(self) -> None:
        if not self._keep_planned:
            self._keep_planned = True
            self._jobs.later(KEEP_AFTER_SECONDS, self.keep)

    def keep(self) -> None:
        """Keep summary and record in the vault, so that the visit opens without the gateway."""
        self._keep_planned = False
        summary = self.summary.model_dump_json() if self.summary else ""
        record = ENTRIES.dump_json(tuple(self.entries)).decode()
        self._jobs.on_store(
            lambda vault: vault.put_visit(self.visit_id, summary, record), lambda _: None, lambda _: None
        )

    def _on_marks(self, sections: frozenset[str]) -> None:
        for listener in self.marks_listeners:
            listener(sections)

    def _on_text(self, change: TextChange) -> None:
        """What the editor has not got: others' changes, an undo, and an answer that is put in."""
        if not change.local or self.questions.filling:
            self._screen.text_changed(self.visit_id, change)

    def _on_own_update(self, update: bytes) -> None:
        self.journal.add(update)

    def _on_committed(self, row: JournalRow) -> None:
        if not row.author:
            self.unsent.append(row)
            self._screen.saved_changed(self.visit_id, self.save_state)
        self.on_sendable()

    def _on_command_kept(self, row: OutboxRow) -> None:
        self.outbox.append(row)
        self._screen.saved_changed(self.visit_id, self.save_state)
        self.on_sendable()

    def _on_save_state(self, state: SaveState) -> None:
        self._screen.saved_changed(self.visit_id, state)

    def on_sendable(self) -> None:
        """Something is committed and can be sent; the sync workflow puts itself here."""


def minutes_in_visit(now: datetime, started: datetime | None) -> float | None:
    """Minutes since capture started, or None before it."""
    return None if started is None else max(0.0, (now - started).total_seconds() / 60)
