from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.indexes import NotABoundary, utf16_length
from visit.phrases import (
    KEPT_VERSIONS,
    MAX_PHRASES,
    MAX_TEXT,
    OwnerKind,
    Phrase,
    PhraseLibrary,
    PhraseProblem,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
USER, PROVIDER, PRACTICE = OwnerKind


def phrase(name: str, text: str, owner: OwnerKind = USER, version: int = 1) -> Phrase:
    return Phrase(owner, name, text, version, NOW)


def library(**texts: str) -> PhraseLibrary:
    return PhraseLibrary(phrase(name.replace("_", "-"), text) for name, text in texts.items())


KNEE = library(hpi="Onset *** ago.", knee_exam="No effusion.", 膝="effusion 😀")


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("Pain. ", ""), ("line\n", "\nmore"), ("(", ")"), ("😀é ", " x"), ("\t", "."), ("“", "”")],
)
def test_a_phrase_that_ends_at_the_caret_expands(before: str, after: str) -> None:
    start = utf16_length(before)
    for typed in (".knee-exam", ".Knee-Exam"):
        found = KNEE.expand(before + typed + after, start + len(typed))
        assert found is not None
        assert (found.start, found.end, found.inserted) == (start, start + len(typed), "No effusion.")
        assert found.selection_start == found.selection_end == start + 12


def test_the_first_blank_is_selected() -> None:
    found = KNEE.expand("😀 .hpi", 7)
    assert found is not None
    assert (found.start, found.selection_start, found.selection_end) == (3, 9, 12)
    pick = library(side="Pain {left|right}.").expand(".side", 5)
    assert pick is not None
    assert (pick.selection_start, pick.selection_end) == (5, 17)


def test_the_caret_after_a_text_counts_utf16_units() -> None:
    found = KNEE.expand(".膝", 2)
    assert found is not None
    assert found.selection_end == utf16_length("effusion 😀")


@pytest.mark.parametrize(
    "text",
    [
        "1.5",
        "e.g.",
        "e.g",
        "i.e.",
        "hpi",
        "x.hpi",
        "..hpi",
        "5.hpi",
        "www.hpi",
        "a/.hpi",
        ".",
        "",
        ".hp",
        ".hpis",
        ". hpi",
    ],
)
def test_no_phrase_ends_there(text: str) -> None:
    names = PhraseLibrary(phrase(name, "x") for name in ("hpi", "g", "e", "i", "s"))
    assert names.expand(text, len(text)) is None


def test_a_decimal_can_be_no_name() -> None:
    assert library(hpi="x").save(USER, "5", "five", NOW) is PhraseProblem.BAD_NAME
    odd = PhraseLibrary([phrase("5", "five"), phrase("5mg", "five")])
    assert odd.expand(".5", 2) is None
    assert odd.expand("take .5mg", 9) is None


def test_a_caret_inside_a_word_expands_nothing() -> None:
    assert KNEE.expand(".hpix", 4) is None
    assert KNEE.expand(".hpi-", 4) is None
    assert KNEE.expand(".hpi x", 4) is not None
    with pytest.raises(NotABoundary):
        KNEE.expand("😀", 1)


@given(st.text(st.sampled_from(".hpi 1😀\n-(é"), max_size=12), st.data())
def test_an_expansion_replaces_a_known_name_at_a_words_start(text: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(text)))
    caret = utf16_length(text[:index])
    found = KNEE.expand(text, caret)
    trigger = KNEE.typed(text, caret)
    if trigger is not None:
        assert text[:index].casefold().endswith("." + trigger.name)
    if found is not None:
        assert text[index - 4 : index] == ".hpi"
        assert found.end == caret
        assert found.start == caret - 4
        assert index == 4 or text[index - 5] in " \n("


def test_the_nearer_owners_phrase_wins() -> None:
    phrases = PhraseLibrary(phrase("hpi", owner.value, owner) for owner in reversed(OwnerKind))
    for owner, following in ((USER, "provider"), (PROVIDER, "practice")):
        assert phrases.find("HPI") == phrase("hpi", owner.value, owner)
        removed = phrases.remove(owner, "hpi", NOW)
        assert removed is not None
        assert removed.removed
        found = phrases.find("hpi")
        assert found is not None
        assert found.text == following
        assert [p.text for p in phrases.search("hpi")] == [following]
    phrases.remove(PRACTICE, "hpi", NOW)
    assert phrases.find("hpi") is None
    assert phrases.search("hpi") == ()
    assert phrases.remove(PRACTICE, "hpi", NOW) is None


def test_versions_are_kept_and_can_be_restored() -> None:
    phrases = PhraseLibrary()
    for number in range(3):
        phrases.save(USER, "Hpi", f"text {number}", NOW + timedelta(days=number))
    same = phrases.save(USER, "hpi", "text 2", NOW)
    assert same == phrases.find("hpi")
    assert [(p.version, p.text) for p in phrases.versions(USER, "hpi")] == [(1, "text 0"), (2, "text 1"), (3, "text 2")]
    phrases.remove(USER, "hpi", NOW)
    restored = phrases.restore(USER, "hpi", 1, NOW)
    assert isinstance(restored, Phrase)
    assert (restored.version, restored.text, restored.removed) == (5, "text 0", False)
    assert phrases.search("hpi") == (restored,)
    for version in (0, 4, 9):  # the fourth is the removal
        assert phrases.restore(USER, "hpi", version, NOW) is PhraseProblem.NO_SUCH_VERSION
    again = PhraseLibrary(phrases.versions(USER, "hpi"))
    assert again.versions(USER, "hpi") == phrases.versions(USER, "hpi")


def test_only_so_many_versions_are_kept() -> None:
    phrases = PhraseLibrary()
    for number in range(KEPT_VERSIONS + 5):
        phrases.save(USER, "hpi", f"text {number}", NOW)
    kept = phrases.versions(USER, "hpi")
    assert len(kept) == KEPT_VERSIONS
    assert kept[-1].version == KEPT_VERSIONS + 5


def test_of_one_version_made_twice_the_later_counts() -> None:
    later = Phrase(USER, "hpi", "later", 1, NOW + timedelta(hours=1))
    for order in ([phrase("hpi", "earlier"), later], [later, phrase("hpi", "earlier")]):
        assert PhraseLibrary(order).versions(USER, "hpi") == (later,)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("", "x", PhraseProblem.BAD_NAME),
        ("a b", "x", PhraseProblem.BAD_NAME),
        (".hpi", "x", PhraseProblem.BAD_NAME),
        ("_a", "x", PhraseProblem.BAD_NAME),
        ("a\n", "x", PhraseProblem.BAD_NAME),
        ("a" * 41, "x", PhraseProblem.BAD_NAME),
        ("hpi", "", PhraseProblem.EMPTY_TEXT),
        ("hpi", " \n", PhraseProblem.EMPTY_TEXT),
        ("hpi", "x" * (MAX_TEXT + 1), PhraseProblem.TEXT_TOO_LONG),
        ("hpi", "a\0", PhraseProblem.CONTROL_CHARACTER),
        ("hpi", "a\x1b[0m", PhraseProblem.CONTROL_CHARACTER),
        ("hpi", "a\u202eb", PhraseProblem.CONTROL_CHARACTER),
        ("hpi", "a\ud83d", PhraseProblem.CONTROL_CHARACTER),
        ("hpi", "a\rb", PhraseProblem.CONTROL_CHARACTER),
        ("hpi", "{a|{b|c}}", PhraseProblem.BAD_LIST),
    ],
)
def test_what_can_be_no_phrase(name: str, text: str, problem: PhraseProblem) -> None:
    phrases = PhraseLibrary()
    assert phrases.save(USER, name, text, NOW) is problem
    assert phrases.all(USER) == ()


def test_ordinary_text_is_a_phrase() -> None:
    phrases = PhraseLibrary()
    text = "38,5 °C\tmü – “ok” 👩‍⚕️\n\u00a0{a|b}"
    saved = phrases.save(USER, "Fieber-1", text.replace("\n", "\r\n"), NOW)
    assert saved == Phrase(USER, "fieber-1", text, 1, NOW)


def test_an_owner_has_only_so_many_names() -> None:
    phrases = PhraseLibrary(phrase(f"p{number}", "x") for number in range(MAX_PHRASES))
    assert phrases.save(USER, "more", "x", NOW) is PhraseProblem.TOO_MANY
    assert isinstance(phrases.save(USER, "p5", "y", NOW), Phrase)
    assert isinstance(phrases.save(PROVIDER, "more", "x", NOW), Phrase)


def test_search_takes_the_dot_or_not() -> None:
    assert [p.name for p in KNEE.search(".knex")] == ["knee-exam"]
    assert [p.name for p in KNEE.search("hip")] == ["hpi"]


def test_every_name_of_an_owner_and_every_owner_of_a_name() -> None:
    phrases = PhraseLibrary([phrase("b", "x"), phrase("a", "y"), phrase("a", "z", PRACTICE)])
    phrases.remove(USER, "b", NOW)
    assert phrases.names(USER) == ("a", "b")
    assert phrases.names(PRACTICE) == ("a",)
    assert [it.owner for it in phrases.rivals("A")] == [USER, PRACTICE]
    assert phrases.rivals("b") == ()
