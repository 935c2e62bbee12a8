"""Moves a frozen visit's text into the right patient's note: every section, late words too, after what stands there."""

from collections.abc import Mapping

from gateway.documents import MAX_DOCUMENT_BYTES, DocumentService
from gateway.ledger import Change
from gateway.note import OpenNote
from gateway.ports import author_of
from gateway.rules.situation import Accepted, refuse
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
        # Text takes more room as an update, at most about twice in what people write.
        if target.size_with(b"") + 2 * sum(len(text.encode()) for text in texts.values()) > MAX_DOCUMENT_BYTES:
            return refuse(RefusalCode.TOO_LARGE, limit=str(MAX_DOCUMENT_BYTES))
        await self._documents.append_texts(change, target, principal, texts)
        await change.append(target.visit_id, author_of(principal), decision.elsewhere)
        subject = {"visit_id": target.visit_id, "from_visit_id": source.visit_id}
        await change.tx.audit(
            f"{principal.role.value}:{principal.id}", "text_moved_in", subject, {"sections": len(texts)}
        )
        return None


def movable(note: OpenNote) -> Mapping[str, str]:
    """Every section's text, with the words that came after the visit was frozen or signed."""
    texts = (note.late or note.document).texts()
    return {section: text for section, text in texts.items() if text.strip()}
