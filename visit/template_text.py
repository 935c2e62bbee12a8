"""What a template offers for a section, as text with its marks: nothing of it is known of this patient yet.

A normal exam's findings are unheard until the provider is known to have said them; a skeleton's words are the
template's, and what fills its blanks and lists is not.
"""

from visit.blanks import fields
from visit.indexes import utf16_length
from visit.marks import MarkedPart, MarkedText
from visit.provenance import Finding, FromTemplate
from visit.templates import Template, normal_exam, skeleton_text
from visit.unit_map import UnitMap

_MOST_ID_CHARS = 80


def exam_to_insert(template: Template, section: str) -> MarkedText | None:
    """The section's normal exam, each finding marked as unheard; None when the template has none there."""
    known = template.section(section)
    if known is None or not known.normal_exam:
        return None
    exam = normal_exam(known)
    finding = Finding(macro_id=f"{template.id}:{section}"[:_MOST_ID_CHARS])
    return MarkedText(exam.text, tuple(MarkedPart(start, end, finding) for start, end in exam.findings))


def skeleton_to_insert(template: Template, section: str) -> MarkedText | None:
    """The section's skeleton with its forms, its words but no blank marked as the template's; None without one."""
    known = template.section(section)
    text = skeleton_text(known) if known is not None else ""
    if not text:
        return None
    units, source = UnitMap(text), FromTemplate(template_id=template.id)
    parts, start = [], 0
    for begin, end in [*((field.start, field.end) for field in fields(text)), (utf16_length(text), utf16_length(text))]:
        if text[units.index(start) : units.index(begin)].strip():
            parts.append(MarkedPart(start, begin, source))
        start = end
    return MarkedText(text, tuple(parts))


def appended(text: str, marked: MarkedText) -> MarkedText:
    """The marked text as it follows a section's text: on a line of its own."""
    if not text or text.endswith("\n"):
        return marked
    parts = (MarkedPart(part.start + 1, part.end + 1, part.provenance) for part in marked.parts)
    return MarkedText(f"\n{marked.text}", tuple(parts))
