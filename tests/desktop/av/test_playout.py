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
    playout.add(packet(2), 0.04)
    for number in range(3, 7):
        assert playout.next(0.05).move is Move.REST, "one silence that is long, rather than many"
        playout.add(packet(number), 0.06)
    playout.add(packet(7), 0.06)
    assert moves(playout, 6, 0.06) == [(Move.DECODE, b"%d" % number) for number in range(2, 8)]


def test_after_a_stall_one_silence_is_long_rather_than_many_short_and_nothing_is_left_out() -> None:
    """A relay by TCP delivers everything, but in heaps: each time the line runs dry a word is broken."""
    playout = filled(*range(50))
    while playout.next(1.0).move is Move.DECODE:
        pass
    for number in range(50, 54):
        playout.add(packet(number), 1.5)  # half a second late: half of that shall wait
    assert {playout.next(1.5).move for _ in range(10)} == {Move.DRAW_OUT, Move.REST}
    for number in range(54, 70):
        playout.add(packet(number), 1.6)
    assert [data for _, data in moves(playout, 20, 1.6)] == [b"%d" % number for number in range(50, 70)]


def played(arrivals: dict[int, float], repeats: float, seconds: float) -> tuple[Playout, list[bytes]]:
    """Packets that come at these times, played by a sound card's clock; what was decoded, in order."""
    playout, now, heard = Playout(repeats=repeats), 0.0, []
    waiting = sorted(arrivals.items(), key=lambda it: it[1])
    while now < seconds:
        while waiting and waiting[0][1] <= now:
            number, at = waiting.pop(0)
            playout.add(packet(number), at)
        step = playout.next(now)
        now += step.samples / 48_000
        heard += [step.data] if step.move is Move.DECODE else []
    return playout, heard


def test_far_away_a_lost_packet_is_waited_for_while_more_has_to_wait_anyway() -> None:
    """The way got slow by 0.4 s, and loses a packet that comes again after 0.3 s."""
    arrivals = {number: number * 0.02 + (0.4 if number >= 50 else 0.0) for number in range(150)}
    arrivals[52] += 0.3
    playout, heard = played(arrivals, 0.5, 4.0)
    assert heard == [b"%d" % number for number in range(150)]
    assert playout.counts.lost == 0


def test_a_repetition_waits_in_the_same_queue_as_all_else() -> None:
    """Near by the last measure; but everything is late by 0.4 s now, so a repetition is, too."""
    arrivals = {number: number * 0.02 + (0.4 if number >= 50 else 0.0) for number in range(150)}
    arrivals[52] += 0.3
    playout, heard = played(arrivals, 0.05, 4.0)
    assert heard == [b"%d" % number for number in range(150)]
    assert playout.counts.lost == 0


def test_what_was_learnt_far_away_is_forgotten_where_it_is_near_again() -> None:
    playout = Playout(repeats=0.3)
    for number in range(150):
        playout.add(packet(number), number * 0.02 + (0.4 if number == 50 else 0.0))
        playout.next(number * 0.02)
    assert playout.target(3.0) >= 0.4, "seldom, but not over"
    playout.measured(0.3)
    assert playout.target(3.0) >= 0.4
    playout.measured(0.01)
    assert playout.target(3.0) < 0.25


def test_a_repetition_that_comes_too_late_makes_the_next_one_waited_for() -> None:
    playout = filled(*range(50))
    playout.repeats = 0.5
    playout.add(packet(51), 1.02)
    while playout.next(1.02).move is not Move.DRAW_OUT:
        pass
    before = playout.target(1.4)
    assert not playout.add(packet(50), 1.4)
    assert playout.counts.late == 1
    assert playout.target(1.4) >= 0.4 > before


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
    playout.add(packet(after), after * 0.02)
    playout.add(packet(after + 1), after * 0.02 + 0.02)
    assert moves(playout, 2, after * 0.02 + 0.03) == [(Move.DECODE, b"%d" % after), (Move.DECODE, b"%d" % (after + 1))]
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


def repeating(rtt: float, *numbers: int) -> Playout:
    """The same, from a sender that repeats what it is asked for."""
    playout = Playout()
    playout.repeats = rtt
    for number in numbers:
        playout.add(packet(number), number * 0.02)
    return playout


def test_lost_packets_are_asked_for_and_waited_for_a_moment() -> None:
    playout = repeating(0.04, 0, 3)
    assert playout.wanted(0.06) == ((START + 1) & 0xFFFF, (START + 2) & 0xFFFF)
    assert [move for move, _ in moves(playout, 2, 0.07)] == [Move.DECODE, Move.DRAW_OUT]
    target = playout.jitter.target
    playout.add(packet(1), 0.1)
    playout.add(packet(2), 0.1)
    assert moves(playout, 3, 0.1) == [(Move.DECODE, b"1"), (Move.DECODE, b"2"), (Move.DECODE, b"3")]
    assert playout.counts.repeated == 2
    assert playout.counts.lost == 0
    assert playout.jitter.target == target, "a repetition tells nothing of the network's delay"
    assert playout.wanted(0.2) == ()


def test_a_repetition_that_does_not_come_is_not_waited_for_any_longer() -> None:
    playout = repeating(0.04, 0, 2)
    assert [move for move, _ in moves(playout, 2, 0.15)] == [Move.DECODE, Move.DRAW_OUT]
    assert [move for move, _ in moves(playout, 2, 0.17)] == [Move.RECOVER, Move.DECODE]
    assert playout.wanted(0.18) == (), "its time is over"


def test_on_a_long_way_a_repetition_is_waited_for_until_a_tenth_more_waits_than_should() -> None:
    steps = [move for move, _ in moves(repeating(0.25, 0, 2), 20, 0.05)]
    drawn = steps.index(Move.RECOVER) - 1
    assert steps[: drawn + 3] == [Move.DECODE, *[Move.DRAW_OUT] * drawn, Move.RECOVER, Move.DECODE]
    assert 0.08 <= drawn * 0.01 <= 0.16


def test_nobody_waits_for_a_repetition_from_a_sender_that_has_none() -> None:
    assert [move for move, _ in moves(filled(0, 2), 2, 0.05)] == [Move.DECODE, Move.RECOVER]
    assert filled(0, 2).wanted(0.05) == ()


def test_a_copy_that_came_first_is_not_asked_for() -> None:
    playout = repeating(0.04, 0, 2)
    playout.add(copy_of(1), 0.04)
    assert playout.wanted(0.04) == ()


def stalled(seconds: float, every: float, *, until: float = 20.0, length: float = 30.0) -> Jitter:
    """A stream that stands still so long, so often, and then delivers all of it; calm from `until` on."""
    jitter = Jitter()
    for number in range(int(length * 50)):
        sent = number * 0.02
        held = sent - sent % every + seconds if sent < until and sent >= every else 0.0
        jitter.arrived(sent, max(sent, held))
    return jitter


def test_stalls_that_come_again_are_bridged_whole_though_they_are_longer_than_any_jitter() -> None:
    jitter = stalled(0.4, 2.0, length=20.0)
    assert 0.4 <= jitter.stalled_target(19.9) <= 0.43
    assert jitter.target <= MAX_TARGET


def test_stalls_are_over_when_none_came_for_longer_than_usual() -> None:
    jitter = stalled(0.4, 2.0, until=19.0, length=30.0)
    assert jitter.stalled_target(18.0 + 4.0) > 0.4
    assert jitter.stalled_target(18.0 + 5.6) == 0.0


def test_another_way_forgets_what_was_learnt_of_the_old_one() -> None:
    jitter = stalled(0.4, 2.0, length=20.0)
    for number in range(1_000, 1_010):
        jitter.arrived(number * 0.02, number * 0.02 - 0.1)
    assert jitter.stalled_target(20.2) == 0.0
    assert jitter.target == MIN_TARGET


def test_an_outage_is_no_stall() -> None:
    jitter = Jitter()
    for number in range(1_000):
        jitter.arrived(number * 0.02, max(number * 0.02, 12.0 if 10.0 <= number * 0.02 < 12.0 else 0.0))
    assert jitter.stalled_target(20.0) == jitter.stalled_target(12.1) == 0.0
