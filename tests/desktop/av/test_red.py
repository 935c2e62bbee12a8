"""RFC 2198 payloads: what they bring, and what is refused."""

import random

from desktop.av.red import Piece, pieces_of


def packed(newest: bytes, *copies: tuple[int, bytes]) -> bytes:
    """Copies (offset in samples, data), oldest first."""
    heads = b"".join(b"\xef" + ((offset << 10) | len(data)).to_bytes(3, "big") for offset, data in copies)
    return heads + b"\x6f" + b"".join(data for _, data in copies) + newest


def test_a_packet_brings_itself_and_its_copies() -> None:
    assert pieces_of(packed(b"new")) == [Piece(b"new", 0, 0)]
    assert pieces_of(packed(b"new", (1_920, b"older"), (960, b"old"))) == [
        Piece(b"new", 0, 0),
        Piece(b"old", 1, 960),
        Piece(b"older", 2, 1_920),
    ]


def test_an_empty_copy_is_left_out_and_the_others_keep_their_place() -> None:
    assert pieces_of(packed(b"new", (1_920, b"older"), (960, b""))) == [Piece(b"new", 0, 0), Piece(b"older", 2, 1_920)]


def test_what_is_cut_off_or_endless_is_refused() -> None:
    whole = packed(b"new", (960, b"old"))
    assert [pieces_of(whole[:length]) for length in range(len(whole) - 3)] == [[]] * (len(whole) - 3)
    assert pieces_of(packed(b"")) == []
    assert pieces_of(b"\xef\x00\x00\x00" * 400 + b"\x6fnew") == []


def test_junk_never_raises() -> None:
    source = random.Random(5)  # noqa: S311  # repeatable
    for _ in range(5_000):
        junk = source.randbytes(source.randrange(60))
        assert all(piece.data and piece.offset < 1 << 14 for piece in pieces_of(junk))
