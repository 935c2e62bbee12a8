"""The playout kernel packet by packet: what is heard next, and what takes the place of what did not come."""

from dataclasses import replace

import pytest

from desktop.av.jitter import MAX_TARGET, MIN_TARGET, Jitter
from desktop.av.playout import LONGEST_GAP, MAX_WAITING_SECONDS, AudioPacket, Move, Playout

BLOCK = 960
START = 65_530


def packet(number: int) -> AudioPacket:
    return AudioPacket((START + number) & 0xFFFF, (number * BLOCK + 4_294_960_000) & 0xFFFFFFFF, b"%d" % number, BLOCK)


def filled(*numbers: int) -> Playout:
    """These packets, come at their times."""
    playout = Playout()
    for number in numbers:
        playout.add(packet(number), number * 0.02)
    return playout


def moves(playout: Playout, count: int, now: float = 1.0) -> list[tuple[Move, bytes]]:
    steps = [playout.next(now) for _ in range(count)]
    return [(step.move, step.data) for step in steps]


def test_packets_are_heard_in_order_however_they_came() -> None:
    playout = Playout()
    for number in (0, 2, 1, 5, 4, 3, 9, 8, 7, 6):
        playout.add(packet(number), 0.2)
    assert moves(playout, 10) == [(Move.DECODE, b"%d" % n) for n in range(10)]


def test_a_lost_packet_is_taken_from_the_next_one_and_two_lost_are_made_up_and_taken() -> None:
    assert moves(filled(0, 1, 3, 4), 5) == [
        (Move.DECODE, b"0"),
        (Move.DECODE, b"1"),
        (Move.RECOVER, b"3"),
        (Move.DECODE, b"3"),
        (Move.DECODE, b"4"),
    ]
    two = filled(0, 3)
    assert [move for move, _ in moves(two, 4)] == [Move.DECODE, Move.CONCEAL, Move.RECOVER, Move.DECODE]
    assert two.counts.lost == 2
    assert two.counts.recovered == 1


def test_what_comes_again_or_too_late_is_left_out() -> None:
    playout = filled(0, 1, 2)
    assert not playout.add(packet(1), 0.07)
    moves(playout, 3)
    assert not playout.add(packet(0), 0.08)
    assert playout.counts.late == 1


def copy_of(number: int) -> AudioPacket:
    return replace(packet(number), copy=True)


def test_a_copy_fills_a_gap_and_only_a_gap() -> None:
    playout = filled(0, 1, 4)
    for number in (3, 2, 1):
        playout.add(copy_of(number), 0.08)
    assert moves(playout, 5) == [(Move.DECODE, b"%d" % n) for n in range(5)]
    assert playout.counts.repaired == 2
    assert playout.counts.lost == 0
    assert not playout.add(copy_of(2), 0.1)


def test_copies_tell_nothing_of_the_delay_and_begin_no_stream() -> None:
    playout = filled(*range(50))
    before = playout.jitter.target
    for number in range(50, 90):
        playout.add(packet(number), number * 0.02)
        playout.add(copy_of(number - 1), number * 0.02)
    assert playout.jitter.target == before
    assert playout.counts.repaired == 0


def test_when_nothing_is_there_the_sound_is_drawn_out_then_rests_until_a_reserve_is_there() -> None:
    playout = filled(0, 1)
    moves(playout, 2)
    drawn = [move for move, _ in moves(playout, 7)]
    assert drawn == [Move.DRAW_OUT] * 5 + [Move.REST] * 2
    playout.add(packet(2), 0.5)
    playout.add(packet(3), 0.5)
    assert moves(playout, 2) == [(Move.DECODE, b"2"), (Move.DECODE, b"3")]


def test_a_late_packet_after_a_drawn_out_sound_is_still_heard() -> None:
    playout = filled(0, 1)
    moves(playout, 2)
    assert playout.next(0.1).move is Move.DRAW_OUT
    assert playout.add(packet(2), 0.11)
    assert playout.next(0.12).data == b"2"


def test_a_break_is_jumped_over_and_nothing_is_made_up_for_it() -> None:
    playout = filled(0, 1)
    moves(playout, 2)
    after = 2 + LONGEST_GAP + 200
    playout.add(packet(after), 5.0)
    playout.add(packet(after + 1), 5.02)
    assert moves(playout, 2, 5.03) == [(Move.DECODE, b"%d" % after), (Move.DECODE, b"%d" % (after + 1))]
    assert playout.counts.lost == LONGEST_GAP + 200


def test_a_new_stream_begins_anew() -> None:
    playout = filled(0, 1, 2)
    playout.add(AudioPacket((START + 20_000) & 0xFFFF, 77, b"new", BLOCK), 0.1)
    playout.add(AudioPacket((START + 20_001) & 0xFFFF, 77 + BLOCK, b"newer", BLOCK), 0.12)
    assert moves(playout, 2) == [(Move.DECODE, b"new"), (Move.DECODE, b"newer")]


def test_more_than_the_bound_never_waits() -> None:
    playout = filled(*range(400))
    assert playout.waiting <= MAX_WAITING_SECONDS + 0.001
    assert playout.next(9.0).data == b"%d" % (400 - round(MAX_WAITING_SECONDS / 0.02))
    assert playout.counts.dropped == 400 - round(MAX_WAITING_SECONDS / 0.02)


def test_hostile_numbers_and_times_do_not_stop_it() -> None:
    playout = Playout()
    for number in range(2_000):
        strange = AudioPacket(
            (number * 40_503) & 0xFFFF, (number * 2_654_435_761) & 0xFFFFFFFF, b"x", 1 + number % 5_760
        )
        playout.add(strange, number * 0.001)
        step = playout.next(number * 0.001)
        assert step.samples > 0
        assert step.move in (Move.DECODE, Move.RECOVER) or step.samples % 120 == 0
        assert playout.waiting <= MAX_WAITING_SECONDS + 0.2


@pytest.mark.parametrize(("late", "least", "most"), [(0.0, 0.020, 0.030), (0.06, 0.06, 0.09), (0.24, 0.2, 0.2)])
def test_the_target_follows_the_jitter_within_its_bounds(late: float, least: float, most: float) -> None:
    jitter = Jitter()
    for number in range(1_000):
        jitter.arrived(number * 0.02, number * 0.02 + late * (number % 4) / 3)
    assert least <= jitter.target <= most


def test_one_break_of_the_network_changes_no_target_and_calm_brings_it_back() -> None:
    jitter = Jitter()
    for number in range(500):
        held = 12.0 if 400 <= number < 450 else 0.0
        jitter.arrived(number * 0.02, max(number * 0.02, held))
    assert jitter.target < 0.11
    for number in range(500, 4_000):
        jitter.arrived(number * 0.02, number * 0.02)
    assert MIN_TARGET <= jitter.target <= 0.03 < MAX_TARGET
