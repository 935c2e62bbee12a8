import pytest

from visit.roots import SECTION_ROOT, TEXT_ROOTS
from visit.sections import SECTION_BY_KEY, SECTIONS, Group, mixed_sections

# read in HL7/CDA-ccda's section templates
READ_CODES = {
    "chief_complaint": "10154-3",
    "hpi": "10164-2",
    "past_medical_history": "11348-0",
    "ros": "10187-3",
    "vital_signs": "8716-3",
    "physical_exam": "29545-1",
    "mental_status": "10190-7",
    "results": "30954-2",
    "assessment": "51848-0",
    "assessment_and_plan": "51847-2",
    "plan_of_treatment": "18776-5",
    "procedure_description": "29554-3",
    "procedure_indications": "59768-2",
    "complications": "55109-3",
    "postprocedure_diagnosis": "59769-0",
    "instructions": "69730-0",
    "medical_equipment": "46264-8",
    "goals": "61146-7",
    "interventions": "62387-6",
    "health_concerns": "75310-3",
}


def test_keys_codes_and_headings_are_unique() -> None:
    for names in ([s.key for s in SECTIONS], [s.loinc for s in SECTIONS], [s.heading.lower() for s in SECTIONS]):
        assert len(set(names)) == len(names)


def test_the_codes_are_those_that_were_read() -> None:
    assert {key: SECTION_BY_KEY[key].loinc for key in READ_CODES} == READ_CODES


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_every_code_has_loincs_check_digit(section: object) -> None:
    number, _, check = SECTION_BY_KEY[section.key].loinc.partition("-")  # type: ignore[attr-defined]
    # LOINC's check digit is that of Luhn's algorithm (LOINC Users' Guide, appendix C)
    digits = [int(digit) for digit in reversed(number)]
    total = sum(sum(divmod(digit * 2, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits))
    assert int(check) == -total % 10


def test_the_catalogue_is_in_soap_order() -> None:
    groups = [section.group for section in SECTIONS]
    assert groups == sorted(groups, key=list(Group).index)


def test_a_combined_code_that_excludes_others_is_left_out() -> None:
    assert "46239-0" not in {section.loinc for section in SECTIONS}  # C-CDA, cc-rfv-combo


def test_a_document_has_a_root_for_every_section() -> None:
    assert {SECTION_ROOT + section.key for section in SECTIONS} == TEXT_ROOTS


@pytest.mark.parametrize("part", ["assessment", "plan_of_treatment"])
def test_a_part_may_not_stand_beside_the_combined_assessment_and_plan(part: str) -> None:
    assert mixed_sections({"assessment_and_plan": "Rest.", part: "Sprain."}) == (part,)
    assert mixed_sections({"assessment_and_plan": " \n", part: "Sprain."}) == ()
    assert mixed_sections({"assessment_and_plan": "Rest.", part: " "}) == ()
    assert mixed_sections({"assessment": "Sprain.", "plan_of_treatment": "Rest."}) == ()
