"""Connects the pane of earlier notes to the workflow: what is asked for is shown, what is chosen is brought forward."""

from desktop.ports import LinkProblem
from desktop.ui.earlier_pane import EarlierRow, EarlierState
from desktop.ui.note_editor.places import Caret
from desktop.ui.present import refusal_words
from desktop.ui.sources_controller import SourcesController
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from desktop.workflows.earlier import Asked, EarlierNotes
from visit.sections import SECTION_BY_KEY
from wire.earlier import EarlierNote, EarlierNoteText
from wire.refusals import Refusal


class EarlierController:
    """One visit's."""

    def __init__(self, view: VisitView, sources: SourcesController) -> None:
        self._view = view
        self._sources = sources
        self._earlier: EarlierNotes | None = None
        self._chosen = ""
        sources.on_bring_forward = self.open
        view.earlier.note_chosen.connect(self.choose)
        view.earlier.brought.connect(self.bring)
        view.earlier.closed.connect(self.close)
        view.destroyed.connect(self._forget)  # an answer may come later

    def use(self, earlier: EarlierNotes) -> None:
        """From now on there is somebody to ask."""
        self._earlier = earlier
        earlier.on_changed = self._on_changed

    def open(self) -> None:
        """Ask which notes there are, and show the pane."""
        self._view.earlier.setVisible(True)
        self._view.open_drawer()
        if self._earlier is not None:
            self._earlier.ask()
        self._show()
        self._view.earlier.take_focus()

    def close(self) -> None:
        """Back to the note."""
        self._view.earlier.setVisible(False)
        self._view.close_drawer()
        self._view.note.focus_last()

    def choose(self, note_id: str) -> None:
        """Read one of them."""
        if self._earlier is not None and note_id:
            self._chosen = note_id
            self._earlier.read(note_id)

    def bring(self, section: str) -> None:
        """Put a section of the chosen note behind today's, or go to where it is already."""
        text = self._text()
        row = next((one for one in text.sections if one.key == section), None) if text is not None else None
        if text is None or row is None or self._view.note.editor.isReadOnly() or section not in SECTION_BY_KEY:
            return
        known = self._sources.sources.carried(section, text.note.note_id)
        if known is None:
            self._sources.bring(section, *self._sources.sources.coming(section, text.note, row.text))
            known = self._sources.sources.carried(section, text.note.note_id)
        if known is not None:
            self._view.note.show_caret(Caret(section, known.start))
        self._show()
        self._view.note.tell(say("earlier.brought", date=text.note.dated.isoformat()))

    def refresh(self) -> None:
        """The note became another one: what is here already may be so no more."""
        if self._view.earlier.isVisibleTo(self._view):
            self._show()

    def _forget(self) -> None:
        if self._earlier is not None:
            self._earlier.on_changed = lambda: None

    # --- inside ------------------------------------------------------------------------------------------------------

    def _on_changed(self) -> None:
        earlier = self._earlier
        known = {note.note_id for note in earlier.notes} if earlier is not None else set()
        if earlier is not None and earlier.notes and self._chosen not in known:
            self._chosen = ""
            self.choose(earlier.notes[0].note_id)  # the newest is what is mostly meant
            return
        had_nothing = not self._view.earlier.notes.isVisibleTo(self._view)
        self._show()
        if had_nothing and self._view.earlier.back_button.hasFocus():
            self._view.earlier.take_focus()

    def _text(self) -> EarlierNoteText | None:
        return self._earlier.texts.get(self._chosen) if self._earlier is not None else None

    def _show(self) -> None:
        earlier, text = self._earlier, self._text()
        notes = earlier.notes if earlier is not None else ()
        found = self._sources.sources.carried
        sections = text.sections if text is not None else ()
        self._view.earlier.show_state(
            EarlierState(
                sentence=_sentence(earlier),
                notes=tuple((note.note_id, _words(note)) for note in notes),
                chosen=self._chosen,
                dated=text.note.dated.isoformat() if text is not None else "",
                rows=tuple(
                    EarlierRow(one.key, one.heading, one.text, found(one.key, self._chosen) is not None)
                    for one in sections
                    if one.key in SECTION_BY_KEY
                ),
                addenda=text.addenda if text is not None else (),
                may_bring=not self._view.note.editor.isReadOnly(),
            )
        )


def _words(note: EarlierNote) -> str:
    """Its date, who signed it, and why the patient came."""
    return " · ".join(part for part in (note.dated.isoformat(), note.provider.name, note.reason) if part)


def _sentence(earlier: EarlierNotes | None) -> str:
    """Why nothing is shown, or what to look out for."""
    if earlier is None:
        return say("earlier.offline")
    match earlier.asked, earlier.problem:
        case Asked.ASKING, _:
            return say("earlier.asking")
        case Asked.FAILED, Refusal() as refusal:
            return refusal_words(refusal)
        case Asked.FAILED, LinkProblem() as problem:
            return say(f"link.{problem}")
        case _:
            return say("earlier.help") if earlier.notes else say("earlier.none")
