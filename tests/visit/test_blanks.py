import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.blanks import (
    BLANK,
    Field,
    FieldKind,
    ListProblem,
    Place,
    choose,
    choose_default,
    field_at,
    fields,
    next_field,
    number_of_key,
    previous_field,
    problems,
    shown,
    unresolved,
)
from visit.indexes import utf16_length
from visit.unit_map import UnitMap

HOSTILE = st.text(st.sampled_from("ab {}|\\*?+=\n😀é"), max_size=40)
WORDS = st.text(st.sampled_from("abc dé😀5"), min_size=1, max_size=6).filter(lambda text: text.strip())


def cut(text: str, start: int, end: int) -> str:
    """A range of UTF-16 units, by Python's own encoder."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def one(text: str) -> Field:
    (field,) = fields(text)
    return field


@given(HOSTILE)
def test_fields_lie_in_order_and_apart_and_are_what_they_say(text: str) -> None:
    end = 0
    for field in fields(text):
        assert end <= field.start < field.end <= utf16_length(text)
        written, end = cut(text, field.start, field.end), field.end
        if field.kind is FieldKind.BLANK:
            assert set(written) == {"*"}
            assert len(written) >= 3
        else:
            assert written[0] + written[-1] == "{}"
            assert "\n" not in written
            assert all(choice and choice == choice.strip() for choice in field.choices)
            assert field.default is None or 0 <= field.default < len(field.choices)


@given(st.lists(WORDS, min_size=2, max_size=5), st.booleans(), st.booleans(), st.text(max_size=5))
def test_a_list_is_read_as_it_was_written(choices: list[str], optional: bool, several: bool, before: str) -> None:
    before = before.replace("{", "").replace("}", "").replace("\\", "").replace("*", "")
    text = before + "{" + "?" * optional + "+" * several + "|".join(choices) + "}."
    field = one(text)
    assert field.choices == tuple(choice.strip() for choice in choices)
    assert (field.optional, field.several, field.start) == (optional, several, utf16_length(before))
    for number, choice in enumerate(field.choices, 1):
        assert choose(field, number) == choice


@given(HOSTILE)
def test_a_resolved_list_is_never_a_list_again(text: str) -> None:
    units = UnitMap(text)
    for field in fields(text):
        if field.kind is FieldKind.LIST:
            chosen = choose(field, 1)
            assert chosen is not None
            resolved = text[: units.index(field.start)] + chosen + text[units.index(field.end) :]
            left = [f for f in fields(resolved) if f.kind is FieldKind.LIST]
            # an outer pair of braces may become a list of its own, and is asked for then
            before = len([f for f in fields(text) if f.kind is FieldKind.LIST])
            assert len(left) <= before
            assert not [f for f in fields(chosen) if f.kind is FieldKind.LIST]


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        (r"{a\|b|c}", ("a|b", "c")),
        (r"{\=5|b}", ("=5", "b")),
        (r"{\?|b}", ("?", "b")),
        (r"{\{x\}|b}", (r"\{x\}", "b")),  # escaped braces stay escaped, and so stay no list
        ("{a||b}", ("a", "b")),
        ("{ a | b }", ("a", "b")),
        ("{other: ***|none}", ("other: ***", "none")),
    ],
)
def test_choices(text: str, choices: tuple[str, ...]) -> None:
    assert one(text).choices == choices


@pytest.mark.parametrize(
    "text",
    ["", "**", "* * *", "{a}", "{}", "{|}", "{a|b", "a|b}", "{a\n|b}", r"\{a|b\}", r"\{a|b}", r"{a\|b}", "{=|=}"],
)
def test_what_is_no_field(text: str) -> None:
    assert fields(text) == ()


def test_a_run_of_asterisks_is_one_blank() -> None:
    assert [(f.start, f.end) for f in fields("a *** b ***** 😀***")] == [(2, 5), (8, 13), (16, 19)]


def test_only_the_inner_one_of_nested_lists_is_a_list() -> None:
    field = one("{a|{b|c}}")
    assert (field.start, field.end, field.choices) == (3, 8, ("b", "c"))


def test_the_default_is_marked() -> None:
    field = one("{left|=right|both}")
    assert (field.choices, field.default, choose_default(field)) == (("left", "right", "both"), 1, "right")
    assert choose_default(one("{left|right}")) is None


def test_several_only_where_the_list_allows_it() -> None:
    assert choose(one("{+a|b|c}"), 3, 1) == "a, c"
    assert choose(one("{a|b|c}"), 3, 1) is None
    for numbers in ((), (0,), (4,), (2, 2), (1, 9)):
        assert choose(one("{?+a|b|c}"), *numbers) is None
    assert choose(one(BLANK), 1) is None


def test_number_keys() -> None:
    assert [number_of_key(key) for key in ("1", "9", "0", "a", "", "12", "²", "٣")] == [1, 9, 10, *[None] * 5]


def test_walking_wraps_over_the_sections_in_their_order() -> None:
    texts = [("hpi", "*** and {a|b}"), ("ros", "none"), ("plan", "😀***")]
    first, second, third = (Place(key, field) for key, text in texts for field in fields(text))
    assert next_field(texts, "hpi", 0) == first
    assert next_field(texts, "hpi", 3) == second
    assert next_field(texts, "hpi", 13) == third
    assert next_field(texts, "ros", 0) == third
    assert next_field(texts, "plan", 5) == first
    assert previous_field(texts, "hpi", 0) == third
    assert previous_field(texts, "plan", 2) == second
    assert previous_field(texts, "hpi", 8) == first
    assert next_field([("hpi", "done")], "hpi", 0) is None
    assert previous_field([], "hpi", 0) is None


@given(st.lists(st.tuples(st.sampled_from(["hpi", "ros", "plan"]), HOSTILE), unique_by=lambda t: t[0], min_size=1))
def test_walking_forward_meets_every_field_once_and_backward_the_same(texts: list[tuple[str, str]]) -> None:
    places = [Place(key, field) for key, text in texts for field in fields(text)]
    forward, section, position = [], texts[0][0], 0
    for _ in places:
        place = next_field(texts, section, position)
        assert place is not None
        forward.append(place)
        section, position = place.section, place.field.end
    assert forward == places
    back, section, position = [], texts[0][0], 0
    for _ in places:
        place = previous_field(texts, section, position)
        assert place is not None
        back.append(place)
        section, position = place.section, place.field.start
    assert back == places[::-1]


def test_the_field_at_a_place() -> None:
    text = "***{a|b}"
    blank, pick = fields(text)
    assert [field_at(text, at) for at in (0, 2, 3, 8)] == [blank, blank, pick, pick]
    assert field_at("a ***", 1) is None


def test_required_ones_are_listed_by_section() -> None:
    texts = {"hpi": "{?a|b} ***", "ros": "{?a|b}", "plan": "{a|b}{c}"}
    found = unresolved(texts)
    assert {key: [f.kind.value for f in open_fields] for key, open_fields in found.items()} == {
        "hpi": ["blank"],
        "plan": ["list"],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a|b} *** {?=a|b}", []),
        (r"\{ \} \\", []),
        ("{a|{b|c}}", [(ListProblem.NESTED, 0, 9)]),
        ("{a|{b}}", [(ListProblem.NESTED, 0, 7), (ListProblem.ONE_CHOICE, 3, 6)]),
        ("😀{a|b", [(ListProblem.NOT_CLOSED, 2, 3)]),
        ("{a|b\n}", [(ListProblem.NOT_CLOSED, 0, 1), (ListProblem.NOT_OPENED, 5, 6)]),
        ("a}", [(ListProblem.NOT_OPENED, 1, 2)]),
        ("{a}", [(ListProblem.ONE_CHOICE, 0, 3)]),
        (r"{a\|b}", [(ListProblem.ONE_CHOICE, 0, 6)]),
        ("{a|}", [(ListProblem.EMPTY_CHOICE, 0, 4)]),
        ("{a|=}", [(ListProblem.EMPTY_CHOICE, 0, 5)]),
        ("{" + "|".join("abcdefghijklmnopqrstu") + "}", [(ListProblem.TOO_MANY_CHOICES, 0, 43)]),
    ],
)
def test_problems_of_a_phrase(text: str, expected: list[tuple[ListProblem, int, int]]) -> None:
    assert list(problems(text)) == expected


@given(HOSTILE)
def test_a_phrase_without_problems_has_no_braces_but_its_lists(text: str) -> None:
    if not problems(text):
        bare = text.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
        lists = [f for f in fields(text) if f.kind is FieldKind.LIST]
        assert bare.count("{") == bare.count("}") == len(lists)


def test_people_read_braces_without_their_backslash() -> None:
    assert shown(r"set \{a|b\} of \\") == r"set {a|b} of " + "\\"
