"""Earlier signed notes of a visit's patient, asked of the gateway when a scribe wants to bring text forward."""

from collections.abc import Callable
from enum import StrEnum, auto

from desktop.ports import Jobs, LinkFailed, LinkProblem, Refused
from desktop.workflows.session import SessionFlow
from wire.earlier import EarlierNote, EarlierNoteText
from wire.refusals import Refusal


class Asked(StrEnum):
    """Where the newest question stands."""

    NOTHING = auto()
    ASKING = auto()
    ANSWERED = auto()
    FAILED = auto()


class EarlierNotes:
    """What is known for one visit, in memory alone; it goes with whoever shows it. Runs on the UI thread.

    Nothing is asked before a person asks: each reading is in the practice's audit.
    """

    def __init__(self, jobs: Jobs, session: SessionFlow, visit_id: str) -> None:
        self._jobs = jobs
        self._session = session
        self._visit_id = visit_id
        self.asked = Asked.NOTHING
        self.notes: tuple[EarlierNote, ...] = ()
        self.texts: dict[str, EarlierNoteText] = {}
        self.problem: Refusal | LinkProblem | None = None
        """Why the newest question failed."""
        self.on_changed: Callable[[], None] = lambda: None

    def ask(self) -> None:
        """Which notes there are."""
        gateway = self._session.gateway
        if gateway is None:
            self._failed(LinkFailed(LinkProblem.UNREACHABLE))
            return

        def done(notes: list[EarlierNote]) -> None:
            self.notes = tuple(notes)
            self._answered()

        self._ask()
        self._jobs.on_link(lambda: gateway.earlier_notes(self._visit_id), done, self._failed)

    def read(self, note_id: str) -> None:
        """One note's text; one that is here already is not asked for again."""
        gateway = self._session.gateway
        if note_id in self.texts:
            self._answered()
            return
        if gateway is None:
            self._failed(LinkFailed(LinkProblem.UNREACHABLE))
            return

        def done(text: EarlierNoteText) -> None:
            self.texts[note_id] = text
            self._answered()

        self._ask()
        self._jobs.on_link(lambda: gateway.earlier_note(self._visit_id, note_id), done, self._failed)

    def _ask(self) -> None:
        self.asked, self.problem = Asked.ASKING, None
        self.on_changed()

    def _answered(self) -> None:
        self.asked, self.problem = Asked.ANSWERED, None
        self.on_changed()

    def _failed(self, problem: LinkFailed | Refused) -> None:
        self.asked = Asked.FAILED
        self.problem = problem.refusal if isinstance(problem, Refused) else problem.problem
        self.on_changed()


class EarlierFlow:
    """Makes what is known for each visit."""

    def __init__(self, jobs: Jobs, session: SessionFlow) -> None:
        self._jobs = jobs
        self._session = session

    def of(self, visit_id: str) -> EarlierNotes:
        """Nothing is known yet."""
        return EarlierNotes(self._jobs, self._session, visit_id)
