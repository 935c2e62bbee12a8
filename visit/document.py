"""The visit's document: one pycrdt Doc with a root Text per section; root Maps of draft orders, marks, answers, layout.

Every position in this module's interface counts UTF-16 units. Not thread-safe: one thread owns a document.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import time_ns
from typing import Any

from pycrdt import Doc, Map, MapEvent, Text, TextEvent, TransactionEvent, UndoManager, merge_updates

from visit.authorship import UNNAMED, AuthorRuns, named
from visit.guard import CheckedUpdate, extend_shape
from visit.indexes import split_at_utf8, utf16_length, utf16_to_utf8
from visit.marks import Mark, MarkBook, MarkedText, PlacedMark, restored_in
from visit.provenance import Provenance, Question
from visit.questions import Fill
from visit.roots import ANSWERS_ROOT, DRAFTS_ROOT, LAYOUT_ROOT, MARKS_ROOT, RESTORED_ROOT, SECTION_ROOT
from visit.sections import SECTIONS
from visit.sequence import Sequences
from visit.shape import Shape
from visit.update_format import MAX_NAME_BYTES, MAX_STRING_BYTES
from wire.ids import new_id

EMPTY_UPDATE = b"\x00\x00"
TYPED = "typed"
"""The origin of this user's own edits of text and marks: what undo takes back."""
UNDO_STEP_MS = 600


@dataclass(frozen=True, slots=True)
class TextChange:
    """One replaced range of a section: at `start`, `removed` units went and `inserted` came."""

    section: str
    start: int
    removed: int
    inserted: str
    local: bool


class VisitDocument:
    """A visit's text, marks, layout and draft orders.

    `on_update(update_bytes)` is called with every local change's Yjs update, after its transaction;
    `on_text(change)` with each text change, local or foreign, in the order in which they follow from each other
    (`marks` has not followed them yet then); `on_marks(sections)` after them, with the sections whose marks now say
    or cover something else, by a local or a foreign change; `on_layout()` after a change of the layout.
    """

    def __init__(self, client_id: int | None = None, *, keep_deleted: bool = False) -> None:
        self._doc: Doc[Any] = Doc(client_id=client_id, skip_gc=keep_deleted)
        self._texts: dict[str, Text] = {}
        self._drafts: Map[str] = self._doc.get(DRAFTS_ROOT, type=Map)
        self._marks: Map[str] = self._doc.get(MARKS_ROOT, type=Map)
        self._layout: Map[str] = self._doc.get(LAYOUT_ROOT, type=Map)
        self._restored: Map[str] = self._doc.get(RESTORED_ROOT, type=Map)
        self._answers: Map[str] = self._doc.get(ANSWERS_ROOT, type=Map)
        self._before: dict[str, str] = {}
        self._authors: dict[str, AuthorRuns] = {}
        self._foreign_author: str | None = None
        self._shape = Shape()
        self._sequences = Sequences(self._shape)
        self._book = MarkBook()
        self._marks_changed: set[str] = set()
        self._layout_changed = False
        self._brought_back: dict[str, str] = {}
        self._kept_drafts: dict[str, str] = {}
        self.on_update: Callable[[bytes], None] | None = None
        self.on_text: Callable[[TextChange], None] | None = None
        self.on_marks: Callable[[frozenset[str]], None] | None = None
        self.on_layout: Callable[[], None] | None = None
        for section in SECTIONS:
            text: Text = self._doc.get(SECTION_ROOT + section.key, type=Text)
            self._texts[section.key] = text
            self._before[section.key] = ""
            self._authors[section.key] = AuthorRuns()
            text.observe(self._text_observer(section.key))
        self._drafts.observe(self._on_drafts_event)
        self._marks.observe(self._on_marks_event)
        self._restored.observe(self._on_restored_event)
        self._layout.observe(self._on_layout_event)
        self._doc.observe(self._on_transaction)
        self._undo: UndoManager | None = None
        self._undoing = False
        self._ahead_ms = 0

    @property
    def client_id(self) -> int:
        """The random client id of this opened document."""
        return int(self._doc.client_id)

    def text(self, section: str) -> str:
        """A section's whole text."""
        return self._before[section]

    def texts(self) -> dict[str, str]:
        """Every section's text by key, in SOAP order."""
        return dict(self._before)

    def replace(self, section: str, start: int, end: int, inserted: str) -> None:
        """Replace units [start, end) of a section; NotABoundary when a position splits a character.

        ValueError, and nothing changed, when the range is backwards or `inserted` holds half a surrogate pair.
        """
        before = self._before[section]
        first = utf16_to_utf8(before, start)
        last = utf16_to_utf8(before, end)
        if last < first:
            raise ValueError("end before start")
        inserted.encode()  # fails here on half a pair, before anything is deleted
        text = self._texts[section]
        with self._doc.transaction(origin=TYPED):
            if last > first:
                del text[first:last]
            if inserted:
                text.insert(first, inserted)

    def replace_marked(self, section: str, start: int, end: int, marked: MarkedText) -> tuple[str, ...]:
        """As `replace`, with the new text's marks in the same step; their ids, in the order of its parts."""
        clock = self._shape.clock(self.client_id)
        marks = [
            Mark.on(section, [(self.client_id, clock + part.start, part.end - part.start)], part.provenance)
            for part in marked.parts
        ]
        ids = tuple(new_id() for _ in marks)
        with self._doc.transaction(origin=TYPED):
            self.replace(section, start, end, marked.text)
            for mark_id, mark in zip(ids, marks, strict=True):
                _put(self._marks, mark_id, mark.model_dump_json())
        return ids

    def fill(self, section: str, fill: Fill, question_id: str, message_id: str) -> None:
        """Put an answer where `fill` says, and keep that this message was: an undo takes the words, not that."""
        with self._doc.transaction(origin=TYPED):
            self.replace_marked(section, fill.start, fill.end, fill.answer)
            _put(self._answers, question_id, message_id)

    def keep_answered(self, question_id: str, message_id: str) -> None:
        """Keep that a question's answer is settled by what stands in the note already."""
        with self._doc.transaction():
            _put(self._answers, question_id, message_id)

    def answered_with(self, question_id: str) -> str | None:
        """The message that a question's gap was filled with last, even if the words are gone since."""
        return str(self._answers[question_id]) if question_id in self._answers else None

    def add_mark(self, section: str, start: int, end: int, provenance: Provenance) -> str:
        """Mark units [start, end) of a section; the mark's new id. It follows everybody's edits.

        NotABoundary when a position splits a character, ValueError when nothing lies between them.
        """
        utf16_to_utf8(self._before[section], start)
        utf16_to_utf8(self._before[section], end)
        if end <= start:
            raise ValueError("nothing to mark")
        mark = Mark.on(section, self._sequences.spans(SECTION_ROOT + section, start, end), provenance)
        mark_id = new_id()
        with self._doc.transaction(origin=TYPED):
            _put(self._marks, mark_id, mark.model_dump_json())
        return mark_id

    def set_question(self, section: str, start: int, end: int, question_id: str | None) -> None:
        """Have a gap at units [start, end) be asked about under this id, or by nobody; no step of undo.

        What was asked is taken back by withdrawing it, never by a key that takes words back.
        """
        before = [m.id for m in self.marks(section) if isinstance(m.provenance, Question) and _meets(m, start, end)]
        with self._doc.transaction():
            for mark_id in before:
                _put(self._marks, mark_id, None)
            if question_id is not None:
                spans = self._sequences.spans(SECTION_ROOT + section, start, end)
                mark = Mark.on(section, spans, Question(question_id=question_id))
                _put(self._marks, new_id(), mark.model_dump_json())

    def change_marks(self, changes: Iterable[tuple[str, Provenance]]) -> None:
        """Have marks say something else, in one step; a mark that is gone stays so."""
        with self._doc.transaction(origin=TYPED):
            for mark_id, provenance in changes:
                mark = self._book.mark(mark_id)
                if mark is not None:
                    changed = mark.model_copy(update={"provenance": provenance})
                    _put(self._marks, mark_id, changed.model_dump_json())

    def change_mark(self, mark_id: str, provenance: Provenance) -> None:
        """Have a mark say something else; nothing when it is gone."""
        self.change_marks([(mark_id, provenance)])

    def remove_mark(self, mark_id: str) -> None:
        """Take a mark away, and leave the text."""
        with self._doc.transaction(origin=TYPED):
            _put(self._marks, mark_id, None)

    def marks(self, section: str) -> list[PlacedMark]:
        """The marks on a section's text as it is, in text order; those whose text is all deleted are left out."""
        return self._book.placed(section, self._before[section], self._sequences)

    def set_layout(self, key: str, value: str | None) -> None:
        """Set one thing of how the note is laid out, or remove it; ValueError when it is larger than a guard takes."""
        _check_entry(key, value, "layout")
        with self._doc.transaction():
            _put(self._layout, key, value)

    def layout(self) -> dict[str, str]:
        """How the note is laid out, by key."""
        return {str(key): str(value) for key, value in self._layout.items()}

    def keep_history(self) -> None:
        """From now on own edits of text and marks can be undone, over all sections, as one history."""
        if self._undo is None:
            scopes = [*self._texts.values(), self._marks]
            self._undo = UndoManager(
                scopes=scopes,
                capture_timeout_millis=UNDO_STEP_MS,
                timestamp=lambda: time_ns() // 1_000_000 + self._ahead_ms,
            )
            self._undo.include_origin(TYPED)

    def new_step(self) -> None:
        """What follows is undone by itself, however soon it follows: a confirmation is no part of what was typed."""
        self._ahead_ms = self._ahead_ms + UNDO_STEP_MS

    def undo(self) -> bool:
        """Take back this user's newest edits, never somebody else's; False when there is nothing to take back."""
        return self._step(self._undo.undo) if self._undo is not None else False

    def redo(self) -> bool:
        """Do again what was just undone."""
        return self._step(self._undo.redo) if self._undo is not None else False

    def _step(self, step: Callable[[], bool]) -> bool:
        self._undoing = True  # its text changes are shown like foreign ones: no editor has them yet
        try:
            return step()
        finally:
            self._undoing = False
            self._tell_brought_back()

    def _tell_brought_back(self) -> None:
        """Keep which characters the step brought back under new ids: marks on the old ones hold for them."""
        brought_back, self._brought_back = self._brought_back, {}
        if brought_back:
            with self._doc.transaction():
                for key, value in brought_back.items():
                    _put(self._restored, key, value)

    def set_draft_order(self, order_id: str, opaque_json: str | None) -> None:
        """Replace a draft order whole (one opaque JSON value, never merged by field), or remove it.

        ValueError when the id or the value is larger than another document's guard accepts.
        """
        _check_entry(order_id, opaque_json, "draft order")
        with self._doc.transaction():
            _put(self._drafts, order_id, opaque_json)

    def draft_orders(self) -> dict[str, str]:
        """The draft orders by id, each as its opaque JSON; readable while a change is still being told."""
        return dict(self._kept_drafts)

    def apply(self, update: CheckedUpdate, author: str) -> None:
        """Merge a foreign update that the guard accepted, stamped with its author's id."""
        self._foreign_author = author
        try:
            self._doc.apply_update(update.data)
        finally:
            self._foreign_author = None

    def state_vector(self) -> bytes:
        """What this document knows, as a Yjs state vector."""
        return bytes(self._doc.get_state())

    def clocks(self) -> Shape:
        """The state vector as client id to clock, with what the guard needs besides; it changes with the document."""
        return self._shape

    def update_since(self, state_vector: bytes | None = None) -> bytes:
        """What somebody with that (checked) state vector lacks; everything for None."""
        return bytes(self._doc.get_update(state_vector))

    def author_runs(self, section: str) -> list[tuple[int, str]]:
        """Who wrote the section's text: (length in UTF-16 units, author id) in order."""
        return self._authors[section].in_utf16(self._before[section])

    def set_author_runs(self, section: str, runs: Iterable[tuple[int, str]]) -> bool:
        """Take over the gateway's stamps for a section; False when they do not fit the text."""
        if section not in self._authors:
            return False
        return self._authors[section].replace_from_utf16(self._before[section], runs)

    def name_writers(self, writers: Mapping[int, str]) -> None:
        """Stamp what came unnamed from the gateway with its writers, by the client ids of its characters."""
        for section, authors in self._authors.items():
            text = self._before[section]
            runs = authors.in_utf16(text)
            if any(author == UNNAMED for _, author in runs):
                spans = self._sequences.spans(SECTION_ROOT + section, 0, utf16_length(text))
                written = [(client, units) for client, _, units in spans]
                authors.replace_from_utf16(text, named(runs, written, writers))

    def _text_observer(self, section: str) -> Callable[[TextEvent], None]:
        def observed(event: TextEvent) -> None:
            self._on_text_event(section, event)

        return observed

    def _on_text_event(self, section: str, event: TextEvent) -> None:
        """Turn a byte-counting delta into changes in UTF-16 units, and stamp the author."""
        local = self._foreign_author is None and not self._undoing
        author = self._foreign_author or ""
        delta: list[dict[str, Any]] = event.delta  # type: ignore[attr-defined]  # missing in pycrdt's stubs
        self._authors[section].apply(delta, author)
        text = self._before[section]
        offset = 0
        changes: list[TextChange] = []
        for part in delta:
            if "retain" in part:
                offset += part["retain"]
                continue
            before, after = split_at_utf8(text, offset)
            start = utf16_length(before)
            if "insert" in part:
                inserted = str(part["insert"])
                text = before + inserted + after
                offset += len(inserted.encode())
                changes.append(TextChange(section, start, 0, inserted, local))
            elif "delete" in part:
                gone, after = split_at_utf8(after, part["delete"])
                text = before + after
                changes.append(TextChange(section, start, utf16_length(gone), "", local))
        self._before[section] = text
        if self._book.has_marks(section):
            self._marks_changed.add(section)
        if self.on_text is not None:
            for change in changes:
                self.on_text(change)

    def _on_transaction(self, event: TransactionEvent) -> None:
        data = bytes(event.update)
        update = extend_shape(self._shape, data)
        self._sequences.follow(update)
        if self._undoing:
            self._brought_back.update(restored_in(update))
        if self._foreign_author is None and data != EMPTY_UPDATE and self.on_update is not None:
            self.on_update(data)
        sections, self._marks_changed = frozenset(self._marks_changed), set()
        if sections and self.on_marks is not None:
            self.on_marks(sections)
        laid_out, self._layout_changed = self._layout_changed, False
        if laid_out and self.on_layout is not None:
            self.on_layout()

    def _on_drafts_event(self, event: MapEvent) -> None:
        for key, value in _new_values(event).items():
            if value is None:
                self._kept_drafts.pop(key, None)
            else:
                self._kept_drafts[key] = value

    def _on_marks_event(self, event: MapEvent) -> None:
        self._marks_changed.update(self._book.take_marks(_new_values(event)))

    def _on_restored_event(self, event: MapEvent) -> None:
        self._marks_changed.update(self._book.take_restored(_new_values(event)))

    def _on_layout_event(self, event: MapEvent) -> None:
        self._layout_changed = True


def _meets(mark: PlacedMark, start: int, end: int) -> bool:
    return mark.start < end and start < mark.end


def _put(entries: Map[str], key: str, value: str | None) -> None:
    """Set or remove one entry of a root map, in the open transaction."""
    if value is not None:
        entries[key] = value
    elif key in entries:
        del entries[key]


def _check_entry(key: str, value: str | None, what: str) -> None:
    if not 0 < len(key.encode()) <= MAX_NAME_BYTES:
        raise ValueError(f"{what}: key")
    if value is not None and len(value.encode()) > MAX_STRING_BYTES:
        raise ValueError(f"{what}: value")


def _new_values(event: MapEvent) -> Mapping[str, str | None]:
    """What a map's entries are now; None for one that is gone."""
    keys: dict[str, dict[str, Any]] = event.keys  # type: ignore[attr-defined]  # missing in pycrdt's stubs
    return {key: str(change["newValue"]) if "newValue" in change else None for key, change in keys.items()}


def merge(updates: Sequence[bytes]) -> bytes:
    """Several updates of our own as one; it keeps deleted words, as the single ones did."""
    return updates[0] if len(updates) == 1 else bytes(merge_updates(*updates))
