"""What the practice's IT does with phrases: take over a file for the practice or a provider, and give one out."""

from pathlib import Path

from gateway.clock import utc_now
from gateway.envelope import Envelope
from gateway.phrases import Replaced, listed_phrases, replace_phrases
from gateway.store.database import Database
from gateway.store.people_rows import person_by_subject
from gateway.store.phrase_rows import PRACTICE
from visit.phrase_files import MAX_FILE_BYTES, Import, ImportProblem, export_phrases, read_phrases
from visit.phrases import OwnerKind, Phrase
from wire.people import Role


class NoSuchProvider(Exception):
    """The practice has no provider of that account: tell the operator."""


def read_file(path: Path) -> Import:
    """A file's phrases or its problems; OSError when it cannot be read."""
    with path.open("rb") as file:
        return read_phrases(file.read(MAX_FILE_BYTES + 1))


def problem_words(problem: ImportProblem) -> str:
    """A problem for the operator, by the phrase's number in the file."""
    words = problem.kind.value.replace("_", " ")
    return words if problem.number is None else f"phrase {problem.number}: {words}"


async def owner_of(database: Database, issuer: str, subject: str | None) -> str:
    """Whose phrases are meant: the practice's without an account; NoSuchProvider when nobody has it."""
    if subject is None:
        return PRACTICE
    async with database.read() as connection:
        person = await person_by_subject(connection, issuer, subject)
    if person is None or person.role is not Role.PROVIDER:
        raise NoSuchProvider(subject)
    return person.person_id


async def import_phrases(database: Database, envelope: Envelope, owner: str, imported: Import) -> Replaced:
    """Make an owner's phrases exactly those of a file without problems."""
    return await replace_phrases(database, envelope, owner, imported.phrases, utc_now())


async def export_file(database: Database, envelope: Envelope, owner: str) -> bytes:
    """An owner's phrases as a file."""
    kind = OwnerKind.PRACTICE if owner == PRACTICE else OwnerKind.PROVIDER
    listed = await listed_phrases(database, envelope, owner)
    return export_phrases(Phrase(kind, it.name, it.text, it.version, it.updated_at) for it in listed)
