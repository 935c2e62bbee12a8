"""An addendum as it is signed: its text, bound to the hash of the signed note that it adds to."""

from visit.canonical import canonical_sha256
from wire.base import Count, Id, Line, Model, Sha256


class AddendumSnapshot(Model):
    """What an addendum's signature covers; `number` counts the note's addenda from 1."""

    format: Line = "alcove.addendum/1"
    visit_id: Id
    number: Count
    signed_sha256: Sha256
    text: str


def addendum_sha256(visit_id: str, number: int, signed_sha256: str, text: str) -> str:
    """SHA-256 of the addendum's canonical form (RFC 8785)."""
    snapshot = AddendumSnapshot(visit_id=visit_id, number=number, signed_sha256=signed_sha256, text=text)
    return canonical_sha256(snapshot)


def addendum_as_plain_text(number: int, text: str, statement: str) -> str:
    """The addendum as plain text for the EHR: the heading first, who answers for it last."""
    return f"ADDENDUM {number}\n{text}\n\n{statement}\n"
