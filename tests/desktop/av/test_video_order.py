"""The order of video packets on generated traces: whole frames at once, gaps mended, no picture on missing data."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.av.missing import MAX_ASKED
from desktop.av.video_order import MAX_HELD, MAX_JUMP, VideoOrder, VideoPacket
from tests.desktop.av.traces import Camera, Line, Network

FRAME_SECONDS = 1 / 30
TICK = 0.005


@dataclass
class Outcome:
    """What came out: frame numbers with their times, and how long the picture stood still at most."""

    shown: list[tuple[int, float]]
    camera: Camera
    order: VideoOrder

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.shown]

    def longest_gap(self) -> float:
        times = [at for _, at in self.shown]
        return max(later - sooner for sooner, later in zip(times, times[1:], strict=False))

    def delays(self) -> list[float]:
        return [at - number * FRAME_SECONDS for number, at in self.shown]


def play(network: Network, seconds: float, seed: int = 1, per_frame: int = 3) -> Outcome:
    """Run a camera through a network into the order, with its requests answered after the way back."""
    camera, line, order = Camera(per_frame), Line(network, seed), VideoOrder()
    order.rtt = 2 * network.delay
    requests: list[tuple[float, tuple[int, ...], bool]] = []
    shown: list[tuple[int, float]] = []
    for step in range(int(seconds / TICK)):
        now = step * TICK
        if camera.made * FRAME_SECONDS <= now and now < seconds - 1:
            for packet in camera.frame():
                line.send(packet, now)
        for at, again, key in [r for r in requests if r[0] <= now]:
            requests.remove((at, again, key))
            camera.wants_key |= key
            for packet in filter(None, map(camera.again, again)):
                line.send(packet, now, network.return_loss)
        for packet in line.arrivals(now):
            order.add(packet, now)
            take(order, now, shown)
        take(order, now, shown)
        wanted = order.wanted(now)
        if (wanted.again or wanted.key_frame) and line.random.random() >= network.return_loss:
            requests.append((now + network.delay, wanted.again, wanted.key_frame))
    return Outcome(shown, camera, order)


def take(order: VideoOrder, now: float, shown: list[tuple[int, float]]) -> None:
    for frame in order.frames():
        number = int(frame.data.split(b".")[0])
        assert frame.data == b"".join(f"{number}.{part};".encode() for part in range(frame.data.count(b";")))
        shown.append((number, now))


def check_never_false(outcome: Outcome) -> None:
    """Frames rise, are whole, and after a hole the next one is a key frame."""
    assert outcome.numbers == sorted(set(outcome.numbers))
    assert outcome.numbers[0] in outcome.camera.keys
    for before, after in zip(outcome.numbers, outcome.numbers[1:], strict=False):
        assert after == before + 1 or after in outcome.camera.keys


def test_without_loss_every_frame_leaves_with_its_last_packet() -> None:
    outcome = play(Network(), 5)
    assert outcome.numbers == list(range(outcome.camera.made))
    assert max(outcome.delays()) < 0.03 + FRAME_SECONDS / 2, "no frame waits for the next one"


def test_reordered_and_repeated_packets_do_no_harm() -> None:
    outcome = play(Network(jitter=0.02, repeated=0.2), 5)
    assert outcome.numbers == list(range(outcome.camera.made))
    check_never_false(outcome)


@pytest.mark.parametrize("loss", [0.01, 0.02, 0.05])
def test_loss_both_ways_freezes_no_longer_than_half_a_second(loss: float) -> None:
    for seed in range(4):
        outcome = play(Network(loss=loss, return_loss=loss), 20, seed, per_frame=2)
        check_never_false(outcome)
        assert outcome.longest_gap() < 0.5
        assert len(outcome.shown) > 0.95 * outcome.camera.made


def test_what_is_lost_for_good_costs_a_key_frame_not_a_freeze_of_many_seconds() -> None:
    order, camera = VideoOrder(), Camera(per_frame=4)
    for packet in camera.frame():
        order.add(packet, 0.0)
    assert len(order.frames()) == 1
    for packet in camera.frame()[:1] + camera.frame():  # the middle of one frame never comes
        order.add(packet, 0.03)
    assert order.frames() == []
    assert not order.wanted(0.1).key_frame
    assert order.wanted(0.4).key_frame, "given up after its patience"
    camera.wants_key = True
    for packet in camera.frame():
        order.add(packet, 0.45)
    assert [frame.data for frame in order.frames()] == [camera.whole(3)]


def test_a_whole_key_frame_behind_a_gap_is_shown_at_once() -> None:
    order, camera = VideoOrder(), Camera()
    for packet in camera.frame():
        order.add(packet, 0.0)
    order.frames()
    camera.frame()
    camera.wants_key = True
    for packet in camera.frame():
        order.add(packet, 0.05)
    assert [frame.data for frame in order.frames()] == [camera.whole(2)]
    assert order.wanted(0.06).again == ()


def test_nothing_is_shown_before_a_key_frame_which_is_asked_for_at_once_and_again() -> None:
    order, camera = VideoOrder(), Camera(wants_key=False)
    asked = []
    for step in range(60):
        for packet in camera.frame():
            order.add(packet, step / 30)
        assert order.frames() == []
        asked.append(order.wanted(step / 30).key_frame)
    assert asked[0]
    assert sum(asked) == 4, "every half second"


def test_a_lost_packet_is_asked_for_at_once_then_after_the_round_trip_and_seven_times_at_most() -> None:
    order, camera = VideoOrder(), Camera(per_frame=1)
    order.rtt = 0.02
    packets = [camera.frame()[0] for _ in range(3)]
    order.add(packets[0], 0.0)
    order.frames()
    order.add(packets[2], 0.0)
    asked = [step * 0.005 for step in range(160) if order.wanted(step * 0.005).again == (packets[1].sequence,)]
    assert len(asked) == 5, "then it is given up"
    assert asked[0] == 0.0
    assert all(later - sooner >= 0.03 - 1e-9 for sooner, later in zip(asked, asked[1:], strict=False))


def test_a_decoder_that_failed_waits_for_a_key_frame() -> None:
    order, camera = VideoOrder(), Camera()
    for packet in camera.frame():
        order.add(packet, 0.0)
    assert len(order.frames()) == 1
    order.restart()
    for packet in camera.frame():
        order.add(packet, 0.1)
    assert order.frames() == []
    assert order.wanted(0.1).key_frame


def test_padding_between_frames_makes_no_empty_frame() -> None:
    order, camera = VideoOrder(), Camera(per_frame=1)
    first, padding, second = camera.frame()[0], camera.frame()[0], camera.frame()[0]
    order.add(first, 0.0)
    order.add(VideoPacket(padding.sequence, first.timestamp, False, False, b""), 0.01)
    order.add(second, 0.02)
    assert [frame.data for frame in order.frames()] == [first.data, second.data]


def test_a_stream_that_begins_anew_is_followed() -> None:
    order = VideoOrder()
    for packet in Camera().frame():
        order.add(packet, 0.0)
    order.frames()
    again = Camera(first=20_000)
    for packet in again.frame():
        order.add(packet, 1.0)
    assert [frame.data for frame in order.frames()] == [again.whole(0)]


packets = st.builds(
    VideoPacket,
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    marker=st.booleans(),
    starts_key=st.booleans(),
    data=st.binary(max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(packets, max_size=300), st.integers(0, 0xFFFF))
def test_hostile_numbers_stay_within_bounds(stream: list[VideoPacket], base: int) -> None:
    order, now = VideoOrder(), 0.0
    for packet in stream:
        now += 0.001
        order.add(packet, now)
        order.add(
            VideoPacket((base + packet.sequence % 900) & 0xFFFF, packet.timestamp, False, packet.starts_key, b""), now
        )
        order.frames()
        wanted = order.wanted(now)
        assert len(wanted.again) <= MAX_ASKED
        assert len(order._packets) <= MAX_HELD
        assert len(order._missing) <= 2 * MAX_JUMP


def test_a_gap_that_is_being_mended_is_waited_for_longer_but_not_for_ever() -> None:
    """A sender that repeats a long hole paces it: what comes late still saves a key frame."""
    order = VideoOrder()
    order.add(VideoPacket(1, 0, True, True, b"key"), 0.0)
    assert len(order.frames()) == 1
    order.add(VideoPacket(40, 3_000, True, False, b"after"), 0.2)
    for step in range(1, 20):
        now = 0.2 + step * 0.04
        order.add(VideoPacket(1 + step, 3_000, False, False, b"."), now)
        assert not order.wanted(now).key_frame
    assert order.given_up == 0
    for step in range(20, 40):
        order.add(VideoPacket(1 + step, 3_000, False, False, b"."), 0.2 + step * 0.04)
        order.wanted(0.2 + step * 0.04)
    assert order.given_up == 1
    assert order.waits_for_key


def test_a_hole_is_a_silence_with_a_loss_and_nothing_else() -> None:
    order = VideoOrder()
    for number in range(10):
        order.add(VideoPacket(number, number, True, number == 0, b"."), number * 0.03)
    order.add(VideoPacket(11, 11, True, False, b"."), 0.3)
    assert order.hole_at == float("-inf")  # lost, but nothing stood still
    order.add(VideoPacket(12, 12, True, False, b"."), 0.6)
    assert order.hole_at == float("-inf")  # stood still, but nothing was lost
    order.add(VideoPacket(19, 19, True, False, b"."), 0.8)
    assert order.hole_at == 0.8


def test_after_a_hole_the_other_stream_shows_what_to_ask_for_and_it_is_asked_for_once() -> None:
    order = VideoOrder()
    order.add(VideoPacket(0xFFFE, 0, True, True, b"key"), 1.0)
    assert order.ahead(3, 1.05) == (), "this stream's own next packet is not late"
    assert order.ahead(0, 1.2) == ()
    assert order.ahead(3, 1.2) == (0xFFFF, 0, 1)
    assert order.hole_at == 1.2
    assert order.ahead(2, 1.22) == (), "the rest is seen by this stream's own next packet"
    order.add(VideoPacket(3, 9_000, True, False, b"later"), 1.23)
    assert order.wanted(1.23).again == (2,)
    assert order.ahead(4, 1.4) != ()


def test_before_any_packet_nothing_is_asked_for_ahead_and_never_in_floods() -> None:
    assert VideoOrder().ahead(3, 1.0) == ()
    order = VideoOrder()
    order.add(VideoPacket(1, 0, True, True, b"key"), 1.0)
    assert len(order.ahead(10 * MAX_ASKED, 2.0)) == MAX_ASKED
