"""Talk-back: a scribe speaks to the room that she hears, and the record says from when to when."""

from gateway.rules.situation import Accepted, Decision, Situation, refuse
from wire.commands import ReportTalk
from wire.record import TalkStarted, TalkStopped
from wire.refusals import RefusalCode


def report_talk(situation: Situation, command: ReportTalk) -> Decision:
    """Talk is recorded when it changes: only who hears the room, under a live admission, speaks to it."""
    record = situation.record
    owner = record.admissions.get(command.admission_id)
    if owner is None or owner.id != situation.principal.id:
        return refuse(RefusalCode.NOT_ADMITTED)
    talks = command.admission_id in record.talking
    if not command.speaking:
        stopped = TalkStopped(admission_id=command.admission_id, reason=command.reason or "stopped")
        return Accepted((stopped,) if talks else ())
    if command.admission_id not in situation.live_admissions or command.admission_id not in record.listening:
        return refuse(RefusalCode.NOT_ADMITTED)
    return Accepted(() if talks else (TalkStarted(admission_id=command.admission_id),))
