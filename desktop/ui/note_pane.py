"""The note in the middle: one text of sections with headings that cannot be deleted, its outline and its counts."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QTextCharFormat
from PySide6.QtWidgets import QLabel

from desktop.ui.actions import key_of
from desktop.ui.note_editor.editor import NoteEditor
from desktop.ui.note_editor.headings import standing, with_waiting
from desktop.ui.note_editor.marks import Mark
from desktop.ui.note_editor.outline import Outline, WithOutline
from desktop.ui.note_editor.overlay import one_unit_each
from desktop.ui.note_editor.places import Caret, ShownSection
from desktop.ui.note_editor.sources import SourceLooks, source_marks
from desktop.ui.note_editor.text_edit import PasteCheck
from desktop.ui.parts import Card, ElidedLabel, Pill, announce, label, line, row
from desktop.ui.quick_entry import QuickEntry
from desktop.ui.source_form import SourceForm
from desktop.ui.template_button import TemplateButton
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from visit.blanks import next_field, previous_field
from visit.marks import PlacedMark
from visit.sections import SECTION_BY_KEY, Group
from visit.templates import DEFAULT_TEMPLATE, NoteOrder, Template, in_order, with_others
from visit.time_anchor import TimeAnchor

COUNT_AFTER_MS = 150
"""States and words are counted when typing rests so long: never at a key."""
STATES_AFTER_MS = 1_000
"""While typing goes on, states alone are refreshed: another number of words would lay the page out anew."""
HINT_MS = 4_000
CARET_RESTS_MS = 1_000
LEAST_ZOOM, MOST_ZOOM = -4, 16


def shown_sections(
    keys: Iterable[str] | None = None, template: Template = DEFAULT_TEMPLATE
) -> tuple[ShownSection, ...]:
    """Sections by their keys, in that order, with the template's headings; without any, those of the template."""
    return tuple(_shown(key, template) for key in (template.keys if keys is None else keys))


def _shown(key: str, template: Template) -> ShownSection:
    own = template.section(key)
    if own is None:
        return ShownSection(key, SECTION_BY_KEY[key].heading, required=False)
    return ShownSection(key, own.shown_heading, own.required)


class WordCount(QLabel):
    """The number of words, in room that is enough for any note: another number moves nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", "small")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def sizeHint(self) -> QSize:
        """As wide as the longest."""
        size = super().sizeHint()
        longest = self.fontMetrics().horizontalAdvance(say("note.words", count=99_999))
        return QSize(max(size.width(), longest), size.height())

    def minimumSizeHint(self) -> QSize:
        """No narrower."""
        return self.sizeHint()


class NotePane(Card):
    """The note of one visit.

    Signals:
        text_edited(section, start, end, inserted), undo_requested(), redo_requested(): as NoteEditor.
    """

    text_edited = Signal(str, int, int, str)
    undo_requested = Signal()
    redo_requested = Signal()
    time_asked = Signal(object)
    """TimeAnchor: when a statement was heard, to hear it again."""
    caret_rested = Signal()
    """The caret has been where it is for a second."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(say("note.title"))
        self._tokens = tokens
        self._template = DEFAULT_TEMPLATE
        self._sections: Sequence[ShownSection] = shown_sections()
        self._turned = False
        """Whether the other order than the template's is shown."""
        self._asked = frozenset(section.key for section in self._sections)
        """Those that the note is laid out with; another one counts while there are words in it."""
        self._authors: dict[str, list[tuple[int, int, str]]] = {}
        self._placed: dict[str, list[PlacedMark]] = {}
        self._looks = SourceLooks.of(tokens)
        self.every_source = False
        """Whether the source of every statement is seen, not of those alone that somebody has to confirm."""
        self._zoom = 0
        self.complete = ElidedLabel("small")
        self.complete.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.state = Pill()
        self.template = TemplateButton()
        self.heading.addWidget(self.template)
        self.heading.addWidget(self.complete)
        self.heading.addWidget(self.state)
        self.message = label("", "notice", wrap=True)
        self.message.setVisible(False)
        above = row(self.message)
        above.setContentsMargins(10, 8, 10, 0)
        self.body.addLayout(above)
        self.editor = NoteEditor(tokens)
        self.outline = Outline(tokens)
        self.entry = QuickEntry(self, tokens)
        self.text_area = WithOutline(self.editor, self.outline)
        self.body.addWidget(self.text_area, 2)
        self.source = SourceForm()
        self.body.addWidget(self.source)
        self.body.addWidget(line())
        self.words = WordCount()
        self.hints = self._hints()
        foot = row(self.hints, self.words, spacing=12)
        foot.setStretch(0, 1)
        foot.setContentsMargins(12, 7, 12, 7)
        self.body.addLayout(foot)
        self._changed: set[str] = set()
        self._rest = self._timer(COUNT_AFTER_MS, self.count)
        self._going_on = self._timer(STATES_AFTER_MS, self._refresh_states)
        self._caret_rests = self._timer(CARET_RESTS_MS, self.caret_rested.emit)
        self._connect()
        self.show_texts({})

    def _timer(self, interval: int, work: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(interval)
        made.timeout.connect(work)
        return made

    def _connect(self) -> None:
        editor = self.editor
        editor.text_edited.connect(self.text_edited)
        editor.undo_requested.connect(self.undo_requested)
        editor.redo_requested.connect(self.redo_requested)
        editor.text_changed.connect(self._on_text_changed)
        editor.heading_typed_on.connect(lambda: self.show_hint(say("note.heading_stays")))
        editor.cursorPositionChanged.connect(self._caret_rests.start)
        editor.section_entered.connect(self.outline.show_current)
        editor.zoom_asked.connect(self.zoom)
        editor.time_asked.connect(self.time_asked)
        self.source.closed.connect(self.focus_last)
        editor.offers = self.template.offers
        editor.empty_words = self.template.empty_words
        self.template.section_now = lambda: "" if editor.isReadOnly() else editor.section
        self.outline.section_chosen.connect(self.focus_section)
        self.outline.left.connect(self.focus_last)
        self.entry.connect_editor()

    def _hints(self) -> QLabel:
        made = ElidedLabel("small")
        made.setText(self._usual_hint())
        return made

    @staticmethod
    def _usual_hint() -> str:
        keys = {"blank": "next_blank", "section": "next_section", "keys": "show_shortcuts"}
        return say("note.hints", **{place: key_of(action) for place, action in keys.items()})

    # --- showing ---------------------------------------------------------------------------------------------------

    def show_texts(self, texts: dict[str, str]) -> None:
        """Show the whole note."""
        self._authors, self._placed = {}, {}
        self._sections = self._and(key for key, text in texts.items() if text)
        self.editor.show_note(self._sections, texts)
        self.outline.show_sections(self._sections)
        self.outline.show_current(self.editor.section)
        self._changed = {section.key for section in self._sections}
        self.count()

    def _and(self, keys: Iterable[str]) -> tuple[ShownSection, ...]:
        """The sections that are shown and these: text outside a template is never hidden."""
        known = {section.key: section for section in self._sections}
        new = [key for key in keys if key not in known]
        others = {section.key: section for section in shown_sections(new, self._template)}
        both = known | others
        return tuple(both[key] for key in with_others(tuple(known), tuple(others)))

    def _show_also(self, section: str) -> None:
        """A section outside the template appears with the first words for it."""
        if all(known.key != section for known in self._sections):
            self._arrange(self._and((section,)))

    def show_template(self, template: Template) -> None:
        """Show the note by a template: its sections with its headings in its order, and every other that holds text."""
        if template == self._template:
            return
        self._template = template
        self._turned = False
        self._asked = frozenset(template.keys)
        self.template.show_template(template)
        self._arrange(shown_sections(self._template_order(), template))

    def _template_order(self) -> tuple[str, ...]:
        """The template's sections, and in their places those that hold text."""
        written = [key for key, text in self.editor.mirror.texts().items() if text]
        return with_others(self._template.keys, written)

    def show_sections(self, sections: Sequence[ShownSection]) -> None:
        """Show the same note under other sections or in another order; text and caret stay."""
        self._asked = frozenset(section.key for section in sections)
        self._arrange(sections)

    def _arrange(self, sections: Sequence[ShownSection]) -> None:
        self._sections = tuple(sections)
        self.editor.show_sections(self._sections)
        self.outline.show_sections(self._sections)
        self.outline.show_current(self.editor.section)
        self._changed = {section.key for section in self._sections}
        self.count()

    def _on_text_changed(self, section: str) -> None:
        self._changed.add(section)
        self._rest.start()
        if not self._going_on.isActive():
            self._going_on.start()

    def count(self) -> None:
        """Refresh states, completeness and the number of words."""
        self._rest.stop()
        self._going_on.stop()
        self._refresh_states()
        all_of_them = [self.editor.standing(section.key) for section in self._sections]
        self.words.setText(say("note.words", count=sum(stands.words for stands in all_of_them)))

    def _refresh_states(self) -> None:
        """Of the sections that changed."""
        for section in self._sections:
            if section.key in self._changed:
                names = tuple(sorted({who for _, _, who in self._authors.get(section.key, [])}))
                stands = standing(section, self.editor.text(section.key), names)
                stands = with_waiting(stands, *_waiting(self._placed.get(section.key, [])))
                self.editor.show_standing(section.key, stands)
                self.outline.show_standing(section.key, stands)
        self._changed.clear()
        every = {section.key: self.editor.standing(section.key) for section in self._sections}
        all_of_them = [found for key, found in every.items() if found.words or key in self._asked]
        done = sum(stands.done for stands in all_of_them)
        words = say("note.complete", done=done, all=len(all_of_them))
        if words != self.complete.text():
            self.complete.setText(words)

    def show_state(self, word: str, tone: str, *, read_only: bool) -> None:
        """The note's state; signed notes can no longer be typed in."""
        self.state.show_state(word, tone)
        if self.editor.isReadOnly() != read_only:
            self.editor.setReadOnly(read_only)

    def apply_change(self, section: str, start: int, removed: int, inserted: str) -> None:
        """Show somebody else's change."""
        self._show_also(section)
        self.editor.apply(section, start, removed, inserted)

    def show_place(self, section: str, position: int) -> None:
        """Put the caret where something was just undone or done again."""
        self._show_also(section)
        self.editor.set_caret(Caret(section, position))
        self.focus_last()

    def mark_authors(self, section: str, ranges: list[tuple[int, int, str]]) -> None:
        """Mark ranges (start, length, name of who wrote it): dashed underline, tooltip, and words at the heading."""
        if ranges:
            self._show_also(section)
        elif all(known.key != section for known in self._sections):
            return
        named = {who for _, _, who in ranges} != {who for _, _, who in self._authors.get(section, [])}
        self._authors[section] = list(ranges)
        marks = []
        for start, length, who in ranges:
            marks.append(Mark(start, length, _author_look(self._tokens), say("note.changed_tip", who=who)))
        self.editor.show_marks(section, marks)
        if named:
            self._changed.add(section)
            self.count()

    def show_sources(self, placed: Mapping[str, list[PlacedMark]]) -> None:
        """Show where some sections' statements come from: over the text, and at headings what is to be confirmed."""
        before = self._placed
        self._placed = {**before, **placed}
        self._draw_sources(placed)
        other = {key for key, marks in placed.items() if _waiting(marks) != _waiting(before.get(key, []))}
        if other:
            self._changed |= other
            self._refresh_states()

    def _draw_sources(self, placed: Mapping[str, list[PlacedMark]]) -> None:
        self.editor.show_sources(
            {key: source_marks(marks, self._looks, every=self.every_source) for key, marks in placed.items()}
        )

    def placed(self) -> dict[str, list[PlacedMark]]:
        """The marks that are shown now, by section."""
        return dict(self._placed)

    def turn_sources(self) -> None:
        """Show the source of every statement, or again of those alone that wait to be confirmed."""
        self.every_source = self.editor.says_all = not self.every_source
        self._draw_sources(self._placed)
        self.tell(say("note.every_source") if self.every_source else say("note.waiting_sources"))

    def tell(self, text: str) -> None:
        """A few words, for eyes and for screen readers."""
        self.show_hint(text)
        announce(self, text)

    def is_marked(self, section: str, start: int, end: int) -> bool:
        """Whether somebody else's words are marked in a range of a section, or right beside it."""
        return bool(self.editor.marks(section).touching(start, end))

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance: draw the marks in its colours."""
        self._tokens = tokens
        self._looks = SourceLooks.of(tokens)
        self._draw_sources(self._placed)
        for section, ranges in self._authors.items():
            self.mark_authors(section, ranges)
        self.editor.use_tokens(tokens)
        self.outline.use_tokens(tokens)
        self.entry.use_tokens(tokens)

    def show_message(self, text: str) -> None:
        """A sentence above the note; empty hides it."""
        self.message.setText(text)
        self.message.setVisible(bool(text))
        if text:
            announce(self, text)

    def show_hint(self, text: str) -> None:
        """A few words at the foot, for a while."""
        self.hints.setText(text)
        QTimer.singleShot(HINT_MS, self.hints, lambda: self.hints.setText(self._usual_hint()))

    def guard_paste(self, check: PasteCheck) -> None:
        """Ask `check` before anything is pasted."""
        self.editor.may_paste = check

    def zoom(self, step: int) -> None:
        """Make the note's type alone larger or smaller; 0 is the size of the window's."""
        self._zoom = 0 if step == 0 else max(LEAST_ZOOM, min(MOST_ZOOM, self._zoom + step))
        self.editor.zoom_note(self._zoom)

    # --- moving ----------------------------------------------------------------------------------------------------

    @property
    def last_section(self) -> str:
        """The section that has the caret, whether or not the note has the keyboard."""
        return self.editor.section

    def caret(self) -> Caret:
        """Where the caret is, to come back to after a restart."""
        return self.editor.caret()

    def show_caret(self, caret: Caret) -> None:
        """Put the caret back where it was; the keyboard stays where it is."""
        self.editor.set_caret(caret)

    def has_section(self, key: str) -> bool:
        """Whether the note shows a section now."""
        return any(section.key == key for section in self._sections)

    @property
    def section_count(self) -> int:
        """How many sections the note shows."""
        return len(self._sections)

    def keep_caret_in_sight(self) -> None:
        """After the pane became shorter or longer."""
        QTimer.singleShot(0, self.editor, self.editor.ensureCursorVisible)

    def mend_abbreviation(self) -> None:
        """The safer form in place of a dangerous abbreviation, or on to the next one."""
        if not self.editor.dangers.mend():
            self.show_hint(say("danger.none"))
            announce(self, say("danger.none"))
        self.focus_last()

    def turn_order(self) -> None:
        """Show the assessment and plan first (last, where the template has it first), or the template's order again.

        The note itself stays as it is.
        """
        self._turned = not self._turned
        own = with_others(self._template_order(), (section.key for section in self._sections))
        keys = _other_order(own) if self._turned else own
        self._arrange(shown_sections(keys, self._template))
        words = say(f"note.order_{_order_of(keys)}")
        self.show_hint(words)
        announce(self, words)

    def focus_section(self, key: str) -> None:
        """Put the caret at the end of a section, and the keyboard with it."""
        self._show_also(key)
        self.editor.go_to(key)
        self.focus_last()

    def focus_number(self, number: int) -> None:
        """Go to the section with that number in the order shown, from 1; nothing where there is none."""
        if 1 <= number <= len(self._sections):
            self.focus_section(self._sections[number - 1].key)

    def focus_outline(self) -> None:
        """Show the outline with its words."""
        self.outline.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_last(self) -> None:
        """Back to where the person wrote last."""
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def time_at_caret(self) -> TimeAnchor | None:
        """The time in the visit that is written where the caret is, `[inaudible 04:12]`, or that is known of the words.

        None when there is neither.
        """
        cursor = self.editor.textCursor()
        written = TimeAnchor.at_place(one_unit_each(cursor.block().text()), cursor.positionInBlock())
        return written or self.editor.heard_at_caret()

    def step(self, forward: bool) -> None:
        """To the next or previous section."""
        self.editor.step(forward)
        self.focus_last()

    def find_blank(self, forward: bool) -> None:
        """Select the next (or previous) blank or pick list that nobody filled, over section borders."""
        texts = [(section.key, self.editor.text(section.key)) for section in self._sections]
        begin, end = self.editor.selection_in_section()
        here = self.last_section
        found = next_field(texts, here, end) if forward else previous_field(texts, here, begin)
        if found is not None:
            self.show_range(found.section, found.field.start, found.field.end)

    def show_range(self, section: str, start: int, end: int) -> None:
        """Select units [start, end) of a section, and put the keyboard there."""
        self._show_also(section)
        self.editor.set_caret(Caret(section, start), end - start)
        self.focus_last()

    @property
    def shown_keys(self) -> tuple[str, ...]:
        """The sections that are shown, in their order."""
        return tuple(section.key for section in self._sections)


def _other_order(keys: tuple[str, ...]) -> tuple[str, ...]:
    plan_first = SECTION_BY_KEY[keys[0]].group is Group.ASSESSMENT_AND_PLAN
    return in_order(keys, NoteOrder.SOAP if plan_first else NoteOrder.APSO)


def _order_of(keys: tuple[str, ...]) -> str:
    return next((order for order in NoteOrder if keys == in_order(keys, order)), "template")


def _waiting(placed: Iterable[PlacedMark]) -> tuple[int, int]:
    """How many findings nobody heard yet, and how much carried text nobody touched."""
    marks = tuple(placed)
    return sum(mark.unheard for mark in marks), sum(mark.untouched for mark in marks)


def _author_look(tokens: Tokens) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
    look.setUnderlineColor(QColor(tokens.accent))
    return look
