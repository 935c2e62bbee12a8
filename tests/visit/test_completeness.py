import pytest

from visit.completeness import complete_count, incomplete_sections

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
