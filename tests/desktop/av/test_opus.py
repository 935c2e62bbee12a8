"""libopus by ctypes: real packets, lost ones, and bytes that are none."""

import random

import numpy as np
import pytest

from desktop.av.opus import MAX_SAMPLES, OpusDecoder, OpusError, samples_in
from tests.desktop.av.voice import BLOCK, packets, voice


def decoded(lost: frozenset[int] = frozenset(), *, recover: bool = True) -> np.ndarray:
    decoder, parts, data = OpusDecoder(), [], packets(4)
    for number, packet in enumerate(data):
        if number not in lost:
            parts.append(decoder.decode(packet))
        elif recover and number + 1 < len(data):
            parts.append(decoder.recover(data[number + 1], BLOCK))
        else:
            parts.append(decoder.conceal(BLOCK))
    decoder.close()
    return np.concatenate(parts)[:, 0]


def likeness(sound: np.ndarray, number: int) -> float:
    """Of a decoded packet's sound with the voice that was encoded."""
    whole = decoded()
    part = slice(number * BLOCK, (number + 1) * BLOCK)
    return float(np.corrcoef(sound[part], whole[part])[0, 1])


def test_the_voice_comes_out_as_it_went_in() -> None:
    """Opus at 32 kbit/s keeps the voice, not its exact wave."""
    sound, source = decoded(), voice(4).astype(np.float32) / 32_768
    part = source[4_800:48_000]
    lag = int(np.argmax(np.correlate(sound[:60_000], part, "valid")))
    assert lag - 4_800 == pytest.approx(312, abs=48), "the coder's own delay of 6.5 ms"
    assert np.corrcoef(sound[lag : lag + len(part)], part)[0, 1] > 0.8


def test_a_lost_packet_is_rebuilt_from_the_next_one_far_better_than_it_is_made_up() -> None:
    loudest = max(range(10, 100), key=lambda n: float(np.abs(voice(4)[n * BLOCK : (n + 1) * BLOCK]).mean()))
    lost = frozenset({loudest})
    rebuilt = likeness(decoded(lost), loudest)
    made_up = likeness(decoded(lost, recover=False), loudest)
    assert rebuilt > 0.9
    assert rebuilt > made_up


def test_made_up_sound_fades_to_silence() -> None:
    decoder = OpusDecoder()
    for packet in packets(4)[:40]:
        decoder.decode(packet)
    made_up = [float(np.abs(decoder.conceal(BLOCK)).max()) for _ in range(50)]
    assert made_up[-1] < 0.01


def test_samples_are_told_without_decoding() -> None:
    assert {samples_in(packet) for packet in packets(4)} == {BLOCK}
    assert samples_in(b"") == 0
    assert samples_in(b"\xff") == 0


def test_bytes_that_are_no_opus_are_refused_or_decoded_and_the_decoder_goes_on() -> None:
    decoder, source = OpusDecoder(), random.Random(3)  # noqa: S311  # repeatable
    refused = 0
    for _ in range(3_000):
        junk = source.randbytes(source.randrange(0, 200))
        try:
            sound = decoder.decode(junk)
            assert 0 < len(sound) <= MAX_SAMPLES
            assert np.isfinite(sound).all()
        except OpusError:
            refused += 1
    assert refused > 0
    with pytest.raises(OpusError):
        decoder.decode(bytes(2_000))
    assert len(decoder.decode(packets(4)[30])) == BLOCK
