"""One visit's open document in memory: its text, who changed what at which version, and the late edits."""

from dataclasses import dataclass, field

from gateway.rules.situation import NoteNow
from gateway.store.document_rows import StoredUpdate
from visit.answering import open_questions_in
from visit.document import TextChange, VisitDocument
from visit.guard import CheckedUpdate
from visit.questions import OpenQuestion, left_out
from visit.sections import SECTIONS
from visit.snapshot import NoteSnapshot, make_snapshot, snapshot_sha256
from visit.templates import DEFAULT_TEMPLATE, Template
from wire.live import AuthorRun, NoteQuestion, NoteSection, NoteText, WriterClients
from wire.people import Author

_MEASURE_EVERY_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Statements:
    """Who scribed, and what the provider says by signing: the record's sentences beside the note."""

    scribe: str = ""
    provider: str = ""


@dataclass(slots=True)
class OpenNote:
    """A visit's document as the gateway holds it. The event loop's thread owns it."""

    visit_id: str
    document: VisitDocument = field(default_factory=VisitDocument)
    version: int = 0
    """Counts the changes of what is signed, text and open questions; draft orders do not count."""
    position: int = 0
    """How many updates the store holds."""
    owners: dict[int, str] = field(default_factory=dict)
    """Who claimed which client id."""
    update_ids: set[str] = field(default_factory=set)
    """Of what was saved, late edits too."""
    fingerprints: set[str] = field(default_factory=set)
    late_fingerprints: set[str] = field(default_factory=set)
    """Of those, which came after the signature."""
    stored_bytes: int = 0
    """Of the state when it was last measured and of all updates since; merged they are smaller."""
    authors: dict[str, Author] = field(default_factory=dict)
    late: VisitDocument | None = None
    """The text with the edits that came after the signature, once there are any."""
    late_position: int = 0
    questions: tuple[OpenQuestion, ...] = ()
    """What was asked about the text and is still open, in the note's order."""
    _changes: dict[str, dict[str, int]] = field(default_factory=dict)
    _measured_bytes: int = 0
    _pens: dict[str, VisitDocument] = field(default_factory=dict)

    def take(self, update: StoredUpdate, checked: CheckedUpdate) -> bool:
        """Merge an update that the store holds; True when the note's text or an open question changed by it."""
        changed: set[str] = set()
        self.document.on_text = lambda change: _note_section(change, changed)
        marked: set[str] = set()
        self.document.on_marks = marked.update
        self.position += 1
        self._note(update)
        self.document.apply(checked, update.sender.id)
        for pen in self._pens.values():
            pen.apply(checked, update.sender.id)
        if changed or marked:
            before, self.questions = self.questions, self._asked()
            changed.update(one.section for one in set(before).symmetric_difference(self.questions))
        if changed:
            self.version += 1
            for section in changed:
                self._changes.setdefault(section, {})[update.sender.id] = self.version
        return bool(changed)

    def take_late(self, update: StoredUpdate, checked: CheckedUpdate) -> None:
        """Merge a late edit into the late text only."""
        if self.late is None:
            self.late = VisitDocument()
            self.late.apply(CheckedUpdate(self.document.update_since(), frozenset()), "signed")
            for section in SECTIONS:
                self.late.set_author_runs(section.key, self.document.author_runs(section.key))
        self.late_position += 1
        self._note(update)
        self.late_fingerprints.add(update.fingerprint)
        self.late.apply(checked, update.sender.id)

    def forget_late(self) -> None:
        """What came late is taken into the note now."""
        self.late, self.late_position = None, 0
        self.late_fingerprints.clear()

    def size_with(self, update: bytes) -> int:
        """At most how many bytes the whole state, late edits included, will have with one more update."""
        if self.stored_bytes + len(update) > self._measured_bytes + _MEASURE_EVERY_BYTES:
            whole = (self.late or self.document).update_since()
            self.stored_bytes = self._measured_bytes = len(whole)
        return self.stored_bytes + len(update)

    def _note(self, update: StoredUpdate) -> None:
        self.update_ids.add(update.update_id)
        self.stored_bytes += len(update.data)
        self.fingerprints.add(update.fingerprint)
        self.authors[update.sender.id] = update.sender

    def clocks(self, *, late: bool = False) -> dict[int, int]:
        """The state vector that an update is checked against."""
        document = self.late if late and self.late is not None else self.document
        return document.clocks()

    def pen(self, person_id: str) -> VisitDocument:
        """The replica that this person's edits from the page are made in, with a client id of its own."""
        if person_id not in self._pens:
            pen = VisitDocument()
            pen.apply(CheckedUpdate(self.document.update_since(), frozenset()), "gateway")
            self._pens[person_id] = pen
        return self._pens[person_id]

    def drop_pen(self, person_id: str) -> None:
        """Forget a replica whose last edit was not kept; its client id is never used again."""
        self._pens.pop(person_id, None)

    def snapshot(self) -> NoteSnapshot:
        """The note as it would be signed now."""
        return make_snapshot(self.visit_id, self.document.texts(), self.questions)

    def _asked(self) -> tuple[OpenQuestion, ...]:
        return tuple(one for one in open_questions_in(self.document) if one.question_id is not None)

    def now_for(self, person_id: str) -> NoteNow:
        """What the rules see of it on behalf of one person."""
        foreign = {
            section: max((version for author, version in by.items() if author != person_id), default=0)
            for section, by in self._changes.items()
        }
        texts = self.document.texts()
        sha256 = snapshot_sha256(self.snapshot())
        return NoteNow(
            texts=texts,
            version=self.version,
            sha256=sha256,
            clocks=self.document.clocks(),
            foreign_changes=foreign,
            marks=self.document.marks,
            late=self.late_position,
            questions=self.questions,
        )

    def author_runs(self, section: str) -> tuple[AuthorRun, ...]:
        """Who wrote which part of a section, with names."""
        return self._runs(self.document, section)

    def writers(self) -> tuple[WriterClients, ...]:
        """Whose client ids are whose, of everybody who wrote in it."""
        clients: dict[str, list[int]] = {}
        for client_id, owner in self.owners.items():
            clients.setdefault(owner, []).append(client_id)
        named = {f"{author.role}:{author.id}": author for author in self.authors.values()}
        return tuple(
            WriterClients(author=author, client_ids=tuple(sorted(clients[owner])))
            for owner, author in named.items()
            if owner in clients
        )

    def note_text(self, template: Template = DEFAULT_TEMPLATE, statements: Statements | None = None) -> NoteText:
        """The note as the page shows it: the template's sections, and what is said beside it."""
        late = () if self.late is None else self._sections(self.late, template)
        sections = self._sections(self.document, template)
        statements = statements or Statements()
        return NoteText(
            visit_id=self.visit_id,
            version=self.version,
            sections=sections,
            sha256=snapshot_sha256(self.snapshot()),
            late_count=self.late_position,
            questions=tuple(map(self._question, self.questions)),
            late=tuple(new for new, signed in zip(late, sections, strict=False) if new.text != signed.text),
            attestation=statements.scribe,
            provider_statement=statements.provider,
        )

    def _question(self, asked: OpenQuestion) -> NoteQuestion:
        return NoteQuestion(
            question_id=asked.question_id or "",
            section=asked.section,
            start=asked.start,
            end=asked.end,
            leaves_out=left_out(self.document.text(asked.section), asked.start, asked.end),
        )

    def _sections(self, document: VisitDocument, template: Template) -> tuple[NoteSection, ...]:
        shown = self._shown(template)
        return tuple(
            NoteSection(
                section=section.key,
                loinc=section.loinc,
                heading=section.heading,
                text=document.text(section.key),
                authors=self._runs(document, section.key),
            )
            for section in SECTIONS
            if section.key in shown
        )

    def _shown(self, template: Template) -> set[str]:
        """The template's sections, and every other one that holds or held text, signed or late.

        In the catalogue's order, as the snapshot: the page hashes what it shows.
        """
        documents = (self.document,) if self.late is None else (self.document, self.late)
        written = {key for document in documents for key, text in document.texts().items() if text}
        return written.union(template.keys, self._changes)

    def _runs(self, document: VisitDocument, section: str) -> tuple[AuthorRun, ...]:
        return tuple(
            AuthorRun(length=length, author=self.authors[author])
            for length, author in document.author_runs(section)
            if author in self.authors
        )


def _note_section(change: TextChange, changed: set[str]) -> None:
    changed.add(change.section)
