"""How a section stands: a dot, its colour and a word."""

from dataclasses import dataclass

from desktop.ui.note_editor.places import ShownSection
from desktop.ui.words import say
from visit.blanks import fields


@dataclass(frozen=True, slots=True)
class Standing:
    """A section's state in sign, word and tone (`ok`, `warn` or `plain`), who else changed it, and its words."""

    sign: str = "○"
    word: str = ""
    tone: str = "plain"
    done: bool = False
    words: int = 0
    changed_by: tuple[str, ...] = ()

    @property
    def seen(self) -> tuple[str, str, str, tuple[str, ...]]:
        """What of it is drawn: its words are only counted."""
        return self.sign, self.word, self.tone, self.changed_by

    @property
    def changes(self) -> str:
        """Who else changed it, in a sentence; empty when nobody did."""
        return say("note.changed_by", names=", ".join(self.changed_by)) if self.changed_by else ""

    def spoken(self, heading: str) -> str:
        """The section's name for screen readers."""
        name = say("note.section", heading=heading)
        return f"{name}. {self.changes}" if self.changed_by else name


def standing(section: ShownSection, text: str, changed_by: tuple[str, ...] = ()) -> Standing:
    """How a section with that text stands."""
    words = len(text.split())
    blanks = sum(1 for field in fields(text) if not field.optional)
    if blanks:
        return Standing("●", say("note.blanks", count=blanks), "warn", False, words, changed_by)
    if words:
        return Standing("●", say("note.written"), "ok", True, words, changed_by)
    if section.required:
        return Standing("○", say("note.needed"), "warn", False, 0, changed_by)
    return Standing(changed_by=changed_by)
