import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from visit.sections import SECTION_BY_KEY, SECTIONS, Group
from visit.templates import (
    DEFAULT_TEMPLATE,
    NoteOrder,
    Phrase,
    Specialty,
    Template,
    TemplateSection,
    in_order,
    normal_exam,
    note_keys,
    skeleton_text,
    with_others,
)

SIX = ("chief_complaint", "hpi", "ros", "vital_signs", "physical_exam", "assessment_and_plan")
KEYS = st.lists(st.sampled_from([section.key for section in SECTIONS]), unique=True)


def template(*keys: str) -> Template:
    return Template(
        id="general.test",
        version=1,
        title="Test",
        specialty=Specialty.GENERAL,
        sections=tuple(TemplateSection(key=key) for key in keys),
    )


def test_the_default_template_is_the_six_sections_of_always() -> None:
    assert DEFAULT_TEMPLATE.keys == SIX
    assert [s.key for s in DEFAULT_TEMPLATE.sections if s.required] == ["chief_complaint", "hpi", "assessment_and_plan"]
    assert [s.shown_heading for s in DEFAULT_TEMPLATE.sections] == [SECTION_BY_KEY[key].heading for key in SIX]
    assert not any(skeleton_text(section) for section in DEFAULT_TEMPLATE.sections)


def test_the_default_template_validates() -> None:
    assert Template.model_validate(DEFAULT_TEMPLATE.model_dump()) == DEFAULT_TEMPLATE


@given(KEYS, st.sampled_from(NoteOrder))
def test_soap_and_apso_are_the_same_sections_in_another_order(keys: list[str], order: NoteOrder) -> None:
    ordered = in_order(keys, order)
    assert sorted(ordered) == sorted(keys)
    for group in Group:  # within its group a section stays where it was
        mine = [key for key in keys if SECTION_BY_KEY[key].group is group]
        assert [key for key in ordered if SECTION_BY_KEY[key].group is group] == mine


@given(KEYS)
def test_soap_and_apso_lead_back_to_each_other(keys: list[str]) -> None:
    soap = in_order(keys, NoteOrder.SOAP)
    assert in_order(in_order(keys, NoteOrder.APSO), NoteOrder.SOAP) == soap
    assert in_order(soap, NoteOrder.SOAP) == soap


def test_apso_begins_with_assessment_and_plan() -> None:
    assert in_order(SIX, NoteOrder.APSO) == (SIX[5], *SIX[:5])
    assert note_keys({"instructions": "Rest."}, order=NoteOrder.APSO)[:3] == (SIX[5], "instructions", SIX[0])


@given(KEYS, KEYS)
def test_a_section_with_text_is_never_dropped(own: list[str], written: list[str]) -> None:
    named = template("hpi", *(key for key in own if key not in ("hpi", "assessment", "plan_of_treatment")))
    for order in (None, *NoteOrder):
        keys = note_keys(dict.fromkeys(written, "Words."), named, order)
        assert sorted(keys) == sorted({*named.keys, *written})


@given(KEYS, KEYS)
def test_others_keep_the_order_of_what_they_are_put_into(keys: list[str], others: list[str]) -> None:
    placed = with_others(keys, others)
    assert [key for key in placed if key in keys] == keys
    assert sorted(placed) == sorted({*keys, *others})


@given(KEYS)
def test_beside_the_default_template_all_stands_in_catalogue_order(written: list[str]) -> None:
    keys = note_keys(dict.fromkeys(written, "Words."))
    assert list(keys) == [section.key for section in SECTIONS if section.key in keys]


def test_empty_and_unknown_sections_are_not_added() -> None:
    assert note_keys({"goals": " \n", "nowhere": "Words."}) == SIX


@pytest.mark.parametrize("part", ["assessment", "plan_of_treatment"])
def test_no_template_mixes_the_combined_section_with_its_parts(part: str) -> None:
    with pytest.raises(ValidationError, match="51847-2"):
        template("hpi", "assessment_and_plan", part)
    assert template("hpi", "assessment", "plan_of_treatment").keys == ("hpi", "assessment", "plan_of_treatment")


def test_a_template_names_known_sections_once() -> None:
    with pytest.raises(ValidationError):
        template("hpi", "hpi")
    with pytest.raises(ValidationError):
        template("psychotherapy_notes")


def test_a_normal_exam_tells_where_each_finding_lies() -> None:
    exam = normal_exam(TemplateSection(key="physical_exam", normal_exam=("Skin is clear.", "🦀 is 2 units.", "End.")))
    units = exam.text.encode("utf-16-le")
    assert [units[2 * start : 2 * end].decode("utf-16-le") for start, end in exam.findings] == exam.text.split("\n")
    assert len(exam.findings) == 3


def test_a_finding_is_one_whole_sentence_without_a_blank() -> None:
    for finding in ("No full stop", "Two\nlines.", "A *** blank.", "A {broken list."):
        with pytest.raises(ValidationError):
            TemplateSection(key="physical_exam", normal_exam=(finding,))


def test_a_phrase_can_be_filled() -> None:
    for text in ("", " ", "{only one}"):
        with pytest.raises(ValidationError):
            Phrase(name="phrase", text=text)
