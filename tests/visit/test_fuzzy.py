import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.fuzzy import NameIndex

NAMES = st.text(st.sampled_from("abcdé-_ß"), min_size=1, max_size=6)
INDEX = NameIndex(["hpi", "hpi-cough", "hpi-knee", "knee-exam", "neck", "normal-heart", "chp", "Äpfel"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hpi", ["hpi", "hpi-cough", "hpi-knee"]),
        ("HPI-K", ["hpi-knee"]),
        ("knee", ["knee-exam", "hpi-knee"]),
        ("nh", ["normal-heart"]),
        ("hk", ["hpi-knee"]),
        ("hip", ["hpi"]),
        ("nek", ["neck"]),
        ("neckk", ["neck"]),
        ("meck", ["neck"]),
        ("äp", ["äpfel"]),
        ("zzz", []),
        ("a\nb", []),
    ],
)
def test_the_best_come_first(query: str, expected: list[str]) -> None:
    assert INDEX.search(query, 12) == expected


def test_nothing_typed_lists_all_in_order() -> None:
    assert INDEX.search("", 3) == ["chp", "hpi", "hpi-cough"]


@given(st.lists(NAMES, max_size=30), NAMES, st.integers(1, 8))
def test_every_name_that_begins_with_the_query_is_found_first(names: list[str], query: str, limit: int) -> None:
    index = NameIndex(names)
    found = index.search(query, limit)
    folded = sorted({name.casefold() for name in names})
    starting = [name for name in folded if name.startswith(query.casefold())]
    assert len(found) == len({*found}) <= limit
    assert found[: len(starting)] == starting[:limit]
    assert {*found} <= {*folded}


@given(st.lists(NAMES, max_size=30), NAMES)
def test_names_with_the_letters_in_order_are_found_and_nothing_far_off(names: list[str], query: str) -> None:
    def in_order(name: str) -> bool:
        rest = iter(name)
        return all(char in rest for char in query.casefold())

    found = {*NameIndex(names).search(query, 100)}
    assert {name for name in map(str.casefold, names) if in_order(name)} <= found
    for name in found:
        assert in_order(name) or abs(len(name) - len(query.casefold())) <= 1


@given(NAMES, st.data())
def test_one_slip_is_forgiven(name: str, data: st.DataObject) -> None:
    name = name.casefold()
    at = data.draw(st.integers(0, len(name) - 1))
    slips = [name[:at] + name[at + 1 :], name[:at] + "x" + name[at:], name[:at] + "x" + name[at + 1 :]]
    slips.append(name[:at] + name[at : at + 2][::-1] + name[at + 2 :])
    for slip in slips:
        if slip:
            assert name in NameIndex([name, "zzzzzzzzz"]).search(slip, 100)


@given(st.lists(st.tuples(st.booleans(), NAMES), max_size=30), NAMES)
def test_kept_up_to_date_as_if_built_anew(steps: list[tuple[bool, str]], query: str) -> None:
    index, names = NameIndex(), set()
    for add, name in steps:
        if add:
            index.add(name)
            names.add(name)
        else:
            index.discard(name)
            names = {other for other in names if other.casefold() != name.casefold()}
        assert index.search(query, 50) == NameIndex(names).search(query, 50)
