"""What a template puts into the note, with its marks; in the document it stands in the way until it is confirmed."""

import pytest

from visit.blanks import fields
from visit.document import VisitDocument
from visit.indexes import utf16_length
from visit.marks import MarkedText, heard_changes
from visit.provenance import Finding, FromTemplate
from visit.readiness import ObstacleKind, readiness_of, rules_of
from visit.template_files import template_by_id, templates_of
from visit.template_text import appended, exam_to_insert, skeleton_to_insert
from visit.templates import DEFAULT_TEMPLATE, Specialty, Template
from visit.time_anchor import TimeAnchor
from visit.unit_map import UnitMap

ALL = [template for specialty in Specialty for template in templates_of(specialty)]


def named(template_id: str) -> Template:
    found = template_by_id(template_id)
    assert found is not None
    return found


def marked_words(marked: MarkedText) -> list[str]:
    units = UnitMap(marked.text)
    return [marked.text[units.index(part.start) : units.index(part.end)] for part in marked.parts]


def test_each_finding_of_a_normal_exam_is_unheard_until_it_is_confirmed() -> None:
    template = named("cardiology.follow_up")
    exam = exam_to_insert(template, "physical_exam")
    known = template.section("physical_exam")
    assert exam is not None
    assert known is not None
    assert marked_words(exam) == list(known.normal_exam)
    assert {part.provenance for part in exam.parts} == {Finding(macro_id="cardiology.follow_up:physical_exam")}
    document = VisitDocument()
    document.replace_marked("physical_exam", 0, 0, exam)
    unheard = [one for one in readiness_of(document, rules_of(template)).obstacles if one.section == "physical_exam"]
    assert [one.kind for one in unheard] == [ObstacleKind.UNHEARD_FINDING] * len(known.normal_exam)
    document.change_marks(heard_changes(document.marks("physical_exam"), TimeAnchor(5_000)))
    left = [one for one in readiness_of(document, rules_of(template)).obstacles if one.section == "physical_exam"]
    assert left == []


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.id)
def test_a_skeletons_words_are_the_templates_and_its_blanks_are_nobodys(template: Template) -> None:
    for section in template.sections:
        made = skeleton_to_insert(template, section.key)
        if made is None:
            assert not section.skeleton
            assert not section.forms
            continue
        open_units = {unit for field in fields(made.text) for unit in range(field.start, field.end)}
        marked = {unit for part in made.parts for unit in range(part.start, part.end)}
        assert not open_units & marked
        assert {part.provenance for part in made.parts} <= {FromTemplate(template_id=template.id)}
        rest = UnitMap(made.text)
        unmarked = set(range(utf16_length(made.text))) - open_units - marked
        assert all(made.text[rest.index(unit)].isspace() for unit in unmarked)
        VisitDocument().replace_marked(section.key, 0, 0, made)


def test_a_template_that_offers_nothing_inserts_nothing() -> None:
    assert exam_to_insert(DEFAULT_TEMPLATE, "physical_exam") is None
    assert skeleton_to_insert(DEFAULT_TEMPLATE, "hpi") is None
    assert exam_to_insert(named("cardiology.follow_up"), "goals") is None
    assert skeleton_to_insert(named("cardiology.follow_up"), "goals") is None


@pytest.mark.parametrize(("text", "begins"), [("", ""), ("Seen.\n", ""), ("Seen.", "\n"), ("Seen 😀", "\n")])
def test_what_is_appended_stands_on_a_line_of_its_own(text: str, begins: str) -> None:
    exam = exam_to_insert(named("cardiology.follow_up"), "physical_exam")
    assert exam is not None
    made = appended(text, exam)
    assert made.text == begins + exam.text
    assert marked_words(made) == marked_words(exam)
