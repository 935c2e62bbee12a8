"""The names of a visit document's roots and what each may hold."""

from visit.sections import SECTIONS

SECTION_ROOT = "section:"
DRAFTS_ROOT = "draft_orders"
TEXT_ROOTS = frozenset(SECTION_ROOT + section.key for section in SECTIONS)
