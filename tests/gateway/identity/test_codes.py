"""Codes that people type: readable, random, and mended when they were misread."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.codes import new_code, typed_code


def test_codes_differ_and_have_no_letters_that_look_alike() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert not set("".join(codes)) & set("ILOU")
    assert all(len(code) == 14 for code in codes)


def test_a_code_is_found_however_it_was_typed() -> None:
    code = "0K1M-Q9XD-10TZ"
    for typed in ("0k1m-q9xd-10tz", "OKIM Q9XD LOTZ", "0K1MQ9XD10TZ", " 0k1m–q9xd–10tz "):
        assert typed_code(typed) == code
    fresh = new_code()
    assert typed_code(fresh) == fresh


@given(st.text(max_size=300))
def test_whatever_is_typed_is_read_without_failing(untrusted: str) -> None:
    assert typed_code(typed_code(untrusted)) == typed_code(untrusted)
