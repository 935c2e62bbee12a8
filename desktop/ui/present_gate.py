"""From the join workflow's values to what the gate and the feed pane show. Pure."""

from dataclasses import dataclass
from datetime import UTC, tzinfo

from desktop.ports import FeedState, LinkQuality
from desktop.ui.gate import CheckRow, GateState
from desktop.ui.present import Now
from desktop.ui.present_room import RoomView, room_view
from desktop.ui.words import has, say
from desktop.workflows.feed_lines import Feed
from desktop.workflows.join import Gate, JoinPhase
from desktop.workflows.link_quality import LinkGrade, Weakness
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.session import SessionFlow, SessionPhase
from visit.record import VisitRecord
from wire.posture import CheckResult, CheckState, CheckVerdict, Requirement
from wire.visits import NoteState, VisitSummary


@dataclass(frozen=True, slots=True)
class Around:
    """What a pane's words depend on besides the feed: why one cannot join, and which other room is heard."""

    room: str
    capturing: bool
    hindrance: str
    elsewhere: str
    view: RoomView


def around(visit: OpenVisit, session: SessionFlow, heard: VisitSummary | None, now: Now) -> Around:
    """For one visit's pane; `heard` is the visit whose room is heard now, if any."""
    room = visit.summary.room.name if visit.summary else ""
    elsewhere = ""
    if heard is not None and heard.visit_id != visit.visit_id:
        elsewhere = say("feed.other_visit", room=heard.room.name, patient=heard.patient.name)
    me = session.person.person_id if session.person else ""
    view = room_view(visit.record, room, me, now)
    return Around(room, visit.record.capturing, join_hindrance(visit.record, session.phase), elsewhere, view)


def gate_state(gate: Gate | None, phase: JoinPhase, summary: VisitSummary | None, now: Now) -> GateState:
    """The whole admission screen."""
    rows = tuple(check_row(result, _verdict_of(gate, result), now.zone) for result in gate.results) if gate else ()
    admitted = phase in (JoinPhase.ADMITTED, JoinPhase.JOINED)
    checking = phase is JoinPhase.CHECKING
    return GateState(
        title=say("gate.title", provider=summary.provider.name, room=summary.room.name) if summary else "",
        subtitle=_subtitle(summary, now),
        checked=_checked(gate),
        rows=rows,
        verdict=say("gate.checking") if checking else say("gate.passed" if admitted else "gate.refused"),
        tone="plain" if checking else ("ok" if admitted else "bad"),
        waits_for=_waits_for(gate, phase, rows),
        may_join=phase is JoinPhase.ADMITTED,
        checking=checking,
        sent=gate.report.report.model_dump_json(indent=2) if gate and gate.report else "",
    )


def check_row(result: CheckResult, verdict: CheckVerdict | None, zone: tzinfo = UTC) -> CheckRow:
    """One check: its state in words, the remedy when it does not pass, and what the policy makes of it."""
    sentence = reason_words(result)
    remedy_key = f"posture.{result.check}.{result.reason}.do"
    remedy = "" if result.state is CheckState.PASS or not has(remedy_key) else say(remedy_key, **_worded(result.params))
    if result.state is CheckState.PASS:
        return CheckRow(say(f"check.{result.check}"), "ok", sentence, "", "")
    if verdict is None:  # the gateway did not judge this report: nothing is claimed about what it requires
        return CheckRow(say(f"check.{result.check}"), "warn", sentence, remedy, say(f"state.{result.state}"))
    notes = {
        Requirement.ADVISORY: say("gate.advisory"),
        Requirement.OFF: say("gate.off"),
        Requirement.WARN: say("gate.warn"),
        Requirement.REQUIRE: say("gate.required"),
    }
    ruling = notes[verdict.requirement]
    if verdict.admits and verdict.grace_until is not None:
        until = verdict.grace_until.astimezone(zone)
        ruling = say("gate.grace", date=f"{until.day} {until:%b}")
    note = f"{say(f'state.{result.state}')}\n{ruling}"
    return CheckRow(say(f"check.{result.check}"), "warn" if verdict.admits else "bad", sentence, remedy, note)


def reason_words(result: CheckResult) -> str:
    """The sentence of a check's reason; its state's word where a reason has none."""
    key = f"posture.{result.check}.{result.reason}"
    return say(key, **_worded(result.params)) if has(key) else say(f"state.{result.state}")


def _worded(params: dict[str, str]) -> dict[str, str]:
    """The values of a sentence, durations in words: 900 as 15 min, 0.4 as 0.4 s."""
    return params | {name: _duration(params[name]) for name in ("seconds", "max_seconds") if name in params}


def _duration(seconds: str) -> str:
    whole = int(seconds) if seconds.isdecimal() else 0
    if whole < 60:
        return say("unit.seconds", number=seconds)
    minutes, rest = divmod(whole, 60)
    shown = say("unit.minutes", number=minutes)
    return f"{shown} {say('unit.seconds', number=rest)}" if rest else shown


def _verdict_of(gate: Gate | None, result: CheckResult) -> CheckVerdict | None:
    if gate is None or gate.decision is None:
        return None
    return next((v for v in gate.decision.verdicts if v.check is result.check), None)


def _subtitle(summary: VisitSummary | None, now: Now) -> str:
    if summary is None:
        return ""
    return say("gate.subtitle", time=now.clock(summary.scheduled_at), reason=summary.reason)


def _checked(gate: Gate | None) -> str:
    if gate is None or gate.challenge is None:
        return ""
    return say("gate.checked", practice=gate.challenge.practice, version=gate.challenge.policy_version)


def _waits_for(gate: Gate | None, phase: JoinPhase, rows: tuple[CheckRow, ...]) -> str:
    if phase is JoinPhase.CHECKING:
        return say("gate.waits_checking")
    if phase in (JoinPhase.ADMITTED, JoinPhase.JOINED):
        return say("gate.may_join")
    blocking = [row.name for row in rows if row.tone == "bad"]
    if blocking:
        return say("gate.waits_for", list=", ".join(blocking))
    if gate is not None and gate.refusal is not None:
        return say(f"refusal.{gate.refusal.code}", **gate.refusal.params)
    if gate is not None and gate.failed is not None:
        return say(f"link.{gate.failed.problem}")
    return ""


def join_hindrance(record: VisitRecord, phase: SessionPhase) -> str:
    """Why one cannot join now, and what helps; empty when the gate can be asked."""
    if record.note_state in (NoteState.SENT, NoteState.SIGNED):
        return say("feed.note_closed")
    if record.consent is not None and not record.consent_agreed:
        return say("feed.declined")
    if phase is SessionPhase.SIGNED_IN:
        return ""
    waits = phase in (SessionPhase.OFFLINE, SessionPhase.REFRESHING, SessionPhase.STARTING)
    return say("feed.offline" if waits else "feed.sign_in_first")


def feed_sentence(feed: Feed, phase: JoinPhase, room: str, *, capturing: bool) -> str:
    """What the feed does, in one sentence."""
    match feed.state:
        case FeedState.WAITING if feed.reason == "lost":
            return say("feed.lost", room=room)
        case FeedState.WAITING if not capturing:
            return say("feed.not_capturing", room=room)
        case FeedState.WAITING:
            key = "feed.room_does_not_answer" if feed.reason == "room_does_not_answer" else "feed.waiting"
            return say(key, room=room)
        case FeedState.CONNECTING:
            return say("feed.connecting", room=room)
        case FeedState.LIVE:
            return say("feed.no_sound") if feed.reason == "no_sound_output" else say("feed.live_sentence", room=room)
        case FeedState.LOST:
            return say("feed.lost", room=room)
        case FeedState.REFUSED:
            return say("feed.refused", room=room)
        case FeedState.OFF:
            return _off_sentence(feed, phase)


def _off_sentence(feed: Feed, phase: JoinPhase) -> str:
    if not feed.reason or phase in (JoinPhase.ADMITTED, JoinPhase.CHECKING):
        return say("feed.off")
    key = f"feed.ended.{feed.reason}"
    return say(key) if has(key) else say("feed.ended.other")


def link_pill(feed: Feed) -> tuple[str, str, str]:
    """Link quality in a word; the same with what is worst or the round trip; its tone. Empty while not live."""
    if feed.state is not FeedState.LIVE:
        return "", "", "plain"
    grade, quality = feed.link.grade, feed.quality
    tone = {LinkGrade.GOOD: "ok", LinkGrade.FAIR: "warn", LinkGrade.POOR: "bad"}[grade]
    shown = _weakness(feed.link.weakness, quality)
    if not shown and quality.rtt_ms is not None:
        shown = say("visit.rtt", ms=round(quality.rtt_ms))
    word = say(f"visit.link_{grade}")
    return word, say("visit.link", word=word, figure=shown) if shown else word, tone


def _weakness(weakness: Weakness, quality: LinkQuality) -> str:
    match weakness:
        case Weakness.CONCEALED:
            return say("visit.link_concealed", share=f"{quality.concealed or 0.0:.1%}")
        case Weakness.LOSS:
            return say("visit.link_loss", share=f"{quality.loss or 0.0:.1%}")
        case Weakness.SLOW:
            return say("visit.rtt", ms=round(quality.rtt_ms or 0.0))
        case Weakness.FEW_PICTURES:
            return say("visit.link_fps", fps=round(quality.fps or 0.0))
        case Weakness.EASING:
            return say("visit.link_easing")
        case Weakness.NONE:
            return ""


def link_details(feed: Feed) -> str:
    """Every figure of the connection in words, one a line; empty while not live."""
    if feed.state is not FeedState.LIVE:
        return ""
    quality = feed.quality
    lines = [say(f"visit.link_{feed.link.grade}")]
    if quality.rtt_ms is not None:
        lines.append(say("link.rtt", ms=round(quality.rtt_ms)))
    if quality.loss is not None:
        lines.append(say("link.loss", share=f"{quality.loss:.1%}"))
    if quality.concealed is not None:
        lines.append(say("link.concealed", share=f"{quality.concealed:.1%}"))
    if quality.fps is not None and quality.width:
        lines.append(say("link.picture", width=quality.width, height=quality.height, fps=round(quality.fps)))
    if quality.kbit_s is not None:
        lines.append(say("link.rate", kbit=round(quality.kbit_s)))
    if quality.path is not None:
        lines.append(say(f"link.path.{quality.path}"))
    return "\n".join(lines)
