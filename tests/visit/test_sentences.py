"""The sentence that was begun last, by its place in UTF-16 units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.indexes import utf16_length, utf16_to_utf8
from visit.sentences import sentence_at

TEXT = "Seen by Dr. Okafor. Pain \U0001f980 since May.  Worse at night\n\nNo fever."


def part(text: str, found: tuple[int, int] | None) -> str | None:
    if found is None:
        return None
    return text.encode()[utf16_to_utf8(text, found[0]) : utf16_to_utf8(text, found[1])].decode()


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("", "Seen by Dr. Okafor."),
        ("Seen", "Seen by Dr. Okafor."),
        ("Seen by Dr. Okafor.", "Seen by Dr. Okafor."),
        ("Seen by Dr. Okafor. ", "Seen by Dr. Okafor."),
        ("Seen by Dr. Okafor. P", "Pain \U0001f980 since May."),
        ("Seen by Dr. Okafor. Pain \U0001f980 since May.  Wo", "Worse at night"),
        ("Seen by Dr. Okafor. Pain \U0001f980 since May.  Worse at night\n", "Worse at night"),
        (TEXT, "No fever."),
    ],
)
def test_it_is_the_one_that_was_begun_last(before: str, sentence: str) -> None:
    assert part(TEXT, sentence_at(TEXT, utf16_length(before))) == sentence


def test_a_decimal_ends_no_sentence() -> None:
    text = "Temp 36.7 today. Then"
    assert part(text, sentence_at(text, 8)) == "Temp 36.7 today."


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_where_nothing_is_said_there_is_none(text: str) -> None:
    assert sentence_at(text, 0) is None
    assert sentence_at(text, len(text)) is None


@given(st.text(st.sampled_from("ab. ?\n\U0001f980"), max_size=20), st.floats(0, 1))
def test_it_always_says_something_and_lies_in_the_text(text: str, share: float) -> None:
    position = utf16_length(text[: round(share * len(text))])
    found = sentence_at(text, position)
    said = part(text, found)
    assert (said is None) == (not text.strip())
    if said is not None:
        assert said == said.strip() != ""
