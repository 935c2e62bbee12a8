"""What receiver and ICE seams rely on in aiortc and aioice: an upgrade that changes it fails here, not in a visit."""

import asyncio
import inspect
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import aioice.ice
import aioice.turn
import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import RtcpRtpfbPacket, RtcpSenderInfo, RtcpSrPacket, RtpPacket

from desktop.av import ice
from desktop.av.feed import configuration
from desktop.av.ice import offer_loopback
from desktop.av.playout import AudioPacket
from desktop.av.rtc_receiver import PRIVATE, AlcoveReceiver, install, starts_key_frame
from desktop.av.sdp import with_hints
from desktop.av.video_order import HOLE_SECONDS

USED_BY_THE_RECEIVER = (
    "jitter_buffer",
    "nack_generator",
    "decoder_error",
    "decoder_queue",
    "decoder_thread",
    "codecs",
    "remote_bitrate_estimator",
    "rtcp_ssrc",
)
FIRST = {"audio": "audio/opus", "video": "video/vp8"}
VP8_KEY = (
    bytes.fromhex("10") + bytes.fromhex("500000 9d012a") + (640).to_bytes(2, "little") + (360).to_bytes(2, "little")
)


class Transport:
    """As much of a DTLS transport as a receiver touches without a network."""

    state = "connected"
    _stats_id = "transport"

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.receivers: list[object] = []

    async def _send_rtp(self, data: bytes) -> None:
        self.sent.append(data)

    def _register_rtp_receiver(self, receiver: object, _parameters: object) -> None:
        self.receivers.append(receiver)

    def _unregister_rtp_receiver(self, receiver: object) -> None:
        self.receivers.remove(receiver)

    def _get_stats(self) -> dict[str, object]:
        return {}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_versions_are_the_ones_that_were_read() -> None:
    assert version("aiortc") == "1.16.0"
    assert version("aioice") == "0.13.0"
    assert version("av").split(".")[0] == "18"


@pytest.mark.anyio
async def test_the_private_names_are_there() -> None:
    for kind in ("audio", "video"):
        stock = RTCRtpReceiver(kind, Transport())  # type: ignore[arg-type]
        for name in USED_BY_THE_RECEIVER:
            assert hasattr(stock, PRIVATE + name), name
    body = inspect.getsource(RTCRtpReceiver._handle_rtp_packet)
    assert body.count("self.__jitter_buffer.") == 1
    assert "pli_flag, encoded_frame = self.__jitter_buffer.add(packet)" in body
    assert "if self.__nack_generator is not None and" in body
    assert "packet._data = depayload(codec, packet.payload)" in body


def test_the_decoders_thread_is_started_by_the_names_that_we_replace() -> None:
    source = inspect.getsource(aiortc.rtcrtpreceiver)
    assert source.count("decoder_worker") == 2
    assert "target=decoder_worker," in source
    taken = list(inspect.signature(aiortc.rtcrtpreceiver.decoder_worker).parameters)
    assert taken == ["loop", "input_q", "output_q", "decode_error"]


def test_a_peer_connection_makes_receivers_by_the_name_that_we_replace() -> None:
    source = inspect.getsource(aiortc.rtcpeerconnection)
    assert source.count("RTCRtpReceiver(") == 1
    assert "transceiver._bundled = bundled" in source


@pytest.mark.anyio
async def test_install_takes_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiortc.rtcpeerconnection, "RTCRtpReceiver", RTCRtpReceiver)
    install()
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pc.addTransceiver("video", direction="recvonly")
    assert isinstance(pc.getTransceivers()[0].receiver, AlcoveReceiver)
    await pc.close()


@pytest.mark.anyio
async def test_ice_servers_are_always_given() -> None:
    """aiortc's default is a public STUN server, which would learn of every visit."""
    assert configuration().iceServers == configuration(relay_only=True).iceServers == []
    pc = RTCPeerConnection(configuration())
    pc.addTransceiver("audio", direction="recvonly")
    connection: Any = pc.getTransceivers()[0].receiver.transport.transport._connection
    assert connection.stun_server is None
    assert connection.turn_server is None
    await pc.close()
    default: Any = RTCPeerConnection(RTCConfiguration())
    default.addTransceiver("audio", direction="recvonly")
    assert default.getTransceivers()[0].receiver.transport.transport._connection.stun_server is not None
    await default.close()


def test_loopback_is_offered_only_when_asked_for() -> None:
    before = aioice.ice.get_host_addresses
    try:
        offer_loopback(False)
        assert "127.0.0.1" not in aioice.ice.get_host_addresses(True, True)
        offer_loopback(True)
        assert {"127.0.0.1", "::1"} <= set(aioice.ice.get_host_addresses(True, True))
        assert "::1" not in aioice.ice.get_host_addresses(True, False)
        offer_loopback(False)
        assert "127.0.0.1" not in aioice.ice.get_host_addresses(True, True)
    finally:
        aioice.ice.get_host_addresses = before


def test_what_the_ice_seams_use_is_there() -> None:
    connection = aioice.ice.Connection
    assert inspect.signature(connection.build_request).parameters.keys() == {"self", "pair", "nominate"}
    assert "_nominated" in inspect.getsource(connection.query_consent)
    assert list(inspect.signature(connection.get_component_candidates).parameters)[-1] == "timeout"
    assert "get_host_addresses(" in inspect.getsource(connection.gather_candidates)


def test_what_the_relays_use_is_there() -> None:
    assert list(inspect.signature(aioice.turn.TurnClientUdpProtocol.__init__).parameters)[1:] == [
        "server",
        "username",
        "password",
        "lifetime",
        "channel_refresh_time",
    ]
    body = inspect.getsource(aioice.turn.TurnClientMixin)
    assert body.count("self.request_with_retry(") == 4, "the allocation, its refreshes, its end and each channel"
    assert "XOR-RELAYED-ADDRESS" in body
    assert "REQUESTED-ADDRESS-FAMILY" not in body, "aioice can do it now"
    assert "self._send(header + data)" in body
    gathering = inspect.getsource(aioice.ice.Connection.get_component_candidates)
    assert gathering.index("self._protocols += host_protocols") < gathering.index("if self.stun_server")
    assert "aiortc.rtcicetransport" in str(aiortc.rtcicetransport.RTCIceGatherer.__module__)
    assert "self._connection = Connection(" in inspect.getsource(aiortc.rtcicetransport.RTCIceGatherer)


@pytest.mark.anyio
async def test_install_makes_our_connections() -> None:
    ice.install()
    pc = RTCPeerConnection(configuration(relay_only=True))
    pc.addTransceiver("audio", direction="recvonly")
    connection: Any = pc.getTransceivers()[0].receiver.transport.transport._connection
    assert isinstance(connection, ice.AlcoveConnection)
    assert connection._transport_policy is aioice.TransportPolicy.RELAY
    await pc.close()


async def _receiver(kind: str, name: str = "") -> tuple[AlcoveReceiver, Transport]:
    install()
    transport = Transport()
    receiver = AlcoveReceiver(kind, transport)
    receiver._track = aiortc.rtcrtpreceiver.RemoteStreamTrack(kind=kind)
    receiver._set_rtcp_ssrc(1)
    names = (name,) if name else ("video/vp8", "audio/opus")
    codecs = [codec for codec in aiortc.codecs.CODECS[kind] if codec.mimeType.lower() in names]
    await receiver.receive(aiortc.rtcrtpparameters.RTCRtpReceiveParameters(codecs=codecs))
    return receiver, transport


def _packet(
    kind: str, number: int, payload: bytes, timestamp: int = 0, marker: int = 0, *, name: str = ""
) -> RtpPacket:
    codecs = aiortc.codecs.CODECS[kind]
    payload_type = next(c.payloadType for c in codecs if c.mimeType.lower() == (name or FIRST[kind]))
    packet = RtpPacket(payload_type=payload_type or 0, sequence_number=number, ssrc=7, payload=payload)
    packet.timestamp, packet.marker = timestamp & 0xFFFFFFFF, marker
    return packet


@pytest.mark.anyio
async def test_a_stream_without_a_key_frame_makes_the_receiver_ask_for_one_at_once() -> None:
    receiver, transport = await _receiver("video")
    await receiver._handle_rtp_packet(_packet("video", 5, b"\x10\x01delta-frame", marker=1), 0)
    assert [data[1] for data in transport.sent] == [206], "a PLI (RFC 4585)"
    await receiver.stop()


@pytest.mark.anyio
async def test_a_gap_is_asked_for_again_without_a_new_packet() -> None:
    receiver, transport = await _receiver("video")
    await receiver._handle_rtp_packet(_packet("video", 5, VP8_KEY, marker=0), 0)
    await receiver._handle_rtp_packet(_packet("video", 7, b"\x00rest", marker=1), 0)
    async with asyncio.timeout(5):
        while len([data for data in transport.sent if data[1] == 205]) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await receiver.stop()


@pytest.mark.anyio
async def test_opus_packets_are_given_as_they_come_and_what_is_no_opus_is_not() -> None:
    receiver, _ = await _receiver("audio")
    given: list[AudioPacket] = []
    receiver.on_sound = lambda packet, _now: given.append(packet)
    silence = b"\xf8\xff\xfe"
    for number, payload in ((65_535, silence), (1, silence), (0, silence), (2, b"\xff")):
        await receiver._handle_rtp_packet(_packet("audio", number, payload, timestamp=number * 960), 0)
    assert [(packet.sequence, packet.samples, packet.data) for packet in given] == [
        (65_535, 960, silence),
        (1, 960, silence),
        (0, 960, silence),
    ]
    await receiver.stop()


@pytest.mark.anyio
async def test_a_sender_that_counts_its_packets_is_told_when_they_came_and_no_rate() -> None:
    receiver, transport = await _receiver("video")
    for number in (0xFFFF, 0, 2):
        packet = _packet("video", 5 + number, VP8_KEY, marker=1)
        packet.extensions.transport_sequence_number = number
        packet.extensions.abs_send_time = 1
        await receiver._handle_rtp_packet(packet, 0)
    reports = [data for data in transport.sent if data[:2] in (bytes([0x8F, 205]), bytes([0xAF, 205]))]
    assert [data[4:16] for data in reports] == [bytes.fromhex("00000001 00000007 ffff 0001")], "the others wait 50 ms"
    assert getattr(receiver, PRIVATE + "remote_bitrate_estimator") is None
    await receiver.stop()
    stock = RTCRtpReceiver("video", Transport())  # type: ignore[arg-type]
    assert getattr(stock, PRIVATE + "remote_bitrate_estimator") is not None


@pytest.mark.anyio
async def test_the_first_sound_after_a_hole_asks_for_the_pictures_that_were_lost_in_it() -> None:
    (pictures, transport), (sound, _) = await _receiver("video"), await _receiver("audio")
    sound.arrivals, sound.on_others_lost = pictures.arrivals, pictures.ask_ahead
    for receiver, number, own, hole in (
        (pictures, 1, 50, 0.0),
        (sound, 2, 9, 0.0),
        (sound, 7, 11, 1.5 * HOLE_SECONDS),
        (pictures, 8, 54, 0.0),
    ):
        await asyncio.sleep(hole)
        packet = _packet(receiver.kind, own, VP8_KEY if receiver is pictures else b"\xf8\xff\xfe", marker=1)
        packet.extensions.transport_sequence_number = number
        await receiver._handle_rtp_packet(packet, 0)
    asked = [RtcpRtpfbPacket.parse(data[4:], data[0] & 31).lost for data in transport.sent if data[:2] == b"\x81\xcd"]
    assert asked[0] == [51, 52, 53], "of the four that are gone one was sound"
    await pictures.stop()
    await sound.stop()


@pytest.mark.anyio
async def test_a_sender_that_does_not_count_is_told_a_rate_as_before() -> None:
    codecs = [codec for codec in aiortc.codecs.CODECS["video"] if codec.mimeType == "video/VP8"]
    bare = [replace(codecs[0], rtcpFeedback=[RTCRtcpFeedback(type="goog-remb")])]
    receiver = AlcoveReceiver("video", Transport())
    receiver._track = aiortc.rtcrtpreceiver.RemoteStreamTrack(kind="video")
    await receiver.receive(aiortc.rtcrtpparameters.RTCRtpReceiveParameters(codecs=bare))
    assert getattr(receiver, PRIVATE + "remote_bitrate_estimator") is not None
    await receiver.stop()


@pytest.mark.anyio
async def test_a_sender_report_gives_the_sender_clock() -> None:
    receiver, _ = await _receiver("audio")
    info = RtcpSenderInfo(ntp_timestamp=5 << 32, rtp_timestamp=48_000, packet_count=1, octet_count=3)
    await receiver._handle_rtcp_packet(RtcpSrPacket(ssrc=7, sender_info=info))
    assert receiver.sender_clock == (5 << 32, 48_000)
    await receiver.stop()


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (VP8_KEY, True),
        (b"\x90\x80\x05" + VP8_KEY[1:], True),
        (VP8_KEY[:5], False),
        (b"\x00" + VP8_KEY[1:], False),
        (b"\x10\x51" + VP8_KEY[2:], False),
        (VP8_KEY[:7] + b"\xff\x3f\xff\x3f", False),
        (VP8_KEY[:7] + b"\x00\x00\x00\x00", False),
        (b"", False),
        (b"\xff", False),
    ],
)
def test_key_frames_are_told_by_their_first_packet_and_giants_are_none(payload: bytes, starts: bool) -> None:
    assert starts_key_frame(payload) is starts


def test_the_answer_wishes_for_redundant_audio_by_the_number_that_the_room_gave_it() -> None:
    install()
    offered = RTCRtpCodecParameters(mimeType="audio/red", clockRate=48_000, channels=2, payloadType=63)
    opus = RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=111)
    common = aiortc.rtcpeerconnection.find_common_codecs(aiortc.codecs.CODECS["audio"], [offered, opus])
    assert [(codec.mimeType, codec.payloadType) for codec in common] == [("audio/red", 63), ("audio/opus", 111)]
    answer = "\r\n".join(("m=audio 9 UDP/TLS/RTP/SAVPF 111 63", "a=rtpmap:111 opus/48000/2", "a=rtpmap:63 red/48000/2"))
    assert with_hints(answer).split("\r\n") == [
        "m=audio 9 UDP/TLS/RTP/SAVPF 63 111",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtpmap:63 red/48000/2",
        "a=fmtp:63 111/111",
    ]
    assert with_hints("m=audio 9 UDP/TLS/RTP/SAVPF 63\r\na=rtpmap:63 red/48000/2").startswith("m=audio 9 UDP")


@pytest.mark.anyio
async def test_redundant_audio_gives_the_packet_and_its_copies() -> None:
    receiver, _ = await _receiver("audio", "audio/red")
    given: list[AudioPacket] = []
    receiver.on_sound = lambda packet, _now: given.append(packet)
    silence = b"\xf8\xff\xfe"
    payload = b"\xef" + ((960 << 10) | len(silence)).to_bytes(3, "big") + b"\x6f" + silence + silence
    await receiver._handle_rtp_packet(_packet("audio", 0, payload, timestamp=0, name="audio/red"), 0)
    assert [(packet.sequence, packet.timestamp, packet.copy) for packet in given] == [
        (0, 0, False),
        (65_535, 4_294_966_336, True),
    ]
    await receiver.stop()
