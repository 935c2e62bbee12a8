"""Connects one visit's panes to its workflow: what is typed goes in, what changes is shown."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict

from desktop.ports import LinkState, SaveState
from desktop.ui.after_sending import AfterSending
from desktop.ui.earlier_controller import EarlierController
from desktop.ui.half_written import show_half_written
from desktop.ui.letters.controller import LettersController
from desktop.ui.note_editor.places import Caret
from desktop.ui.obstacle_list import ObstacleLine
from desktop.ui.orders_pane import OrderDraft
from desktop.ui.parts import announce
from desktop.ui.present import NOTE_TONES, Now, chat_bubbles, chat_seen, finish_state, order_row, urgent_lines
from desktop.ui.present_finish import heading_of, obstacle_lines
from desktop.ui.question_controller import QuestionController
from desktop.ui.sources_controller import SourcesController
from desktop.ui.surroundings import Flows
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from desktop.workflows.open_visit import NAMELESS, OpenVisit
from visit.blanks import fields
from visit.document import TextChange
from visit.indexes import utf16_length
from visit.lab_tests import LAB_TEST_BY_CODE, LAB_TESTS
from visit.marks import MarkedText
from visit.orders import missing_fields
from visit.paste import other_patient_in
from visit.template_text import exam_to_insert, skeleton_to_insert
from visit.templates import Template
from wire.ids import new_id
from wire.orders import Collection, LabOrder, Priority
from wire.people import Person, Role
from wire.visits import NoteState, Patient

WITH_THE_SCRIBE = (NoteState.DRAFT, NoteState.READY, NoteState.RETURNED)
FORM = "form:lab"
"""The draft order under which a half-filled form is kept in the document."""


class VisitController:
    """One open visit on the screen."""

    def __init__(self, visit: OpenVisit, view: VisitView, other_patients: Callable[[], Iterable[Patient]]) -> None:
        self.visit = visit
        self.view = view
        self._other_patients = other_patients
        self._seen = 0
        self._stepping = False
        self._send_when_saved = False
        self.listening = False
        self.letters = LettersController(visit, view)
        self._shown_at: Now | None = None
        around = visit.around
        self.online = around is not None and around.state is LinkState.ONLINE
        self._me: Person | None = around.find_person() if around is not None else None
        self.after = AfterSending(visit, view)
        view.note.show_template(visit.template)
        view.note.show_texts(visit.document.texts())
        self.sources = SourcesController(visit, view.note, self._after_edit)
        self.earlier = EarlierController(view, self.sources)
        if visit.caret is not None:
            view.note.show_caret(Caret(*visit.caret))
        show_half_written(view.chat, visit.chat_draft)
        view.note.caret_rested.connect(self._on_caret_rested)
        view.note.text_edited.connect(self._on_text_edited)
        view.note.undo_requested.connect(self._on_undo)
        view.note.redo_requested.connect(self._on_redo)
        view.note.guard_paste(self._may_paste)
        view.note.entry.age = self._age_in_months
        view.note.template.template_chosen.connect(visit.choose_template)
        view.note.template.exam_asked.connect(self.insert_exam)
        view.note.template.skeleton_asked.connect(self.insert_skeleton)
        view.chat.message_written.connect(visit.send_chat)
        self.questions = QuestionController(visit, view)
        self.questions.on_decided = self._refresh_again
        view.chat.question_withdrawn.connect(visit.withdraw_question)
        view.chat.seen.connect(self._on_seen)
        view.orders.form_opened.connect(self._on_form_opened)
        view.orders.withdrawn.connect(visit.withdraw)
        view.orders.form.changed.connect(self._on_form_changed)
        view.orders.form.pended.connect(self._on_pended)
        view.finish.send_requested.connect(self._on_send)
        view.finish.recall_requested.connect(visit.recall_note)
        view.finish.wrong_patient.connect(visit.mark_wrong_patient)
        view.finish.place_chosen.connect(self._on_place)
        view.finish.closed.connect(self.close_finish)
        self.show_authors()

    def use(self, flows: Flows) -> None:
        """From now on there are workflows: phrases, the visit's time, and earlier notes."""
        quick = flows.quick_text
        self.view.note.editor.expand = lambda text, caret: quick.expand(text, caret, self.visit.template.specialty)
        self.sources.sources.clock = lambda: flows.replay.time_heard(self.visit.visit_id)
        self.earlier.use(flows.earlier.of(self.visit.visit_id))

    # --- showing ---------------------------------------------------------------------------------------------------

    def refresh(self, now: Now) -> None:
        """Show the record: chat, orders, the note's state."""
        self._shown_at = now
        visit, view = self.visit, self.view
        provider = visit.summary.provider.name if visit.summary else ""
        view.chat.show_lines(chat_bubbles(visit, now), provider, chat_seen(visit, now))
        view.chat.urgent.show_lines(urgent_lines(visit, now))
        state = visit.record.note_state
        signed = state is NoteState.SIGNED
        view.note.show_template(visit.template)
        view.note.template.may_choose = state in WITH_THE_SCRIBE and visit.record.frozen is None
        view.orders.show_rows(
            [order_row(entry, visit.record) for entry in visit.record.orders.values()],
            can_pend=not signed and visit.record.frozen is None,
        )
        view.note.show_state(
            say(f"note_state.{state}"), NOTE_TONES[state], read_only=signed or visit.record.frozen is not None
        )
        if state is NoteState.RETURNED:
            view.note.show_message(say("note.returned", comment=visit.record.returned_because))
        elif view.note.message.text() != say("note.other_patient"):
            view.note.show_message("")
        self.earlier.refresh()
        self.letters.refresh(now)
        self.after.refresh(now, self._me)
        self.refresh_finish(now)

    def _refresh_again(self) -> None:
        if self._shown_at is not None:
            self.refresh(self._shown_at)

    @property
    def me(self) -> Person | None:
        """Who is signed in: whose words are not marked as somebody else's."""
        return self._me

    @me.setter
    def me(self, person: Person | None) -> None:
        if person != self._me:
            self._me = person
            self.show_authors()

    def refresh_finish(self, now: Now) -> None:
        """Show the checklist, if it is open."""
        if self.view.finish.isVisibleTo(self.view):
            state = finish_state(self.visit, now, listening=self.listening, online=self.online)
            self.view.finish.show_state(state)

    def saved(self, now: Now) -> None:
        """Saving here, or what waits for the gateway, changed."""
        if self._send_when_saved and self.visit.save_state is SaveState.SAVED:
            self._on_send()
        self.refresh_finish(now)
        if len(self.visit.outbox):
            self.refresh(now)

    def show_change(self, change: TextChange) -> None:
        """Somebody else's change, or an undo."""
        self.view.note.apply_change(change.section, change.start, change.removed, change.inserted)
        self.letters.note_changed()
        if self._stepping:  # an undo may be in another section than the caret: it is shown where it happened
            self.view.note.show_place(change.section, change.start + utf16_length(change.inserted))

    def show_authors(self) -> None:
        """Mark what others wrote."""
        for section in self.visit.document.texts():
            self._mark(section)

    def _mark(self, section: str) -> None:
        marks: list[tuple[int, int, str]] = []
        position = 0
        for length, author_id in self.visit.document.author_runs(section):
            author = self.visit.author_of(author_id, self._me)
            # Before it is known who sits here, a scribe's words may be this scribe's.
            if author is not None and (self._me is not None or author.role is Role.PROVIDER):
                marks.append((position, length, say("note.somebody") if author.name == NAMELESS else author.name))
            position += length
        self.view.note.mark_authors(section, marks)

    def open_finish(self, now: Now) -> None:
        """Show the checklist."""
        self.view.finish.setVisible(True)
        self.view.open_drawer()
        self.refresh_finish(now)
        self.view.finish.take_focus()

    def close_finish(self) -> None:
        """Back to the note."""
        self.view.finish.setVisible(False)
        self.view.note.focus_last()

    def _on_place(self, line: ObstacleLine) -> None:
        """Put the caret on what is left to do; a drawer over the note goes, the list beside it stays."""
        self.view.close_drawer()
        self.view.note.show_range(line.section, line.start, line.end)

    def find_obstacle(self, forward: bool) -> None:
        """Go to the next or previous thing that is left to do, from the caret on and round, and say what it is."""
        visit, note = self.visit, self.view.note
        lines = obstacle_lines(visit.readiness().obstacles, visit.document.texts(), visit.template)
        if not lines:
            note.show_hint(say("finish.complete"))
            announce(note, say("finish.complete"))
            return
        order = {key: number for number, key in enumerate(note.shown_keys)}
        places = sorted(lines, key=lambda line: (order.get(line.section, len(order)), line.start, line.end))
        begin, end = note.editor.selection_in_section()
        here = order[note.last_section]
        after = [p for p in places if (order.get(p.section, len(order)), p.start, p.end) > (here, begin, end)]
        before = [p for p in places if (order.get(p.section, len(order)), p.start, p.end) < (here, begin, end)]
        found = (after or places)[0] if forward else (before or places)[-1]
        note.show_range(found.section, found.start, found.end)
        note.show_hint(found.words)
        announce(note, found.words)

    def insert_exam(self) -> None:
        """Put the section's normal exam after its text; each finding is unheard until it is confirmed."""
        self._insert("exam", exam_to_insert)

    def insert_skeleton(self) -> None:
        """Put the section's skeleton after its text, and select its first blank."""
        self._insert("skeleton", skeleton_to_insert)

    def _insert(self, what: str, made: Callable[[Template, str], MarkedText | None]) -> None:
        note, template = self.view.note, self.visit.template
        section, heading = note.last_section, heading_of(note.last_section, template)
        marked = made(template, section)
        if note.editor.isReadOnly():
            return
        if marked is None or marked.text in self.visit.document.text(section):
            note.show_hint(say(f"template.{'no_' + what if marked is None else what + '_there'}", heading=heading))
            return
        change = self.visit.append(section, marked)
        self.show_change(change)
        first = next(iter(fields(change.inserted)), None)
        start = change.start + (first.start if first else utf16_length(change.inserted))
        note.show_range(section, start, change.start + first.end if first else start)
        note.show_hint(say(f"template.{what}_inserted"))
        announce(note, say(f"template.{what}_inserted"))

    # --- what the scribe does ----------------------------------------------------------------------------------------

    def _on_text_edited(self, section: str, start: int, end: int, inserted: str) -> None:
        self.visit.edit(section, start, end, inserted)
        self._after_edit(section, start, end, inserted)

    def _after_edit(self, section: str, start: int, _end: int, inserted: str) -> None:
        if self.view.note.is_marked(section, start, start + utf16_length(inserted)):
            self._mark(section)  # the scribe's words in the middle of the provider's are the scribe's
        if self.view.note.message.text() == say("note.other_patient"):
            self.view.note.show_message("")

    def _on_caret_rested(self) -> None:
        caret = self.view.note.caret()
        self.visit.keep_caret(caret.section, caret.position)

    def _on_undo(self) -> None:
        self.sources.stepped(lambda: self._step(self.visit.document.undo))

    def _on_redo(self) -> None:
        self.sources.stepped(lambda: self._step(self.visit.document.redo))

    def _step(self, step: Callable[[], bool]) -> None:
        self._stepping = True
        try:
            step()
        finally:
            self._stepping = False

    def _may_paste(self, untrusted_text: str) -> bool:
        if self.visit.summary is None:
            return True
        other = other_patient_in(untrusted_text, self.visit.summary.patient, self._other_patients())
        self.view.note.show_message(say("note.other_patient") if other else "")
        return other is None

    def _age_in_months(self) -> int | None:
        """The patient's age on the visit's day; None while nothing is known of the visit."""
        from visit.vitals import age_in_months  # nothing that the first paint waits for

        summary = self.visit.summary
        return None if summary is None else age_in_months(summary.patient.birth_date, summary.scheduled_at.date())

    def _on_seen(self) -> None:
        newest = max((entry.seq for entry in self.visit.record.chat), default=0)
        answered = self.visit.record.last_seq
        theirs = any(entry.author.role is Role.PROVIDER or entry.answer for entry in self.visit.record.chat)
        if theirs and newest and answered > self._seen and self._unseen():
            self._seen = answered
            self.visit.mark_chat_seen(answered)

    def _unseen(self) -> bool:
        """Whether the provider said something after what the record knows that we have seen."""
        seen = max(self._seen, self.visit.record.chat_seen.get(Role.SCRIBE, 0))
        return any(
            entry.seq > seen
            and entry.author.role is Role.PROVIDER
            and entry.fact.type in ("chat_sent", "question_answered")
            for entry in self.visit.entries
        )

    def _on_form_opened(self) -> None:
        form = self.view.orders.form
        problems = self.visit.summary.problems if self.visit.summary else ()
        form.offer(
            [(test.code, test.display) for test in LAB_TESTS],
            [(coding.code, f"{coding.code} {coding.display}") for coding in problems],
        )
        kept = self.visit.document.draft_orders().get(FORM)
        form.show_draft(OrderDraft(**json.loads(kept)) if kept else OrderDraft())

    def _on_form_changed(self, draft: OrderDraft) -> None:
        self.visit.keep_draft_order(FORM, json.dumps(asdict(draft)))

    def _on_pended(self, draft: OrderDraft) -> None:
        missing = missing_fields(dict(asdict(draft)))
        if missing:
            self.view.orders.form.show_missing(missing)
            return
        problems = self.visit.summary.problems if self.visit.summary else ()
        order = LabOrder(
            order_id=new_id(),
            version=1,
            test=LAB_TEST_BY_CODE[draft.test],
            reason=next(coding for coding in problems if coding.code == draft.reason),
            priority=Priority(draft.priority),
            collection=Collection(draft.collection),
            instructions=draft.instructions,
            heard_at=draft.heard_at,
        )
        self.visit.pend(order)
        self.visit.keep_draft_order(FORM, None)
        self.view.orders.form.show_draft(OrderDraft())
        self.view.orders.close_form()

    def _on_send(self) -> None:
        self.questions.ask_left()
        if self.visit.save_state is not SaveState.SAVED:
            self._send_when_saved = True  # sending covers only what is committed
            return
        self._send_when_saved = False
        if self.visit.record.note_state is NoteState.DRAFT:
            self.visit.mark_ready()
        self.visit.send_note()
