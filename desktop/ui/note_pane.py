"""The note in the middle: one sheet of sections with headings that cannot be deleted."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QLabel, QVBoxLayout

from desktop.ui.actions import key_of
from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, ElidedLabel, Pill, Sheet, announce, label, line, restyle, row, scroller
from desktop.ui.section_editor import Mark, PasteCheck, SectionEditor
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from visit.completeness import BLANK, complete_count
from visit.indexes import utf16_length
from visit.sections import SECTION_BY_KEY
from visit.templates import DEFAULT_KEYS, with_others
from visit.time_anchor import TimeAnchor


class SectionBlock:
    """A heading with its state, and the editor under it."""

    def __init__(self, key: str, heading: str, layout: QVBoxLayout) -> None:
        self.heading = heading
        self.dot = label("○", "dot_plain")
        self.state = label("", "small")
        self.changed_by = ElidedLabel("small")
        self.changed_by.setMinimumWidth(1)
        self._text: str | None = None
        self._authors: list[tuple[int, int, str]] = []
        title = ElidedLabel("section")
        title.setText(heading.upper())
        heading_row = row(self.dot, FlowLayout(title, self.state, self.changed_by, spacing=7), spacing=7)
        heading_row.setAlignment(self.dot, Qt.AlignmentFlag.AlignTop)
        heading_row.setStretch(1, 1)
        layout.addLayout(heading_row)
        self.editor = SectionEditor(key, say("note.section", heading=heading))
        self.editor.setPlaceholderText(say("note.empty_section"))
        layout.addWidget(self.editor)
        layout.addSpacing(10)

    def show_state(self, text: str, *, required: bool, tokens: Tokens) -> None:
        """A dot, its colour and a word: written, blank, needed."""
        if text == self._text:
            return
        self._text = text
        sign, word, kind = "○", "", "dot_plain"
        if BLANK in text:
            sign, word, kind = "●", say("note.blanks", count=text.count(BLANK)), "dot_warn"
        elif text.strip():
            sign, word, kind = "●", say("note.written"), "dot_ok"
        elif required:
            word, kind = say("note.needed"), "dot_warn"
        self.dot.setText(sign)
        self.state.setText(word)
        if self.dot.property("kind") != kind:
            self.dot.setProperty("kind", kind)
            restyle(self.dot)
        self.show_marks(tokens)

    def show_authors(self, ranges: list[tuple[int, int, str]], tokens: Tokens) -> None:
        """What others wrote, as (start, length, name): underlined, and said beside the heading."""
        if ranges == self._authors:
            return
        self._authors = list(ranges)
        words = say("note.changed_by", names=", ".join(sorted({who for _, _, who in ranges}))) if ranges else ""
        spoken = say("note.section", heading=self.heading)
        self.changed_by.setText(f"· {words}" if words else "")
        self.editor.setAccessibleName(f"{spoken}. {words}" if words else spoken)
        self.show_marks(tokens)

    def is_marked(self) -> bool:
        """Whether somebody else's words are marked."""
        return bool(self._authors)

    def show_marks(self, tokens: Tokens) -> None:
        """Other people's words underlined, blanks on their colour."""
        marks = [Mark(start, length, _author_look(who, tokens)) for start, length, who in self._authors]
        text = self._text or ""
        at = text.find(BLANK)
        while at >= 0:
            marks.append(Mark(utf16_length(text[:at]), len(BLANK), _blank_look(tokens)))
            at = text.find(BLANK, at + len(BLANK))
        self.editor.show_marks(marks)


def _author_look(who: str, tokens: Tokens) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
    look.setUnderlineColor(QColor(tokens.accent))
    look.setToolTip(say("note.changed_tip", who=who))
    return look


def _blank_look(tokens: Tokens) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setBackground(QColor(tokens.warn_soft))
    look.setForeground(QColor(tokens.warn))
    return look


class NotePane(Card):
    """The note of one visit.

    Signals:
        text_edited(section, start, end, inserted): as SectionEditor.
        undo_requested(), redo_requested(), finish_requested().
    """

    text_edited = Signal(str, int, int, str)
    undo_requested = Signal()
    redo_requested = Signal()

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(say("note.title"))
        self._tokens = tokens
        self.complete = ElidedLabel("small")
        self.complete.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.state = Pill()
        self.heading.addWidget(self.complete)
        self.heading.addWidget(self.state)
        self.message = label("", "notice", wrap=True)
        self.message.setVisible(False)
        above = row(self.message)
        above.setContentsMargins(10, 8, 10, 0)
        self.body.addLayout(above)
        sheet = Sheet()
        self._sheet = layout = QVBoxLayout(sheet)
        layout.setContentsMargins(18, 12, 18, 12)
        layout.setSpacing(2)
        layout.addStretch(1)
        self.blocks: dict[str, SectionBlock] = {}
        self._paste_check: PasteCheck | None = None
        self._read_only = False
        for key in DEFAULT_KEYS:
            self._block(key)
        self.area = scroller(sheet, say("note.title"))
        self.body.addWidget(self.area, 1)
        self.body.addWidget(line())
        self.words = label("", "small")
        foot = row(self._hints(), self.words, spacing=12)
        foot.setStretch(0, 1)
        foot.setContentsMargins(12, 7, 12, 7)
        self.body.addLayout(foot)
        self.last_section = DEFAULT_KEYS[0]

    def _block(self, key: str) -> SectionBlock:
        """A section's block; one outside the template is made when the first words for it come."""
        if key not in self.blocks:
            order = with_others(self.blocks, (key,))
            layout = QVBoxLayout()
            layout.setSpacing(self._sheet.spacing())
            self._sheet.insertLayout(order.index(key), layout)
            made = SectionBlock(key, SECTION_BY_KEY[key].heading, layout)
            self._connect(made.editor)
            self.blocks = {each: self.blocks.get(each, made) for each in order}
        return self.blocks[key]

    def _connect(self, editor: SectionEditor) -> None:
        editor.text_edited.connect(self.text_edited)
        editor.undo_requested.connect(self.undo_requested)
        editor.redo_requested.connect(self.redo_requested)
        editor.left.connect(self._on_left)
        editor.entered.connect(self._on_entered)
        editor.cursorPositionChanged.connect(self._follow_caret)
        editor.setReadOnly(self._read_only)
        if self._paste_check is not None:
            editor.may_paste = self._paste_check

    def _hints(self) -> QLabel:
        keys = {"blank": "next_blank", "section": "next_section", "keys": "show_shortcuts"}
        made = ElidedLabel("small")
        made.setText(say("note.hints", **{place: key_of(action) for place, action in keys.items()}))
        return made

    # --- showing ---------------------------------------------------------------------------------------------------

    def show_texts(self, texts: dict[str, str]) -> None:
        """Show the whole note."""
        for key, text in texts.items():
            if text or key in self.blocks:
                self._block(key)
        for key, block in self.blocks.items():
            block.editor.show_text(texts.get(key, ""))
        self.show_counts(texts)

    def show_counts(self, texts: dict[str, str]) -> None:
        """Refresh states, completeness and the number of words."""
        for key, block in self.blocks.items():
            required = SECTION_BY_KEY[key].required
            block.show_state(texts.get(key, ""), required=required, tokens=self._tokens)
        done, total = complete_count(texts)
        self.complete.setText(say("note.complete", done=done, all=total))
        self.words.setText(say("note.words", count=sum(len(text.split()) for text in texts.values())))

    def show_state(self, word: str, tone: str, *, read_only: bool) -> None:
        """The note's state; signed notes can no longer be typed in."""
        self.state.show_state(word, tone)
        self._read_only = read_only
        for block in self.blocks.values():
            if block.editor.isReadOnly() != read_only:
                block.editor.setReadOnly(read_only)

    def apply_change(self, section: str, start: int, removed: int, inserted: str) -> None:
        """Show somebody else's change."""
        self._block(section).editor.apply_change(start, removed, inserted)

    def show_place(self, section: str, position: int) -> None:
        """Put the caret where something was just undone or done again."""
        editor = self._block(section).editor
        cursor = editor.textCursor()
        cursor.setPosition(min(position, editor.document().characterCount() - 1))
        editor.setTextCursor(cursor)
        self.focus_section(section)
        self._follow_caret()

    def mark_authors(self, section: str, ranges: list[tuple[int, int, str]]) -> None:
        """Mark ranges (start, length, name of who wrote it): dashed underline, tooltip, and words at the heading."""
        if ranges or section in self.blocks:
            self._block(section).show_authors(ranges, self._tokens)

    def is_marked(self, section: str) -> bool:
        """Whether somebody else's words are marked in a section."""
        return self.blocks[section].is_marked()

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance: draw the marks in its colours."""
        self._tokens = tokens
        for block in self.blocks.values():
            block.show_marks(tokens)

    def show_message(self, text: str) -> None:
        """A sentence above the note; empty hides it."""
        self.message.setText(text)
        self.message.setVisible(bool(text))
        if text:
            announce(self, text)

    def guard_paste(self, check: PasteCheck) -> None:
        """Ask `check` before anything is pasted."""
        self._paste_check = check
        for block in self.blocks.values():
            block.editor.may_paste = check

    # --- moving ----------------------------------------------------------------------------------------------------

    def focus_section(self, key: str) -> None:
        """Put the caret into a section."""
        self._block(key).editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_last(self) -> None:
        """Back to where the person wrote last."""
        self.focus_section(self.last_section)

    def time_at_caret(self) -> TimeAnchor | None:
        """The time in the visit that is written where the caret is: `[inaudible 04:12]`; None when none is."""
        cursor = self.blocks[self.last_section].editor.textCursor()
        return TimeAnchor.at_place(_one_unit_each(cursor.block().text()), cursor.positionInBlock())

    def step(self, forward: bool) -> None:
        """To the next or previous section."""
        keys = list(self.blocks)
        index = keys.index(self.last_section) + (1 if forward else -1)
        if 0 <= index < len(keys):
            self.focus_section(keys[index])

    def find_blank(self, forward: bool) -> None:
        """Select the next (or previous) `***`, over section borders."""
        keys = list(self.blocks)
        here = keys.index(self.last_section)
        order = keys[here:] + keys[:here] if forward else [*reversed(keys[: here + 1]), *reversed(keys[here + 1 :])]
        for number, key in enumerate([*order, order[0]]):
            editor = self.blocks[key].editor
            text = _one_unit_each(editor.toPlainText())
            cursor = editor.textCursor()
            if number == 0:
                found = (
                    text.find(BLANK, cursor.selectionEnd())
                    if forward
                    else text.rfind(BLANK, 0, cursor.selectionStart())
                )
            else:
                found = text.find(BLANK) if forward else text.rfind(BLANK)
            if found >= 0:
                chosen = QTextCursor(editor.document())
                chosen.setPosition(found)
                chosen.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, len(BLANK))
                editor.setTextCursor(chosen)
                self.focus_section(key)
                return

    def _on_left(self, _section: str, forward: bool) -> None:
        self.step(forward)

    def _on_entered(self, section: str) -> None:
        self.last_section = section

    def _follow_caret(self) -> None:
        """Keep the caret in sight while the note scrolls as a whole."""
        editor = self.blocks[self.last_section].editor
        sheet = self.area.widget()
        if sheet is None or not editor.hasFocus() or not self.area.isVisible():
            return
        point = editor.mapTo(sheet, editor.cursorRect().center())
        self.area.ensureVisible(point.x(), point.y(), 0, 40)


def _one_unit_each(text: str) -> str:
    """The text with a stand-in for each half of a surrogate pair, so that its indexes are Qt's positions."""
    return text if text.isascii() else "".join("??" if ord(char) > 0xFFFF else char for char in text)
