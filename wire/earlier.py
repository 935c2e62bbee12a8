"""Earlier signed notes of a visit's patient: what a scribe may bring forward from, section by section."""

from datetime import date

from wire.base import Id, Line, Model
from wire.people import Person


class EarlierNote(Model):
    """One signed note. It is named by its visit, and dated by the day of that visit in the practice's zone."""

    note_id: Id
    dated: date
    provider: Person
    reason: Line = ""


class EarlierSection(Model):
    """A section of a signed note as it was signed."""

    key: Line
    heading: Line
    text: str


class EarlierNoteText(Model):
    """A signed note with its text, and what its provider added to it later."""

    note: EarlierNote
    sections: tuple[EarlierSection, ...]
    addenda: tuple[str, ...] = ()
