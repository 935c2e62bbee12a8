"""The versions of a note: what was sent, returned, signed and amended, and how two of them differ."""

from enum import StrEnum

from wire.base import Count, Line, Model, Sha256, Time
from wire.people import Author


class VersionState(StrEnum):
    """By what the version came to be."""

    SENT = "sent"
    RETURNED = "returned"
    SIGNED = "signed"
    ADDENDED = "addended"


class NoteVersion(Model):
    """One version. It is named by the number of the record's fact that made it, and never changes."""

    seq: Count
    state: VersionState
    version: Count
    sha256: Sha256
    author: Author
    at: Time


class VersionSection(Model):
    """The text of one section; an addendum is a section of its own after the note's."""

    key: Line
    heading: Line
    text: str


class VersionText(Model):
    """A version with its text, as it was kept."""

    version: NoteVersion
    sections: tuple[VersionSection, ...]


class RunKind(StrEnum):
    """What became of a run of words from the left version to the right one."""

    EQUAL = "equal"
    REMOVED = "removed"
    ADDED = "added"


class ComparedRun(Model):
    """Consecutive text with one fate."""

    kind: RunKind
    text: str


class ComparedSection(Model):
    """A section of either version: the left text is its equal and removed runs, the right one its equal and added."""

    key: Line
    heading: Line
    runs: tuple[ComparedRun, ...]


class VersionComparison(Model):
    """Two versions side by side."""

    left: NoteVersion
    right: NoteVersion
    sections: tuple[ComparedSection, ...]
