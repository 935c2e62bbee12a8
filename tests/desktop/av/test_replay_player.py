"""Replay is what was heard: the same sound from any point on, over gaps, at any speed, until the newest is reached."""

import numpy as np
import pytest

from desktop.av.opus import RATE, OpusDecoder, Samples
from desktop.av.replay_player import ReplayPlayer
from desktop.av.replay_ring import Kind, ReplayRing, bytes_for
from tests.desktop.av.voice import packets

PACKET = 0.02
BEGUN = 1_000.0


def ring_of(seconds: float, lost: frozenset[int] = frozenset(), keep: int = 60) -> ReplayRing:
    ring = ReplayRing(memoryview(bytearray(bytes_for(keep))), keep)
    for number, data in enumerate(packets(seconds)):
        kind = Kind.LOST if number in lost else Kind.PACKET
        ring.put(kind, data, 960, 0.3, BEGUN + number * PACKET)
    return ring


def live(seconds: float) -> Samples:
    decoder = OpusDecoder()
    return np.concatenate([decoder.decode(data) for data in packets(seconds)])


def everything(player: ReplayPlayer) -> Samples:
    blocks = []
    for _ in range(100_000):
        blocks.append(player.take(960))
        if len(blocks[-1]) < 960:
            break
    return np.concatenate((*blocks, player.last(1_920)))


def likeness(one: Samples, other: Samples) -> float:
    return float(np.corrcoef(one[:, 0], other[:, 0])[0, 1])


def test_from_the_beginning_it_is_exactly_what_was_heard() -> None:
    heard = live(6.0)
    player = ReplayPlayer(ring_of(6.0), 0.0, 1.0)
    made = player.take(5 * RATE)
    assert np.allclose(made, heard[: 5 * RATE], atol=1e-6)
    assert player.position == pytest.approx(BEGUN + 5.0, abs=0.025)


def test_from_the_middle_it_is_what_was_heard_there() -> None:
    heard, at = live(6.0), 2.313
    made = ReplayPlayer(ring_of(6.0), BEGUN + at, 1.0).take(2 * RATE)
    first = round(at * RATE)
    assert likeness(made, heard[first : first + 2 * RATE]) > 0.99


@pytest.mark.parametrize("speed", [0.5, 1.5, 2.0])
def test_at_any_speed_it_ends_at_the_newest_sound_after_the_right_time(speed: float) -> None:
    player = ReplayPlayer(ring_of(8.0), BEGUN + 2.0, speed)
    made = everything(player)
    assert len(made) / RATE == pytest.approx(6.0 / speed, abs=0.15)


def test_a_lost_packet_is_heard_by_its_copy_or_made_up_and_takes_its_time() -> None:
    lost = frozenset({60, 61, 114})
    made = ReplayPlayer(ring_of(6.0, lost), 0.0, 1.0).take(4 * RATE)
    heard = live(6.0)
    assert likeness(made[3 * RATE :], heard[3 * RATE : 4 * RATE]) > 0.99
    gap = slice(114 * 960, 115 * 960)
    assert likeness(made[gap], heard[gap]) > 0.9, "the copy in the next packet"


def test_a_speed_that_changes_goes_on_from_the_same_place() -> None:
    player = ReplayPlayer(ring_of(8.0), BEGUN, 0.5)
    player.take(RATE)
    assert player.position == pytest.approx(BEGUN + 0.5, abs=0.04)
    player.speed = 9.0
    assert player.speed == 2.0
    player.take(RATE)
    assert player.position == pytest.approx(BEGUN + 2.5, abs=0.06)


def test_who_is_overtaken_by_the_end_of_the_ring_goes_on_with_the_oldest() -> None:
    ring = ring_of(8.0)
    player = ReplayPlayer(ring, BEGUN, 0.5)
    player.take(960)
    ring.expire(BEGUN + 65.0)
    assert ring.begin == pytest.approx(BEGUN + 5.0, abs=0.03)
    player.take(RATE)
    assert (player.position or 0) > BEGUN + 5.0
    ring.forget()
    everything(player)
    player.close()


def test_an_empty_ring_plays_nothing() -> None:
    ring = ReplayRing(memoryview(bytearray(bytes_for(5))), 5)
    player = ReplayPlayer(ring, 0.0, 1.0)
    assert len(player.take(960)) == 0
    assert player.position is None
    assert player.last(480).shape == (480, 2)


@pytest.mark.parametrize("samples", [0, 1, 100, 961, 5_760, 60_000])
@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_no_opus_is_made_up_whatever_its_length(kind: Kind, samples: int) -> None:
    ring = ReplayRing(memoryview(bytearray(bytes_for(5))), 5)
    for number in range(20):
        ring.put(kind, b"\xff" * (1 + number * 90), samples, 2.0, BEGUN + number * PACKET)
    player = ReplayPlayer(ring, BEGUN, 1.5)
    assert np.isfinite(everything(player)).all()
