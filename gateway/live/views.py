"""What each role sees of a record: a room only what happens in the room."""

from collections.abc import Iterable, Iterator, Sequence

from wire.live import RecordEntries
from wire.people import Role
from wire.record import (
    CaptureStarted,
    CaptureStopped,
    ConsentRecorded,
    ListeningStarted,
    ListeningStopped,
    RecordEntry,
    ScribeAdmitted,
)

_ROOM_FACTS = (ConsentRecorded, CaptureStarted, CaptureStopped, ListeningStarted, ListeningStopped, ScribeAdmitted)
_ENTRIES_PER_FRAME = 50


def visible(entries: Iterable[RecordEntry], role: Role) -> tuple[RecordEntry, ...]:
    """The entries that a role may see, in order."""
    match role:
        case Role.SCRIBE | Role.PROVIDER:
            return tuple(entries)
        case Role.ROOM:
            return tuple(entry for entry in entries if isinstance(entry.fact, _ROOM_FACTS))


def record_frames(visit_id: str, entries: Sequence[RecordEntry]) -> Iterator[RecordEntries]:
    """The entries in frames of a bounded size; the last says that it is complete, also when there are none."""
    for begin in range(0, max(1, len(entries)), _ENTRIES_PER_FRAME):
        part = tuple(entries[begin : begin + _ENTRIES_PER_FRAME])
        yield RecordEntries(visit_id=visit_id, entries=part, complete=begin + _ENTRIES_PER_FRAME >= len(entries))
