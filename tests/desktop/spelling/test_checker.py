"""What the checker knows: English, clinical words, drugs and abbreviations, and what it offers for a slip."""

from pathlib import Path

import pytest

from desktop.spelling.checker import MOST_LETTERS, OFFERED, Checker
from desktop.spelling.lists import DATA, OWN, installed_words, own_entries


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(frozenset({"zyxomycosis"}))


@pytest.mark.parametrize(
    "sentence",
    [
        "The patient denies fever, chills or night sweats",
        "No hepatosplenomegaly, lymphadenopathy or nystagmus",
        "metoprolol succinate and Eliquis; semaglutide, Ozempic, acetaminophen",
        "Lachman and McMurray negative, glenohumeral crepitus",
        "anhedonia, suicidality, psychomotor retardation, circumstantial",
        "abx meds yo hx mcg mmHg prn",
        "catheterized, intubated, debrided; nodules, papules, macules",
        "PATIENT DENIES PALPITATIONS",
        "the patient\u2019s mother's Crohn's",
        "nonsmoking postoperative supraclavicular intravascular",
    ],
)
def test_what_a_note_says_is_known(checker: Checker, sentence: str) -> None:
    words = [word.strip(",.;") for word in sentence.split()]
    assert checker.misspelled(words) == []


def test_slips_are_found(checker: Checker) -> None:
    slips = ["fevr", "hyprtension", "metropolol", "presure", "abdomnial", "teh", "pateint's", "nonsmokin"]
    assert checker.misspelled(["no", *slips, "Hypertension"]) == slips


def test_what_the_person_installed_counts_too(checker: Checker) -> None:
    assert checker.misspelled(["Zyxomycosis", "zyxomycosis's", "zyxomycoses"]) == ["zyxomycoses"]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("metoprolal", "metoprolol"), ("hepatospelnomegaly", "hepatosplenomegaly"), ("fevr", "fever"), ("Teh", "The")],
)
def test_what_was_meant_is_offered(checker: Checker, slip: str, meant: str) -> None:
    offered = checker.suggest(slip)
    assert meant in offered
    assert len(offered) <= OFFERED


def test_what_notes_are_made_of_is_offered_first(checker: Checker) -> None:
    assert checker.suggest("fevr")[0] == "fever"
    assert checker.suggest("teh")[0] == "the"


def test_nothing_is_offered_for_a_word_of_any_length(checker: Checker) -> None:
    assert checker.suggest("x" * (MOST_LETTERS + 1)) == []


def test_each_list_says_where_it_comes_from() -> None:
    for name in OWN:
        assert "# Origin:" in (DATA / name).read_text(encoding="utf-8"), name


def test_the_lists_hold_several_thousand_words_that_english_lacks() -> None:
    """English is the library's own list: what it has is not counted."""
    from desktop.spelling.checker import ENGLISH

    english = {line.partition("/")[0] for line in ENGLISH.with_suffix(".dic").read_text().splitlines()}
    own = {entry.partition("/")[0] for entry in own_entries()}
    assert len(own - english) > 5_000
    assert [entry for entry in own_entries() if not entry.partition("/")[0].isalnum()] == []


def test_an_installed_list_that_is_none_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "list.dic").write_text("3\n    This is the file's own remark\nZyxitis/S\nzyx\u00f6ma\n\n")
    assert installed_words([tmp_path / "list.dic"]) == {"zyxitis", "zyx\u00f6ma"}
    assert installed_words([tmp_path / "no.dic", tmp_path]) == frozenset()
