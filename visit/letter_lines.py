"""A visit's letters as the fold of its record: each whole, with where it stands."""

from dataclasses import dataclass
from datetime import datetime

from wire.letters import LetterContent, LetterFields, LetterState
from wire.people import Author
from wire.record import LetterReturned, LetterSent, LetterSigned, LetterWithdrawn, RecordEntry


@dataclass(slots=True)
class LetterLine:
    """One letter in its newest version."""

    content: LetterContent
    fields: LetterFields
    sha256: str
    state: LetterState
    sent_at: datetime
    sent_by: Author
    returned_because: str = ""
    signed_at: datetime | None = None
    signed_by: Author | None = None


def apply_letter(letters: dict[str, LetterLine], entry: RecordEntry) -> None:
    """Take in what an entry says of a letter; another fact changes nothing."""
    match entry.fact:
        case LetterSent(content=content, fields=fields, sha256=sha256):
            letters[content.letter_id] = LetterLine(
                content, fields, sha256, LetterState.SENT, sent_at=entry.at, sent_by=entry.author
            )
        case LetterWithdrawn(letter_id=letter_id):
            letters[letter_id].state = LetterState.WITHDRAWN
        case LetterReturned(letter_id=letter_id, comment=comment):
            line = letters[letter_id]
            line.state, line.returned_because = LetterState.RETURNED, comment
        case LetterSigned(letter_id=letter_id):
            line = letters[letter_id]
            line.state, line.signed_at, line.signed_by = LetterState.SIGNED, entry.at, entry.author
        case _:
            pass
