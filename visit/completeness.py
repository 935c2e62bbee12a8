"""What a note still lacks before it may be sent for signature."""

from collections.abc import Mapping

from visit.sections import SECTIONS

BLANK = "***"


def incomplete_sections(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of sections that are required and empty, or that still hold a `***` blank, in SOAP order."""
    return tuple(
        section.key
        for section in SECTIONS
        if BLANK in texts.get(section.key, "") or (section.required and not texts.get(section.key, "").strip())
    )


def complete_count(texts: Mapping[str, str]) -> tuple[int, int]:
    """(sections that are written and have no blank, all sections)."""
    done = sum(1 for s in SECTIONS if texts.get(s.key, "").strip() and BLANK not in texts.get(s.key, ""))
    return done, len(SECTIONS)
