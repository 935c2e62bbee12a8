"""The ring of the last seconds: what is kept is right, what is too old is gone from the memory, whatever comes."""

from collections import deque

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop.av.replay_ring import BYTES_A_SECOND, Kind, ReplayRing, bytes_for

PACKET = 0.02
Put = tuple[Kind, bytes, int, float]


def ring_of(seconds: int) -> tuple[bytearray, ReplayRing]:
    memory = bytearray(bytes_for(seconds))
    return memory, ReplayRing(memoryview(memory), seconds)


def fill(ring: ReplayRing, seconds: float, size: int = 80, begun: float = 100.0, level: float = 0.5) -> None:
    for number in range(round(seconds / PACKET)):
        ring.put(Kind.PACKET, bytes([1 + number % 255]) * size, 960, level, begun + number * PACKET)


def test_the_last_seconds_are_kept_and_no_more() -> None:
    memory, ring = ring_of(60)
    fill(ring, 100)
    assert ring.end == pytest.approx(200.0, abs=0.03)
    assert ring.begin == pytest.approx(140.0, abs=0.05)
    entry = ring.get(ring.find(170.001))
    assert entry is not None
    assert entry.at == pytest.approx(170.0, abs=0.021)
    assert bytes(entry.data) == bytes([1 + round(70 / PACKET) % 255]) * 80 or entry.at < 170
    assert ring.get(ring.first - 1) is None
    assert ring.get(ring.next) is None
    ring.expire(1_000)
    assert ring.begin is None
    assert not any(memory), "what is too old is overwritten, not only forgotten"


def test_ten_minutes_fit_into_the_usual_limit_of_locked_memory_at_the_highest_rate() -> None:
    assert bytes_for(600) < 8 * 1024 * 1024
    _, ring = ring_of(60)
    fill(ring, 70, size=BYTES_A_SECOND // 50 - 1)
    assert (ring.end or 0) - (ring.begin or 0) == pytest.approx(60, abs=0.1)


def test_a_room_that_sends_more_is_kept_for_a_shorter_time() -> None:
    _, ring = ring_of(10)
    fill(ring, 30, size=1_200)
    assert (ring.end or 0) - (ring.begin or 0) == pytest.approx(10 * BYTES_A_SECOND / 60_000, abs=0.2)


def test_bursts_of_the_sound_card_are_laid_out_evenly_and_an_outage_is_a_jump() -> None:
    _, ring = ring_of(60)
    for number in range(500):  # ten packets at a time
        ring.put(Kind.PACKET, b"x", 960, 0.1, 50 + number // 10 * 0.2)
    times = [entry.at for entry in map(ring.get, range(500)) if entry is not None]
    assert np.diff(times) == pytest.approx(PACKET, abs=0.006)
    assert times[-1] == pytest.approx(60.0, abs=0.25)
    ring.put(Kind.PACKET, b"x", 960, 0.1, 80.0)
    assert ring.end == pytest.approx(80.02)
    assert ring.find(70.0) == 500, "in the outage the next sound is found"


def test_a_senders_clock_that_runs_off_does_not_move_the_times_off() -> None:
    _, ring = ring_of(60)
    for number in range(50 * 600):
        now = number * PACKET * (1 + 300e-6)
        ring.put(Kind.PACKET, b"x", 960, 0.1, now)
    assert ring.end == pytest.approx(now, abs=0.05)


def test_silence_takes_no_room_and_gaps_keep_their_length() -> None:
    _, ring = ring_of(60)
    for number in range(1_000):
        ring.put(Kind.REST, b"", 480, 0.0, number * 0.01)
    assert ring.next - ring.first <= 21
    assert ring.end == pytest.approx(10, abs=0.05)
    ring.put(Kind.LOST, b"not kept", 960, 0.2, 10.0)
    lost = ring.get(ring.next - 1)
    assert lost is not None
    assert (lost.kind, lost.samples, len(lost.data)) == (Kind.LOST, 960, 0)
    ring.put(Kind.PACKET, bytes(2_000), 960, 0.2, 10.02)
    assert ring.get(ring.next - 1).kind is Kind.MADE_UP  # type: ignore[union-attr]  # larger than any packet


def test_peaks_show_when_it_was_loud() -> None:
    _, ring = ring_of(60)
    fill(ring, 30, level=0.001)
    fill(ring, 10, level=1.0, begun=130.0)
    peaks = ring.peaks(140.0, 60)
    assert peaks[:20] == bytes(20)
    assert set(peaks[20:50]) == {0}
    assert set(peaks[50:]) == {255}
    ring.forget()
    assert ring.peaks(140.0, 60) == bytes(60)


puts = st.tuples(
    st.sampled_from(Kind),
    st.integers(1, 1_500),
    st.sampled_from([120, 480, 960, 5_760]),
    st.sampled_from([0.0, 0.02, 3.0]),
)


@settings(max_examples=150, deadline=None)
@example([(Kind.PACKET, 1, samples, 0.0) for samples in (120, 120, 5_760, 120, 960)])
@given(st.lists(puts, max_size=200))
def test_whatever_comes_what_is_kept_is_what_came(given_puts: list[tuple[Kind, int, int, float]]) -> None:
    _, ring = ring_of(2)
    came: deque[tuple[Kind, bytes]] = deque()
    now = 10.0
    for number, (kind, size, samples, wait) in enumerate(given_puts):
        now += wait
        data = bytes([number % 256]) * size
        before = ring.next
        ring.put(kind, data, samples, 0.5, now)
        if ring.next > before:
            came.append((kind, data if kind is Kind.PACKET else b""))
        kept = [ring.get(entry) for entry in range(ring.first, ring.next)]
        newest = list(came)[len(came) - len(kept) :]
        assert [(entry.kind, bytes(entry.data)) for entry in kept if entry is not None] == newest
        times = [entry.at for entry in kept if entry is not None]
        assert times == sorted(times)
