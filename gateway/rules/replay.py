"""Instant replay: a scribe hears again what she just heard, kept on her laptop for a while; each use is recorded."""

from gateway.rules.situation import Accepted, Decision, Situation, refuse
from wire.commands import ReportReplay
from wire.record import ReplayStarted, ReplayStopped
from wire.refusals import RefusalCode


def report_replay(situation: Situation, command: ReportReplay) -> Decision:
    """Recorded whenever it is said, however late: a use that is refused here would be one that nobody knows of."""
    owner = situation.record.admissions.get(command.admission_id)
    if owner is None or owner.id != situation.principal.id:
        return refuse(RefusalCode.NOT_ADMITTED)
    replay_id, admission_id, at = command.replay_id, command.admission_id, min(command.at, situation.now)
    if not command.playing:
        heard = command.heard_seconds
        return Accepted((ReplayStopped(replay_id=replay_id, admission_id=admission_id, at=at, heard_seconds=heard),))
    started = ReplayStarted(
        replay_id=replay_id,
        admission_id=admission_id,
        at=at,
        behind_seconds=command.behind_seconds,
        speed_percent=command.speed_percent,
    )
    return Accepted((started,))
