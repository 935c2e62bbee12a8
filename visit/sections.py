"""The note's sections in SOAP order, with their LOINC codes (HL7 C-CDA section templates)."""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """The SOAP heading a section belongs to."""

    SUBJECTIVE = "subjective"
    OBJECTIVE = "objective"
    ASSESSMENT_AND_PLAN = "assessment_and_plan"


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its key in the document, LOINC code, English heading, and whether a note may lack it."""

    key: str
    loinc: str
    heading: str
    group: Group
    required: bool


# Assessment and plan is the combined 51847-2: a note must not mix it with 51848-0 and 18776-5.
SECTIONS: tuple[Section, ...] = (
    Section("chief_complaint", "10154-3", "Chief complaint", Group.SUBJECTIVE, True),
    Section("hpi", "10164-2", "History of present illness", Group.SUBJECTIVE, True),
    Section("ros", "10187-3", "Review of systems", Group.SUBJECTIVE, False),
    Section("vital_signs", "8716-3", "Vital signs", Group.OBJECTIVE, False),
    Section("physical_exam", "29545-1", "Physical exam", Group.OBJECTIVE, False),
    Section("assessment_and_plan", "51847-2", "Assessment and plan", Group.ASSESSMENT_AND_PLAN, True),
)
SECTION_BY_KEY: dict[str, Section] = {section.key: section for section in SECTIONS}
PROGRESS_NOTE_LOINC = "11506-3"
