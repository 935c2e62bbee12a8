"""Questions that stand in the note: asked about a gap, answered into it exactly once, and what is left of them.

The laptop that asked puts the answer in, as an edit like any other; what was answered while the note was with the
provider the gateway put in itself. Which answer was put in last is kept in the document, so that neither a restart
nor an undo makes it happen twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visit.answering import Outcome, open_questions_in, places, put_answer, undecided
from visit.questions import Gap, OpenQuestion, gaps, may_have_gaps, open_questions
from visit.sections import SECTIONS
from wire.ids import new_id
from wire.record import NoteRecalled, NoteReturned, NoteSent, NoteSigned, QuestionAnswered, RecordEntry
from wire.visits import NoteState

if TYPE_CHECKING:
    from desktop.workflows.open_visit import OpenVisit


@dataclass(frozen=True, slots=True)
class Unasked:
    """A gap that nobody sent to the provider yet."""

    section: str
    gap: Gap


class NoteQuestions:
    """The questions of one open visit's note. Every method runs on the UI thread."""

    def __init__(self, visit: "OpenVisit", asked_here: Iterable[str]) -> None:
        self._visit = visit
        self._asked_here = list(asked_here)
        self._on_the_way: set[str] = set()
        self.filling = False
        """Whether the change of the text that is under way was typed by nobody."""

    # --- asking ------------------------------------------------------------------------------------------------------

    def unasked(self) -> list[Unasked]:
        """Every gap that nobody asked about, in the note's order."""
        document = self._visit.document
        found: list[Unasked] = []
        for section in SECTIONS:
            text = document.text(section.key)
            if may_have_gaps(text):
                asked = open_questions(section.key, text, document.marks(section.key))
                pairs = zip(gaps(text), asked, strict=True)
                found += [Unasked(section.key, gap) for gap, one in pairs if not self._is_asked(one.question_id)]
        return found

    def open(self) -> list[OpenQuestion]:
        """Every gap of the note, asked about or not."""
        return open_questions_in(self._visit.document)

    def ask_about(self, about: Unasked, text: str, quick_replies: tuple[str, ...]) -> str:
        """Ask the provider about a gap, where it stands by now; the question's id. The answer will fill it."""
        question_id = new_id()
        self._on_the_way.add(question_id)
        self._visit.ask(text, quick_replies, about.section, question_id)
        gap = self._standing(about)
        if gap is not None:
            self._asked_here.append(question_id)
            self._visit.keep_asked_here(self._asked_here)
            self._visit.document.set_question(about.section, gap.start, gap.end, question_id)
        return question_id

    def ask_all(self, in_words: Callable[[Gap], tuple[str, tuple[str, ...]]]) -> int:
        """Ask about every gap that is left, in the words given for each; how many there were."""
        left = self.unasked()
        for one in left:
            self.ask_about(one, *in_words(one.gap))
        return len(left)

    def refused(self, command_id: str) -> None:
        """The gateway did not take a command: if it asked something, that was not asked."""
        for row in self._visit.outbox:
            if row.command_id == command_id and '"type":"ask_question"' in row.command_json:
                self._on_the_way -= {name for name in self._on_the_way if f'"{name}"' in row.command_json}

    def _is_asked(self, question_id: str | None) -> bool:
        if question_id is None:
            return False
        line = self._visit.record.question(question_id)
        if line is not None:
            return not line.withdrawn
        return question_id in self._on_the_way or any(
            f'"{question_id}"' in row.command_json and '"type":"ask_question"' in row.command_json
            for row in self._visit.outbox
        )

    def _standing(self, about: Unasked) -> Gap | None:
        """The gap as it stands now: the one in the same sentence, else the nearest in the section."""
        here = [one.gap for one in self.unasked() if one.section == about.section]
        same = [gap for gap in here if gap.sentence == about.gap.sentence] or here
        return min(same, key=lambda gap: abs(gap.start - about.gap.start), default=None)

    # --- answers -----------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Do what the record says of questions: put answers in, leave gaps to the scribe that were taken back."""
        record = self._visit.record
        if record.frozen is not None or record.note_state is NoteState.SIGNED:
            return
        self._let_go_of_withdrawn()
        if any('"type":"send_note"' in row.command_json for row in self._visit.outbox):
            return  # the note that is on its way is the one that the scribe saw
        for question_id in self._to_put():
            self._put(question_id, again=False)

    def undecided(self) -> dict[str, Outcome]:
        """Answers of which the scribe may decide what the note says, by question: see `visit.answering.undecided`."""
        record = self._visit.record
        if record.frozen is not None or record.note_state in (NoteState.SENT, NoteState.SIGNED):
            return {}
        newest = {line.question_id: line.answers[-1].message_id for line in record.chat if line.answers}
        return undecided(self._visit.document, newest)

    def put(self, question_id: str) -> None:
        """The scribe wants the newest answer in the gap that is open."""
        self._put(question_id, again=True)

    def place(self, question_id: str) -> tuple[str, int, int] | None:
        """Section and units of the words that an earlier answer left in the note, or of the open gap."""
        found = places(self._visit.document).get(question_id)
        return (found[0], found[1].start, found[1].end) if found is not None else None

    def keep_own(self, question_id: str) -> None:
        """The scribe wants the note's words to stay, for all that the newest answer says."""
        line = self._visit.record.question(question_id)
        if line is not None and line.answers:
            self._visit.document.keep_answered(question_id, line.answers[-1].message_id)

    def _put(self, question_id: str, *, again: bool) -> None:
        line = self._visit.record.question(question_id)
        if line is None or not line.answers:
            return
        newest = line.answers[-1]
        self.filling = True
        try:
            put_answer(self._visit.document, question_id, newest.text, newest.message_id, again=again)
        finally:
            self.filling = False

    def _to_put(self) -> list[str]:
        """Questions of this laptop whose newest answer is not known to have been put in."""
        elsewhere = answered_while_sent(self._visit.entries)
        return [
            line.question_id
            for line in self._visit.record.chat
            if line.question_id in self._asked_here
            and line.answers
            and line.answers[-1].seq not in elsewhere
            and self._visit.document.answered_with(line.question_id) != line.answers[-1].message_id
        ]

    def _let_go_of_withdrawn(self) -> None:
        withdrawn = {line.question_id for line in self._visit.record.chat if line.withdrawn}
        if withdrawn:
            for one in self.open():
                if one.question_id in withdrawn:
                    self._visit.document.set_question(one.section, one.start, one.end, None)


def answered_while_sent(entries: Sequence[RecordEntry]) -> frozenset[int]:
    """The entries with an answer that came while the note was with the provider: the gateway put those in."""
    sent = False
    found: set[int] = set()
    for entry in entries:
        match entry.fact:
            case NoteSent():
                sent = True
            case NoteRecalled() | NoteReturned() | NoteSigned():
                sent = False
            case QuestionAnswered() if sent:
                found.add(entry.seq)
            case _:
                pass
    return frozenset(found)
