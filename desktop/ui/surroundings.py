"""Banner and status bar: patient, consent, link, saved and waiting, always in sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from desktop.ports import LinkProblem, LinkState, SaveState
from desktop.ui.main_window import MainWindow, StatusBar
from desktop.ui.present import Now, consent_pill, patient_details
from desktop.ui.present_gate import link_details, link_pill
from desktop.ui.words import say
from desktop.workflows.begin import Begun
from desktop.workflows.earlier import EarlierFlow
from desktop.workflows.feed_lines import Feed
from desktop.workflows.join import JoinFlow, JoinPhase
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.own_words import OwnWords
from desktop.workflows.phrase_flow import PhraseFlow
from desktop.workflows.quick_text import QuickText
from desktop.workflows.replay import ReplayFlow
from desktop.workflows.session import SessionFlow, SessionPhase
from desktop.workflows.sync import Sync
from desktop.workflows.talk import TalkFlow
from wire.refusals import RefusalCode
from wire.visits import NoteState, VisitSummary


@dataclass(slots=True)
class Flows:
    """The workflows that the screens show."""

    session: SessionFlow
    sync: Sync
    join: JoinFlow
    talk: TalkFlow
    replay: ReplayFlow
    quick_text: QuickText
    earlier: EarlierFlow
    phrases: PhraseFlow
    own_words: OwnWords


def flows_of(begun: Begun) -> Flows:
    """The part of the program's workflows that screens show."""
    return Flows(
        begun.session,
        begun.sync,
        begun.join,
        begun.talk,
        begun.replay,
        begun.quick_text,
        begun.earlier,
        begun.phrases,
        begun.own_words,
    )


def patient_name(flows: Flows, visit_id: str) -> str:
    """The name of a visit's patient; empty when it is not known here."""
    visit = flows.sync.open.get(visit_id)
    summary = flows.sync.visits.get(visit_id) or (visit.summary if visit is not None else None)
    return summary.patient.name if summary is not None else ""


def show_banner(window: MainWindow, visit: OpenVisit, summary: VisitSummary, join: JoinFlow | None, now: Now) -> None:
    """The patient and how the visit stands."""
    banner = window.banner
    patient = summary.patient
    allergies = say("visit.allergy", list=", ".join(patient.allergies)) if patient.allergies else ""
    where = say("visit.where", provider=summary.provider.name, room=summary.room.name)
    banner.show_patient(patient.name, patient_details(summary, now), allergies, where)
    banner.consent.show_state(*consent_pill(visit.record))
    if join is not None:
        feed = join.feed if join.feed.visit_id == summary.visit_id else Feed()
        banner.show_link(*link_pill(feed))
        banner.link.setToolTip(link_details(feed))
        banner.link.setAccessibleDescription(link_details(feed))
        mine = join.gate is not None and join.gate.visit_id == summary.visit_id
        admitted = mine and join.phase in (JoinPhase.ADMITTED, JoinPhase.JOINED)
        banner.device.show_state(say("visit.device_ok") if admitted else "", "ok")
    sent = visit.record.note_state in (NoteState.SENT, NoteState.SIGNED)
    banner.show_finish(sent=sent, frozen=visit.record.frozen is not None)
    show_visit_time(window, visit)


def show_visit_time(window: MainWindow, visit: OpenVisit) -> None:
    """Minutes and seconds since the room pressed Start."""
    started = next((e.at for e in reversed(visit.entries) if e.fact.type == "capture_started"), None)
    if started is None or not visit.record.capturing:
        window.banner.time.show_state("", "accent")
        return
    seconds = max(0, int((datetime.now(UTC) - started).total_seconds()))
    shown = say("visit.in_visit", time=f"{seconds // 60}:{seconds % 60:02}")
    window.banner.time.show_state(shown, "accent")


def show_status(status: StatusBar, flows: Flows, visits: Sequence[OpenVisit]) -> None:
    """What is saved here, what waits for the gateway, and whether it is reached."""
    states = {visit.save_state for visit in visits}
    if SaveState.NOT_SAVED in states:
        StatusBar.put(status.saved, say("status.not_saved"))
    elif visits:
        StatusBar.put(status.saved, say("status.saving" if SaveState.SAVING in states else "status.saved"))
    waiting = sum(visit.waiting_for_gateway for visit in visits)
    refusals = {visit.update_refusal.code for visit in visits if visit.update_refusal is not None}
    key = "status.waiting_admission" if refusals == {RefusalCode.NOT_ADMITTED} else "status.waiting"
    StatusBar.put(status.waiting, say(key, count=waiting) if waiting else "")
    StatusBar.put(status.link, _link_words(flows))


def empty_day(flows: Flows) -> str:
    """What stands in the place of the day's visits: why there are none, and what helps."""
    session = flows.session
    if flows.sync.state is LinkState.ONLINE:
        return say("today.none")
    if session.phase is SessionPhase.REFRESHING or flows.sync.state is LinkState.CONNECTING:
        return say("today.connecting")
    if session.problem in (None, LinkProblem.UNREACHABLE, LinkProblem.TIMED_OUT):
        return say("today.offline")
    return say(f"link.{session.problem}")


def _link_words(flows: Flows) -> str:
    match flows.sync.state:
        case LinkState.ONLINE:
            practice = flows.session.info.practice if flows.session.info else ""
            return say("status.online", practice=practice)
        case LinkState.CONNECTING:
            return say("status.connecting")
        case LinkState.OFFLINE:
            offline = flows.session.phase in (SessionPhase.SIGNED_IN, SessionPhase.OFFLINE)
            return say("status.offline") if offline else ""
        case LinkState.SIGNED_OUT:
            return say("status.signed_out")
