import pytest

from tests.visit.records import SCRIBE, Story
from visit.provider_layer import OwnHeading, ProviderLayer, with_layer
from visit.template_choice import choose_template, chosen_fact, specialty_of, visit_template
from visit.templates import DEFAULT_TEMPLATE, Specialty
from wire.capture import Modality
from wire.record import TemplateChosen


@pytest.mark.parametrize(
    ("words", "specialty"),
    [
        ("Cardiology", Specialty.CARDIOLOGY),
        ("Orthopedics", Specialty.ORTHOPEDICS),
        ("Orthopaedic surgery", Specialty.ORTHOPEDICS),
        ("Behavioral health", Specialty.BEHAVIORAL_HEALTH),
        ("behavioral_health", Specialty.BEHAVIORAL_HEALTH),
        ("Psychiatry", Specialty.BEHAVIORAL_HEALTH),
        ("Family Medicine", Specialty.PRIMARY_CARE),
        ("Urgent Care Center", Specialty.URGENT_CARE),
        ("Telemedicine", Specialty.TELEHEALTH),
        ("Dermatology", Specialty.GENERAL),
        ("", Specialty.GENERAL),
    ],
)
def test_an_ehrs_words_for_a_specialty(words: str, specialty: Specialty) -> None:
    assert specialty_of(words) is specialty


@pytest.mark.parametrize(
    ("specialty", "reason", "template_id"),
    [
        ("Cardiology", "Chest pain follow-up", "cardiology.follow_up"),
        ("Cardiology", "Statin question, cholesterol", "cardiology.prevention"),
        ("Orthopedics", "Left KNEE pain", "orthopedics.knee"),
        ("Orthopedics", "Elbow pain", "orthopedics.joint"),
        ("Orthopedics", "Cortisone injection, shoulder", "orthopedics.injection"),
        ("Urgent care", "Cut on the left hand", "urgent_care.laceration"),
        ("Urgent care", "Acute cough", "urgent_care.illness"),
        ("Urgent care", "Ankle sprain", "urgent_care.injury"),
        ("Family medicine", "Annual physical", "primary_care.preventive"),
        ("Primary care", "Diabetes and blood pressure", "primary_care.follow_up"),
        ("Primary care", "", "primary_care.follow_up"),
        ("Psychiatry", "New patient evaluation", "behavioral_health.intake"),
        ("Psychiatry", "Suicidal thoughts", "behavioral_health.crisis"),
        ("Dermatology", "Rash", DEFAULT_TEMPLATE.id),
    ],
)
def test_the_reason_chooses_within_the_specialty(specialty: str, reason: str, template_id: str) -> None:
    assert choose_template(specialty, reason).id == template_id


def test_words_are_whole_unless_they_end_in_a_star() -> None:
    assert choose_template("Urgent care", "Cutaneous eruption").id == "urgent_care.illness"
    assert choose_template("Urgent care", "Sutures out").id == "urgent_care.laceration"


@pytest.mark.parametrize(
    ("specialty", "modality", "template_id"),
    [
        ("Cardiology", Modality.VIDEO_VISIT, "cardiology.remote"),
        ("Psychiatry", Modality.PHONE, "behavioral_health.remote"),
        ("Primary care", Modality.VIDEO_VISIT, "telehealth.video"),
        ("Primary care", Modality.PHONE, "telehealth.phone"),
        ("Dermatology", Modality.VIDEO_VISIT, "telehealth.video"),
        ("Telehealth", Modality.IN_PERSON, "telehealth.video"),
    ],
)
def test_a_visit_that_is_not_in_person(specialty: str, modality: Modality, template_id: str) -> None:
    assert choose_template(specialty, "Follow-up", modality).id == template_id


# --- the visit's template, from its record ---------------------------------------------------------------------------

OWN = ProviderLayer(
    provider_id="p1",
    version=3,
    headings=(OwnHeading(section="hpi", heading="Story"),),
    required=("ros",),
    section_order=("assessment_and_plan",),
)


def test_a_record_without_the_fact_has_the_default_template() -> None:
    assert visit_template(Story().record) is DEFAULT_TEMPLATE
    gone = TemplateChosen(template_id="cardiology.no_longer", template_version=1)
    assert visit_template(Story().add(gone).record) == DEFAULT_TEMPLATE


def test_every_replica_of_the_record_sees_the_same_template_with_the_layer_of_then() -> None:
    template = choose_template("Cardiology", "Titration")
    fact = chosen_fact(template, (OWN,))
    told = TemplateChosen.model_validate_json(fact.model_dump_json())
    shown = visit_template(Story().add(told).record)
    assert shown == with_layer(template, OWN)
    assert shown.keys[0] == "assessment_and_plan"
    assert [section.key for section in shown.sections if section.required] == [
        "assessment_and_plan",
        "chief_complaint",
        "hpi",
        "ros",
    ]
    assert visit_template(Story().add(told).record) is shown  # resolved once


def test_the_newest_choice_counts() -> None:
    first, second = (chosen_fact(choose_template("Cardiology", reason)) for reason in ("Recheck", "Consult"))
    story = Story().add(first).add(second, SCRIBE)
    assert visit_template(story.record).id == second.template_id
    assert story.record.template_author == SCRIBE
    assert first.layer is None


@pytest.mark.parametrize("layer", ["{}", '{"provider_id": "p1", "version": 1, "newer": true}', "no JSON"])
def test_a_layer_that_cannot_be_read_leaves_the_template_as_it_is(layer: str) -> None:
    fact = TemplateChosen(template_id="cardiology.follow_up", template_version=1, layer=layer)
    assert visit_template(Story().add(fact).record) == choose_template("Cardiology", "")


def test_a_layer_of_another_template_does_not_shape_this_one() -> None:
    knee = OWN.model_copy(update={"template_id": "orthopedics.knee"})
    assert chosen_fact(choose_template("Cardiology", ""), (knee,)).layer is None
    for_knee = chosen_fact(choose_template("Orthopedics", "Knee pain"), (knee, OWN))
    assert for_knee.layer is not None
    assert "orthopedics.knee" in for_knee.layer
