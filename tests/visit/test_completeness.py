import pytest

from visit.completeness import complete_count, incomplete_sections
from visit.template_files import template_by_id

WRITTEN = {"chief_complaint": "Knee pain", "hpi": "3 days", "assessment_and_plan": "Rest"}


def test_required_sections_are_missing_in_soap_order() -> None:
    assert incomplete_sections({}) == ("chief_complaint", "hpi", "assessment_and_plan")
    assert incomplete_sections({"hpi": " \n\t"}) == ("chief_complaint", "hpi", "assessment_and_plan")


def test_a_note_with_all_required_sections_is_complete() -> None:
    assert incomplete_sections(WRITTEN) == ()


@pytest.mark.parametrize("section", ["hpi", "ros", "vital_signs"])
def test_a_blank_makes_any_section_incomplete(section: str) -> None:
    assert incomplete_sections({**WRITTEN, section: "BP ***/80"}) == (section,)
    assert incomplete_sections({**WRITTEN, section: "BP **/80"}) == ()


def test_the_count_is_of_sections_written_without_a_blank() -> None:
    assert complete_count({}) == (0, 6)
    assert complete_count(WRITTEN) == (3, 6)
    assert complete_count({**WRITTEN, "ros": "Negative", "hpi": "*** days"}) == (3, 6)
    assert complete_count({**WRITTEN, "ros": " ", "nowhere": "x"}) == (3, 6)


def test_text_outside_the_template_counts_and_is_looked_at() -> None:
    assert complete_count({**WRITTEN, "goals": "Walk."}) == (4, 7)
    assert complete_count({**WRITTEN, "goals": "Walk *** m."}) == (3, 7)
    assert incomplete_sections({**WRITTEN, "goals": "Walk *** m."}) == ("goals",)
    assert incomplete_sections({**WRITTEN, "allergies": "***", "instructions": "***"}) == ("allergies", "instructions")


@pytest.mark.parametrize("part", ["assessment", "plan_of_treatment"])
def test_the_combined_section_and_one_of_its_parts_are_not_sent_together(part: str) -> None:
    assert incomplete_sections({**WRITTEN, part: "Sprain."}) == (part,)


def test_a_template_says_what_is_required() -> None:
    laceration = template_by_id("urgent_care.laceration")
    assert laceration is not None
    assert incomplete_sections(WRITTEN, laceration) == (
        "procedure_indications",
        "procedure_description",
        "complications",
        "postprocedure_diagnosis",
        "instructions",
    )
    assert complete_count(WRITTEN, laceration) == (3, len(laceration.sections))
