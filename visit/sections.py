"""The catalogue of all sections that a note may have, in SOAP order, with their LOINC codes.

The codes were read in HL7's C-CDA section templates (HL7/CDA-ccda, 2026-05); none here is unverified. Which of them
a visit's note has is its template's choice (visit/templates.py). A document has a root for each, so that a section
added here is refused by an older gateway: the catalogue is therefore wider than today's templates.
Left out on purpose: 46239-0, which C-CDA forbids beside 10154-3 and 29299-5, and psychotherapy notes (45 CFR 164.501).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """The SOAP heading a section belongs to."""

    SUBJECTIVE = "subjective"
    OBJECTIVE = "objective"
    ASSESSMENT_AND_PLAN = "assessment_and_plan"


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its key in the document, LOINC code, English heading, and whether by default no note may lack it."""

    key: str
    loinc: str
    heading: str
    group: Group
    required: bool = False


_S, _O, _AP = Group.SUBJECTIVE, Group.OBJECTIVE, Group.ASSESSMENT_AND_PLAN

SECTIONS: tuple[Section, ...] = (
    Section("chief_complaint", "10154-3", "Chief complaint", _S, required=True),
    Section("reason_for_visit", "29299-5", "Reason for visit", _S),
    # C-CDA's Encounters section: when, where, how and with whom patient and provider met.
    Section("visit_details", "46240-8", "Visit details", _S),
    Section("hpi", "10164-2", "History of present illness", _S, required=True),
    Section("subjective", "61150-9", "Subjective", _S),
    Section("problems", "11450-4", "Problems", _S),
    Section("past_medical_history", "11348-0", "Past medical history", _S),
    Section("procedures", "47519-4", "Procedures and surgeries", _S),
    Section("medications", "10160-0", "Medications", _S),
    Section("allergies", "48765-2", "Allergies", _S),
    Section("immunizations", "11369-6", "Immunizations", _S),
    Section("family_history", "10157-6", "Family history", _S),
    Section("social_history", "29762-2", "Social history", _S),
    Section("functional_status", "47420-5", "Functional status", _S),
    Section("ros", "10187-3", "Review of systems", _S),
    Section("vital_signs", "8716-3", "Vital signs", _O),
    Section("objective", "61149-1", "Objective", _O),
    Section("general_status", "10210-3", "General status", _O),
    Section("physical_exam", "29545-1", "Physical exam", _O),
    Section("mental_status", "10190-7", "Mental status exam", _O),
    Section("results", "30954-2", "Results", _O),
    Section("medications_administered", "29549-3", "Medications given", _O),
    Section("procedure_indications", "59768-2", "Procedure indications", _O),
    Section("anesthesia", "59774-0", "Anesthesia", _O),
    Section("procedure_description", "29554-3", "Procedure description", _O),
    Section("procedure_findings", "59776-5", "Procedure findings", _O),
    Section("specimens", "59773-2", "Specimens", _O),
    Section("blood_loss", "59770-8", "Estimated blood loss", _O),
    Section("implants", "59771-6", "Implants", _O),
    Section("complications", "55109-3", "Complications", _O),
    Section("postprocedure_diagnosis", "59769-0", "Diagnosis after the procedure", _O),
    # C-CDA's Health Concerns section, which also holds risks.
    Section("health_concerns", "75310-3", "Health concerns and risks", _AP),
    Section("assessment", "51848-0", "Assessment", _AP),
    Section("assessment_and_plan", "51847-2", "Assessment and plan", _AP, required=True),
    Section("plan_of_treatment", "18776-5", "Plan", _AP),
    Section("goals", "61146-7", "Goals", _AP),
    Section("interventions", "62387-6", "Interventions", _AP),
    Section("outcomes", "11383-7", "Outcomes", _AP),
    Section("planned_procedure", "59772-4", "Planned procedure", _AP),
    Section("medical_equipment", "46264-8", "Medical equipment", _AP),
    Section("reason_for_referral", "42349-1", "Reason for referral", _AP),
    Section("instructions", "69730-0", "Instructions", _AP),
    # C-CDA's Procedure Disposition section: how and where the patient went afterwards.
    Section("disposition", "59775-7", "Disposition", _AP),
    Section("care_team", "85847-2", "Care team", _AP),
)
SECTION_BY_KEY: dict[str, Section] = {section.key: section for section in SECTIONS}
PROGRESS_NOTE_LOINC = "11506-3"
COMBINED = "assessment_and_plan"
SPLIT = ("assessment", "plan_of_treatment")


def mixed_sections(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of sections that hold text and may not stand beside the combined assessment and plan; empty when none.

    C-CDA's invariant ap-combo: 51847-2 must not be in one note with 51848-0 or 18776-5.
    """
    if not texts.get(COMBINED, "").strip():
        return ()
    return tuple(key for key in SPLIT if texts.get(key, "").strip())
