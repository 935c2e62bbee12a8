"""Random edit histories of a few replicas of one document, as honest participants make them."""

from dataclasses import dataclass, field
from datetime import date
from unittest.mock import patch

from hypothesis import strategies as st

from visit.document import VisitDocument, merge
from visit.guard import CheckedUpdate, GuardProblem, check_update, read_state_vector
from visit.indexes import utf16_length
from visit.marks import MarkedText
from visit.provenance import Carried, Finding, Heard, Question, Speaker

PIECES = ("a", "lorem ", "é", "µg", "😀", "e\u0301", "👩‍⚕️", "\n", "\r\n", "\u2028")
SECTIONS = ("hpi", "assessment_and_plan")
ORDERS = ("order-1", "order-2")
SOURCES = (
    Heard(at_ms=1_000, speaker=Speaker.PATIENT),
    Finding(macro_id="normal-knee"),
    Carried(note_id="note-1", dated=date(2026, 3, 1)),
    Question(question_id="question-1"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that one replica does; the numbers are reduced to what the document has when it is done."""

    kind: str
    replica: int
    other: int
    where: int
    length: int
    choice: int


STEPS = st.builds(
    Step,
    kind=st.sampled_from(
        ["insert", "insert", "insert", "delete", "replace", "draft", "drop", "resync", "full", "merged", "each"]
        + ["marked", "mark", "mark", "unmark", "remark", "lay out", "undo", "undo", "redo"]
    ),
    replica=st.integers(0, 2),
    other=st.integers(0, 2),
    where=st.integers(0, 200),
    length=st.integers(0, 12),
    choice=st.integers(0, 99),
)
HISTORIES = st.lists(STEPS, min_size=20, max_size=80)


@dataclass(slots=True)
class Replica:
    """A document with the updates that it has made since it last gave them away."""

    document: VisitDocument
    made: list[bytes] = field(default_factory=list)


class History:
    """Replicas that edit and exchange; whatever crosses goes through the guard and must pass.

    Replica 0 stands for the gateway: single updates travel to it and from it, never past it.
    """

    def __init__(self, keep_deleted: tuple[bool, bool, bool] = (False, True, False)) -> None:
        self.replicas = [
            Replica(VisitDocument(client_id=number + 1, keep_deleted=keep)) for number, keep in enumerate(keep_deleted)
        ]
        self.crossed: list[tuple[bytes, bytes]] = []
        """Each update that crossed, behind the receiver's state at that time."""
        for replica in self.replicas:
            replica.document.on_update = replica.made.append
            with patch("visit.document.UNDO_STEP_MS", 0):  # each edit is a step of its own
                replica.document.keep_history()

    def run(self, steps: list[Step]) -> None:
        """Do the steps, then bring all replicas to the same state."""
        for step in steps:
            self.do(step)
        self.converge()

    def do(self, step: Step) -> None:
        """One step; nothing when there is nothing to do."""
        mine, other = self.replicas[step.replica], self.replicas[step.other]
        document = mine.document
        match step.kind:
            case "draft":
                document.set_draft_order(ORDERS[step.choice % 2], f'{{"dose":{step.choice}}}')
            case "drop":
                document.set_draft_order(ORDERS[step.choice % 2], None)
            case "lay out":
                document.set_layout(ORDERS[step.choice % 2], str(step.choice) if step.choice % 3 else None)
            case "undo":
                document.undo()
            case "redo":
                document.redo()
            case "resync" | "full" if step.replica != 0 and step.other != 0:
                pass  # nothing travels past the gateway
            case "resync":
                self.cross(document.update_since(other.document.state_vector()), step.other)
            case "full":
                self.cross(document.update_since(), step.other)
            case "merged" | "each" if step.replica != 0 and mine.made:
                updates = [merge(mine.made)] if step.kind == "merged" else mine.made[:]
                mine.made.clear()
                for update in updates:
                    self.cross(update, 0)
            case "insert" | "delete" | "replace" | "marked" | "mark":
                self._edit(document, step)
            case "unmark" | "remark":
                self._mark_again(document, step)
            case _:
                pass

    def converge(self) -> None:
        """Two rounds of resync through replica 0."""
        hub = self.replicas[0].document
        for _ in range(2):
            for number in (1, 2):
                spoke = self.replicas[number].document
                self.cross(spoke.update_since(hub.state_vector()), 0)
                self.cross(hub.update_since(spoke.state_vector()), number)

    def cross(self, update: bytes, to: int) -> None:
        """Hand an update over as the network would: guarded by shape and by a plain state vector alike."""
        document = self.replicas[to].document
        vector = read_state_vector(document.state_vector())
        assert not isinstance(vector, GuardProblem)
        assert vector == dict(document.clocks())
        checked = check_update(update, document.clocks(), {1, 2, 3})
        assert isinstance(checked, CheckedUpdate), checked
        assert check_update(update, vector, {1, 2, 3}) == checked
        self.crossed.append((document.update_since(), update))
        document.apply(checked, "somebody")

    @staticmethod
    def _edit(document: VisitDocument, step: Step) -> None:
        section = SECTIONS[step.choice % 2]
        text = document.text(section)
        first = step.where % (len(text) + 1)
        last = first if step.kind == "insert" else min(len(text), first + step.length)
        inserted = "" if step.kind == "delete" else PIECES[step.choice % len(PIECES)]
        start, end = utf16_length(text[:first]), utf16_length(text[:last])
        source = SOURCES[step.choice % len(SOURCES)]
        if step.kind == "marked":
            document.replace_marked(section, start, end, MarkedText.whole(inserted, source))
        elif step.kind != "mark":
            document.replace(section, start, end, inserted)
        elif start < end:
            document.add_mark(section, start, end, source)

    @staticmethod
    def _mark_again(document: VisitDocument, step: Step) -> None:
        marks = document.marks(SECTIONS[step.choice % 2])
        if marks and step.kind == "unmark":
            document.remove_mark(marks[step.where % len(marks)].id)
        elif marks:
            document.change_mark(marks[step.where % len(marks)].id, SOURCES[step.length % len(SOURCES)])
