"""Connects the spelling check with the notes that are open: one checker, a scribe's own words, each visit's names."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from desktop.ui.note_editor.editor import NoteEditor
from desktop.ui.note_editor.spelling import SpellCheck, names_in, plain
from desktop.ui.note_editor.spelling_menu import Teaching
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.own_words import OwnWords


@dataclass(slots=True)
class _Note:
    visit: OpenVisit
    editor: NoteEditor
    ignored: frozenset[str] = frozenset()
    """Until the program ends: a visit's words stay in no setting that outlives the visit."""


class SpellingController:
    """What is not marked in which note."""

    def __init__(self) -> None:
        self._check: SpellCheck | None = None
        self._own: OwnWords | None = None
        self._notes: dict[str, _Note] = {}

    def use(self, own: OwnWords) -> None:
        """From now on these are the scribe's own words."""
        self._own = own
        own.on_changed = self._refresh_all

    def use_check(self, check: SpellCheck | None) -> None:
        """From now on every note is checked; None: none is."""
        self._check = check
        for note in self._notes.values():
            note.editor.use_speller(check)
        self._refresh_all()

    def attach(self, visit: OpenVisit, editor: NoteEditor) -> None:
        """A note is open."""
        note = self._notes[visit.visit_id] = _Note(visit, editor)
        editor.teaching = Teaching(self._add, partial(self._ignore, note))
        if self._check is not None:
            editor.use_speller(self._check)
        self.refresh(visit.visit_id)

    def detach(self, visit_id: str) -> None:
        """It is closed."""
        note = self._notes.pop(visit_id, None)
        if note is not None:
            note.editor.use_speller(None)

    def refresh(self, visit_id: str) -> None:
        """More may be known of the visit's people."""
        note = self._notes.get(visit_id)
        if note is None or note.editor.speller is None:
            return
        own = self._own.words if self._own is not None else frozenset()
        if note.editor.speller.spare(names_in(people_of(note.visit)) | own | note.ignored):
            note.editor.overlay.look_through()

    def _refresh_all(self) -> None:
        for visit_id in self._notes:
            self.refresh(visit_id)

    def _add(self, word: str) -> None:
        if self._own is not None:
            self._own.add(plain(word))

    def _ignore(self, note: _Note, word: str) -> None:
        note.ignored |= {plain(word)}
        self.refresh(note.visit.visit_id)


def people_of(visit: OpenVisit) -> Iterator[str]:
    """The names of the patient, and of everybody who has to do with the visit."""
    summary = visit.summary
    if summary is not None:
        yield from (summary.patient.name, summary.provider.name, summary.room.name)
        if summary.scribe is not None:
            yield summary.scribe.name
    yield from (author.name for author in visit.people.values())
