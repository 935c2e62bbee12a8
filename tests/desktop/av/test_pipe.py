"""The framed pipe and the messages on it: whatever comes, it is one of ours or the pipe is broken."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.av.messages import FROM_MEDIA, TO_MEDIA, Answered, Pane, Picture, Stop
from desktop.av.pipe import HEADER, MAX_MESSAGE_BYTES, Decoder, PipeBroken, encode
from desktop.av.slots import MAX_HEIGHT, MAX_WIDTH, SLOT_BYTES

PICTURE = Picture(slot=2, width=640, height=360, stride=2560, sequence=1, received_at=1.0)


def framed(body: bytes) -> bytes:
    return HEADER.pack(len(body)) + body


@given(st.lists(st.integers(0, 200), max_size=20), st.integers(1, 50))
def test_messages_survive_any_cutting(widths: list[int], piece: int) -> None:
    messages = [Pane(width=width, height=7) for width in widths] + [Stop()]
    stream = b"".join(encode(message) for message in messages)
    decoder = Decoder(TO_MEDIA)
    got = [m for at in range(0, len(stream), piece) for m in decoder.feed(stream[at : at + piece])]
    assert got == messages


@given(st.binary(max_size=400))
def test_any_bytes_are_messages_or_break_the_pipe(data: bytes) -> None:
    for decoder in (Decoder(TO_MEDIA), Decoder(FROM_MEDIA)):
        try:
            list(decoder.feed(data))
            list(decoder.feed(framed(data)))
        except PipeBroken:
            pass


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"op":"dance"}',
        b'{"op":"pane","width":-1,"height":1}',
        b'{"op":"pane","width":1,"height":1,"more":1}',
        b'{"op":"volume","gain":NaN}',
        b'{"op":"volume","gain":1e9}',
        b'{"op":"release","slot":3}',
        b'{"op":"release","slot":-1}',
        b'{"op":"pinned","slots":[0,0,0,0]}',
        b"[" * 100_000,
    ],
)
def test_a_message_that_is_not_ours_breaks_the_pipe(body: bytes) -> None:
    with pytest.raises(PipeBroken):
        list(Decoder(TO_MEDIA).feed(framed(body)))


def test_an_oversized_length_breaks_the_pipe_before_anything_is_kept() -> None:
    with pytest.raises(PipeBroken):
        list(Decoder(TO_MEDIA).feed(HEADER.pack(MAX_MESSAGE_BYTES + 1)))


def test_an_sdp_at_its_bound_fits_and_one_beyond_it_does_not() -> None:
    answered = Answered(connection_id="c", sdp="é" * 64 * 1024)
    assert list(Decoder(FROM_MEDIA).feed(encode(answered))) == [answered]
    with pytest.raises(ValueError, match="sdp"):
        Answered(connection_id="c", sdp="x" * (64 * 1024 + 1))


@pytest.mark.parametrize(
    "change",
    [
        {"slot": 3},
        {"slot": -1},
        {"width": 0},
        {"height": -4},
        {"width": MAX_WIDTH + 2},
        {"height": MAX_HEIGHT + 2},
        {"stride": 2_556},
        {"stride": 2_561},
        {"stride": SLOT_BYTES},
        {"sequence": -1},
        {"received_at": float("inf")},
    ],
)
def test_a_picture_outside_its_slot_breaks_the_pipe(change: dict[str, float]) -> None:
    """The screen would read what is not a picture, or what is not there at all."""
    body = {**PICTURE.model_dump(mode="json"), **change}
    with pytest.raises(PipeBroken):
        list(Decoder(FROM_MEDIA).feed(framed(json.dumps(body).encode())))
    assert list(Decoder(FROM_MEDIA).feed(encode(PICTURE))) == [PICTURE]
