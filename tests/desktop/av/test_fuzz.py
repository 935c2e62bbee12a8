"""Hostile media: a short run of the fuzzer, and every fault that a long one found, by name."""

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiortc.rtcrtpreceiver
import pytest
from aioice.ice import Connection
from aiortc import RTCSessionDescription
from aiortc.rtp import RtcpByePacket, RtcpRrPacket

from desktop.av.feed import Feed, FeedEvents
from desktop.av.ice import Ways
from desktop.av.untrusted import (
    MAX_FRAME_BYTES,
    MAX_SOURCES,
    MAX_WAITING,
    guard_parsers,
    key_frame_size,
    may_be_decoded,
)
from desktop.av.video_order import MAX_HELD, MAX_JUMP, VideoOrder, VideoPacket
from tests.desktop.av.fuzz import from_media, play
from tests.desktop.av.fuzz_target import FeedTarget, PipeTarget
from tests.desktop.av.kept import Keeper, kept_in
from tests.desktop.av.mutations import Input, Kind, Traffic, payload_at, recording

INPUTS = 3_000
OURS = {"VP8", "rtx", "opus", "red"}
GIANT = b"\x10" + bytes.fromhex("101000 9d012a") + struct.pack("<HH", 16_383, 16_383)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def target(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FeedTarget]:
    made = await _started(monkeypatch)
    yield made
    await made.close()


async def _started(monkeypatch: pytest.MonkeyPatch) -> FeedTarget:
    for name in ("get_decoder", "random"):  # put back afterwards
        monkeypatch.setattr(aiortc.rtcrtpreceiver, name, getattr(aiortc.rtcrtpreceiver, name))
    made = FeedTarget()
    await made.start()
    return made


def video(number: int, payload: bytes | None = None, **changes: int) -> Input:
    """The recorded packet of this number, or one like it."""
    packet = recording().video[number % len(recording().video)]
    head = bytearray(packet[:12])
    head[0] &= 0xCF
    struct.pack_into("!H", head, 2, changes.get("sequence", struct.unpack_from("!H", packet, 2)[0]))
    struct.pack_into("!I", head, 4, changes.get("timestamp", struct.unpack_from("!I", packet, 4)[0]))
    struct.pack_into("!I", head, 8, changes.get("ssrc", struct.unpack_from("!I", packet, 8)[0]))
    head[1] = head[1] & 0x7F | changes.get("marker", head[1] >> 7) << 7
    return Input(Kind.RTP, bytes(head) + (packet[payload_at(packet) :] if payload is None else payload))


@pytest.mark.anyio
async def test_hostile_inputs_end_nothing_and_hold_nothing_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    await (await _started(monkeypatch)).close()
    found = await play(INPUTS, seed=1, keeper=Keeper(tmp_path / "kept"))
    assert not found.faults, found.faults
    assert not found.hangs, found.hangs
    assert set(found.inputs) == {kind.name.lower() for kind in Kind}
    assert found.pictures > 50
    assert found.sounds > 100
    count, last = kept_in(tmp_path / "kept")
    assert count == INPUTS
    assert len(last) == 32


def test_the_same_seed_makes_the_same_traffic() -> None:
    one, other = (Traffic(7, from_media()) for _ in range(2))
    assert [one.next() for _ in range(500)] == [other.next() for _ in range(500)]


@pytest.mark.anyio
@pytest.mark.parametrize("length", [1, 2, 3, 4, 16])
async def test_header_extensions_of_any_length_do_not_end_the_transport(target: FeedTarget, length: int) -> None:
    """aiortc's parser raised struct.error for an abs-send-time of one byte: one packet ended the connection."""
    for name in range(1, 15):
        extension = bytes([name << 4 | length - 1]) + bytes(length)
        extension += bytes(-len(extension) % 4)
        packet = video(0).data
        head = bytes([packet[0] | 0x10]) + packet[1:12] + struct.pack("!HH", 0xBEDE, len(extension) // 4)
        await target.take(Input(Kind.RTP, head + extension + packet[12:]))


@pytest.mark.anyio
@pytest.mark.parametrize("told", [1, 2, 255])
async def test_a_bitrate_request_that_names_more_senders_than_it_has_does_not_end_the_transport(
    target: FeedTarget, told: int
) -> None:
    body = bytes(8) + b"REMB" + bytes([told, 0, 0, 0])
    await target.take(Input(Kind.RTCP, bytes([0x8F, 206]) + struct.pack("!H", len(body) // 4) + body))


@pytest.mark.anyio
async def test_a_goodbye_does_not_make_the_feed_blind(target: FeedTarget) -> None:
    """aiortc ended the decoder's thread for ever, and waited on the event loop until it had ended."""
    await target.take(video(0))
    ssrc = struct.unpack_from("!I", recording().video[0], 8)[0]
    await target.take(Input(Kind.RTCP, bytes(RtcpByePacket([ssrc]))))
    before = target.pictures
    for number in range(1, 30):
        await target.take(video(number))
    await asyncio.sleep(0.05)
    assert not target.deaf
    assert target.pictures > before


@pytest.mark.anyio
async def test_a_giant_key_frame_after_a_small_one_is_not_decoded(target: FeedTarget) -> None:
    """Only a stream's first key frame was measured; the next one could be 16,383 pixels wide and high."""
    for number in range(8):
        await target.take(video(number))
    given = target.given()
    assert given > 0
    number, time = struct.unpack_from("!HI", recording().video[7], 2)
    await target.take(video(7, GIANT + bytes(900), sequence=number + 1, timestamp=time + 3_000, marker=1))
    assert target.given() == given


@pytest.mark.parametrize(
    ("frame", "decoded"),
    [
        (GIANT[1:], False),
        (GIANT[1:7] + struct.pack("<HH", 1_280, 720), True),
        (GIANT[1:7] + struct.pack("<HH", 1_920 | 0xC000, 1_200), True),
        (GIANT[1:7] + struct.pack("<HH", 1_921, 1_200), False),
        (GIANT[1:7] + struct.pack("<HH", 0, 1_200), False),
        (b"\x11" + bytes(MAX_FRAME_BYTES - 1), True),
        (b"\x11" + bytes(MAX_FRAME_BYTES), False),
        (b"", True),
    ],
)
def test_frames_that_take_too_long_are_not_decoded(frame: bytes, decoded: bool) -> None:
    assert may_be_decoded(frame) is decoded


def test_the_size_is_that_of_a_key_frame_alone() -> None:
    assert key_frame_size(GIANT[1:]) == (16_383, 16_383)
    assert key_frame_size(b"\x11" + GIANT[2:]) is None
    assert key_frame_size(GIANT[1:9]) is None


@pytest.mark.anyio
async def test_a_flood_of_senders_is_heard_no_longer_and_reports_go_on(target: FeedTarget) -> None:
    """aiortc kept each for ever, and a report or a bitrate request that names 256 of them raised struct.error."""
    for ssrc in range(1, 600):
        await target.take(video(0, ssrc=ssrc))
    receivers: list[Any] = target.receivers()
    streams = [receiver._RTCRtpReceiver__remote_streams for receiver in receivers]
    assert max(len(known) for known in streams) == MAX_SOURCES
    assert len(receivers[0].transport._rtp_router.ssrc_table) <= 2 * MAX_SOURCES + 4
    await asyncio.sleep(0.05)
    await target.take(video(0))  # looks whether the reports' tasks live
    assert bytes(RtcpRrPacket(ssrc=1))


class Counted(dict[int, VideoPacket]):
    """Packets that know how often they were looked for."""

    looks = 0

    def get(self, *given: Any) -> Any:  # noqa: ANN401
        self.looks += 1
        return super().get(*given)


def test_a_flood_of_first_packets_is_looked_at_once() -> None:
    """Each packet claims to begin a key frame that never ends: each was followed to the end, for every packet."""
    order = VideoOrder()
    order.add(VideoPacket(0, 0, False, True, b"x"), 0.0)
    for number in (*range(2, MAX_HELD, 2), *range(3, MAX_HELD - 1, 2)):  # 1 is missing
        order.add(VideoPacket(number, 7, False, True, b"x"), 0.0)
    order._packets = counted = Counted(order._packets)
    assert not order.frames()
    assert counted.looks < 3 * MAX_HELD


def test_a_flood_of_jumps_leaves_a_bounded_list_of_gaps() -> None:
    order = VideoOrder()
    for jump in range(300):
        order.add(VideoPacket(jump * (MAX_JUMP - 1) & 0xFFFF, 0, False, False, b"x"), 0.0)
        assert len(order._missing) <= MAX_HELD + MAX_JUMP
    assert not order.frames()


def test_an_empty_datagram_reaches_no_parser_and_a_flood_is_bounded() -> None:
    """aiortc looked at its first byte: anybody who knew the port could end the connection with an empty datagram."""
    guard_parsers()
    connection = Connection(ice_controlling=True)
    connection.data_received(b"", 1)
    assert connection._queue.empty()
    for _ in range(MAX_WAITING + 10):
        connection.data_received(b"x", 1)
    assert connection._queue.qsize() == MAX_WAITING


@pytest.mark.anyio
async def test_no_decoder_but_vp8_and_opus_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """H264, VP9, AV1 and the rest are in Chromium's offer; none of them is in our answer."""
    assert "H264/90000" in recording().offer
    await (await _started(monkeypatch)).close()
    answers: list[str] = []
    nothing = lambda *_: None  # noqa: E731
    feed = Feed(Ways(), FeedEvents(answers.append, nothing, nothing, nothing))
    await feed.accept(recording().offer)
    lines = [line for line in answers[0].split("\r\n") if line.startswith("a=rtpmap:")]
    assert {line.split(" ")[1].split("/")[0] for line in lines} <= OURS
    await feed.close()
    taken = FeedTarget()
    await taken.start()
    for codec in range(128):
        packet = video(0).data
        await taken.take(Input(Kind.RTP, packet[:1] + bytes([0x80 | codec]) + packet[2:]))
    await asyncio.sleep(0.05)
    assert taken.codecs <= {"VP8"}
    await taken.close()


def test_what_a_taken_over_media_process_says_does_not_end_the_ui_process() -> None:
    traffic, pipe = Traffic(3, from_media()), PipeTarget()
    for _ in range(2_000):
        pipe.take(Input(Kind.PIPE, traffic.pipe()))
    assert pipe.heard > 100


@pytest.mark.anyio
async def test_an_offer_is_always_answered_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    await (await _started(monkeypatch)).close()
    with pytest.raises(ValueError, match="."):
        RTCSessionDescription(sdp="", type="nothing")
    states: list[object] = []
    nothing = lambda *_: None  # noqa: E731
    feed = Feed(Ways(), FeedEvents(states.append, lambda *change: states.append(change), nothing, nothing))
    await feed.accept("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=group:BUNDLE 0\r\na=fingerprint:x\r\n")
    assert len(states) == 1
