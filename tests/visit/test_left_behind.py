"""What was typed and is not in the right visit: nothing of it is called there, and copying it once is enough."""

from hypothesis import given
from hypothesis import strategies as st

from visit.indexes import utf16_to_utf8
from visit.left_behind import LeftBehind, left_behind

PIECES = st.sampled_from(
    ["Left knee hurts.", "No fever.", "BP 128/82, T 98.6 F.", " ", "\n", "😀 said!", "Denies", "..."]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


def words(text: str, piece: LeftBehind) -> str:
    raw = text.encode()
    return raw[utf16_to_utf8(text, piece.start) : utf16_to_utf8(text, piece.end)].decode()


def missing(source: str, target: str) -> list[str]:
    return [words(source, piece) for piece in left_behind({"hpi": source}, {"hpi": target})]


def test_sentences_that_stand_together_are_one_piece() -> None:
    source = "Three weeks of it. Worse at night. No fever. Left leg."
    assert missing(source, "Seen today.\nThree weeks of it. No fever.") == [" Worse at night.", " Left leg."]
    (piece,) = left_behind({"hpi": "One. Two."}, {})
    assert piece.sentences == 2


def test_a_part_of_a_sentence_that_is_there_does_not_count_as_there() -> None:
    assert missing("Pain.", "No Pain.") == ["Pain."]
    assert missing("No pain", "No pain on movement") == ["No pain"]


def test_each_section_is_looked_for_in_its_own() -> None:
    found = left_behind({"hpi": "A.", "ros": "B."}, {"hpi": "B.", "ros": "B."})
    assert [piece.section for piece in found] == ["hpi"]


@given(TEXTS)
def test_a_note_lacks_nothing_of_itself(text: str) -> None:
    assert left_behind({"hpi": text}, {"hpi": "Before.\n" + text}) == []


@given(TEXTS, TEXTS)
def test_once_copied_nothing_is_missing_and_nothing_was_lost(source: str, target: str) -> None:
    copied = "\n".join([target, *missing(source, target)])
    assert missing(source, copied) == []
    there = target + copied
    for sentence in ("Left knee hurts.", "No fever.", "😀 said!"):
        assert source.count(sentence) == 0 or sentence in there


@given(TEXTS)
def test_an_empty_note_lacks_every_word(text: str) -> None:
    assert "".join("".join(missing(text, "")).split()) == "".join(text.split())
