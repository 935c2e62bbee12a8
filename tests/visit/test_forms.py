import pytest
from pydantic import ValidationError

from visit.forms import FieldKind, Form, FormField, form_text, is_open, lists_are_well_formed


def field(**values: object) -> FormField:
    return FormField.model_validate({"key": "f", "label": "Label", **values})


def test_each_kind_of_field_is_written_out() -> None:
    form = Form(
        key="knee",
        title="Knee exam",
        section="physical_exam",
        fields=(
            FormField(key="length", label="Length", unit="cm"),
            FormField(key="mood", label="Mood", kind=FieldKind.QUOTE),
            FormField(key="technique", label="Technique", kind=FieldKind.CHOICE, choices=("sterile", "clean")),
            FormField(
                key="fever", label="General", kind=FieldKind.CHOICE, choices=("not asked", "yes"), items=("a", "b")
            ),
            FormField(key="lachman", label="Lachman", kind=FieldKind.SIDED, choices=("not performed", "negative")),
            FormField(key="given", label="Given", kind=FieldKind.TABLE, columns=("Drug", "Dose")),
            FormField(key="trend", label="Trend", kind=FieldKind.TABLE, columns=("What", "Value"), rows=("LDL", "HR")),
        ),
    )
    assert form_text(form).splitlines() == [
        "Knee exam",
        "Length: *** cm",
        'Mood: "***"',
        "Technique: {sterile|clean}",
        "General: a {not asked|yes}, b {not asked|yes}",
        "Lachman: right {not performed|negative}, left {not performed|negative}",
        *("Given:", "Drug | Dose", "*** | ***"),
        *("Trend:", "What | Value", "LDL | ***", "HR | ***"),
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "choice"},
        {"kind": "choice", "choices": ["one"]},
        {"kind": "choice", "choices": ["one", "one"]},
        {"kind": "choice", "choices": ["one", "t|o"]},
        {"kind": "text", "choices": ["one", "two"]},
        {"kind": "sided", "choices": ["negative", "positive"]},  # not performed is no negative
        {"kind": "choice", "choices": ["yes", "no"], "items": ["fever"]},  # not asked is no `no`
        {"kind": "table"},
        {"kind": "table", "columns": ["one"]},
        {"kind": "text", "rows": ["one"]},
        {"label": "with a *** blank"},
        {"label": "with a {list|of} things"},
    ],
)
def test_a_field_that_does_not_fit_its_kind_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        field(**values)


def test_two_fields_of_a_form_have_two_keys() -> None:
    with pytest.raises(ValidationError):
        Form(key="form", title="Form", section="hpi", fields=(field(), field()))


@pytest.mark.parametrize("text", ["", "No list.", "{a|b}", "{right|left} knee, {a|b c|d}", "*** of {a|b}"])
def test_well_formed_lists(text: str) -> None:
    assert lists_are_well_formed(text)


@pytest.mark.parametrize("text", ["{a}", "{}", "{a|}", "{a|a}", "{a|b", "a|b}", "{a|{b|c}}", "{a\n|b}", "{a|***}"])
def test_lists_that_nobody_could_choose_from(text: str) -> None:
    assert not lists_are_well_formed(text)


def test_a_blank_or_a_list_leaves_a_text_open() -> None:
    assert is_open("BP ***/80")
    assert is_open("{right|left} knee")
    assert not is_open("Right knee, {sic} and a | b, ** c")
