"""Hostile traffic made from recorded traffic: streams that go on, of which some packets were bent. Repeatable by seed.

Standard library only: the hostile room of the benchmark uses it as well. Calm stretches, as Chromium sent them with
numbers and times that go on, take turns with hostile ones; else nothing would get past the first checks.
"""

import json
import random
import struct
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
STREAMS = {96: "video", 97: "again", 111: "audio"}
"""What Chromium's payload types mean in the recorded offer: VP8, its repetitions (RFC 4588), Opus."""
CALM = (20, 120)
"""So many packets, from and to, are as they were sent, from a key frame on; then hostile ones come."""
HOSTILE = (10, 60)
BENT = 0.4
"""Of the packets in a hostile stretch."""
FRAME_TICKS, SOUND_TICKS = 3_000, 960
EDGES = (0, 1, 2, 3, 0x7F, 0x80, 0xFE, 0xFF)
WORDS = (0, 1, 0x7FFF, 0x8000, 0xFFFF)
LONGS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
SIZES = (0, 1, 2, 16, 320, 1_280, 1_920, 4_096, 8_191, 16_383)
MAX_MTU = 1_460
MAX_DATAGRAM = 65_000


class Kind(Enum):
    """Where an input goes in."""

    RTP = 0
    RTCP = 1
    SDP = 2
    """Only our own check and aiortc's parser."""
    OFFER = 3
    """The whole way of an offer through a feed."""
    PIPE = 4
    """What a taken-over media process says to the UI process."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a stranger sends."""

    kind: Kind
    data: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """What Chromium sent: an offer, and packets after SRTP was taken off."""

    offer: str
    video: list[bytes]
    again: list[bytes]
    audio: list[bytes]
    rtcp: list[bytes]


@cache
def recording() -> Recording:
    """The one in the corpus."""
    kept = json.loads((CORPUS / "chromium.json").read_text())
    packets = {name: [b64decode(line) for line in kept[name]] for name in ("video", "again", "audio", "rtcp")}
    return Recording("\r\n".join(kept["offer"]) + "\r\n", **packets)


class Traffic:
    """Endless inputs."""

    def __init__(self, seed: int, messages: tuple[bytes, ...] = ()) -> None:
        self._random = random.Random(seed)  # noqa: S311  # repeatable
        self._recorded = recording()
        self._messages = messages
        self._video = _stream(self._recorded.video, FRAME_TICKS)
        self._audio = _stream(self._recorded.audio, SOUND_TICKS)
        self._hostile, self._stretch = False, CALM[1]
        self._again = _stream(self._recorded.again, FRAME_TICKS)
        self._last = self._recorded.video[0]
        self._texts = 0

    def __iter__(self) -> Iterator[Input]:
        while True:
            yield self.next()

    def next(self) -> Input:
        """One more."""
        roll = self._random.random()
        if roll < 0.84:
            return Input(Kind.RTP, self.rtp())
        if roll < 0.92:
            return Input(Kind.RTCP, self.rtcp())
        if roll < 0.96 or not self._messages:
            self._texts += 1
            kind = Kind.OFFER if self._texts % 100 == 0 else Kind.SDP  # it takes sockets, and so time
            return Input(kind, self.sdp().encode("utf-8", "surrogateescape"))
        return Input(Kind.PIPE, self.pipe())

    def rtp(self) -> bytes:
        """A packet of one of the two streams, perhaps bent; or the last one again."""
        chance = self._random
        if chance.random() < 0.01:
            return self._last
        packet = next(chance.choices((self._video, self._audio, self._again), (67, 30, 3))[0])
        if self._is_hostile() and chance.random() < BENT:
            if chance.random() < 0.1:
                packet = next(self._video)  # one is lost
            for _ in range(chance.choice((1, 1, 1, 2, 3))):
                packet = bend_rtp(packet, chance)
        self._last = packet
        return packet

    def _is_hostile(self) -> bool:
        self._stretch -= 1
        if self._stretch <= 0:
            self._hostile = not self._hostile
            self._stretch = self._random.randint(*(HOSTILE if self._hostile else CALM))
            if not self._hostile:
                self._video = _stream(self._recorded.video, FRAME_TICKS, self._random.randrange(1 << 16))
        return self._hostile

    def rtcp(self) -> bytes:
        """A compound of reports and requests, perhaps bent."""
        packet = self._random.choice(self._recorded.rtcp)
        if self._random.random() < 0.5:
            packet = made_rtcp(self._random)
        for _ in range(self._random.choice((0, 1, 1, 2))):
            packet = bend_rtcp(packet, self._random)
        return packet

    def sdp(self) -> str:
        """An offer with some lines bent."""
        text = self._recorded.offer
        for _ in range(self._random.choice((1, 1, 2, 3, 6))):
            text = bend_sdp(text, self._random)
        return text

    def pipe(self) -> bytes:
        """Framed messages, perhaps bent."""
        chance = self._random
        body = bytearray(chance.choice(self._messages))
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            body = bytearray(bend_text(bytes(body), chance))
        length = len(body) if chance.random() < 0.9 else chance.choice((0, 1, len(body) + 1, 1 << 18, 0xFFFFFFFF))
        return struct.pack("!I", length) + bytes(body)


def _stream(packets: list[bytes], ticks: int, first: int = 1_000) -> Iterator[bytes]:
    """The recorded packets again and again, their numbers and times going on; `first` is the first number."""
    first_time = struct.unpack_from("!I", packets[0], 4)[0]
    last_time = struct.unpack_from("!I", packets[-1], 4)[0]
    span = ((last_time - first_time) & 0xFFFFFFFF) + ticks
    turn = 0
    while True:
        for place, packet in enumerate(packets):
            time = struct.unpack_from("!I", packet, 4)[0]
            number = (first + turn * len(packets) + place) & 0xFFFF
            yield packet[:2] + struct.pack("!HI", number, (time + turn * span) & 0xFFFFFFFF) + packet[8:]
        turn += 1


# --- RTP (RFC 3550), VP8 (RFC 7741, RFC 6386), Opus (RFC 6716) --------------------------------------------------------


def payload_at(packet: bytes) -> int:
    """Where the payload begins, as far as the header can be believed."""
    if len(packet) < 12:
        return len(packet)
    at = 12 + 4 * (packet[0] & 15)
    if packet[0] & 0x10 and len(packet) >= at + 4:
        at += 4 + 4 * int(struct.unpack_from("!H", packet, at + 2)[0])
    return min(at, len(packet))


def bend_rtp(packet: bytes, chance: random.Random) -> bytes:
    """One change to a packet."""
    if len(packet) < 12:
        return packet + chance.randbytes(12)
    return chance.choice(RTP_BENDS)(packet, chance)


def _put(packet: bytes, at: int, data: bytes) -> bytes:
    return packet[:at] + data + packet[at + len(data) :] if at <= len(packet) else packet


def _bits(packet: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(2)
    return _put(packet, at, bytes([packet[at] ^ 1 << chance.randrange(8)]))


def _number(packet: bytes, chance: random.Random) -> bytes:
    before = struct.unpack_from("!H", packet, 2)[0]
    jumps = (1, 2, 30, 400, 999, 1_001, 5_000, 0x7FFF, 0x8000)
    number = chance.choice((before + chance.choice(jumps), before - chance.choice(jumps), chance.choice(WORDS)))
    return _put(packet, 2, struct.pack("!H", number & 0xFFFF))


def _time(packet: bytes, chance: random.Random) -> bytes:
    before = struct.unpack_from("!I", packet, 4)[0]
    time = chance.choice((before + chance.randrange(-96_000, 96_000), chance.choice(LONGS), chance.getrandbits(32)))
    return _put(packet, 4, struct.pack("!I", time & 0xFFFFFFFF))


def _source(packet: bytes, chance: random.Random) -> bytes:
    return _put(packet, 8, struct.pack("!I", chance.choice((*LONGS, chance.getrandbits(32)))))


def _payload_type(packet: bytes, chance: random.Random) -> bytes:
    return _put(packet, 1, bytes([packet[1] & 0x80 | chance.choice((*STREAMS, 63, chance.randrange(128)))]))


def _marker(packet: bytes, _chance: random.Random) -> bytes:
    return _put(packet, 1, bytes([packet[1] ^ 0x80]))


def _extensions(packet: bytes, chance: random.Random) -> bytes:
    """Header extensions (RFC 8285) of our own making: any number, any length, for ids that mean something."""
    short = chance.random() < 0.7
    made = b""
    for _ in range(chance.randrange(6)):
        name, length = chance.randrange(15), chance.randrange(16)
        made += bytes([name << 4 | length]) if short else bytes([name, length])
        made += chance.randbytes(length + short)
    made += bytes(-len(made) % 4)
    profile = 0xBEDE if short else 0x1000
    words = len(made) // 4 if chance.random() < 0.9 else chance.choice(WORDS)
    head = bytes([packet[0] | 0x10]) + packet[1 : 12 + 4 * (packet[0] & 15)]
    return head + struct.pack("!HH", profile, words) + made + packet[payload_at(packet) :]


def _padding(packet: bytes, chance: random.Random) -> bytes:
    return bytes([packet[0] | 0x20]) + packet[1:] + bytes([chance.choice((*EDGES, len(packet) & 0xFF))])


def _cut(packet: bytes, chance: random.Random) -> bytes:
    return packet[: chance.randrange(len(packet) + 1)]


def _no_payload(packet: bytes, chance: random.Random) -> bytes:
    return packet[: payload_at(packet) + chance.randrange(4)]


def _splice(packet: bytes, chance: random.Random) -> bytes:
    kept = recording()
    other = chance.choice(kept.video + kept.audio)
    return packet[: chance.randrange(12, len(packet) + 1)] + other[chance.randrange(len(other)) :]


def _longer(packet: bytes, chance: random.Random) -> bytes:
    wanted = MAX_DATAGRAM if chance.random() < 0.02 else MAX_MTU
    return packet + chance.randbytes(chance.randrange(1, wanted))[: max(0, wanted - len(packet))]


def _descriptor(packet: bytes, chance: random.Random) -> bytes:
    made = bytes([chance.choice((0x10, 0x90, 0x80, 0x00, chance.randrange(256)))]) + chance.randbytes(
        chance.randrange(6)
    )
    return _put(packet, payload_at(packet), made)


def _key_frame(packet: bytes, chance: random.Random) -> bytes:
    """A VP8 frame header: key or not, any version, first part as long as it likes, any size."""
    tag = chance.choice((0x10, 0x11, 0x30, 0x50, chance.randrange(256)))
    size = struct.pack("<HH", chance.choice(SIZES), chance.choice(SIZES))
    head = bytes([0x10, tag]) + struct.pack("<H", chance.choice((*WORDS, 200))) + b"\x9d\x01\x2a" + size
    at = payload_at(packet)
    return packet[:at] + head + packet[at + chance.randrange(len(head) + 1) :]


def _size(packet: bytes, chance: random.Random) -> bytes:
    """Another size in a key frame that is one."""
    at = packet.find(b"\x9d\x01\x2a")
    size = struct.pack("<HH", chance.choice(SIZES) | chance.randrange(4) << 14, chance.choice(SIZES))
    return _put(packet, at + 3, size) if at >= 0 else _key_frame(packet, chance)


def _opus_head(packet: bytes, chance: random.Random) -> bytes:
    """Another TOC byte and frame count (RFC 6716 section 3)."""
    return _put(packet, payload_at(packet), bytes([chance.randrange(256), chance.randrange(256)]))


def _redundant(packet: bytes, chance: random.Random) -> bytes:
    """Redundant audio (RFC 2198): blocks whose offsets and lengths need not be true."""
    at, heads = payload_at(packet), b""
    for _ in range(chance.randrange(4)):
        offset, length = chance.choice((0, 960, 1_920, 0x3FFF)), chance.choice((0, 1, 40, 1_023))
        heads += bytes([0x80 | chance.choice((111, 63, 96))]) + (offset << 10 | length).to_bytes(3, "big")
    return packet[:1] + bytes([packet[1] & 0x80 | 63]) + packet[2:at] + heads + b"\x6f" + packet[at:]


def _bytes(packet: bytes, chance: random.Random) -> bytes:
    bent = bytearray(packet)
    for _ in range(chance.choice((1, 2, 8, 64))):
        bent[chance.randrange(12, len(bent)) if len(bent) > 12 else 0] = chance.choice((*EDGES, chance.randrange(256)))
    return bytes(bent)


RTP_BENDS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _bits,
    _number,
    _time,
    _source,
    _payload_type,
    _marker,
    _extensions,
    _padding,
    _cut,
    _no_payload,
    _splice,
    _longer,
    _descriptor,
    _key_frame,
    _size,
    _opus_head,
    _redundant,
    *(_bytes,) * 8,
)


# --- RTCP (RFC 3550, RFC 4585) ----------------------------------------------------------------------------------------


def made_rtcp(chance: random.Random) -> bytes:
    """A packet of any type: its count and its body need not fit each other."""
    count = chance.choice((0, 1, 2, 15, 31, chance.randrange(32)))
    kind = chance.choice((192, 200, 201, 202, 203, 204, 205, 206, 207, 208))
    length = {200: 24 + 24 * count, 201: 4 + 24 * count, 203: 4 * count}.get(kind, 4 * chance.randrange(40))
    body = chance.randbytes(length)
    if chance.random() < 0.5:  # about a stream that there is
        known = chance.choice(recording().video + recording().audio)[8:12]
        body = known + known + body[8:] if kind in (205, 206) else known + body[4:]
    if kind == 206 and chance.random() < 0.5:
        count, body = 15, body[:8] + b"REMB" + bytes([chance.choice(EDGES)]) + body[13:]
    words = len(body) // 4
    return bytes([0x80 | count, kind]) + struct.pack("!H", words) + body[: words * 4]


def bend_rtcp(packet: bytes, chance: random.Random) -> bytes:
    """One change to a compound."""
    match chance.randrange(6):
        case 0:
            return packet[: chance.randrange(len(packet) + 1)]
        case 1:
            return packet + made_rtcp(chance)
        case 2:
            return _put(packet, 2, struct.pack("!H", chance.choice((*WORDS, chance.randrange(64)))))
        case 3:
            return _put(packet, 0, bytes([0x80 | chance.randrange(64)]))
        case 4 if packet:
            return bytes([packet[0] | 0x20]) + packet[1:-1] + bytes([chance.choice(EDGES)])
        case _:
            return bend_text(packet, chance)


# --- text: SDP (RFC 8866), and messages as JSON -----------------------------------------------------------------------


def bend_sdp(text: str, chance: random.Random) -> str:
    """One change to a line."""
    lines = text.split("\r\n")
    at = chance.randrange(len(lines))
    words = lines[at].split(" ")
    match chance.randrange(9):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, chance.choice(lines))
        case 2:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        case 3:
            words[chance.randrange(len(words))] = chance.choice(ODD_WORDS)
            lines[at] = " ".join(words)
        case 4:
            lines.insert(chance.randrange(len(lines)), chance.choice(ODD_LINES))
        case 5:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 6:
            lines[at] += chance.choice(ODD_WORDS) * chance.choice((1, 2, 2_000))
        case 7:
            lines[at:at] = [chance.choice(lines)] * chance.choice((10, 300, 1_500))
        case _:
            bent = bend_text(lines[at].encode("utf-8", "surrogateescape"), chance)
            lines[at] = bent.decode("utf-8", "replace")
    return "\r\n".join(lines)


ODD_WORDS = (
    "",
    "0",
    "-1",
    "1",
    "96",
    "111",
    "65536",
    "4294967296",
    "9" * 5_000,
    "١",
    "é",
    "\x00",
    "a",
    ":",
    "=",
    ";",
    "/",
)
ODD_LINES = (
    "a=ssrc-group:FID 1 2",
    "a=ssrc-group:FID",
    "a=ssrc:1 cname:x",
    "a=ssrc:x",
    "a=rtpmap:96 H264/90000",
    "a=rtpmap:111 opus/0/0",
    "a=rtpmap:96",
    "a=fmtp:96 apt=x;=;;a",
    "a=fmtp:97 apt=97",
    "a=rtcp-fb:* nack",
    "a=rtcp-fb:96",
    "a=extmap:0 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "a=extmap:300 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=fingerprint:sha-256 00",
    "a=fingerprint:",
    "a=setup:holdconn",
    "a=setup:",
    "a=ice-lite",
    "a=ice-options:renomination",
    "a=candidate:1 1 udp 1 127.0.0.1 9 typ host tcptype",
    "a=candidate:",
    "a=candidate:1 9 tcp x 127.0.0.1 99999 typ relay raddr",
    "a=group:BUNDLE 0 1 2 3",
    "a=group:BUNDLE",
    "a=msid-semantic: WMS *",
    "a=mid:" + "x" * 3_000,
    "a=sctp-port:5000",
    "a=sctpmap:5000 x",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "m=video 0 UDP/TLS/RTP/SAVPF",
    "m=audio x RTP/AVP 0",
    "m=",
    "c=IN IP6 ::1",
    "c=IN",
    "a=rtcp:9 IN",
    "a=rtcp:x",
    "a=sendrecv",
    "a=inactive",
    "a=bundle-only",
    "o=",
    "t=",
    "b=AS:x",
)


def bend_text(data: bytes, chance: random.Random) -> bytes:
    """Bytes put in, taken out, changed or repeated."""
    at = chance.randrange(len(data) + 1)
    until = min(len(data), at + chance.choice((1, 2, 8, 64)))
    match chance.randrange(4):
        case 0:
            return data[:at] + data[until:]
        case 1:
            return data[:at] + chance.randbytes(chance.choice((1, 4))) + data[at:]
        case 2:
            return data[:at] + data[at:until] * chance.choice((2, 20, 500)) + data[until:]
        case _:
            return data[:at] + chance.choice(TOKENS) + data[until:]


TOKENS = (b"-1", b"1e999", b"NaN", b"null", b"[]", b"{", b'"', b"\\ud800", b"\xff", b"9" * 400, b"[" * 5_000, b"true")
