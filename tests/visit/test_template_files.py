"""What the packs that ship must hold, by specialty."""

import json
import re

import pytest
from pydantic import ValidationError

from visit.forms import FieldKind, Form, is_open, lists_are_well_formed
from visit.sections import SECTION_BY_KEY
from visit.template_files import FOLDER, SHARED, Pack, read_pack, resolve, template_by_id, templates_of
from visit.templates import Specialty, Template, mixes_assessments, normal_exam, skeleton_text
from wire.capture import Modality

PACKS = [specialty for specialty in Specialty if specialty is not Specialty.GENERAL]
ALL = [template for specialty in PACKS for template in templates_of(specialty)]


def named(template_id: str) -> Template:
    found = template_by_id(template_id)
    assert found is not None
    return found


def form_of(template_id: str, key: str) -> Form:
    return next(form for form in named(template_id).forms if form.key == key)


def fields(template_id: str, key: str) -> dict[str, FieldKind]:
    return {field.key: field.kind for field in form_of(template_id, key).fields}


def opens_with(template_id: str, section: str) -> list[str]:
    found = named(template_id).section(section)
    assert found is not None
    return [form.key for form in found.forms]


def grids(template_id: str, section: str) -> list[str]:
    found = named(template_id).section(section)
    assert found is not None
    return [form.key for form in found.grids]


def everything_written(name: str) -> str:
    """All words of a pack's file but its notice, its checklist and what it says of itself."""
    pack = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for words in ("notice", "unverified", "checklist", "names"):
        pack.pop(words, None)
    for template in pack["templates"] if name != SHARED else ():
        template.pop("checklist", None)
        template.pop("reasons", None)
    return json.dumps(pack, ensure_ascii=False)


# --- all packs ------------------------------------------------------------------------------------------------------


def test_every_file_is_a_pack_and_every_specialty_has_one() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {SHARED, *PACKS}
    for specialty in PACKS:
        assert read_pack(specialty).specialty is specialty


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.id)
def test_every_template_validates_and_can_be_written(template: Template) -> None:
    assert Template.model_validate_json(template.model_dump_json()) == template
    assert template.id.startswith(f"{template.specialty}.")
    assert template.notice
    assert template.checklist
    assert not mixes_assessments(template.keys)
    headings = [section.shown_heading.lower() for section in template.sections]
    assert len(set(headings)) == len(headings)
    for section in template.sections:
        assert lists_are_well_formed(skeleton_text(section))
        assert len(normal_exam(section).findings) == len(section.normal_exam)


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.id)
def test_every_template_needs_at_least_what_the_default_one_needs(template: Template) -> None:
    needed = {section.key for section in template.sections if section.required}
    assert needed >= {"chief_complaint", "hpi", "assessment_and_plan"}


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.id)
def test_a_form_stands_in_the_section_that_it_belongs_to(template: Template) -> None:
    for section in template.sections:
        for form in (*section.forms, *section.grids):
            assert form.section == section.key
            assert form in template.forms
    assert {form.section for form in template.forms} <= SECTION_BY_KEY.keys()


def test_ids_are_unique_and_the_versions_are_what_was_released() -> None:
    # a change of a released template's data is a new version: this list then changes with it
    assert {template.id: template.version for template in ALL} == dict.fromkeys(
        [
            *(f"primary_care.{name}" for name in ("follow_up", "acute", "preventive")),
            *(f"urgent_care.{name}" for name in ("illness", "laceration", "injury")),
            *(f"telehealth.{name}" for name in ("video", "phone")),
            *(f"behavioral_health.{name}" for name in ("follow_up", "intake", "crisis", "progress", "remote")),
            *(f"orthopedics.{name}" for name in ("joint", "knee", "shoulder", "hip", "hand", "ankle", "spine")),
            "orthopedics.injection",
            *(f"cardiology.{name}" for name in ("follow_up", "consult", "prevention", "remote")),
        ],
        1,
    )
    assert len(ALL) == len({template.id for template in ALL})


@pytest.mark.parametrize("name", [SHARED, *PACKS])
def test_no_pack_states_a_procedure_code(name: str) -> None:
    # CPT's descriptors belong to somebody else, and no template suggests a code
    text = everything_written(name)
    assert "CPT" not in text
    assert not re.search(r"\b(99\d{3}|2\d{4}|1[23]\d{3}|98\d{3})\b", text)


def test_what_is_unverified_is_said() -> None:
    assert all(read_pack(name).unverified for name in [SHARED, *PACKS])


def test_a_template_or_form_that_is_not_there_is_found_out() -> None:
    assert template_by_id("orthopedics.nothing") is None
    assert template_by_id("") is None
    shared = read_pack(SHARED)
    for wrong in ({"like": "orthopedics.none"}, {"sections": [{"key": "hpi", "forms": ["none"]}]}):
        pack = Pack.model_validate(
            {
                "specialty": "orthopedics",
                "templates": [
                    {"id": "orthopedics.x", "version": 1, "title": "X", "sections": [{"key": "hpi"}], **wrong}
                ],
            }
        )
        with pytest.raises(ValueError, match="none"):
            resolve(pack, shared)


def test_a_pack_that_does_not_validate_is_found_out() -> None:
    with pytest.raises(ValidationError):
        Pack.model_validate({"specialty": "orthopedics", "psychotherapy_notes": "x"})


# --- review of systems, all specialties -----------------------------------------------------------------------------


def test_the_review_of_systems_has_fourteen_systems_in_three_states() -> None:
    ros = form_of("primary_care.acute", "ros")
    assert len(ros.fields) == 14
    assert {field.choices for field in ros.fields} == {("not asked", "denies", "reports")}
    assert all(field.items for field in ros.fields)
    assert skeleton_text_of("primary_care.acute", "ros") == ""  # nothing that was not asked is written


def skeleton_text_of(template_id: str, section: str) -> str:
    found = named(template_id).section(section)
    assert found is not None
    return skeleton_text(found)


# --- primary care ---------------------------------------------------------------------------------------------------


def test_primary_care_has_a_form_for_each_problem() -> None:
    assert opens_with("primary_care.follow_up", "assessment_and_plan") == ["problem_block"]
    assert {"problem", "status", "data", "plan"} <= fields("primary_care.follow_up", "problem_block").keys()


def test_primary_care_has_health_maintenance_and_referrals_before_checkout() -> None:
    assert opens_with("primary_care.preventive", "health_concerns") == ["health_maintenance"]
    rows = form_of("primary_care.preventive", "health_maintenance").fields[0].rows
    assert {"Immunizations", "Hemoglobin A1c", "Blood pressure"} <= set(rows)
    assert any("before checkout" in item.text and item.must for item in named("primary_care.follow_up").checklist)


# --- urgent care ----------------------------------------------------------------------------------------------------


def test_urgent_care_has_the_laceration_form() -> None:
    assert opens_with("urgent_care.laceration", "procedure_description") == ["laceration"]
    assert fields("urgent_care.laceration", "laceration").keys() >= {
        *("site", "side", "length", "depth", "shape", "contamination", "explored", "neurovascular", "tendon"),
        *("prep", "irrigation", "closure", "repair", "total_length", "tetanus", "dressing", "removal"),
        *("consent", "performed_by", "documented_by"),
    }
    closure = next(f for f in form_of("urgent_care.laceration", "laceration").fields if f.key == "closure")
    assert closure.columns == ("Layer", "Material", "Size", "Count", "Technique")
    anesthesia = fields("urgent_care.laceration", "local_anesthesia")
    assert {"anesthetic", "strength", "volume", "epinephrine"} <= anesthesia.keys()


@pytest.mark.parametrize("template_id", ["urgent_care.laceration", "orthopedics.injection"])
def test_a_procedure_has_the_four_sections_that_c_cda_asks_for(template_id: str) -> None:
    needed = {section.key for section in named(template_id).sections if section.required}
    assert needed >= {
        *("procedure_indications", "procedure_description", "complications", "postprocedure_diagnosis"),
    }


def test_urgent_care_has_discharge_instructions_with_return_precautions_and_a_work_note() -> None:
    for template in templates_of(Specialty.URGENT_CARE):
        assert opens_with(template.id, "instructions") == ["discharge"]
        assert grids(template.id, "disposition") == ["work_note"]
    assert "return_for" in fields("urgent_care.illness", "discharge")
    work_note = fields("urgent_care.illness", "work_note")
    assert {"kind", "excused", "return", "restrictions"} == work_note.keys()  # and no diagnosis


# --- telehealth -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template_id", ["telehealth.video", "telehealth.phone"])
def test_telehealth_asks_for_how_where_who_and_consent(template_id: str) -> None:
    assert opens_with(template_id, "visit_details") == ["telehealth_details"]
    assert fields(template_id, "telehealth_details").keys() >= {
        *("modality", "patient_location", "provider_location", "participants", "scribe_told", "consent", "failures"),
        *("place_of_service", "modifier"),
    }
    details = named(template_id).section("visit_details")
    assert details is not None
    assert details.required


def test_telehealth_serves_video_and_phone() -> None:
    assert named("telehealth.video").modalities == (Modality.VIDEO_VISIT,)
    assert named("telehealth.phone").modalities == (Modality.PHONE,)


# --- behavioral health ----------------------------------------------------------------------------------------------


def test_the_mental_status_exam_has_mood_in_the_patients_words() -> None:
    mse = fields("behavioral_health.follow_up", "mse")
    assert mse["mood"] is FieldKind.QUOTE
    assert 'own words: "***"' in skeleton_text_of("behavioral_health.follow_up", "mental_status")
    assert mse.keys() >= {
        *("appearance", "psychomotor", "attitude", "speech_rate", "affect_range", "thought_process", "thought_content"),
        *("perception", "orientation", "cognition", "insight", "judgment", "impulse_control", "reliability"),
    }
    for template in templates_of(Specialty.BEHAVIORAL_HEALTH):
        section = template.section("mental_status")
        assert section is not None
        assert section.required
        assert SECTION_BY_KEY["mental_status"].loinc == "10190-7"


def test_the_normal_mental_status_says_no_mood_for_the_patient() -> None:
    section = named("behavioral_health.follow_up").section("mental_status")
    assert section is not None
    assert section.normal_exam
    assert not any("mood is" in finding.lower() for finding in section.normal_exam)


def test_the_safety_plan_has_its_six_steps_by_number() -> None:
    assert opens_with("behavioral_health.crisis", "interventions") == ["safety_plan"]
    assert grids("behavioral_health.follow_up", "interventions") == ["safety_plan"]
    plan = form_of("behavioral_health.crisis", "safety_plan")
    steps = [field for field in plan.fields if field.key.startswith("step_")]
    assert [field.key for field in steps] == [f"step_{number}" for number in range(1, 7)]
    assert all(field.label.startswith(f"Step {number},") for number, field in enumerate(steps, 1))
    assert {field.kind for field in steps} == {FieldKind.QUOTE, FieldKind.TABLE}
    assert "988" in steps[4].label


def test_behavioral_health_has_scales_goals_and_risk() -> None:
    assert {"total", "item_9", "told"} <= fields("behavioral_health.follow_up", "phq9").keys()
    assert grids("behavioral_health.follow_up", "results") == ["phq9", "gad7"]
    assert opens_with("behavioral_health.progress", "goals") == ["goals"]
    assert "Progress 0 to 10" in form_of("behavioral_health.progress", "goals").fields[0].columns
    assert "suicide_screen" in opens_with("behavioral_health.crisis", "health_concerns")
    assert any("told at once" in item.text and item.must for item in named("behavioral_health.remote").checklist)
    assert "telehealth_details" in opens_with("behavioral_health.remote", "visit_details")


def test_the_behavioral_pack_says_that_it_has_no_psychotherapy_or_sud_counseling_notes() -> None:
    for template in templates_of(Specialty.BEHAVIORAL_HEALTH):
        assert "no field for psychotherapy notes (45 CFR 164.501)" in template.notice
        assert "SUD counseling notes (42 CFR Part 2)" in template.notice


@pytest.mark.parametrize("name", [SHARED, *PACKS])
def test_no_pack_has_a_field_for_psychotherapy_or_sud_counseling_notes(name: str) -> None:
    text = everything_written(name).lower()
    for words in ("psychotherap", "counsel", "process note", "session note", "session content", "transference", "sud "):
        assert words not in text
    assert not any("psycho" in key or "counsel" in key for key in SECTION_BY_KEY)


# --- orthopedics ----------------------------------------------------------------------------------------------------

MANOEUVRES = {
    "shoulder": ("hawkins_kennedy", "empty_can", "speeds", "drop_arm", "ac_joint", "instability", "neer", "obrien"),
    "elbow": ("lateral_epicondyle", "medial_epicondyle", "valgus", "carrying_angle", "tinel_cubital", "cozen", "mill"),
    "wrist_hand": (
        "snuffbox",
        "finkelstein",
        "phalen",
        "tinel_carpal",
        "grip",
        "extensors",
        "flexors",
        "nail_hematoma",
    ),
    "knee": ("lachman", "anterior_drawer", "posterior_drawer", "mcmurray", "valgus_0", "varus_30", "grind", "effusion"),
    "hip": ("faber", "fadir", "log_roll", "trendelenburg", "trochanter", "thomas", "ober", "stinchfield"),
    "ankle": ("anterior_drawer", "talar_tilt", "squeeze", "thompson", "ottawa", "external_rotation"),
    "foot": ("midfoot", "navicular", "fifth_base", "plantar_fascia"),
    "spine": ("straight_leg", "crossed_leg", "spurling", "slump", "hoffmann", "clonus"),
}


@pytest.mark.parametrize("joint", MANOEUVRES)
def test_a_joints_manoeuvres_have_sides_and_not_performed(joint: str) -> None:
    form = form_of("orthopedics.joint", joint)
    by_key = {field.key: field for field in form.fields}
    assert by_key.keys() >= {*MANOEUVRES[joint], "pulses", "refill", "sensation", "strength"}
    for key in (*MANOEUVRES[joint], "pulses", "strength"):
        assert by_key[key].kind is FieldKind.SIDED
        assert by_key[key].choices[0] == "not performed"
    assert joint in grids("orthopedics.joint", "physical_exam")


def test_the_knees_results_are_told_apart() -> None:
    knee = {field.key: field.choices for field in form_of("orthopedics.knee", "knee").fields}
    assert knee["mcmurray"] == ("not performed", "negative", "positive medial", "positive lateral")
    assert knee["lachman"] == ("not performed", "negative", "positive 1+", "positive 2+", "positive 3+")


@pytest.mark.parametrize("template", templates_of(Specialty.ORTHOPEDICS), ids=lambda template: template.id)
def test_every_normal_joint_finding_asks_for_its_side(template: Template) -> None:
    section = template.section("physical_exam")
    assert section is not None
    for finding in section.normal_exam:
        if re.search(r"knee|shoulder|hip |wrist|ankle|joint|Lachman|McMurray|Thompson|Phalen|raise", finding):
            assert is_open(finding), finding


def test_orthopedics_has_the_injection_form() -> None:
    assert opens_with("orthopedics.injection", "procedure_description") == ["injection"]
    assert fields("orthopedics.injection", "injection").keys() >= {
        *("joint", "side", "approach", "needle", "prep", "time_out", "drugs", "aspirate_volume", "aspirate_look"),
        *("tolerance", "guidance", "documented_by"),
    }
    drugs = next(f for f in form_of("orthopedics.injection", "injection").fields if f.key == "drugs")
    assert {"Drug", "Dose", "Lot", "Expires", "NDC"} <= set(drugs.columns)


def test_orthopedics_ties_imaging_to_the_plan_and_orders_equipment() -> None:
    assert "Plan line" in form_of("orthopedics.knee", "imaging").fields[0].columns
    assert "Rests on: ***" in skeleton_text_of("orthopedics.knee", "assessment_and_plan")
    equipment = fields("orthopedics.knee", "equipment_order")
    assert {"patient", "item", "quantity", "order_date", "practitioner"} <= equipment.keys()


# --- cardiology -----------------------------------------------------------------------------------------------------


def test_cardiology_has_the_titration_table() -> None:
    assert opens_with("cardiology.follow_up", "medications") == ["titration"]
    table = form_of("cardiology.follow_up", "titration").fields[0]
    assert table.kind is FieldKind.TABLE
    assert {"Drug", "Dose now", "Change, as voiced", "Target dose", "Next check"} <= set(table.columns)


def test_cardiology_has_the_risk_discussion_with_the_patients_words() -> None:
    assert opens_with("cardiology.prevention", "health_concerns") == ["risk_factors", "risk_discussion"]
    risk = fields("cardiology.prevention", "risk_discussion")
    assert {"estimate", "equation", "edition", "options", "decision"} <= risk.keys()
    assert risk["preference"] is FieldKind.QUOTE
    text = skeleton_text_of("cardiology.prevention", "health_concerns")
    assert not re.search(r"7\.5|\b20 ?%", text)  # bands differ by edition: none is written


def test_cardiology_has_trends_and_prior_authorization() -> None:
    rows = form_of("cardiology.follow_up", "trend").fields[0].rows
    assert {"LDL cholesterol", "Non-HDL cholesterol", "Blood pressure", "Heart rate", "Weight", "LVEF", "QTc"} <= set(
        rows
    )
    assert {"diagnosis", "tried", "evidence", "criteria"} <= fields(
        "cardiology.follow_up", "prior_authorization"
    ).keys()
