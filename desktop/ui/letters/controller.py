"""Connects the letters of one visit to its workflow: drafts stay in the document, sent ones in the record."""

from typing import TYPE_CHECKING

from desktop.ui.actions import key_of
from desktop.ui.letters.present import Composed, button_words, compose, head_of, is_on_its_way, letter_rows
from desktop.ui.parts import KeyButton, announce, rename
from desktop.ui.present import Now
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from visit.letter_draft import LetterDraft, draft_again, fresh_draft, read_draft
from wire.ids import new_id

if TYPE_CHECKING:
    from desktop.ui.letters.sheet import LettersSheet

NEW = "form:letter"
"""The draft under which a half-filled new letter is kept in the document; one that changes a letter has its id."""


class LettersController:
    """The letters of one open visit. The sheet is made when it is first asked for: typing does not wait for it."""

    def __init__(self, visit: OpenVisit, view: VisitView) -> None:
        self._visit = visit
        self._view = view
        self._now: Now | None = None
        self._sheet: LettersSheet | None = None
        self._key = NEW
        self._seen = Composed()
        self._sent: dict[str, int] = {}
        """The newest version of each letter that the record has."""
        view.letters_button.clicked.connect(lambda _checked=False: self.open())

    @property
    def sheet(self) -> "LettersSheet":
        """The sheet over the page."""
        if self._sheet is None:
            from desktop.ui.letters.sheet import LettersSheet

            made = self._sheet = LettersSheet(self._view, self._view.left_area)
            made.form.changed.connect(self._on_changed)
            made.form.sent.connect(self._on_send)
            made.form.left.connect(self._on_left)
            made.change_asked.connect(self._on_change_asked)
            made.withdraw_asked.connect(self._visit.withdraw_letter)
            made.new_asked.connect(self._on_new)
        return self._sheet

    def open(self) -> None:
        """Show the letters; the form holds what stood in it last."""
        self.sheet.open()
        self._show()
        self.sheet.form.take_focus()

    def refresh(self, now: Now) -> None:
        """The record, the outbox or the practice changed."""
        self._now = now
        sent = {key: line.content.version for key, line in self._visit.record.letters.items()}
        if sent != self._sent:  # not at every key: a draft cannot go while an edit is still being told
            self._sent = sent
            self._settle()
        _say_state(self._view.letters_button, *button_words(self._visit))
        if self._sheet is not None and self._sheet.isVisible():
            self._show()

    def note_changed(self) -> None:
        """Somebody else wrote in the note: the letter is made of other words now."""
        if self._sheet is not None and self._sheet.isVisible():
            self._show()

    # --- drafts ----------------------------------------------------------------------------------------------------

    def _draft(self, key: str) -> LetterDraft | None:
        kept = self._visit.document.draft_orders().get(key)
        return read_draft(kept) if kept else None

    def _keep(self, key: str, draft: LetterDraft | None) -> None:
        self._visit.keep_draft_order(key, draft.model_dump_json() if draft is not None else None)

    def _current(self) -> LetterDraft:
        """What the form holds: the kept draft, or a new letter's."""
        draft = self._draft(self._key)
        if draft is None:
            self._key, draft = NEW, self._draft(NEW)
        return draft or self._fresh()

    def _fresh(self) -> LetterDraft:
        texts = self._visit.document.texts()
        head = head_of(self._visit, self._now) if self._now is not None else None
        if head is None:
            return LetterDraft(letter_id=new_id())
        return fresh_draft(new_id(), head.visit_date, texts)

    def _settle(self) -> None:
        """What the record has as a version needs no draft any more; until then nothing of it is dropped."""
        for key, kept in self._visit.document.draft_orders().items():
            draft = read_draft(kept) if key == NEW or key.startswith(f"{NEW}:") else None
            line = self._visit.record.letters.get(draft.letter_id) if draft is not None else None
            if draft is not None and line is not None and line.content.version > draft.base_version:
                self._keep(key, None)

    # --- showing ---------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if self._now is None:
            return
        sheet, draft = self.sheet, self._current()
        sheet.show_rows(letter_rows(self._visit, self._now))
        sheet.form.show_draft(draft, self._visit.document.texts())
        sheet.show_title(self._title(draft))
        self._show_letter(draft)

    def _show_letter(self, draft: LetterDraft) -> None:
        if self._now is None:
            return
        self._seen = compose(self._visit, draft, self._now)
        frozen = self._visit.record.frozen is not None
        on_its_way = is_on_its_way(self._visit, draft.letter_id)
        lacks = say("letters.frozen") if frozen else say("letters.sending") if on_its_way else self._seen.lacks
        self.sheet.paper.show_content(self._seen.content, self._seen.lacks)
        self.sheet.form.show_problem(lacks if draft.kind is not None else "", may_send=not lacks)
        self.sheet.form.show_busy(frozen or on_its_way)
        self.sheet.form.leave_button.setVisible(self._key != NEW)
        self.sheet.new_button.setVisible(self._key != NEW)

    def _title(self, draft: LetterDraft) -> str:
        line = self._visit.record.letters.get(draft.letter_id)
        if line is None:
            return say("letters.new")
        return say("letters.changing", title=line.content.title, version=line.content.version)

    # --- what the scribe does ----------------------------------------------------------------------------------------

    def _on_changed(self, draft: LetterDraft) -> None:
        self._keep(self._key, draft)
        self._show_letter(draft)

    def _on_send(self) -> None:
        """Only what is on the paper goes; when the note changed meanwhile, it is shown anew first."""
        if self._now is None:
            return
        draft, seen = self.sheet.form.draft(), self._seen
        made = compose(self._visit, draft, self._now)
        if made.content is None or made.fields is None or made.content != seen.content:
            self._show_letter(draft)
            if made.content is not None:
                self.sheet.form.show_problem(say("letters.look_again"), may_send=True)
            return
        self._keep(self._key, draft)  # until the record has it
        self._visit.send_letter(made.content, made.fields)

    def _on_left(self) -> None:
        """The letter stays as it was sent."""
        self._keep(self._key, None)
        self._on_new()

    def _on_new(self) -> None:
        self._key = NEW
        self._show()
        self.sheet.form.take_focus()

    def _on_change_asked(self, letter_id: str) -> None:
        line = self._visit.record.letters[letter_id]
        self._key = f"{NEW}:{letter_id}"
        if self._draft(self._key) is None:
            self._keep(self._key, draft_again(letter_id, line.content.version, line.fields))
        self._show()
        self.sheet.form.take_focus()


def _say_state(button: KeyButton, words: str, name: str) -> None:
    button.setToolTip(f"{name} ({key_of('show_letters')})")
    if words != button.text():
        rename(button, words)
        button.setAccessibleName(name)
        announce(button, name)
