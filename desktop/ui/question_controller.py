"""Questions from the note and to the provider at once: a sentence with a gap is offered to be asked when it is left."""

from collections.abc import Callable

from PySide6.QtCore import QTimer

from desktop.ui.actions import key_of
from desktop.ui.note_editor.places import Caret
from desktop.ui.ready_messages import ready_message
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from desktop.workflows.note_questions import Unasked
from desktop.workflows.open_visit import OpenVisit
from visit.questions import Gap, inaudible, quick_answers, sentence_range
from wire.urgent import UrgentKind

LOOK_AFTER_MS = 250
"""While there may be a gap to ask about, the caret's place is looked at so often: never at a key."""


class QuestionController:
    """What one visit's panes ask the provider, and what comes back into the note."""

    def __init__(self, visit: OpenVisit, view: VisitView) -> None:
        self._visit = visit
        self._view = view
        self._about: Unasked | None = None
        self._put_off: set[tuple[str, str]] = set()
        """Sections and sentences whose question was put away."""
        self._may_be_left = True
        self.on_decided: Callable[[], None] = lambda: None
        """The scribe said what the note is to say: the chat offers other things."""
        self._looks = QTimer(view)
        self._looks.setSingleShot(True)
        self._looks.setInterval(LOOK_AFTER_MS)
        self._looks.timeout.connect(self.look)
        view.note.text_edited.connect(self._on_text_edited)
        view.note.editor.cursorPositionChanged.connect(self._on_caret)
        view.chat.question_written.connect(self._on_question_written)
        view.chat.question_closed.connect(self._on_question_closed)
        view.chat.answer_put.connect(lambda question_id: self._decide(visit.questions.put, question_id))
        view.chat.answer_kept.connect(lambda question_id: self._decide(visit.questions.keep_own, question_id))
        view.chat.answer_shown.connect(self._show_place)
        view.chat.ready_chosen.connect(self.say_ready)
        view.chat.urgent.told.connect(self._on_told)

    # --- asking about a gap ------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """The key: into the form when it is open; else with the sentence at the caret, where that has a gap."""
        chat = self._view.chat
        if not chat.is_asking:
            caret = self._view.note.caret()
            here = next((one for one in self._visit.questions.unasked() if self._holds(one, caret)), None)
            if here is None:
                chat.open_question(self._view.note.last_section)
                return
            self._offer(here)
        chat.question_text.setFocus()

    def look(self) -> None:
        """Offer the first question whose sentence the caret has left; take an offer back whose gap is gone."""
        chat, note = self._view.chat, self._view.note
        left = self._visit.questions.unasked()
        if self._about is not None and not any(_same(one, self._about) for one in left) and chat.take_offer_back():
            self._about = None
        if not left:
            self._may_be_left = False
        if chat.is_asking or chat.urgent.is_open or chat.box.hasFocus() or note.editor.isReadOnly():
            return
        caret = note.caret()
        for one in left:
            if (one.section, one.gap.sentence) not in self._put_off and not self._holds(one, caret):
                self._offer(one)
                note.show_hint(say("note.asks", shortcut=key_of("ask_question")))
                return

    def ask_left(self) -> None:
        """Ask about every gap that is left: they go into the note that is sent."""
        self._about = None
        if self._visit.questions.ask_all(lambda gap: (in_words(gap), quick_answers(gap))):
            self._view.chat.take_offer_back()

    def mark_inaudible(self) -> None:
        """Write at the caret that nothing could be heard, with the time that is heard now; it becomes a question."""
        editor = self._view.note.editor
        if not editor.isReadOnly():
            editor.replace_selection(inaudible(self._view.feed.replay.heard_at()))
            editor.ensureCursorVisible()

    def _decide(self, act: Callable[[str], None], question_id: str) -> None:
        act(question_id)
        self.on_decided()

    def _show_place(self, question_id: str) -> None:
        """Select what the note says, to change it by hand."""
        found = self._visit.questions.place(question_id)
        if found is not None:
            section, start, end = found
            self._view.note.show_place(section, start)
            self._view.note.editor.set_caret(Caret(section, start), end - start)

    def _holds(self, one: Unasked, caret: Caret) -> bool:
        if one.section != caret.section:
            return False
        start, end = sentence_range(self._visit.document.text(one.section), one.gap.start, one.gap.end)
        return start <= caret.position <= end

    def _offer(self, one: Unasked) -> None:
        self._about = one
        self._view.chat.offer_question(in_words(one.gap), quick_answers(one.gap), one.section)

    def _on_text_edited(self, _section: str, _start: int, _end: int, inserted: str) -> None:
        if "?" in inserted or "]" in inserted or self._about is not None:
            self._may_be_left = True
            self._look_soon()

    def _on_caret(self) -> None:
        if self._may_be_left:
            self._look_soon()

    def _look_soon(self) -> None:
        if not self._looks.isActive():
            self._looks.start()

    def _on_question_written(self, text: str, replies: tuple[str, ...], section: str) -> None:
        about, self._about = self._about, None
        if about is not None:
            self._visit.questions.ask_about(about, text, replies)
            self._view.note.focus_last()
        else:
            self._visit.ask(text, replies, section)
        self._look_soon()

    def _on_question_closed(self) -> None:
        if self._about is not None:
            self._put_off.add((self._about.section, self._about.gap.sentence))
            self._about = None
            self._view.note.focus_last()
            self._look_soon()

    # --- ready messages, and what cannot wait ------------------------------------------------------------------------

    def say_ready(self, number: int) -> None:
        """Send one of the ready messages; a question is about the caret's section."""
        message = ready_message(number)
        if message.question:
            self._visit.ask(message.text, message.answers, self._view.note.last_section)
        else:
            self._visit.send_chat(message.text)
        self._view.note.show_hint(say("chat.ready_sent", text=message.text))

    def tell_now(self) -> None:
        """Ask what the provider must be told at once."""
        self._view.chat.open_urgent()

    def _on_told(self, kind: UrgentKind, text: str) -> None:
        self._visit.tell_provider(kind, text)
        self._view.note.focus_last()


def _same(one: Unasked, other: Unasked) -> bool:
    return (one.section, one.gap.sentence) == (other.section, other.gap.sentence)


def in_words(gap: Gap) -> str:
    """A gap's question as the provider reads it."""
    if gap.token.startswith("["):
        if gap.anchor is None:
            return say("chat.inaudible_somewhere", sentence=gap.sentence)
        return say("chat.inaudible", time=str(gap.anchor), sentence=gap.sentence)
    return gap.sentence
