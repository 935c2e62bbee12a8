"""Two versions side by side: nothing of either is lost, and the work is bounded."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visit.compare import MAX_SENTENCES, compare_notes, compare_texts
from wire.versions import ComparedRun, RunKind, VersionSection

EQUAL, REMOVED, ADDED = RunKind.EQUAL, RunKind.REMOVED, RunKind.ADDED
WORDS = st.sampled_from(["leg", "arm", "no", " ", "\n", ". ", "?", "😀", "e\u0301", "\u2028", "12.5", "-"])
TEXTS = st.lists(WORDS, max_size=60).map("".join)


def side(runs: tuple[ComparedRun, ...], kind: RunKind) -> str:
    return "".join(run.text for run in runs if run.kind in (EQUAL, kind))


def said(left: str, right: str) -> list[tuple[RunKind, str]]:
    return [(run.kind, run.text) for run in compare_texts(left, right)]


def section(key: str, text: str) -> VersionSection:
    return VersionSection(key=key, heading=key.title(), text=text)


@pytest.mark.parametrize(
    ("left", "right", "runs"),
    [
        ("", "", []),
        ("Same.", "Same.", [(EQUAL, "Same.")]),
        ("", "New.", [(ADDED, "New.")]),
        ("Old.", "", [(REMOVED, "Old.")]),
        (
            "Left leg hurts. No fever.",
            "Right leg hurts. No fever.",
            [(REMOVED, "Left"), (ADDED, "Right"), (EQUAL, " leg hurts. No fever.")],
        ),
        ("No fever.", "No fever. Cough.", [(EQUAL, "No fever."), (ADDED, " Cough.")]),
        ("5 mg daily", "50 mg daily", [(REMOVED, "5"), (ADDED, "50"), (EQUAL, " mg daily")]),
    ],
)
def test_the_words_that_changed_are_named(left: str, right: str, runs: list[tuple[RunKind, str]]) -> None:
    assert said(left, right) == runs


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_runs(left: str, right: str) -> None:
    runs = compare_texts(left, right)
    assert side(runs, REMOVED) == left
    assert side(runs, ADDED) == right
    assert all(run.text for run in runs)
    assert all(one.kind is not other.kind for one, other in zip(runs, runs[1:], strict=False))


def test_sections_of_either_version_stand_in_the_notes_order() -> None:
    left = [section("hpi", "A"), section("ros", "B"), section("plan", "C")]
    right = [section("hpi", "A"), section("exam", "D"), section("plan", "C"), section("addendum:1", "E")]
    compared = compare_notes(left, right)
    assert [one.key for one in compared] == ["hpi", "exam", "ros", "plan", "addendum:1"]
    kinds = {one.key: [run.kind for run in one.runs] for one in compared}
    assert kinds == {"hpi": [EQUAL], "exam": [ADDED], "ros": [REMOVED], "plan": [EQUAL], "addendum:1": [ADDED]}


def _long(words: int, step: int) -> str:
    said = [f"word{number * step % 997}" for number in range(words)]
    return " ".join(word + "." * (number % 12 == 11) for number, word in enumerate(said))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (_long(20_000, 1), _long(20_000, 1).replace("word500", "other")),
        (_long(20_000, 1), _long(20_000, 7)),
        ("a b " * 10_000, "b a " * 10_000),
        ("No. Yes. " * 5_000, "Yes. No. Maybe. " * 5_000),
        (". ".join(map(str, range(20_000))), ". ".join(map(str, range(20_000, 0, -1)))),
    ],
    ids=["a few words", "shuffled", "two words", "short sentences", "more sentences than are compared"],
)
def test_twenty_thousand_words_are_compared_in_bounded_time(left: str, right: str) -> None:
    began = time.process_time()
    runs = compare_texts(left, right)
    assert time.process_time() - began < 5
    assert side(runs, REMOVED) == left
    assert side(runs, ADDED) == right


def test_what_is_too_much_is_replaced_whole() -> None:
    left, right = ("x. " * (MAX_SENTENCES + 1)).replace("x", "a", 1), "y. " * (MAX_SENTENCES + 1)
    assert said(left, right) == [(REMOVED, left), (ADDED, right)]
