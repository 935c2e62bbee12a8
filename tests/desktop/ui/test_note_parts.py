"""The editor's parts that know no screen: units, places, marks, and what a section's state is."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextCharFormat

from desktop.ui.note_editor.headings import standing
from desktop.ui.note_editor.marks import Mark, Marks
from desktop.ui.note_editor.places import Caret, Places, ShownSection
from desktop.ui.note_editor.units import Edit, changed, common, pack, pasted, shown, unpack
from desktop.ui.words import say
from visit.indexes import utf16_length

TEXTS = st.text(st.sampled_from("ab\n \u00b5\U0001f980\U0001f981\U0001f5ff\ue980"), max_size=12)
SECTIONS = (
    ShownSection("a", "First", True),
    ShownSection("b", "Second \U0001f980", False),
    ShownSection("c", "T", True),
)
LOOK = QTextCharFormat()


@given(TEXTS, TEXTS)
def test_what_changed_turns_one_text_into_the_other(before: str, after: str) -> None:
    edit = changed("a", pack(before), pack(after))
    if edit is None:
        assert before == after
        return
    units = pack(before)
    assert unpack(units[: 2 * edit.start] + pack(edit.inserted) + units[2 * edit.end :]) == after
    unpack(units[: 2 * edit.start]).encode()  # no pair is cut
    unpack(units[2 * edit.end :]).encode()
    edit.inserted.encode()


def test_a_change_is_as_small_as_it_can_be_without_cutting_a_pair() -> None:
    assert changed("a", pack("one two"), pack("one too")) == Edit("a", 5, 6, "o")
    assert changed("a", pack("\U0001f980"), pack("\U0001f981")) == Edit("a", 0, 2, "\U0001f981")
    assert common(pack("aa"), pack("aaa")) == (2, 0)


def test_half_a_pair_shows_that_something_is_missing() -> None:
    assert shown("a\ud83eb") == "a\ufffdb"
    assert pasted("a\udd80b\r\nc\x00") == "a\ufffdb\nc"
    assert utf16_length(shown("\ud83e")) == 1


@given(st.lists(TEXTS, min_size=3, max_size=3))
def test_places_are_where_the_texts_stand(texts: list[str]) -> None:
    places = Places(SECTIONS, [utf16_length(text) for text in texts])
    whole = pack("\n".join(f"{section.heading}\n{text}" for section, text in zip(SECTIONS, texts, strict=True)))
    assert places.end == len(whole) // 2
    for index, text in enumerate(texts):
        first, last = places.body(index)
        assert unpack(whole[2 * first : 2 * last]) == text
        assert unpack(whole[2 * places.heading(index) : 2 * first]) == f"{SECTIONS[index].heading}\n"
        assert all(places.in_heading(place) for place in range(places.heading(index), first))
        assert not any(places.in_heading(place) for place in range(first, last + 1))
        assert places.caret(last) == Caret(SECTIONS[index].key, utf16_length(text))
        assert places.position(places.caret(first)) == first
    parts = places.parts(0, places.end)
    assert [(part.start, part.end) for part in parts] == [places.body(index) for index in range(3)]


@given(st.lists(TEXTS, min_size=3, max_size=3), st.integers(0, 2), TEXTS)
def test_a_section_that_grows_moves_those_below(texts: list[str], index: int, more: str) -> None:
    places = Places(SECTIONS, [utf16_length(text) for text in texts])
    places.resize(index, utf16_length(more))
    texts[index] += more
    again = Places(SECTIONS, [utf16_length(text) for text in texts])
    assert [places.body(number) for number in range(3)] == [again.body(number) for number in range(3)]
    assert places.end == again.end


RANGES = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=6)


@given(RANGES, st.integers(0, 20), st.integers(0, 10), st.integers(0, 5))
def test_marks_keep_to_their_letters(ranges: list[tuple[int, int]], start: int, removed: int, added: int) -> None:
    """Each letter has its own number: a mark holds those that it held, and what was typed amid them."""
    text: list[int | str] = list(range(40))
    after = text[:start] + ["new"] * added + text[start + removed :]
    for begin, length in ranges:
        marks = Marks([Mark(begin, length, LOOK)])
        marks.shift(start, removed, added)
        held = [unit for mark in marks for unit in after[mark.start : mark.end]]
        kept = [unit for unit in text[begin : begin + length] if unit in after]
        assert [unit for unit in held if unit != "new"] == kept
        amid = begin < start and start + removed < begin + length
        assert ("new" in held) == (amid and added > 0)


@given(RANGES, st.integers(0, 30), st.integers(0, 10))
def test_marks_are_found_where_they_are(ranges: list[tuple[int, int]], start: int, length: int) -> None:
    marks = Marks(Mark(begin, long, LOOK, str(number)) for number, (begin, long) in enumerate(ranges))
    found = {mark.tooltip for mark in marks.between(start, start + length)}
    meant = {
        str(number) for number, (begin, long) in enumerate(ranges) if begin < start + length and begin + long > start
    }
    assert found == meant


def test_marks_are_still_found_after_one_has_grown() -> None:
    marks = Marks([Mark(0, 4, LOOK, "long"), Mark(10, 2, LOOK, "short")])
    marks.shift(2, 0, 50)
    assert marks.said_at(40) == "long"
    assert marks.said_at(60) == "short"
    assert marks.said_at(59) == ""


def test_a_sections_state_is_a_sign_a_word_and_a_tone() -> None:
    needed, optional = SECTIONS[0], SECTIONS[1]
    assert (standing(needed, " \n").word, standing(needed, "").tone) == (say("note.needed"), "warn")
    assert (standing(optional, "").word, standing(optional, "").sign) == ("", "○")
    assert standing(needed, "a b").done
    assert standing(needed, "a b").words == 2
    blank = standing(needed, "a *** b ***", ("Dr. Okafor",))
    assert (blank.word, blank.done) == (say("note.blanks", count=2), False)
    assert "Dr. Okafor" in blank.spoken("First")
