"""Moves a frozen visit's text into the right patient's note: every section, late words too, after what stands there.

Marks go with it: what nobody heard, or was carried from the other patient's chart, stays marked as that.
"""

from collections.abc import Mapping

from gateway.documents import MAX_DOCUMENT_BYTES, DocumentService
from gateway.ledger import Change
from gateway.note import OpenNote
from gateway.ports import author_of
from gateway.rules.situation import Accepted, refuse
from visit.indexes import utf16_length
from visit.marks import MarkedText, copied
from wire.people import Principal
from wire.refusals import Refusal, RefusalCode


class Moving:
    """The part of a command that changes a second visit, in the same transaction."""

    def __init__(self, documents: DocumentService) -> None:
        self._documents = documents

    async def carry_out(
        self, change: Change, principal: Principal, notes: tuple[OpenNote, OpenNote], decision: Accepted
    ) -> Refusal | None:
        """Write into the second note what the first one holds; a refusal when it does not fit, and nothing is done."""
        source, target = notes
        texts = movable(source)
        if target.size_with(b"") + sum(_room(text) for text in texts.values()) > MAX_DOCUMENT_BYTES:
            return refuse(RefusalCode.TOO_LARGE, limit=str(MAX_DOCUMENT_BYTES))
        await self._documents.append_texts(change, target, principal, texts)
        await change.append(target.visit_id, author_of(principal), decision.elsewhere)
        subject = {"visit_id": target.visit_id, "from_visit_id": source.visit_id}
        await change.tx.audit(
            f"{principal.role.value}:{principal.id}", "text_moved_in", subject, {"sections": len(texts)}
        )
        return None


def movable(note: OpenNote) -> Mapping[str, MarkedText]:
    """Every section's text with its marks, and the words that came after the visit was frozen or signed."""
    document = note.late or note.document
    return {
        section: copied(text, document.marks(section), 0, utf16_length(text))
        for section, text in document.texts().items()
        if text.strip()
    }


def _room(moved: MarkedText) -> int:
    """Bytes: text takes more room as an update, at most about twice in what people write; each mark some hundred."""
    return 2 * len(moved.text.encode()) + 1024 * len(moved.parts)
