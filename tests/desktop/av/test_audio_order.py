"""The order of audio packets: no delay without loss, a short wait for a late one, nothing lost with a lost one."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.av.audio_order import HOLD_SECONDS, MAX_HELD, AudioOrder, AudioPacket

FIRST = 65_500
STEP = 0.02


def packet(number: int) -> AudioPacket:
    return AudioPacket((FIRST + number) & 0xFFFF, (number * 960) & 0xFFFFFFFF, str(number).encode())


def play(loss: float, jitter: float, seed: int, count: int = 3_000) -> tuple[list[tuple[int, float]], AudioOrder, int]:
    """Numbers with the delay that the order added to each; how many the network lost."""
    source = random.Random(seed)  # noqa: S311  # a repeatable network
    arrivals = [(0.0, 0)]
    arrivals += [(n * STEP + source.random() * jitter, n) for n in range(1, count) if source.random() >= loss]
    order = AudioOrder()
    out: list[tuple[int, float]] = []
    came: dict[int, float] = {}
    waiting = sorted(arrivals)
    for tick in range(int((count + 10) * STEP / 0.005)):
        now = tick * 0.005
        while waiting and waiting[0][0] <= now:
            at, number = waiting.pop(0)
            came[number] = now
            order.add(packet(number), now)
        out.extend((int(got.data), now - came[int(got.data)]) for got in order.take(now))
    return out, order, count - len(arrivals)


def test_in_order_nothing_waits() -> None:
    out, _, _ = play(0.0, 0.0, 1)
    assert [number for number, _ in out] == list(range(3_000))
    assert max(delay for _, delay in out) == 0.0


def test_a_late_packet_is_put_in_its_place() -> None:
    out, order, _ = play(0.0, 0.03, 2)
    assert [number for number, _ in out] == list(range(3_000))
    assert order.lost == 0


def test_only_what_the_network_lost_is_missing_and_the_rest_waits_for_a_moment_only() -> None:
    out, order, lost = play(0.05, 0.0, 3)
    assert len(out) == 3_000 - lost
    assert order.lost == lost - (2_999 - out[-1][0])
    assert max(delay for _, delay in out) < HOLD_SECONDS + 0.006
    assert out[-1][1] == 0.0, "no delay stays behind"


def test_a_repeated_and_a_too_late_packet_are_dropped() -> None:
    order = AudioOrder()
    for number in (0, 1, 1, 3):
        order.add(packet(number), 0.0)
    assert [got.data for got in order.take(0.0)] == [b"0", b"1"]
    assert [got.data for got in order.take(HOLD_SECONDS)] == [b"3"]
    order.add(packet(2), 0.03)
    assert order.take(0.1) == []


def test_a_stream_that_begins_anew_is_followed() -> None:
    order = AudioOrder()
    order.add(packet(0), 0.0)
    order.take(0.0)
    order.add(packet(20_000), 0.02)
    assert [got.data for got in order.take(0.02)] == [b"20000"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 0xFFFF), max_size=400), st.integers(0, 0xFFFF))
def test_hostile_numbers_stay_within_bounds(numbers: list[int], base: int) -> None:
    order, now = AudioOrder(), 0.0
    for number in numbers:
        now += 0.0001
        order.add(AudioPacket(number, 0, b"x"), now)
        order.add(AudioPacket((base + number % 400) & 0xFFFF, 0, b"x"), now)
        order.take(now)
        assert len(order._packets) <= MAX_HELD
