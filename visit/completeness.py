"""What a note still lacks before it may be sent for signature."""

from collections.abc import Mapping

from visit.blanks import BLANK as BLANK  # the one `***`, by the name that this module always gave it
from visit.forms import is_open
from visit.sections import mixed_sections
from visit.templates import DEFAULT_TEMPLATE, Template, note_keys


def incomplete_sections(texts: Mapping[str, str], template: Template = DEFAULT_TEMPLATE) -> tuple[str, ...]:
    """Keys of the note's sections that may not be sent as they are, in the note's order.

    A section that is required and empty, that still holds a blank or a pick list that nobody chose from, or that may
    not stand beside another one (`mixed_sections`). Text outside the template counts too.
    """
    required = {section.key for section in template.sections if section.required}
    mixed = mixed_sections(texts)
    return tuple(
        key
        for key in note_keys(texts, template)
        if is_open(text := texts.get(key, "")) or key in mixed or (key in required and not text.strip())
    )


def complete_count(texts: Mapping[str, str], template: Template = DEFAULT_TEMPLATE) -> tuple[int, int]:
    """(sections that are written and have nothing open, all sections of the note)."""
    keys = note_keys(texts, template)
    done = sum(1 for key in keys if (text := texts.get(key, "")).strip() and not is_open(text))
    return done, len(keys)
