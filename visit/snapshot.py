"""The note as it is signed: a canonical snapshot of the sections' text, rendered alike on both sides."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from visit.canonical import canonical_sha256
from visit.questions import OpenQuestion
from visit.sections import PROGRESS_NOTE_LOINC, SECTIONS
from wire.base import Count, Id, Line, Model


class SnapshotSection(Model):
    """One section of a snapshot."""

    key: Line
    loinc: Line
    heading: Line
    text: str


class SnapshotQuestion(Model):
    """An open question of a snapshot: which of the record's it is, and its UTF-16 units [start, end)."""

    question_id: Id
    section: Line
    start: Count
    end: Count


class NoteSnapshot(Model):
    """What a signature covers besides the note's version: visit, text and open questions, empty sections left out.

    Marks that say where words come from are no part of it (ADR 013). Format 1 has no questions, and no field for them.
    """

    format: Line = "alcove.note/1"
    visit_id: Id
    loinc: Line = PROGRESS_NOTE_LOINC
    sections: tuple[SnapshotSection, ...]
    questions: tuple[SnapshotQuestion, ...] = ()

    @model_serializer(mode="wrap")
    def _serialize(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = handler(self)
        if not self.questions:
            del values["questions"]
        return values


def make_snapshot(visit_id: str, texts: Mapping[str, str], questions: Iterable[OpenQuestion] = ()) -> NoteSnapshot:
    """The snapshot of a note's section texts by key; trailing white space does not count.

    Always in the catalogue's order and with its headings, so that no template and no view changes what is signed.
    Of the open questions those count that were sent to the provider; the others are in the text all the same.
    """
    order = {section.key: number for number, section in enumerate(SECTIONS)}
    asked = tuple(
        SnapshotQuestion(
            question_id=question.question_id, section=question.section, start=question.start, end=question.end
        )
        for question in sorted(questions, key=lambda q: (order[q.section], q.start, q.end))
        if question.question_id is not None
    )
    return NoteSnapshot(
        format="alcove.note/2" if asked else "alcove.note/1",
        visit_id=visit_id,
        questions=asked,
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
