"""Of a note after it was sent and of a frozen visit: the strip over the note, versions' titles, what puts it right."""

from collections.abc import Sequence
from datetime import datetime

from desktop.ports import LinkFailed, Refused
from desktop.ui.note_strip import StripState
from desktop.ui.present import Now, patient_details, refusal_words
from desktop.ui.put_right_pane import PutRightState, Target
from desktop.ui.versions_pane import VersionsState
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.put_right import PutRight
from desktop.workflows.versions import HERE, VersionsFlow
from wire.orders import OrderState
from wire.people import Person
from wire.versions import NoteVersion
from wire.visits import Moment, NoteState, VisitSummary

SIGNED_STATES = (OrderState.SIGNED, OrderState.ORDERED)


def moment_words(moment: datetime, now: Now) -> str:
    """The day and the time in the practice's zone, as 23 Nov 14:21; of today the time alone."""
    there, today = moment.astimezone(now.zone), now.at.astimezone(now.zone)
    return now.clock(moment) if there.date() == today.date() else there.strftime("%d %b %H:%M")


def strip_state(visit: OpenVisit, now: Now) -> StripState | None:
    """What stands over the note; None when there is nothing to know."""
    record = visit.record
    provider = visit.summary.provider.name if visit.summary else ""
    if record.frozen is not None:
        one = record.frozen
        values = {"who": one.author.name, "time": moment_words(one.at, now), "reason": one.reason}
        return StripState(say("strip.frozen", **values), "notice", "put_right", say("strip.put_right"))
    if record.note_state is NoteState.SENT:
        return _sent_strip(visit, provider, now)
    if record.note_state is NoteState.SIGNED:
        if visit.differs_from_signed:
            return StripState(say("strip.differs"), "notice", "versions", say("strip.compare"))
        return None
    if record.recalled_by is not None:
        return StripState(say("strip.recalled", who=record.recalled_by.name, provider=provider))
    if record.unfrozen is not None:
        one = record.unfrozen
        values = {"who": one.author.name, "time": moment_words(one.at, now), "reason": one.reason}
        return StripState(say("strip.unfrozen", **values))
    return None


def _sent_strip(visit: OpenVisit, provider: str, now: Now) -> StripState:
    record = visit.record
    if visit.is_under_way("recall_note"):
        return StripState(say("finish.recalling"))
    if record.note_opened:
        opened = record.moments.get(Moment.OPENED)
        time = moment_words(opened, now) if opened is not None else ""
        return StripState(say("strip.opened", provider=provider, time=time))
    sent = record.moments.get(Moment.SENT)
    text = say("strip.sent", provider=provider, time=moment_words(sent, now) if sent is not None else "")
    return StripState(text, "muted", "recall", say("strip.recall"))


def version_title(version: NoteVersion | None, now: Now) -> str:
    """What made a version, by whom and when; None is what stands on this laptop."""
    if version is None:
        return say("versions.here")
    values = {"number": version.version, "who": version.author.name, "time": moment_words(version.at, now)}
    return say(f"versions.{version.state}", **values)


def versions_state(flow: VersionsFlow, now: Now) -> VersionsState:
    """The lists of both sides and the comparison, or why there is none."""
    choices = tuple((one.seq, version_title(one, now)) for one in flow.versions)
    heads = ("", "")
    if flow.comparison is not None:
        heads = (version_title(flow.comparison.left, now), version_title(flow.comparison.right, now))
    return VersionsState(
        left=choices,
        right=(*choices, (HERE, say("versions.here"))) if choices else (),
        chosen=(flow.left, flow.right),
        heads=heads,
        sections=flow.comparison.sections if flow.comparison is not None else (),
        sentence=_versions_sentence(flow),
    )


def _versions_sentence(flow: VersionsFlow) -> str:
    if flow.problem is not None:
        return link_words(flow.problem)
    if flow.busy:
        return say("versions.busy")
    return "" if flow.versions else say("versions.none")


def link_words(problem: LinkFailed | Refused) -> str:
    """Why a call to the gateway gave no answer."""
    return refusal_words(problem.refusal) if isinstance(problem, Refused) else say(f"link.{problem.problem}")


def put_right_state(visit: OpenVisit, me: Person | None, now: Now) -> PutRightState | None:
    """What can be done about a frozen visit; None for one that is not frozen."""
    record = visit.record
    if record.frozen is None:
        return None
    flow, provider = PutRight(visit), visit.summary.provider.name if visit.summary else ""
    one = record.frozen
    values = {"who": one.author.name, "time": moment_words(one.at, now), "reason": one.reason}
    targets = tuple(_target(it, flow.may_move(it, me), now) for it in flow.targets())
    moves = not record.moved_to and not visit.is_under_way("move_content")
    return PutRightState(
        sentence=say("wrong.frozen", **values),
        points=tuple(_frozen_points(visit, provider, targets, now)),
        targets=targets,
        moves=moves,
        may_settle=not record.retracted and not _was_signed(visit) and not visit.is_under_way("retract_visit"),
    )


def _target(summary: VisitSummary, may_move: bool, now: Now) -> Target:
    values = {"name": summary.patient.name, "details": patient_details(summary, now)}
    words = say("wrong.target", **values, time=moment_words(summary.scheduled_at, now), reason=summary.reason)
    return Target(summary.visit_id, words, may_move)


def _frozen_points(visit: OpenVisit, provider: str, targets: Sequence[Target], now: Now) -> list[tuple[str, str]]:
    record, points = visit.record, list[tuple[str, str]]()
    if record.moved_to:
        there = visit.around.visits.get(record.moved_to) if visit.around is not None else None
        where = _target(there, may_move=False, now=now).words if there is not None else ""
        points.append(("✓", say("wrong.moved_to", where=where) if where else say("wrong.moved")))
    elif visit.is_under_way("move_content"):
        points.append(("!", say("wrong.moving")))
    else:
        points.append(("!", say("wrong.to_move", provider=provider)))
    if visit.unsent:
        points.append(("!", say("wrong.only_here", count=len(visit.unsent))))
    if _was_signed(visit):
        points.append(_retraction_point(visit, provider))
    elif record.retracted:
        points.append(("✓", say("wrong.settled")))
    if not record.moved_to and not record.retracted:
        points.append(("!", say("wrong.mistake", provider=provider)))
    return points


def _retraction_point(visit: OpenVisit, provider: str) -> tuple[str, str]:
    """Only the EHR's own answer makes it so."""
    record = visit.record
    if not record.retracted:
        return "!", say("wrong.to_retract", provider=provider)
    signed = int(record.signed_by is not None) + len(record.addenda)
    signed += sum(one.state in SIGNED_STATES for one in record.orders.values())
    if len(record.ehr_retracted) < signed:
        return "!", say("wrong.retracting")
    return "✓", say("wrong.retracted")


def _was_signed(visit: OpenVisit) -> bool:
    orders = visit.record.orders.values()
    return visit.record.signed_by is not None or any(one.state in SIGNED_STATES for one in orders)
