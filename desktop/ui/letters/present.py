"""From a visit's letters to what the sheet shows: words and tones. Pure."""

from dataclasses import dataclass

from desktop.ui.present import Now
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from visit.letter_content import LetterName, PracticeHead, letter_content, letter_head
from visit.letter_draft import LetterDraft, Unfilled, draft_fields
from visit.letter_lines import LetterLine
from visit.letters import LetterHead, LetterProblem
from wire.letters import LetterContent, LetterFields, LetterState

TONES = {
    LetterState.SENT: "accent",
    LetterState.RETURNED: "bad",
    LetterState.SIGNED: "ok",
    LetterState.WITHDRAWN: "plain",
}


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter as it is listed."""

    letter_id: str
    version: int
    title: str
    detail: str
    state: str
    tone: str
    can_change: bool
    """And be taken back."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What a draft has become: the letter with what makes it, or a sentence that says what it lacks."""

    content: LetterContent | None = None
    fields: LetterFields | None = None
    lacks: str = ""


def head_of(visit: OpenVisit, now: Now) -> LetterHead | None:
    """Who signs a letter of this visit, and about whom; None until the practice and the visit are known here."""
    if visit.summary is None or now.info is None:
        return None
    practice = PracticeHead(now.info.practice, now.info.phone, now.zone)
    return letter_head(practice, visit.summary.patient, visit.summary.provider.name, visit.summary.scheduled_at)


def compose(visit: OpenVisit, draft: LetterDraft, now: Now) -> Composed:
    """The letter that a draft makes of the note as it stands here: exactly what the gateway will make of it."""
    head = head_of(visit, now)
    if head is None:
        return Composed(lacks=say("letters.no_practice"))
    texts = visit.document.texts()
    fields = draft_fields(draft, head.visit_date, texts)
    if isinstance(fields, Unfilled):
        name = say(f"letters.field.{fields.field}")
        return Composed(lacks=say(f"letters.unfilled.{fields.problem}", field=name))
    content = letter_content(LetterName(visit.visit_id, draft.letter_id, draft.base_version + 1), fields, head, texts)
    if isinstance(content, LetterProblem):
        return Composed(lacks=say(f"letters.problem.{content}"))
    return Composed(content, fields)


def is_on_its_way(visit: OpenVisit, letter_id: str) -> bool:
    """Whether something about this letter waits for the gateway's answer."""
    return any(
        f'"letter_id":"{letter_id}"' in row.command_json and '_letter"' in row.command_json for row in visit.outbox
    )


def letter_rows(visit: OpenVisit, now: Now) -> list[LetterRow]:
    """The letters that were sent, oldest first."""
    return [_row(visit, line, now) for line in visit.record.letters.values()]


def button_words(visit: OpenVisit) -> tuple[str, str]:
    """What the way to the letters says, short for its place and in full: the state that most needs the scribe."""
    states = [line.state for line in visit.record.letters.values()]
    for state in (LetterState.RETURNED, LetterState.SENT, LetterState.SIGNED):
        if count := states.count(state):
            return say(f"letters.button_{state}", count=count), say(f"letters.named_{state}", count=count)
    return say("letters.title"), say("letters.title")


def _row(visit: OpenVisit, line: LetterLine, now: Now) -> LetterRow:
    content, state = line.content, line.state
    on_its_way = is_on_its_way(visit, content.letter_id)
    is_open = state in (LetterState.SENT, LetterState.RETURNED) and visit.record.frozen is None
    return LetterRow(
        content.letter_id,
        content.version,
        content.title,
        _detail(visit, line, now),
        say("letters.state.sending") if on_its_way else say(f"letters.state.{state}"),
        "plain" if on_its_way else TONES[state],
        can_change=is_open and not on_its_way,
    )


def _detail(visit: OpenVisit, line: LetterLine, now: Now) -> str:
    match line.state:
        case LetterState.RETURNED:
            return say("letters.detail.returned", comment=line.returned_because)
        case LetterState.SIGNED if line.signed_by is not None and line.signed_at is not None:
            return say("letters.detail.signed", who=line.signed_by.name, time=now.clock(line.signed_at))
        case LetterState.SENT if _is_stale(visit, line, now):
            return say("letters.detail.stale", time=now.clock(line.sent_at))
        case _:
            return say("letters.detail.sent", time=now.clock(line.sent_at))


def _is_stale(visit: OpenVisit, line: LetterLine, now: Now) -> bool:
    """Whether the note's words of now would make another letter."""
    head, content = head_of(visit, now), line.content
    if head is None:
        return False
    name = LetterName(content.visit_id, content.letter_id, content.version)
    return letter_content(name, line.fields, head, visit.document.texts()) != content
