"""What the widget is known to show, section by section, and what a change of the widget's text means for them.

The document of the visit stays the truth; the mirror is how the widget's changes are told from it, to the unit.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtGui import QTextCursor, QTextDocument

from desktop.ui.note_editor.places import Places, ShownSection
from desktop.ui.note_editor.units import Edit, changed, common, from_qt, pack, shown, unpack

LINE = pack("\n")


class Mirror:
    """The texts that stand in the widget, as units, and where they stand."""

    def __init__(self, sections: Sequence[ShownSection], texts: Mapping[str, str]) -> None:
        self._units = {key: bytearray(pack(shown(text))) for key, text in texts.items()}
        self.places = self._laid_out(sections)

    def _laid_out(self, sections: Sequence[ShownSection]) -> Places:
        lengths = [len(self._units.setdefault(section.key, bytearray())) // 2 for section in sections]
        return Places(sections, lengths)

    def text(self, section: str) -> str:
        """A section's text as the widget shows it, shown now or not."""
        return unpack(self._units.get(section, b""))

    def length(self, section: str) -> int:
        """Units of a section's text."""
        return len(self._units.get(section, b"")) // 2

    def texts(self) -> dict[str, str]:
        """Every section's text by key."""
        return {key: unpack(units) for key, units in self._units.items()}

    def whole(self) -> str:
        """The one text of headings and sections."""
        return unpack(LINE.join(self._lines(self.places.sections)))

    def _lines(self, sections: Sequence[ShownSection]) -> list[bytes | bytearray]:
        lines: list[bytes | bytearray] = []
        for section in sections:
            lines += [pack(section.heading), self._units[section.key]]
        return lines

    def arrange(self, sections: Sequence[ShownSection]) -> None:
        """Other sections, or another order; texts of sections that are not shown are kept."""
        self.places = self._laid_out(sections)

    def take(self, edit: Edit) -> None:
        """A section's text changed."""
        inserted = pack(edit.inserted)
        self._units.setdefault(edit.section, bytearray())[2 * edit.start : 2 * edit.end] = inserted
        index = self.places.index(edit.section)
        if index is not None:
            self.places.resize(index, len(inserted) // 2 - (edit.end - edit.start))

    def changed_in(self, document: QTextDocument, position: int, removed: int, added: int) -> Edit | None | bool:
        """What Qt's `contentsChange` means: an edit of one section, None for no change of text.

        False when a heading was touched or half a character came in: then `healed` says what was meant.
        """
        removed = min(removed, self.places.end - position)  # Qt may count the end of the note
        added = min(added, document.characterCount() - 1 - position)
        if removed < 0 or added < 0:
            return False
        before, after = self._stretch(position, removed), pack(_read(document, position, added))
        if before == after:
            return None
        prefix, suffix = common(before, after)  # a block that is only laid out anew counts as changed, its end too
        start, end = position + prefix, position + removed - suffix
        if not self.places.in_one_text(start, end):
            return False
        index = self.places.index_at(start)
        first = self.places.body(index)[0]
        inserted = unpack(after[2 * prefix : len(after) - 2 * suffix])
        edit = Edit(self.places.sections[index].key, start - first, end - first, inserted)
        whole = shown(inserted) == inserted and self._between_characters(edit)
        return edit if whole else False

    def _stretch(self, position: int, length: int) -> bytes:
        """The units that were known to stand at a range of the note, headings included."""
        index = self.places.index_at(position)
        first = self.places.body(index)[0]
        if self.places.in_one_text(position, position + length):
            begin = 2 * (position - first)
            return bytes(self._units[self.places.sections[index].key][begin : begin + 2 * length])
        begin = position - self.places.heading(index)
        reached = self.places.index_at(position + length) + 1
        lines = self._lines(self.places.sections[index:reached])
        return (LINE.join(lines) + LINE)[2 * begin :][: 2 * length]

    def _between_characters(self, edit: Edit) -> bool:
        units = self._units[edit.section]
        return all(
            not 0 < place < len(units) // 2 or units[2 * place + 1] & 0xFC != 0xDC for place in (edit.start, edit.end)
        )

    def healed(self, document: QTextDocument) -> list[Edit]:
        """What a change that touched headings means for the sections, from the whole text of the widget.

        Headings that are all still there divide it; else what was taken out is taken out of each section that it
        reached into, and what came in belongs to the first of them.
        """
        now = from_qt(document.toRawText())
        texts = self._divided(now)
        if texts is None:
            return self._projected(pack(now))
        found = [
            changed(section.key, bytes(self._units[section.key]), pack(shown(text)))
            for section, text in zip(self.places.sections, texts, strict=True)
        ]
        return [edit for edit in found if edit is not None]

    def _divided(self, whole: str) -> list[str] | None:
        """The sections' texts, when every heading stands in its order as a line of its own."""
        ends: list[tuple[int, int]] = []
        at = 0
        for number, section in enumerate(self.places.sections):
            line = "\n" * (number > 0) + section.heading + "\n"
            found = whole.find(line, at) if number else (0 if whole.startswith(line) else -1)
            if found < 0:
                return None
            at = found + len(line)
            ends.append((found, at))
        return [whole[begin:end] for (_, begin), (end, _) in zip(ends, [*ends[1:], (len(whole), 0)], strict=True)]

    def _projected(self, now: bytes) -> list[Edit]:
        before = LINE.join(self._lines(self.places.sections))
        prefix, suffix = common(before, now)
        parts = self.places.parts(prefix, len(before) // 2 - suffix)
        inserted = shown(unpack(now[2 * prefix : len(now) - 2 * suffix]))
        edits = []
        for number, part in enumerate(parts):
            first = self.places.body(part.index)[0]
            key = self.places.sections[part.index].key
            come = inserted if number == 0 else ""
            if come or part.end > part.start:
                edits.append(Edit(key, part.start - first, part.end - first, come))
        return edits


def _read(document: QTextDocument, start: int, length: int) -> str:
    if not length:
        return ""
    if length == 1 and (char := document.characterAt(start)).isprintable() and char:
        return str(char)  # a letter: no cursor is needed, and no separator stands there
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
    return from_qt(cursor.selectedText())
