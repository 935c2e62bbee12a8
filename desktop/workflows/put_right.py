"""A visit of the wrong patient is put right from the scribe's desk.

Moving goes through the gateway, once, with everything that it has. What it has not, since it was typed on this laptop
alone or came after the move, is copied here into the right visit, and goes out from there.
"""

from collections.abc import Callable

from desktop.workflows.open_visit import OpenVisit
from visit.left_behind import LeftBehind, left_behind
from visit.marks import copied
from wire.commands import MoveContent, RetractVisit
from wire.people import Person
from wire.visits import NoteState, VisitSummary


class PutRight:
    """What a scribe may do about one frozen visit."""

    def __init__(self, visit: OpenVisit) -> None:
        self._visit = visit

    def targets(self) -> list[VisitSummary]:
        """Visits that the text may belong to: the patient's namesakes first, then by how near they were."""
        here = self._visit.summary
        around = self._visit.around
        if here is None or around is None:
            return []
        open_ones = [
            one
            for one in around.visits.values()
            if one.visit_id != here.visit_id and not one.frozen and one.note_state is not NoteState.SIGNED
        ]
        return sorted(
            open_ones,
            key=lambda one: (one.patient.name != here.patient.name, abs(one.scheduled_at - here.scheduled_at)),
        )

    def may_move(self, target: VisitSummary, me: Person | None) -> bool:
        """Whether the gateway would let this scribe move it there: once, and by who was admitted to both visits."""
        record, around = self._visit.record, self._visit.around
        if record.frozen is None or record.moved_to or me is None or around is None:
            return False
        if self._visit.is_under_way("move_content"):
            return False
        there = around.open.get(target.visit_id)
        admitted = there is not None and any(one.id == me.person_id for one in there.record.admissions.values())
        return admitted or (target.scribe is not None and target.scribe.person_id == me.person_id)

    def move(self, visit_id: str) -> None:
        """Have the gateway move text and open questions into that visit."""
        self._visit.command(MoveContent(to_visit_id=visit_id))

    def retract(self) -> None:
        """Say that nothing of this visit is to be kept; only while nothing of it was signed."""
        self._visit.command(RetractVisit())

    def copy(self, visit_id: str, copied_there: Callable[[int | None], None]) -> None:
        """Write into that visit what its note lacks of this one, after what stands there, and show it.

        `copied_there` is called on the UI thread with how many sentences that were; with None, and nothing is written,
        while what was moved there has not come to this laptop yet: it would stand there twice.
        """
        around = self._visit.around
        if around is None:
            return
        there = around.open.get(visit_id)

        def opened(target: OpenVisit) -> None:
            if self._visit.record.moved_to == visit_id and not self._has_come(target):
                copied_there(None)
                return
            behind = left_behind(self._visit.document.texts(), target.document.texts())
            for piece in behind:
                self._append(target, piece)
            adopt = getattr(self._visit.screen, "adopt_visit", None)
            if adopt is not None and (behind or there is None):
                adopt(target)
            copied_there(sum(piece.sentences for piece in behind))

        if there is not None:
            opened(there)
        else:
            around.open_visit(visit_id, opened)

    def _has_come(self, target: OpenVisit) -> bool:
        return target.caught_up and target.record.moved_from == self._visit.visit_id

    def _append(self, target: OpenVisit, piece: LeftBehind) -> None:
        """With its marks: what nobody heard stays unheard."""
        document = self._visit.document
        text = document.text(piece.section)
        target.bring_in(piece.section, copied(text, document.marks(piece.section), piece.start, piece.end))
