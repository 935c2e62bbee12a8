"""What each role sees of a record: a room only what happens in the room."""

from collections.abc import Iterable, Iterator, Sequence

from wire.live import RecordEntries
from wire.people import Role
from wire.record import (
    CaptureStarted,
    CaptureStopped,
    ConsentRecorded,
    CurtainChanged,
    ListeningGap,
    ListeningStarted,
    ListeningStopped,
    ModalitySet,
    RecordEntry,
    ScribeAdmitted,
    TalkStarted,
    TalkStopped,
)

_ROOM_FACTS = (
    ConsentRecorded,
    CaptureStarted,
    CaptureStopped,
    CurtainChanged,
    ModalitySet,
    ListeningGap,
    ListeningStarted,
    ListeningStopped,
    ScribeAdmitted,
    TalkStarted,
    TalkStopped,
)
_ENTRIES_PER_FRAME = 50
# With 50 short entries or a few of the longest, far below what a client takes in one frame.
_BYTES_PER_FRAME = 128 * 1024


def visible(entries: Iterable[RecordEntry], role: Role) -> tuple[RecordEntry, ...]:
    """The entries that a role may see, in order."""
    match role:
        case Role.SCRIBE | Role.PROVIDER:
            return tuple(entries)
        case Role.ROOM:
            return tuple(entry for entry in entries if isinstance(entry.fact, _ROOM_FACTS))


def record_frames(visit_id: str, entries: Sequence[RecordEntry]) -> Iterator[RecordEntries]:
    """The entries in frames of a bounded size; the last says that it is complete, also when there are none."""
    part: list[RecordEntry] = []
    part_bytes = 0
    for entry in entries:
        entry_bytes = len(entry.model_dump_json().encode())
        if part and (len(part) >= _ENTRIES_PER_FRAME or part_bytes + entry_bytes > _BYTES_PER_FRAME):
            yield RecordEntries(visit_id=visit_id, entries=tuple(part), complete=False)
            part, part_bytes = [], 0
        part.append(entry)
        part_bytes += entry_bytes
    yield RecordEntries(visit_id=visit_id, entries=tuple(part), complete=True)
