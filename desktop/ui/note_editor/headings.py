"""How a section stands: a dot, its colour and a word."""

from dataclasses import dataclass, replace

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
    not_heard: int = 0
    not_reviewed: int = 0

    @property
    def seen(self) -> tuple[str, str, str, str, tuple[str, ...]]:
        """What of it is drawn: its words are only counted."""
        return self.sign, self.word, self.tone, self.waiting, self.changed_by

    @property
    def waiting(self) -> str:
        """How many findings and carried texts somebody has to confirm; empty when there are none."""
        heard = say("note.not_heard", count=self.not_heard) if self.not_heard else ""
        reviewed = say("note.not_reviewed", count=self.not_reviewed) if self.not_reviewed else ""
        return " · ".join(part for part in (heard, reviewed) if part)

    @property
    def changes(self) -> str:
        """Who else changed it, in a sentence; empty when nobody did."""
        return say("note.changed_by", names=", ".join(self.changed_by)) if self.changed_by else ""

    def spoken(self, heading: str) -> str:
        """The section's name for screen readers."""
        return ". ".join(part for part in (say("note.section", heading=heading), self.waiting, self.changes) if part)


def with_waiting(stands: Standing, not_heard: int, not_reviewed: int) -> Standing:
    """The same section with so much in it that somebody has to confirm."""
    if not not_heard and not not_reviewed:
        return stands
    return replace(stands, tone="warn", not_heard=not_heard, not_reviewed=not_reviewed)


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
