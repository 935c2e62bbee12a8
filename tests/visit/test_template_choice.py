import pytest

from visit.template_choice import choose_template, specialty_of
from visit.templates import DEFAULT_TEMPLATE, Specialty
from wire.capture import Modality


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
