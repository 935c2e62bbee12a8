"""The note as it is signed: a canonical snapshot of the sections' text, rendered alike on both sides."""

from collections.abc import Mapping

from visit.canonical import canonical_sha256
from visit.sections import PROGRESS_NOTE_LOINC, SECTIONS
from wire.base import Id, Line, Model


class SnapshotSection(Model):
    """One section of a snapshot."""

    key: Line
    loinc: Line
    heading: Line
    text: str


class NoteSnapshot(Model):
    """What a signature covers besides the note's version: visit and text, empty sections left out."""

    format: Line = "alcove.note/1"
    visit_id: Id
    loinc: Line = PROGRESS_NOTE_LOINC
    sections: tuple[SnapshotSection, ...]


def make_snapshot(visit_id: str, texts: Mapping[str, str]) -> NoteSnapshot:
    """The snapshot of a note's section texts by key; trailing white space does not count.

    Always in the catalogue's order and with its headings, so that no template and no view changes what is signed.
    """
    return NoteSnapshot(
        visit_id=visit_id,
        sections=tuple(
            SnapshotSection(key=s.key, loinc=s.loinc, heading=s.heading, text=texts.get(s.key, "").rstrip())
            for s in SECTIONS
            if texts.get(s.key, "").strip()
        ),
    )


def snapshot_sha256(snapshot: NoteSnapshot) -> str:
    """SHA-256 of the snapshot's canonical form (RFC 8785)."""
    return canonical_sha256(snapshot)


def as_plain_text(snapshot: NoteSnapshot, attestation: str) -> str:
    """The note as plain text for the EHR: a heading over each section, the attestation last."""
    parts = [f"{section.heading.upper()}\n{section.text}" for section in snapshot.sections]
    return "\n\n".join([*parts, attestation]) + "\n"
