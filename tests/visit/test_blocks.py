import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.abbreviations import lint
from visit.blanks import fields, problems
from visit.blocks import Block, all_blocks, expand, find, search, typed
from visit.indexes import utf16_length
from visit.sections import SECTION_BY_KEY
from visit.triggers import NAME


@pytest.mark.parametrize("block", all_blocks(), ids=lambda block: block.key)
def test_each_block_has_a_section_names_and_proper_blanks(block: Block) -> None:
    assert block.section in SECTION_BY_KEY
    assert block.title
    for name in (block.key, *block.also):
        assert NAME.fullmatch(name)
        assert name == name.casefold()
        assert find(name) is block
    assert fields(block.text)
    assert problems(block.text) == ()
    assert lint(block.text) == ()
    assert block.text == block.text.strip()


def test_the_blocks_that_the_work_needs_are_there() -> None:
    needed = {"hpi", "ros", "exam", "vitals", "assess", "plan", "procedure", "laceration", "injection", "mse"}
    assert needed | {"safety_plan", "titration"} <= {block.key for block in all_blocks()}


def test_no_name_means_two_blocks() -> None:
    names = [name for block in all_blocks() for name in (block.key, *block.also)]
    assert len(names) == len({*names})


def test_what_must_be_the_patients_own_words_is_quoted() -> None:
    assert 'words: "***"' in _text("mse")
    steps = [line for line in _text("safety_plan").split("\n") if line[:1].isdigit()]
    assert [step[:2] for step in steps] == [f"{number}." for number in range(1, 7)]
    assert "988" in _text("safety_plan")


def _text(name: str) -> str:
    block = find(name)
    assert block is not None
    return block.text


@pytest.mark.parametrize(("before", "after"), [("", ""), ("😀 line\n", ""), ("a\n  ", "\nb"), ("\t", "")])
def test_a_block_expands_at_a_lines_start(before: str, after: str) -> None:
    start = utf16_length(before)
    found = expand(before + "/LAC" + after, start + 4)
    assert found is not None
    assert found.block.key == "laceration"
    assert (found.expansion.start, found.expansion.end) == (start, start + 4)
    first = fields(found.block.text)[0]
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
    assert [block.key for block in search(trigger.name)[:2]] == ["assess", "procedure"]  # /problem, /procedure
    assert typed("/", 1) is not None
    assert typed("a/", 2) is None


FIRST = [("/inj", "injection"), ("sfty", "safety_plan"), ("laseration", "laceration"), ("suture", "laceration")]


@pytest.mark.parametrize(("query", "first"), FIRST)
def test_search(query: str, first: str) -> None:
    assert search(query)[0].key == first


def test_all_are_listed_for_nothing_typed() -> None:
    assert search("/", 5) == all_blocks()[:5]
    assert search("zzzz") == ()


@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz_/"), max_size=8), st.integers(1, 20))
def test_search_gives_each_block_once(query: str, limit: int) -> None:
    found = search(query, limit)
    assert len(found) == len({block.key for block in found}) <= limit
