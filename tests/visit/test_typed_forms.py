import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.abbreviations import lint
from visit.blanks import fields, problems
from visit.forms import Form, FormField, form_text
from visit.indexes import utf16_length
from visit.sections import SECTION_BY_KEY
from visit.template_files import SHARED, read_pack
from visit.templates import Specialty
from visit.triggers import NAME
from visit.typed_forms import all_forms, expand, find, search, typed


@pytest.mark.parametrize("form", all_forms(), ids=lambda form: form.key)
def test_each_form_has_a_section_names_and_proper_blanks(form: Form) -> None:
    assert form.section in SECTION_BY_KEY
    for name in form.names:
        assert NAME.fullmatch(name)
        assert name == name.casefold()
    text = form_text(form)
    assert fields(text)
    assert problems(text) == ()
    assert lint(text) == ()
    assert text == text.strip()


def test_the_forms_that_the_work_needs_are_there() -> None:
    needed = {"hpi", "ros", "exam", "vitals", "assess", "plan", "procedure", "laceration", "injection", "mse"}
    assert all(find(name) is not None for name in needed | {"safety_plan", "titration", "telehealth", "ecg", "splint"})


def test_no_name_means_two_forms_of_one_specialty() -> None:
    for specialty in Specialty:
        packs = {SHARED, specialty.value} - {Specialty.GENERAL.value}
        names = [name for pack in packs for form in read_pack(pack).forms for name in form.names]
        assert len(names) == len({*names})


def test_the_visits_own_specialty_comes_first() -> None:
    for specialty in (Specialty.CARDIOLOGY, Specialty.BEHAVIORAL_HEALTH):
        own = next(form for form in read_pack(specialty.value).forms if form.key == "titration")
        assert find("titration", specialty) is own
        found = expand("/titrate", 8, specialty)
        assert found is not None
        assert found.form is own
        assert search("titration", 1, specialty) == (own,)
    assert find("laceration", Specialty.CARDIOLOGY) is find("laceration")


def test_what_must_be_the_patients_own_words_is_quoted() -> None:
    assert 'words: "***"' in _text("mse")
    steps = [line for line in _text("safety_plan").split("\n") if line.startswith("Step ")]
    assert [step[:6] for step in steps] == [f"Step {number}" for number in range(1, 7)]
    assert "988" in _text("safety_plan")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"wording": "***", "fields": (FormField(key="a", label="A"),)},
        {"wording": "{a|b"},
        {"wording": "***", "names": ("a", "a")},
        {"wording": "***", "names": ("A",)},
    ],
)
def test_a_form_has_either_fields_or_a_wording_and_each_name_once(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a"):
        Form.model_validate({"key": "a", "title": "A", "section": "hpi", **changes})


def _text(name: str) -> str:
    form = find(name)
    assert form is not None
    return form_text(form)


@pytest.mark.parametrize(("before", "after"), [("", ""), ("😀 line\n", ""), ("a\n  ", "\nb"), ("\t", "")])
def test_a_form_expands_at_a_lines_start(before: str, after: str) -> None:
    start = utf16_length(before)
    found = expand(before + "/LAC" + after, start + 4)
    assert found is not None
    assert found.form.key == "laceration"
    assert (found.expansion.start, found.expansion.end) == (start, start + 4)
    first = fields(form_text(found.form))[0]
    selection = (found.expansion.selection_start, found.expansion.selection_end)
    assert selection == (start + first.start, start + first.end)


@pytest.mark.parametrize(
    "text", ["and/plan", "120/plan", "see /plan", "/", "/pla", "//plan", "plan", "", "/plan.", "/1"]
)
def test_nothing_expands_elsewhere(text: str) -> None:
    assert expand(text, len(text)) is None


def test_the_start_of_a_name_is_offered() -> None:
    trigger = typed("x\n/pro", 6)
    assert trigger is not None
    assert trigger.name == "pro"
    found = [form.key for form in search(trigger.name)]
    assert found[:3] == ["assess", "problem_block", "procedure"]  # /problem, /problem_block, /procedure
    assert typed("/", 1) is not None
    assert typed("a/", 2) is None


FIRST = [("/inj", "injection"), ("sfty", "safety_plan"), ("laseration", "laceration"), ("suture", "laceration")]


@pytest.mark.parametrize(("query", "first"), FIRST)
def test_search(query: str, first: str) -> None:
    assert search(query)[0].key == first


def test_all_are_listed_for_nothing_typed() -> None:
    assert search("/", 5) == all_forms()[:5]
    assert search("zzzz") == ()


@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz_/"), max_size=8), st.integers(1, 20))
def test_search_gives_each_form_once(query: str, limit: int) -> None:
    found = search(query, limit)
    assert len(found) == len({id(form) for form in found}) <= limit
