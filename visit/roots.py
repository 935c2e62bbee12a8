"""The names of a visit document's roots and what each may hold."""

from visit.sections import SECTIONS

SECTION_ROOT = "section:"
DRAFTS_ROOT = "draft_orders"
MARKS_ROOT = "marks"
"""Where statements come from: mark id to opaque JSON (`visit.marks`)."""
LAYOUT_ROOT = "layout"
"""How the note is laid out: template, order of sections and the like."""
RESTORED_ROOT = "restored"
"""Which characters undo brought back under new ids (`visit.marks`)."""
ANSWERS_ROOT = "answers"
"""Which answer of the provider's each question's gap was filled with last: question id to message id."""
TEXT_ROOTS = frozenset(SECTION_ROOT + section.key for section in SECTIONS)
MAP_ROOTS = frozenset({DRAFTS_ROOT, MARKS_ROOT, LAYOUT_ROOT, RESTORED_ROOT, ANSWERS_ROOT})
"""Strings under keys, each replaced whole."""
