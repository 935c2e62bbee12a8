"""Where the note's statements come from: confirming findings and carried text, saying what was heard or read where."""

from collections.abc import Callable
from enum import StrEnum, auto

from desktop.workflows.open_visit import OpenVisit
from visit.indexes import utf16_length
from visit.marks import MarkedText, PlacedMark, heard_changes, reviewed_changes
from visit.moved_marks import put_together
from visit.provenance import Carried, Chart, Heard, Provenance, Speaker
from visit.sentences import sentence_at
from visit.time_anchor import TimeAnchor
from visit.unconfirmed import waiting_in, waits
from wire.earlier import EarlierNote

SAID = (Heard, Chart)
"""What a scribe says of a statement; the other sources come with the text."""


class Confirmed(StrEnum):
    """What became of a confirmation."""

    DONE = auto()
    NOTHING = auto()
    """Nothing waits there."""
    NEEDS_TIME = auto()
    """A finding needs the time at which it was said, and no clock of the visit runs."""


class Sources:
    """One visit's. Runs on the UI thread; every change is a step of its own for undo."""

    def __init__(self, visit: OpenVisit) -> None:
        self._visit = visit
        self._document = visit.document
        self.clock: Callable[[], TimeAnchor | None] = lambda: None
        """The time in the visit of what is heard now; None while none runs."""

    def marks(self, section: str) -> list[PlacedMark]:
        """A section's marks as they are."""
        return self._document.marks(section)

    # --- confirming ------------------------------------------------------------------------------------------------

    def waiting(self, section: str, start: int, end: int) -> frozenset[str]:
        """Ids of what waits in units [start, end), or at a caret."""
        return frozenset(mark.id for mark in waiting_in(self.marks(section), start, end))

    def waiting_in_section(self, section: str) -> frozenset[str]:
        """Ids of all that waits in a section."""
        return frozenset(mark.id for mark in self.marks(section) if waits(mark))

    def confirm(self, section: str, ids: frozenset[str], at: TimeAnchor | None = None) -> Confirmed:
        """Confirm those of a section's marks that still wait: heard at that time (else now), or reviewed."""
        waiting = [mark for mark in self.marks(section) if mark.id in ids and waits(mark)]
        if not waiting:
            return Confirmed.NOTHING
        at = at or self.clock()
        unheard = [mark for mark in waiting if mark.unheard]
        if unheard and at is None:
            return Confirmed.NEEDS_TIME
        changes: list[tuple[str, Provenance]] = [*reviewed_changes(mark for mark in waiting if mark.untouched)]
        if at is not None:
            changes += heard_changes(unheard, at)
        self._document.new_step()
        self._document.change_marks(changes)
        self._document.new_step()
        return Confirmed.DONE

    # --- where it was heard or read ----------------------------------------------------------------------------------

    def meant(self, section: str, start: int, end: int) -> tuple[int, int] | None:
        """The units that are spoken of: the selection, or at a caret what was said before, or the last sentence."""
        if start < end:
            return start, end
        known = self.said_at(section, start)
        if known is not None:
            return known.start, known.end
        return sentence_at(self._document.text(section), start)

    def said_at(self, section: str, position: int) -> PlacedMark | None:
        """The heard or read statement that a caret stands in or right behind, the narrowest."""
        for place in (position, position - 1):
            found = [mark for mark in self.marks(section) if mark.start <= place < mark.end]
            said = [mark for mark in found if isinstance(mark.provenance, SAID)]
            if said:
                return min(said, key=lambda mark: mark.end - mark.start)
        return None

    def say(self, section: str, start: int, end: int, source: Heard | Chart) -> None:
        """Units [start, end) were heard or read so; what was said of exactly these before is replaced.

        Who says that it was the provider has confirmed the findings in it, and carried text has been touched by it.
        """
        inside = [mark for mark in self.marks(section) if start <= mark.start and mark.end <= end]
        changes: list[tuple[str, Provenance]] = [*reviewed_changes(mark for mark in inside if mark.untouched)]
        if isinstance(source, Heard) and source.speaker is Speaker.PROVIDER:
            changes += heard_changes(inside, TimeAnchor(source.at_ms))
        same = [it for it in inside if isinstance(it.provenance, SAID) and (it.start, it.end) == (start, end)]
        self._document.new_step()
        self._document.change_marks([*changes, *((mark.id, source) for mark in same)])
        if not same:
            self._document.add_mark(section, start, end, source)
        self._document.new_step()

    def take_back(self, section: str, position: int) -> bool:
        """Nothing is said any more of where the text at a place was heard or read; False when nothing was."""
        known = self.said_at(section, position)
        if known is None:
            return False
        self._document.new_step()
        self._document.remove_mark(known.id)
        self._document.new_step()
        return True

    # --- carried text ------------------------------------------------------------------------------------------------

    def carried(self, section: str, note_id: str) -> PlacedMark | None:
        """What a section has of an earlier note already."""
        marks = (mark for mark in self.marks(section) if isinstance(mark.provenance, Carried))
        return next((mark for mark in marks if _note_of(mark.provenance) == note_id), None)

    def coming(self, section: str, note: EarlierNote, text: str) -> tuple[int, MarkedText]:
        """Where an earlier note's text is put into a section, and what is put there: behind what stands there."""
        before = self._document.text(section)
        carried = MarkedText.whole(text, Carried(note_id=note.note_id, dated=note.dated))
        if before and not before.endswith("\n"):
            carried = put_together([MarkedText(""), carried])
        return utf16_length(before), carried


def _note_of(provenance: Provenance) -> str:
    return provenance.note_id if isinstance(provenance, Carried) else ""
