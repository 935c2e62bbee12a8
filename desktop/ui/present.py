"""From the workflows' values to what the screens show: words, times in the practice's zone, tones. Pure."""

import json
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from desktop.ports import SaveState
from desktop.ui.chat_pane import ChatBubble
from desktop.ui.finish_pane import FinishState
from desktop.ui.orders_pane import OrderRow
from desktop.ui.present_finish import obstacle_lines
from desktop.ui.today import VisitRow
from desktop.ui.urgent_panel import UrgentLine
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.session import SessionFlow
from visit.answering import Outcome
from visit.attestation import attestation
from visit.record import ChatLine, OrderLine, Urgent, VisitRecord
from visit.sections import SECTION_BY_KEY
from visit.time_anchor import TimeAnchor
from wire.http import GatewayInfo
from wire.orders import OrderState
from wire.people import Role
from wire.record import ChatSeen, ConsentDecision, LateLeftOut, NoteAddended, QuestionAnswered
from wire.refusals import Refusal
from wire.urgent import UrgentKind
from wire.visits import Moment, NoteState, VisitPhase, VisitSummary

ORDER_TONES = {
    OrderState.PENDED: "accent",
    OrderState.WITHDRAWN: "plain",
    OrderState.SIGNED: "ok",
    OrderState.DECLINED: "bad",
    OrderState.ORDERED: "ok",
}
NOTE_TONES = {
    NoteState.DRAFT: "warn",
    NoteState.READY: "accent",
    NoteState.SENT: "accent",
    NoteState.RETURNED: "bad",
    NoteState.SIGNED: "ok",
}
PHASE_TONES = {VisitPhase.SCHEDULED: "plain", VisitPhase.LIVE: "accent", VisitPhase.ENDED: "plain"}


@dataclass(frozen=True, slots=True)
class Now:
    """The moment and the practice's zone in which it is shown."""

    at: datetime
    zone: tzinfo
    info: GatewayInfo | None = None
    """The practice, once its gateway has said who it is."""

    def clock(self, moment: datetime) -> str:
        """A time of day, as 14:21."""
        return moment.astimezone(self.zone).strftime("%H:%M")


def age(born: date, today: date) -> int:
    """Whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def patient_details(summary: VisitSummary, now: Now) -> str:
    """Age, sex, birth date and MRN tail."""
    patient = summary.patient
    return say(
        "visit.details",
        age=age(patient.birth_date, now.at.astimezone(now.zone).date()),
        sex=patient.sex[:1].upper(),
        born=patient.birth_date.isoformat(),
        mrn=patient.mrn_tail,
    )


def visit_row(summary: VisitSummary, now: Now) -> VisitRow:
    """One row of Today."""
    patient = summary.patient
    detail = say(
        "today.detail",
        age=age(patient.birth_date, now.at.astimezone(now.zone).date()),
        sex=patient.sex[:1].upper(),
        born=patient.birth_date.isoformat(),
        mrn=patient.mrn_tail,
        reason=summary.reason,
    )
    pills = [(say(f"phase.{summary.phase}"), PHASE_TONES[summary.phase])]
    if summary.frozen:
        pills.insert(0, (say("today.frozen"), "bad"))
    if summary.note_state is not NoteState.DRAFT:
        pills.append((say(f"note_state.{summary.note_state}"), NOTE_TONES[summary.note_state]))
    where = say("today.where", provider=summary.provider.name, room=summary.room.name)
    return VisitRow(summary.visit_id, now.clock(summary.scheduled_at), patient.name, detail, where, tuple(pills))


def consent_pill(record: VisitRecord) -> tuple[str, str]:
    """What the patient decided."""
    if record.consent is None:
        return say("visit.consent_none"), "warn"
    tones = {ConsentDecision.AGREED: "ok", ConsentDecision.DECLINED: "bad", ConsentDecision.WITHDRAWN: "bad"}
    decision = record.consent.decision
    return say(f"visit.consent_{decision}"), tones[decision]


def chat_bubbles(visit: OpenVisit, now: Now) -> list[ChatBubble]:
    """The chat, each answer under its question; what has no answer of the gateway yet comes last."""
    by_seq: list[tuple[int, list[ChatBubble]]] = []
    undecided = visit.questions.undecided()
    for entry in visit.record.chat:
        own = entry.author.role is Role.SCRIBE
        back = entry.question_id if own and may_withdraw(entry, visit) else ""
        first = ChatBubble(entry.text, _chat_foot(entry, own, now), own, back)
        by_seq.append((entry.seq, [first, *_answers(entry, undecided.get(entry.question_id))]))
    by_seq.extend((told.seq, [_told_bubble(told, now)]) for told in visit.record.urgent)
    bubbles = [bubble for _, some in sorted(by_seq, key=lambda one: one[0]) for bubble in some]
    for row in visit.outbox:
        text = _waiting_text(row.command_json)
        if text:
            bubbles.append(ChatBubble(text, say("chat.waiting"), own=True))
    return bubbles


def _answers(entry: ChatLine, undecided: Outcome | None) -> list[ChatBubble]:
    """Every answer; of the newest the scribe may decide what the note says, where that is not so by itself."""
    found = []
    for number, given in enumerate(entry.answers, 1):
        newest = number == len(entry.answers)
        foot = say("chat.answer_foot" if newest else "chat.earlier_foot", who=given.author.name, question=entry.text)
        if newest and undecided is Outcome.TOUCHED:
            foot = " ".join((foot, say("chat.note_differs")))
        put = entry.question_id if newest and undecided is Outcome.FILLED else ""
        keep = entry.question_id if newest and undecided is Outcome.TOUCHED else ""
        found.append(ChatBubble(given.text, foot, own=False, put_id=put, keep_id=keep))
    return found


def urgent_lines(visit: OpenVisit, now: Now) -> tuple[UrgentLine, ...]:
    """How far everything got that the provider was told at once; what has not left this laptop comes last."""
    provider = visit.summary.provider.name if visit.summary else ""
    lines = [UrgentLine(_told_words(told, provider, now), told.answered_at is not None) for told in visit.record.urgent]
    for command in waiting_urgent(visit):
        what = urgent_words(UrgentKind(command["kind"]), str(command["text"]))
        lines.append(UrgentLine(say("urgent.not_sent", what=what), answered=False))
    return tuple(lines)


def waiting_urgent(visit: OpenVisit) -> list[dict[str, str]]:
    """What the provider is told at once and the gateway has not answered."""
    rows = (row.command_json for row in visit.outbox if '"type":"tell_provider"' in row.command_json)
    commands = [json.loads(row)["command"] for row in rows]
    return [command for command in commands if visit.record.told(command["urgent_id"]) is None]


def urgent_words(kind: UrgentKind, text: str) -> str:
    """What the provider is told, in one line."""
    word = say(f"urgent.kind.{kind}")
    return say("urgent.line", kind=word, text=text) if text else word


def _told_words(told: Urgent, provider: str, now: Now) -> str:
    what = urgent_words(told.kind, told.text)
    if told.answered_at is not None:
        values = {"who": told.answered_by, "time": now.clock(told.answered_at), "answer": told.answer}
        return say("urgent.answered", what=what, **values)
    if told.seen_at is not None:
        return say("urgent.seen", what=what, provider=provider, time=now.clock(told.seen_at))
    if told.delivered_at is not None:
        return say("urgent.delivered", what=what, provider=provider, time=now.clock(told.delivered_at))
    return say("urgent.not_delivered", what=what, provider=provider, time=now.clock(told.at))


def _told_bubble(told: Urgent, now: Now) -> ChatBubble:
    """The line in the chat: what was told, and when it was told, delivered, seen and answered."""
    steps = [
        say("urgent.step_told", time=now.clock(told.at)),
        say("urgent.step_delivered", time=now.clock(told.delivered_at)) if told.delivered_at else "",
        say("urgent.step_seen", time=now.clock(told.seen_at)) if told.seen_at else "",
        say("urgent.step_answered", who=told.answered_by, time=now.clock(told.answered_at), answer=told.answer)
        if told.answered_at
        else say("urgent.step_open"),
    ]
    text = say("urgent.bubble", what=urgent_words(told.kind, told.text))
    return ChatBubble(text, " · ".join(step for step in steps if step), own=True)


def may_withdraw(line: ChatLine, visit: OpenVisit) -> bool:
    """Whether a question can be taken back as far as is known here, and is not on its way back already."""
    is_open = bool(line.question_id) and not line.answer and not line.withdrawn and not visit.record.is_seen(line)
    return is_open and not any(
        '"withdraw_question"' in row.command_json and f'"{line.question_id}"' in row.command_json
        for row in visit.outbox
    )


def _waiting_text(command_json: str) -> str:
    command = json.loads(command_json)["command"]
    return str(command["text"]) if command["type"] in ("send_chat", "ask_question") else ""


def _chat_foot(entry: ChatLine, own: bool, now: Now) -> str:
    time = now.clock(entry.at)
    if entry.question_id:
        section = SECTION_BY_KEY.get(entry.section)
        heading = section.heading if section else ""
        if entry.withdrawn:
            return say("chat.withdrawn", time=time)
        if entry.left_out:
            return say("chat.left_out", time=time, heading=heading)
        return say("chat.answered" if entry.answer else "chat.unanswered", time=time, heading=heading)
    return time if own else say("chat.time_who", who=entry.author.name, time=time)


def chat_seen(visit: OpenVisit, now: Now) -> str:
    """Whether, and when, the provider saw our newest line; who answers it has seen it."""
    if any(_waiting_text(row.command_json) for row in visit.outbox):
        return say("chat.not_seen")
    own = [line for line in visit.record.chat if line.author.role is Role.SCRIBE]
    if not own:
        return ""
    newest = own[-1]
    for entry in visit.entries:
        match entry.fact:
            case ChatSeen(up_to_seq=up_to) if entry.author.role is Role.PROVIDER and up_to >= newest.seq:
                return say("chat.seen", time=now.clock(entry.at))
            case QuestionAnswered(question_id=question_id) if question_id == newest.question_id:
                return say("chat.seen", time=now.clock(entry.at))
            case _:
                pass
    return say("chat.not_seen")


def order_row(entry: OrderLine, record: VisitRecord) -> OrderRow:
    """One order of the record, with what the EHR said last when it did not take it."""
    order = entry.order
    reason = f"{order.reason.code} {order.reason.display}"
    priority = say(f"priority.{order.priority}").lower()
    parts = [say("order.detail", code=order.test.code, reason=reason, priority=priority)]
    anchor = TimeAnchor.read(order.heard_at)
    if order.heard_at and anchor is None:
        parts.append(say("order.heard", time=order.heard_at))
    if entry.declined_because:
        parts.append(say("order.declined", reason=entry.declined_because))
    problem = record.ehr_problems.get(order.order_id)
    if problem is not None:
        parts.append(say(f"refusal.{problem.code}"))
    if entry.ehr_reference:
        parts.append(say("order.ehr"))
    return OrderRow(
        order.order_id,
        order.version,
        order.test.display,
        " · ".join(parts),
        say(f"order_state.{entry.state}"),
        ORDER_TONES[entry.state],
        entry.state is OrderState.PENDED,
        anchor,
    )


def finish_state(visit: OpenVisit, now: Now, *, listening: bool, online: bool) -> FinishState:
    """The checklist before sending, or where the sent note stands."""
    record = visit.record
    provider = visit.summary.provider.name if visit.summary else ""
    if record.frozen is not None:
        values = {"who": record.frozen.author.name, "time": now.clock(record.frozen.at), "reason": record.frozen.reason}
        return FinishState(say("wrong.frozen", **values), (), may_send=False, sent=True, may_freeze=False)
    if record.note_state in (NoteState.SENT, NoteState.SIGNED):
        recalling = any('"recall_note"' in row.command_json for row in visit.outbox)
        sentence = say("finish.recalling") if recalling else _sent_sentence(record, provider, now)
        may_recall = record.note_state is NoteState.SENT and not record.note_opened and not recalling
        added, said = _addenda_points(visit, now), attestation(record, provider, now.zone)
        return FinishState(sentence, added, may_send=False, sent=True, may_recall=may_recall, attestation=said)
    if any('"send_note"' in row.command_json for row in visit.outbox):
        key = "finish.sending" if online else "finish.offline"
        return FinishState(say(key), (), may_send=False, sent=True)
    points: list[tuple[str, str]] = []
    left = obstacle_lines(visit.readiness().obstacles, visit.document.texts(), visit.template)
    if not left:
        points.append(("✓", say("finish.complete")))
    saved = visit.save_state is not SaveState.NOT_SAVED
    if not saved:
        points.append(("✕", say("finish.not_saved")))
    in_note = visit.questions.open()
    unasked = len(visit.questions.unasked())
    if unasked:
        points.append(("!", say("finish.unasked", count=unasked)))
    placed = {one.question_id for one in in_note}
    questions = sum(1 for line in record.open_questions() if line.question_id not in placed)
    if questions:
        points.append(("!", say("finish.questions", count=questions)))
    if in_note:
        points.append(("!", say("finish.in_note", count=len(in_note))))
    pended = sum(1 for entry in record.orders.values() if entry.state is OrderState.PENDED)
    if pended:
        points.append(("!", say("finish.orders", count=pended)))
    if visit.waiting_for_gateway:
        points.append(("!", say("finish.waiting", count=visit.waiting_for_gateway)))
    if listening:
        points.append(("!", say("finish.listening")))
    if record.recalled_by is not None:
        points.insert(0, ("!", say("finish.recalled", provider=provider)))
    if record.note_state is NoteState.RETURNED:
        points.insert(0, ("!", say("finish.returned", provider=provider, comment=record.returned_because)))
    ready = not left and saved
    return FinishState(
        say("finish.ready" if ready else "finish.not_ready"),
        tuple(points),
        ready,
        sent=False,
        obstacles=left,
        attestation=attestation(record, provider, now.zone),
        send_word=say("finish.send_with", count=len(in_note)) if in_note else "",
    )


def _addenda_points(visit: OpenVisit, now: Now) -> tuple[tuple[str, str], ...]:
    """What was added to the signed note, and what became of the words that came too late for it."""
    points = [
        ("✓", say("finish.addendum", number=one.number, who=one.author.name, time=now.clock(one.at), text=one.text))
        for one in visit.record.addenda
    ]
    for entry in visit.entries:
        match entry.fact:
            case NoteAddended(number=number, late=late) if late:
                points.append(("✓", say("finish.late_taken", number=number)))
            case LateLeftOut():
                points.append(("!", say("finish.late_left_out", who=entry.author.name)))
            case _:
                pass
    return tuple(points)


def refusal_words(refusal: Refusal) -> str:
    """The sentence of a refusal; section keys in it become headings, and kinds words."""
    params = dict(refusal.params)
    if "kinds" in params:
        kinds = (say(f"finish.kind.{kind}") for kind in params["kinds"].split(","))
        params["kinds"] = ", ".join(kinds)
    if "sections" in params:
        keys = [key.strip() for key in params["sections"].split(",")]
        params["sections"] = ", ".join(SECTION_BY_KEY[k].heading if k in SECTION_BY_KEY else k for k in keys)
    return say(f"refusal.{refusal.code}", **params)


def session_problem(session: SessionFlow) -> str:
    """Why the session is not what it should be; empty when nothing is wrong."""
    if session.refusal is not None:
        return refusal_words(session.refusal)
    return say(f"link.{session.problem}") if session.problem is not None else ""


def _sent_sentence(record: VisitRecord, provider: str, now: Now) -> str:
    if record.note_state is NoteState.SIGNED:
        signer = record.signed_by.name if record.signed_by else provider
        signed = record.moments.get(Moment.SIGNED)
        time = now.clock(signed) if signed else ""
        if record.note_ehr_reference:
            return say("finish.written", provider=signer, time=time, reference=record.note_ehr_reference)
        problem = record.ehr_problems.get("note")
        sentence = say("finish.signed", provider=signer, time=time)
        return f"{sentence} {say(f'refusal.{problem.code}')}" if problem is not None else sentence
    sent = record.moments.get(Moment.SENT)
    key = "finish.opened" if record.note_opened else "finish.sent"
    sentence = say(key, provider=provider, time=now.clock(sent) if sent else "")
    if record.note_opened:
        return sentence
    return " ".join((sentence, say("finish.can_recall", provider=provider)))
