"""What `.name` and `/name` become at the caret: the phrases and forms that a scribe expands while typing."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from visit import typed_forms
from visit.phrases import OwnerKind, Phrase, PhraseLibrary, phrase_problem
from visit.templates import Specialty
from visit.triggers import Expansion

SHIPPED_AT = datetime(2026, 11, 27, tzinfo=UTC)
MAX_ID = 80
_NO_ID = re.compile(r"[^A-Za-z0-9._-]")


class QuickText:
    """Runs on the UI thread; until it was given its library no key expands anything."""

    def __init__(self) -> None:
        self._library: PhraseLibrary | None = None

    @property
    def library(self) -> PhraseLibrary | None:
        """The phrases; None until they are read."""
        return self._library

    def use(self, library: PhraseLibrary) -> None:
        """From now on these phrases, and the forms."""
        self._library = library

    def expand(self, text: str, caret: int, specialty: Specialty = Specialty.GENERAL) -> Expansion | None:
        """What replaces the name that ends at the caret (UTF-16 units) when Tab, Space or Enter is pressed there.

        Of forms with one name that of the visit's specialty is meant.
        """
        if self._library is None:
            return None
        found = self._library.expand(text, caret)
        if found is not None:
            trigger = self._library.typed(text, caret)
            return replace(found, source=template_id("phrase", trigger.name if trigger is not None else ""))
        form = typed_forms.expand(text, caret, specialty)
        return replace(form.expansion, source=template_id("form", form.form.key)) if form is not None else None


def template_id(kind: str, name: str) -> str:
    """What a phrase or block is called as a source; letters that an id has not become hyphens."""
    return f"{kind}:{_NO_ID.sub('-', name)}"[:MAX_ID]


def shipped_library() -> PhraseLibrary:
    """The phrases of every pack that ships, as the practice's; reads files, so not on the UI thread.

    ValueError when one of them is not a phrase, which is our fault.
    """
    from desktop.workflows.suggestions import read_all
    from visit.template_files import SHARED, templates_of

    # Read here too: neither the first key nor a visit's template must wait for a file.
    for specialty in Specialty:
        templates_of(specialty)
    typed_forms.all_forms()
    read_all()
    return PhraseLibrary(_shipped([SHARED, *(it.value for it in Specialty if it is not Specialty.GENERAL)]))


def _shipped(packs: Iterable[str]) -> Iterable[Phrase]:
    from visit.template_files import read_pack

    for pack in packs:
        for phrase in read_pack(pack).phrases:
            problem = phrase_problem(phrase.name, phrase.text)
            if problem is not None:
                raise ValueError(f"{pack}: {phrase.name}: {problem}")
            yield Phrase(OwnerKind.PRACTICE, phrase.name, phrase.text, 1, SHIPPED_AT)
