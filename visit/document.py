"""The visit's document: one pycrdt Doc with a root Text per section and a root Map of draft orders.

Every position in this module's interface counts UTF-16 units. Not thread-safe: one thread owns a document.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pycrdt import Doc, Map, Text, TextEvent, TransactionEvent, UndoManager, merge_updates

from visit.authorship import AuthorRuns
from visit.guard import CheckedUpdate, extend_shape
from visit.indexes import split_at_utf8, utf16_length, utf16_to_utf8
from visit.roots import DRAFTS_ROOT, SECTION_ROOT
from visit.sections import SECTIONS
from visit.shape import Shape
from visit.update_format import MAX_NAME_BYTES, MAX_STRING_BYTES

EMPTY_UPDATE = b"\x00\x00"
TYPED = "typed"
"""The origin of this user's own text edits: what undo takes back."""
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
    """A visit's text and draft orders.

    `on_update(update_bytes)` is called with every local change's Yjs update, after its transaction;
    `on_text(change)` with each text change, local or foreign, in the order in which they follow from each other.
    """

    def __init__(self, client_id: int | None = None, *, keep_deleted: bool = False) -> None:
        self._doc: Doc[Any] = Doc(client_id=client_id, skip_gc=keep_deleted)
        self._texts: dict[str, Text] = {}
        self._drafts: Map[str] = self._doc.get(DRAFTS_ROOT, type=Map)
        self._before: dict[str, str] = {}
        self._authors: dict[str, AuthorRuns] = {}
        self._foreign_author: str | None = None
        self._shape = Shape()
        self.on_update: Callable[[bytes], None] | None = None
        self.on_text: Callable[[TextChange], None] | None = None
        for section in SECTIONS:
            text: Text = self._doc.get(SECTION_ROOT + section.key, type=Text)
            self._texts[section.key] = text
            self._before[section.key] = ""
            self._authors[section.key] = AuthorRuns()
            text.observe(self._text_observer(section.key))
        self._doc.observe(self._on_transaction)
        self._undo: UndoManager | None = None
        self._undoing = False

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

    def keep_history(self) -> None:
        """From now on own text edits can be undone, over all sections, as one history."""
        if self._undo is None:
            self._undo = UndoManager(scopes=list(self._texts.values()), capture_timeout_millis=UNDO_STEP_MS)
            self._undo.include_origin(TYPED)

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

    def set_draft_order(self, order_id: str, opaque_json: str | None) -> None:
        """Replace a draft order whole (one opaque JSON value, never merged by field), or remove it.

        ValueError when the id or the value is larger than another document's guard accepts.
        """
        if not 0 < len(order_id.encode()) <= MAX_NAME_BYTES:
            raise ValueError("order id")
        if opaque_json is not None and len(opaque_json.encode()) > MAX_STRING_BYTES:
            raise ValueError("draft order")
        with self._doc.transaction():
            if opaque_json is not None:
                self._drafts[order_id] = opaque_json
            elif order_id in self._drafts:
                del self._drafts[order_id]

    def draft_orders(self) -> dict[str, str]:
        """The draft orders by id, each as its opaque JSON."""
        return {str(key): str(value) for key, value in self._drafts.items()}

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
        if self.on_text is not None:
            for change in changes:
                self.on_text(change)

    def _on_transaction(self, event: TransactionEvent) -> None:
        update = bytes(event.update)
        extend_shape(self._shape, update)
        if self._foreign_author is None and update != EMPTY_UPDATE and self.on_update is not None:
            self.on_update(update)


def merge(updates: Sequence[bytes]) -> bytes:
    """Several updates of our own as one; it keeps deleted words, as the single ones did."""
    return updates[0] if len(updates) == 1 else bytes(merge_updates(*updates))
