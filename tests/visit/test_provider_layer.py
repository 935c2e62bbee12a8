import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.provider_layer import (
    LayerIssue,
    LayerProblem,
    OwnExam,
    OwnHeading,
    ProviderLayer,
    UnreadableLayer,
    layer_for,
    layer_issues,
    layer_json,
    malformed_at,
    read_layer,
    with_layer,
)
from visit.readiness import ObstacleKind, readiness, rules_of
from visit.sections import SECTIONS
from visit.template_files import templates_of
from visit.templates import DEFAULT_TEMPLATE, Phrase, Specialty, Template
from wire.base import MAX_LAYER_BYTES

KNEE = next(it for it in templates_of(Specialty.ORTHOPEDICS) if it.id == "orthopedics.knee")
KEY = st.sampled_from([section.key for section in SECTIONS] + ["nowhere"])
TEMPLATES = st.sampled_from([DEFAULT_TEMPLATE, *(it for specialty in Specialty for it in templates_of(specialty))])


def layer(**values: object) -> ProviderLayer:
    return ProviderLayer.model_validate({"provider_id": "p1", "version": 1, **values})


LAYERS = st.builds(
    ProviderLayer,
    provider_id=st.just("p1"),
    version=st.just(1),
    section_order=st.lists(KEY, max_size=6).map(tuple),
    headings=st.lists(
        st.builds(OwnHeading, section=KEY, heading=st.sampled_from(["", "Story", "Goals", "Physical exam"])), max_size=4
    ).map(tuple),
    normal_exam=st.lists(
        st.builds(OwnExam, section=KEY, findings=st.sampled_from([(), ("Fine.",), ("A {broken.",)])), max_size=4
    ).map(tuple),
    macros=st.lists(
        st.builds(Phrase, name=st.sampled_from(["mechanism", "mine"]), text=st.just("Words.")), max_size=3
    ).map(tuple),
    required=st.lists(KEY, max_size=4).map(tuple),
)


def test_an_empty_layer_changes_nothing() -> None:
    assert with_layer(KNEE, layer()) == KNEE
    assert layer_issues(KNEE, layer()) == ()


def test_the_layer_is_merged_over_the_template() -> None:
    own = layer(
        template_id="orthopedics.knee",
        section_order=["assessment_and_plan", "hpi"],
        headings=[{"section": "hpi", "heading": "Story"}],
        normal_exam=[{"section": "physical_exam", "findings": ["Knee is cool.", "No effusion."]}],
        macros=[{"name": "mechanism", "text": "My own words."}, {"name": "mine", "text": "{a|b} ***"}],
        required=["functional_status", "goals"],
    )
    made = with_layer(KNEE, own)
    assert layer_issues(KNEE, own) == ()
    assert made.keys[:2] == ("assessment_and_plan", "hpi")
    assert set(made.keys) == {*KNEE.keys, "goals"}
    shown = {section.key: section for section in made.sections}
    assert shown["hpi"].shown_heading == "Story"
    assert shown["physical_exam"].normal_exam == ("Knee is cool.", "No effusion.")
    assert shown["physical_exam"].grids == KNEE.sections[list(KNEE.keys).index("physical_exam")].grids
    assert shown["goals"].required
    assert shown["functional_status"].required
    phrases = {phrase.name: phrase.text for phrase in made.phrases}
    assert phrases["mechanism"] == "My own words."
    assert phrases.keys() == {"mine", *(phrase.name for phrase in KNEE.phrases)}
    assert (made.id, made.version, made.checklist) == (KNEE.id, KNEE.version, KNEE.checklist)


def test_what_the_provider_requires_is_missed_in_the_note() -> None:
    made = with_layer(DEFAULT_TEMPLATE, layer(required=["ros", "allergies"]))
    written = {"chief_complaint": "Knee", "hpi": "3 days", "assessment_and_plan": "Rest"}
    missing = [(one.kind, one.section) for one in readiness(written, {}, rules_of(made)).obstacles]
    assert missing == [(ObstacleKind.MISSING_SECTION, "allergies"), (ObstacleKind.MISSING_SECTION, "ros")]


@given(TEMPLATES, LAYERS)
def test_no_layer_takes_anything_away_or_breaks_the_template(template: Template, own: ProviderLayer) -> None:
    made = with_layer(template, own)
    assert Template.model_validate(made.model_dump()) == made
    assert set(made.keys) >= set(template.keys)
    assert {s.key for s in made.sections if s.required} >= {s.key for s in template.sections if s.required}
    assert {phrase.name for phrase in made.phrases} >= {phrase.name for phrase in template.phrases}
    headings = [section.shown_heading.lower() for section in made.sections]
    assert len(set(headings)) == len(headings)


@given(LAYERS)
def test_a_layer_survives_its_json_form(own: ProviderLayer) -> None:
    assert read_layer(own.model_dump_json().encode()) == own
    assert read_layer(layer_json(own).encode()) == own


def test_the_layer_for_the_template_wins_over_the_one_for_all() -> None:
    for_all, for_knee = layer(), layer(template_id=KNEE.id)
    assert layer_for(KNEE, ()) is None
    assert layer_for(KNEE, (for_all,)) is for_all
    assert layer_for(KNEE, (for_knee, for_all)) is for_knee
    assert layer_for(DEFAULT_TEMPLATE, (for_knee, for_all)) is for_all
    assert layer_for(DEFAULT_TEMPLATE, (for_knee,)) is None


def test_the_place_of_a_mistake_is_named_and_its_value_is_not() -> None:
    untrusted = b'{"provider_id": "p", "version": 1, "headings": [{"section": "SECRET!", "heading": "x"}]}'
    assert read_layer(untrusted) is UnreadableLayer.MALFORMED
    assert malformed_at(untrusted) == "headings.0.section"
    assert malformed_at(layer_json(layer()).encode()) == ""


def test_a_layer_names_its_provider_and_no_scribe() -> None:
    assert "provider_id" in ProviderLayer.model_fields
    assert not any("scribe" in name for name in ProviderLayer.model_fields)


@pytest.mark.parametrize(
    ("values", "problem", "where"),
    [
        ({"section_order": ["nowhere"]}, LayerProblem.UNKNOWN_SECTION, "section_order.nowhere"),
        ({"section_order": ["hpi", "hpi"]}, LayerProblem.NAMED_TWICE, "section_order.hpi"),
        ({"headings": [{"section": "hpi", "heading": " "}]}, LayerProblem.EMPTY_HEADING, "headings.hpi"),
        (
            {"headings": [{"section": "hpi", "heading": "physical EXAM"}]},
            LayerProblem.HEADING_TAKEN,
            "headings.hpi",
        ),
        (
            {"normal_exam": [{"section": "physical_exam", "findings": ["Broken {list."]}]},
            LayerProblem.BROKEN_LIST,
            "normal_exam.physical_exam",
        ),
        (
            {"macros": [{"name": "mine", "text": "One."}, {"name": "mine", "text": "Two."}]},
            LayerProblem.NAMED_TWICE,
            "macros.mine",
        ),
        ({"required": ["plan_of_treatment"]}, LayerProblem.MIXED_ASSESSMENT, "required.plan_of_treatment"),
        ({"template_id": "orthopedics.knee"}, LayerProblem.OTHER_TEMPLATE, "template_id"),
    ],
)
def test_a_problem_is_a_value_and_does_not_take_effect(
    values: dict[str, object], problem: LayerProblem, where: str
) -> None:
    own = layer(**values)
    assert layer_issues(DEFAULT_TEMPLATE, own) == (LayerIssue(problem, where),)
    assert with_layer(DEFAULT_TEMPLATE, own) == DEFAULT_TEMPLATE


def test_what_fits_takes_effect_beside_what_does_not() -> None:
    own = layer(required=["nowhere", "ros"], headings=[{"section": "hpi", "heading": ""}])
    made = with_layer(DEFAULT_TEMPLATE, own)
    assert [s.key for s in made.sections if s.required] == ["chief_complaint", "hpi", "ros", "assessment_and_plan"]


def test_two_parts_that_must_not_meet_are_both_refused_where_the_template_has_neither() -> None:
    bare = DEFAULT_TEMPLATE.model_copy(update={"sections": DEFAULT_TEMPLATE.sections[:2]})
    own = layer(required=["assessment", "assessment_and_plan"])
    assert {issue.problem for issue in layer_issues(bare, own)} == {LayerProblem.MIXED_ASSESSMENT}
    assert with_layer(bare, own) == bare


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{}", json.dumps({"provider_id": "p", "version": 1, "more": 1}).encode(), b'"\xff"'],
)
def test_what_is_no_layer_is_refused(data: bytes) -> None:
    assert read_layer(data) is UnreadableLayer.MALFORMED


def test_a_layer_that_is_too_large_is_not_read() -> None:
    assert read_layer(b" " * (MAX_LAYER_BYTES + 1)) is UnreadableLayer.TOO_LARGE


def test_a_heading_that_another_section_may_fall_back_to_is_taken() -> None:
    own = layer(
        headings=[
            {"section": "chief_complaint", "heading": "Physical exam"},
            {"section": "physical_exam", "heading": " "},
        ]
    )
    assert {(issue.problem, issue.where) for issue in layer_issues(DEFAULT_TEMPLATE, own)} == {
        (LayerProblem.HEADING_TAKEN, "headings.chief_complaint"),
        (LayerProblem.EMPTY_HEADING, "headings.physical_exam"),
    }
    assert with_layer(DEFAULT_TEMPLATE, own) == DEFAULT_TEMPLATE
