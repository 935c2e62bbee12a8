"""Connects the page of phrases with the workflow: what is chosen, typed and not saved yet, removed and to be undone."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog

from desktop.ui.files import read_file, write_file
from desktop.ui.phrase_editor import ShownPhrase, ShownVersion
from desktop.ui.phrases_view import Key, PhrasesView
from desktop.ui.present_phrases import (
    SHOWN,
    conflict_words,
    import_words,
    phrase_rows,
    problem_words,
    whose,
)
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.phrase_flow import PhraseFlow
from visit.phrase_files import MAX_FILE_BYTES, FileProblem, read_phrases
from visit.phrases import OwnerKind, Phrase, PhraseLibrary
from visit.triggers import folded

NEW: Key = (OwnerKind.USER, "")
"""A phrase that has no name yet."""
SUFFIX = "json"


class PhrasesController:
    """The page is made when it is first shown."""

    def __init__(self) -> None:
        self._flow: PhraseFlow | None = None
        self._view: PhrasesView | None = None
        self._current: Key = NEW
        self._drafts: dict[Key, tuple[str, str]] = {}
        """Name and text that were typed and not saved: they stay while another phrase is looked at."""
        self._removed: Phrase | None = None
        self._showing = False
        self._zone: Callable[[], tzinfo] = lambda: UTC

    def use(self, flow: PhraseFlow, zone: Callable[[], tzinfo]) -> None:
        """From now on there are phrases to show, with times in the practice's zone."""
        self._flow, self._zone = flow, zone
        flow.on_changed = self._on_changed

    def front(self, visit: OpenVisit | None) -> None:
        """Another visit is in front, or more is known of it."""
        if self._flow is not None:
            self._flow.front(visit)

    def page(self) -> PhrasesView:
        """The page."""
        if self._view is None:
            view = self._view = PhrasesView()
            view.sought.connect(self._list)
            view.chosen.connect(lambda owner, name: self.choose((owner, name)))
            view.new_asked.connect(self.new)
            view.undo_asked.connect(self.undo)
            view.import_asked.connect(self._ask_import)
            view.export_asked.connect(self._ask_export)
            view.editor.saved.connect(self.save)
            view.editor.removed.connect(self.remove)
            view.editor.copied.connect(self.copy)
            view.editor.versions_asked.connect(self._toggle_versions)
            view.editor.restored.connect(self.restore)
            view.editor.edited.connect(self._on_edited)
            self._list()
            self._show_current()
        return self._view

    # --- what the person does --------------------------------------------------------------------------------------

    def choose(self, key: Key) -> None:
        """Show another phrase; what was typed in this one and not saved is kept."""
        if key != self._current:
            self._current = key
            self.page().mark(key)
            self._show_current()
            if self._drafts:  # the list says which are not saved; not now, when it may be the list that called
                QTimer.singleShot(0, self.page(), self._list)

    def new(self) -> None:
        """Begin a new one."""
        view = self.page()
        self.choose(NEW)
        self._list()
        view.editor.name.setFocus()

    def copy(self) -> None:
        """Begin an own phrase with the name and text of another owner's."""
        library, view = self._library(), self.page()
        shared = library.own(*self._current) if library is not None else None
        if shared is not None:
            key = (OwnerKind.USER, shared.name)
            exists = library is not None and library.own(*key) is not None
            self._drafts[key if exists else NEW] = (shared.name, shared.text)
            self._current = key if exists else NEW
            self._show_current()
            self._list()
            view.editor.text.setFocus()

    def save(self, name: str, text: str) -> None:
        """Keep what was typed."""
        flow, view = self._flow, self.page()
        library = self._library()
        if flow is None or library is None:
            return
        if self._current == NEW and library.own(OwnerKind.USER, name) is not None:
            view.editor.show_problem(say("phrases.name_taken", name=folded(name)))
            return
        saved = flow.save(name, text, datetime.now(UTC))
        if not isinstance(saved, Phrase):
            view.editor.show_problem(problem_words(saved))
            return
        self._drafts.pop(self._current, None)
        self._current = (OwnerKind.USER, saved.name)
        self._show_all(say("phrases.saved", name=saved.name, number=saved.version))

    def remove(self) -> None:
        """Remove the own phrase that is shown; it can be undone, and its versions stay."""
        flow, library = self._flow, self._library()
        before = library.own(*self._current) if library is not None else None
        if flow is None or before is None or before.owner is not OwnerKind.USER:
            return
        self._drafts.pop(self._current, None)
        self._removed = before
        self._current = NEW
        flow.remove(before.name, datetime.now(UTC))
        self._show_all(say("phrases.removed", name=before.name), undo=True)
        self.page().undo_button.setFocus()

    def undo(self) -> None:
        """The removed phrase is there again."""
        removed, self._removed = self._removed, None
        if removed is not None and self._flow is not None:
            self._flow.save(removed.name, removed.text, datetime.now(UTC))
            self._current = (OwnerKind.USER, removed.name)
            self._show_all(say("phrases.back", name=removed.name))
            self.page().list.setFocus()

    def restore(self, version: int) -> None:
        """Make an older version the newest: an own phrase's, or as an own copy of another owner's."""
        flow, library = self._flow, self._library()
        owner, name = self._current
        if flow is None or library is None:
            return
        old = next((it for it in library.versions(owner, name) if it.version == version and not it.removed), None)
        if old is not None:
            self.save(name, old.text)

    def take_file(self, untrusted: bytes | None) -> None:
        """Take over a file's phrases, all or none."""
        flow, view = self._flow, self.page()
        if untrusted is None or flow is None:
            view.tell(say("phrases.not_readable"))
            return
        imported = read_phrases(untrusted)
        if imported.problems:
            view.tell(import_words(imported))
            return
        taken = flow.take_over(imported, datetime.now(UTC))
        if isinstance(taken, FileProblem):
            view.tell(say(f"phrases.file.{taken}"))
            return
        unchanged = len(imported.phrases) - len(taken)
        self._show_all(say("phrases.taken_over", taken=len(taken), unchanged=unchanged))

    def file_for(self, owner: OwnerKind) -> bytes:
        """An owner's phrases as a file."""
        return self._flow.export(owner) if self._flow is not None else b""

    # --- files -----------------------------------------------------------------------------------------------------

    def _ask_import(self) -> None:
        view = self.page()
        dialog = QFileDialog(view, say("phrases.import"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(say("phrases.file_kind", suffix=SUFFIX))
        dialog.fileSelected.connect(lambda path: read_file(view, Path(path), MAX_FILE_BYTES, self.take_file))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_export(self) -> None:
        view = self.page()
        data = self.file_for(view.chosen_scope or OwnerKind.USER)
        dialog = QFileDialog(view, say("phrases.export"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX)
        dialog.setNameFilter(say("phrases.file_kind", suffix=SUFFIX))
        dialog.fileSelected.connect(lambda path: write_file(view, Path(path), data, self._on_exported))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_exported(self, written: bytes | None) -> None:
        self.page().tell(say("phrases.exported" if written is not None else "phrases.not_written"))

    # --- showing ---------------------------------------------------------------------------------------------------

    def _library(self) -> PhraseLibrary | None:
        return self._flow.library if self._flow is not None else None

    def _on_changed(self) -> None:
        if self._view is not None:
            self._list()
            if not self._view.editor.dirty:
                self._show_current()

    def _show_all(self, told: str, *, undo: bool = False) -> None:
        self._list()
        self._show_current()
        self.page().tell(told, undo=undo)

    def _list(self) -> None:
        view, library = self.page(), self._library()
        if library is None:
            view.show_rows([], set(), None, say("phrases.not_read"))
            return
        query = view.search.text().strip().removeprefix(".")
        rows = phrase_rows(library, query, view.chosen_scope)
        found = say("phrases.found", count=len(rows)) if len(rows) < SHOWN else say("phrases.first", most=SHOWN)
        view.show_rows(rows, set(self._drafts), self._current, found if rows else say("phrases.none"))

    def _show_current(self) -> None:
        view, library = self.page(), self._library()
        phrase = library.own(*self._current) if library is not None and self._current != NEW else None
        self._showing = True
        draft_name, draft = self._drafts.get(self._current, ("", None))
        if phrase is None or library is None:
            self._current = NEW
            draft_name, draft = self._drafts.get(NEW, ("", None))
            shown = ShownPhrase()
        else:
            own = phrase.owner is OwnerKind.USER
            shown = ShownPhrase(
                phrase.name, phrase.text, self._whose(phrase.owner), own, conflict_words(library, phrase)
            )
        view.editor.show_phrase(shown, draft, draft_name)
        self._showing = False

    def _whose(self, owner: OwnerKind) -> str:
        name = self._flow.provider_name if self._flow is not None and owner is OwnerKind.PROVIDER else ""
        return name or whose(owner)

    def _toggle_versions(self) -> None:
        view, library = self.page(), self._library()
        if library is None:
            return
        versions = [it for it in reversed(library.versions(*self._current)) if not it.removed][1:]
        view.editor.show_versions([ShownVersion(it.version, self._when(it.updated_at), it.text) for it in versions])

    def _when(self, at: datetime) -> str:
        return at.astimezone(self._zone()).strftime("%d %b %Y, %H:%M")

    def _on_edited(self) -> None:
        view = self.page()
        if self._showing:
            return
        if view.editor.dirty:
            self._drafts[self._current] = (view.editor.name.text(), view.editor.text.toPlainText())
        else:
            self._drafts.pop(self._current, None)
