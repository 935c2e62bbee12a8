import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.phrase_files import (
    MAX_FILE_BYTES,
    MAX_PROBLEMS,
    FileProblem,
    ImportProblem,
    export_phrases,
    read_phrases,
    take_over,
)
from visit.phrases import MAX_PHRASES, OwnerKind, Phrase, PhraseLibrary, PhraseProblem, phrase_problem

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
USER = OwnerKind.USER
NAMES = st.from_regex(r"\A[a-zé膝][a-z0-9_-]{0,8}\Z")
TEXTS = st.text(st.sampled_from("ab ***\n\t😀é.\"\\'"), min_size=1, max_size=20).filter(
    lambda text: phrase_problem("x", text) is None
)


def file(phrases: object, **more: object) -> bytes:
    return json.dumps({"format": "alcove phrases", "version": 1, "phrases": phrases, **more}).encode()


def entry(name: object = "hpi", text: object = "x") -> dict[str, object]:
    return {"name": name, "text": text}


@given(st.dictionaries(NAMES, TEXTS, max_size=8))
def test_what_is_exported_can_be_taken_over_elsewhere(texts: dict[str, str]) -> None:
    library = PhraseLibrary(Phrase(OwnerKind.PRACTICE, name, text, 1, NOW) for name, text in texts.items())
    imported = read_phrases(export_phrases(library.all(OwnerKind.PRACTICE)))
    assert imported.problems == ()
    other = PhraseLibrary()
    taken = take_over(other, USER, imported, NOW)
    assert isinstance(taken, tuple)
    assert {p.name: p.text for p in other.all(USER)} == texts
    assert set(taken) == set(other.all(USER))
    assert take_over(other, USER, imported, NOW) == ()  # nothing changes a second time


def test_what_changes_becomes_a_new_version() -> None:
    library = PhraseLibrary([Phrase(USER, "hpi", "old", 3, NOW), Phrase(USER, "ros", "same", 1, NOW)])
    taken = take_over(library, USER, read_phrases(file([entry("HPI", "new"), entry("ros", "same")])), NOW)
    assert isinstance(taken, tuple)
    assert [(p.name, p.version, p.text) for p in taken] == [("hpi", 4, "new")]
    assert [p.text for p in library.versions(USER, "hpi")] == ["old", "new"]


@pytest.mark.parametrize(
    ("untrusted", "problem"),
    [
        (b"", FileProblem.NOT_JSON),
        (b"\xff\xfe", FileProblem.NOT_JSON),
        (b"[" * 200_000, FileProblem.NOT_JSON),
        (b'{"format":"alcove phrases","format":"x","version":1,"phrases":[]}', FileProblem.NOT_JSON),
        (b"[]", FileProblem.NOT_PHRASES),
        (b"{}", FileProblem.NOT_PHRASES),
        (file([], version=True), FileProblem.NOT_PHRASES),
        (file([], version=0), FileProblem.NOT_PHRASES),
        (file([], version="1"), FileProblem.NOT_PHRASES),
        (file([], format="other"), FileProblem.NOT_PHRASES),
        (file([], version=2), FileProblem.NEWER_VERSION),
        (file({}), FileProblem.WRONG_FIELDS),
        (file([], extra=1), FileProblem.WRONG_FIELDS),
        (b" " * (MAX_FILE_BYTES + 1), FileProblem.TOO_LARGE),
    ],
)
def test_files_that_are_none(untrusted: bytes, problem: FileProblem) -> None:
    found = read_phrases(untrusted)
    assert found.problems == (ImportProblem(problem),)
    assert found.phrases == ()


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (5, FileProblem.WRONG_FIELDS),
        ({"name": "a"}, FileProblem.WRONG_FIELDS),
        (entry() | {"owner": "practice"}, FileProblem.WRONG_FIELDS),
        (entry(5), FileProblem.WRONG_FIELDS),
        (entry(text=None), FileProblem.WRONG_FIELDS),
        (entry("Good"), FileProblem.DUPLICATE_NAME),
        (entry("1a"), PhraseProblem.BAD_NAME),
        (entry(text=" "), PhraseProblem.EMPTY_TEXT),
        (entry(text="x" * 20_001), PhraseProblem.TEXT_TOO_LONG),
        (entry(text="\ud800"), PhraseProblem.CONTROL_CHARACTER),
        (entry(text="\x07"), PhraseProblem.CONTROL_CHARACTER),
        (entry(text="{a|b"), PhraseProblem.BAD_LIST),
    ],
)
def test_one_bad_phrase_and_nothing_is_taken_over(bad: object, problem: FileProblem | PhraseProblem) -> None:
    found = read_phrases(file([entry("good"), bad]))
    assert found.problems == (ImportProblem(problem, 2),)
    assert found.phrases == ()
    library = PhraseLibrary()
    assert take_over(library, USER, found, NOW) == ()
    assert library.all(USER) == ()


def test_all_problems_are_listed_up_to_a_bound() -> None:
    found = read_phrases(file([entry("1"), entry(text=""), entry("ok")]))
    assert [(p.kind, p.number) for p in found.problems] == [
        (PhraseProblem.BAD_NAME, 1),
        (PhraseProblem.EMPTY_TEXT, 2),
    ]
    assert len(read_phrases(file([5] * 1_000)).problems) == MAX_PROBLEMS


def test_too_many_phrases() -> None:
    many = file([entry(f"p{number}") for number in range(MAX_PHRASES + 1)])
    assert read_phrases(many).problems == (ImportProblem(FileProblem.TOO_MANY),)
    library = PhraseLibrary([Phrase(USER, "own", "x", 1, NOW)])
    fits = read_phrases(file([entry(f"p{number}") for number in range(MAX_PHRASES)]))
    assert take_over(library, USER, fits, NOW) is FileProblem.TOO_MANY
    assert [p.name for p in library.all(USER)] == ["own"]
    whole = take_over(PhraseLibrary(), USER, fits, NOW)
    assert isinstance(whole, tuple)
    assert len(whole) == MAX_PHRASES


@given(st.binary(max_size=60))
def test_no_bytes_do_harm(untrusted: bytes) -> None:
    found = read_phrases(untrusted)
    assert found.phrases == ()
    assert len(found.problems) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "text", "x"]), inner),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=4))
def test_no_json_does_harm(phrases: list[object]) -> None:
    found = read_phrases(file(phrases))
    assert not (found.phrases and found.problems)
    assert len(found.phrases) in (0, len(phrases))
    for name, text in found.phrases:
        assert phrase_problem(name, text) is None
