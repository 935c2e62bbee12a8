"""Connects the note's editor to where its statements come from: seen and said, confirmed, set and brought along."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QTimer

from desktop.ui.actions import key_of
from desktop.ui.note_editor.menu import Entry
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_editor.sources import source_words
from desktop.ui.note_pane import COUNT_AFTER_MS, STATES_AFTER_MS, NotePane
from desktop.ui.source_form import SourceAsked
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.sources import SAID, Confirmed, Sources
from visit.marks import MarkedText, PlacedMark, copied, marks_at
from visit.provenance import Chart, Heard
from visit.time_anchor import TimeAnchor
from visit.unconfirmed import next_unconfirmed, previous_unconfirmed, waits

Put = Callable[[str, int, int, str], None]


class SourcesController:
    """One visit's. At a key nothing is placed anew: the editor moves what it shows, and the rest waits for a pause."""

    def __init__(self, visit: OpenVisit, note: NotePane, after_put: Put) -> None:
        """`after_put(section, start, end, inserted)` is called after text came in with its marks, as after typing."""
        self._visit = visit
        self._note = note
        self._after_put = after_put
        self.sources = Sources(visit)
        self.on_bring_forward: Callable[[], None] = lambda: None
        """Earlier notes are wanted."""
        self._stale: set[str] = set()
        self._asked_for: Callable[[Heard | Chart], None] = lambda _source: None
        self._rest, self._going_on = self._timer(COUNT_AFTER_MS), self._timer(STATES_AFTER_MS)
        visit.marks_listeners.append(self._on_marks)
        note.destroyed.connect(self._forget)  # a closed visit may still be written in by others
        note.editor.marked = self
        note.editor.more_entries = lambda: tuple(self._entries())
        note.source.chosen.connect(self._on_source)
        self.show_all()

    def _timer(self, interval: int) -> QTimer:
        made = QTimer(self._note)
        made.setSingleShot(True)
        made.setInterval(interval)
        made.timeout.connect(self.refresh)
        return made

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Show the sources of every section anew."""
        self._stale = set(self._visit.document.texts())
        self.refresh()

    def _on_marks(self, sections: frozenset[str]) -> None:
        """At every key in a section with marks: only noted here."""
        self._stale |= sections
        self._rest.start()
        if not self._going_on.isActive():
            self._going_on.start()

    def _forget(self) -> None:
        if self._on_marks in self._visit.marks_listeners:
            self._visit.marks_listeners.remove(self._on_marks)

    def refresh(self) -> None:
        """Show what became other than it is shown."""
        self._rest.stop()
        self._going_on.stop()
        stale, self._stale = self._stale, set()
        self._note.show_sources({section: self.sources.marks(section) for section in stale})

    # --- text that brings its marks (note_editor.clip.MarkedWords) ---------------------------------------------------

    @property
    def visit_id(self) -> str:
        """Whose note it is."""
        return self._visit.visit_id

    def copied(self, section: str, start: int, end: int) -> MarkedText:
        """Units [start, end) of a section with their marks."""
        return copied(self._visit.document.text(section), self.sources.marks(section), start, end)

    def put(self, section: str, start: int, end: int, marked: MarkedText) -> None:
        """Put text into the document in the place of units [start, end), and show it."""
        self._visit.put_marked(section, start, end, marked)
        self._note.apply_change(section, start, end - start, marked.text)
        self.refresh()
        self._after_put(section, start, end, marked.text)

    def bring(self, section: str, position: int, marked: MarkedText) -> None:
        """Put text from elsewhere into a section, as a step of its own for undo."""
        self._visit.document.new_step()
        self.put(section, position, position, marked)
        self._visit.document.new_step()

    # --- confirming --------------------------------------------------------------------------------------------------

    def confirm_here(self) -> None:
        """Confirm what waits at the caret, or in the selection."""
        section = self._note.last_section
        self._confirm(section, self.sources.waiting(section, *self._note.editor.selection_in_section()))

    def confirm_section(self) -> None:
        """Confirm all that waits in the caret's section, with one time."""
        section = self._note.last_section
        self._confirm(section, self.sources.waiting_in_section(section))

    def _confirm(self, section: str, ids: frozenset[str]) -> None:
        if self._note.editor.isReadOnly():
            return
        done = self.sources.confirm(section, ids)
        if done is Confirmed.NEEDS_TIME:
            self._asked_for = lambda source: self._confirm_at(section, ids, source)
            self._note.source.ask(SourceAsked("", findings=True))
        else:
            self._tell_confirmed(done)

    def _confirm_at(self, section: str, ids: frozenset[str], source: Heard | Chart) -> None:
        """The time was asked for."""
        if isinstance(source, Heard):
            self._tell_confirmed(self.sources.confirm(section, ids, TimeAnchor(source.at_ms)))

    def _tell_confirmed(self, done: Confirmed) -> None:
        self.refresh()
        self._note.tell(say("source.confirmed") if done is Confirmed.DONE else say("source.nothing_here"))

    def go_to_waiting(self, *, forward: bool) -> None:
        """To the next (or previous) finding nobody heard yet or carried text nobody touched, over section borders."""
        keys = [section.key for section in self._note.editor.places.sections]
        marked = [(key, self.sources.marks(key)) for key in keys]
        caret = self._note.caret()
        find = next_unconfirmed if forward else previous_unconfirmed
        found = find(marked, caret.section, caret.position)
        if found is None:
            self._note.tell(say("source.nothing_waits"))
            return
        # The caret alone: a key that is typed now must not replace a whole carried paragraph.
        self._note.show_caret(Caret(found.section, found.mark.start))
        self._note.focus_last()
        self._note.show_hint(say("source.how", said=source_words(found.mark), press=key_of("confirm_here")))

    # --- saying ------------------------------------------------------------------------------------------------------

    def say_here(self) -> None:
        """Say in words where the text at the caret comes from."""
        said = [source_words(mark) for mark in self._at_caret()]
        self._note.tell(". ".join(dict.fromkeys(said)) if said else say("source.none"))

    def _at_caret(self) -> list[PlacedMark]:
        """The marks at the caret, the narrowest first; those right before it where there are none."""
        caret = self._note.caret()
        marks = self.sources.marks(caret.section)
        return marks_at(marks, caret.position) or marks_at(marks, caret.position - 1)

    def ask_source(self) -> None:
        """Ask from whom the selection, or the last sentence, was heard and when, or where it was read."""
        section, (start, end) = self._note.last_section, self._note.editor.selection_in_section()
        if self._note.editor.isReadOnly():
            return
        meant = self.sources.meant(section, start, end)
        if meant is None:
            self._note.tell(say("heard.nothing"))
            return
        text = copied(self._visit.document.text(section), (), *meant).text
        known = self.sources.said_at(section, start) if start == end else None
        before = known.provenance if known is not None and isinstance(known.provenance, SAID) else None
        self._asked_for = lambda source: self._say(section, text, source)
        self._note.editor.set_caret(Caret(section, meant[0]), meant[1] - meant[0])  # seen while it is asked
        self._note.source.ask(SourceAsked(text, self.sources.clock(), before))

    def _say(self, section: str, text: str, source: Heard | Chart) -> None:
        """The selection moved with everybody's edits meanwhile; where it no longer says the same, nothing is said."""
        start, end = self._note.editor.selection_in_section()
        now = copied(self._visit.document.text(section), (), start, end).text
        if section != self._note.last_section or now != text:
            self._note.tell(say("heard.changed"))
            return
        self.sources.say(section, start, end, source)
        self._note.show_caret(Caret(section, end))
        self.refresh()
        self._note.tell(say("heard.done"))

    def _on_source(self, source: Heard | Chart) -> None:
        self._note.focus_last()
        asked_for, self._asked_for = self._asked_for, lambda _source: None
        if not self._note.editor.isReadOnly():  # it may have been signed meanwhile
            asked_for(source)

    def take_back(self) -> None:
        """Say nothing more of where the text at the caret was heard or read."""
        caret = self._note.caret()
        if not self._note.editor.isReadOnly() and self.sources.take_back(caret.section, caret.position):
            self.refresh()

    # --- undo --------------------------------------------------------------------------------------------------------

    def stepped(self, step: Callable[[], None]) -> None:
        """Undo or redo; where marks alone changed, the caret goes there and it is said."""
        self.refresh()
        before, texts = self._note.placed(), self._visit.document.texts()
        step()
        concerned = sorted(self._stale)
        self.refresh()
        if not concerned or texts != self._visit.document.texts():
            return
        after = self._note.placed()
        changed = [(it, mark) for it in concerned for mark in after.get(it, []) if mark not in before.get(it, [])]
        if changed:
            section, mark = changed[0]
            self._note.show_caret(Caret(section, mark.start))
            self._note.focus_last()
            self._note.tell(source_words(mark))
        elif any(after.get(it) != before.get(it) for it in concerned):
            self._note.tell(say("source.changed"))

    # --- the menu ----------------------------------------------------------------------------------------------------

    def _entries(self) -> Iterator[Entry]:
        here, writes = self._at_caret(), not self._note.editor.isReadOnly()
        heard = self._note.editor.heard_at_caret()
        if heard is not None:
            yield Entry(say("replay.hear_name", time=heard), lambda: self._note.time_asked.emit(heard), "hear_time")
        waiting = any(waits(mark) for mark in here)
        yield Entry(say("action.confirm_here"), self.confirm_here, "confirm_here", writes and waiting)
        some = writes and any(waits(mark) for mark in self.sources.marks(self._note.last_section))
        yield Entry(say("action.confirm_section"), self.confirm_section, "confirm_section", some)
        yield Entry(say("action.set_source"), self.ask_source, "set_source", writes)
        if any(isinstance(mark.provenance, SAID) for mark in here):
            yield Entry(say("heard.take_back"), self.take_back, "", writes)
        yield Entry(say("action.bring_forward"), lambda: self.on_bring_forward(), "bring_forward", writes)
        yield Entry(say("action.say_source"), self.say_here, "say_source", bool(here))
        yield Entry(say("action.show_sources"), self._note.turn_sources, "show_sources")
