"""One peer connection of the media process: answers an offer, receives, and says what it hears and sees."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcconfiguration import RTCBundlePolicy, RTCIceTransportPolicy

from desktop.av.arrivals import Arrivals
from desktop.av.ice import Ways, path, round_trip, use
from desktop.av.picture_reserve import PictureReserve
from desktop.av.playout import AudioPacket
from desktop.av.rtc_receiver import CLOCK_RATES, AlcoveReceiver, newest
from desktop.av.sdp import offer_problem, only_relayed, with_candidates, with_hints
from desktop.av.talk import TalkLine
from desktop.ports import SILENT_SECONDS, FeedState, LinkPath

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 8.0
CLOSE_SECONDS = 2.0
WATCH_SECONDS = 0.25
ROUND_TRIP_SECONDS = 1.0
UNKNOWN_RTT_SECONDS = 0.1
"""Until it was measured."""
UNANSWERED_SECONDS, UNANSWERED = 0.5, 2
"""A round trip that was not answered so often in a row takes longer than so long; once, it was lost."""
CODECS = {"audio": ("audio/opus", "audio/red"), "video": ("video/vp8", "video/rtx")}
"""What we take: no other decoder is reachable from the network."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A decoded frame (av.VideoFrame)."""

    frame: Any
    received_at: float
    """time.monotonic() when its last packet came."""
    captured_at: float | None
    """Seconds of the sender's clock; None before its first report."""
    hold: float = 0.0
    """Seconds from `received_at` that it shall wait."""


@dataclass(frozen=True, slots=True)
class FeedEvents:
    """Who hears of one feed."""

    answered: Callable[[str], None]
    changed: Callable[[FeedState, str], None]
    picture: Callable[[Seen], None]
    sound: Callable[[AudioPacket, float], None]
    """An Opus packet, and time.monotonic() when it came."""
    sound_wanted: Callable[[float], tuple[int, ...]] = lambda _now: ()
    """The numbers of Opus packets to ask for again, at time.monotonic()."""


def configuration(*, relay_only: bool = False) -> RTCConfiguration:
    """`iceServers` is given, and empty: aiortc's default would ask a public STUN server; ours are told by ice.use."""
    return RTCConfiguration(
        iceServers=[],
        iceTransportPolicy=RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL,
        bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
    )


class Feed:
    """Receives, and sends what is put on its talk line. Runs on the media process's event loop."""

    def __init__(self, ways: Ways, events: FeedEvents) -> None:
        self._events = events
        self._relay_only = ways.relay_only
        self._tasks: set[asyncio.Task[None]] = set()
        self._pc = RTCPeerConnection(configuration(relay_only=ways.relay_only))
        self.talk_line = TalkLine()
        self._pc.on("track", self._on_track)
        self._pc.on("connectionstatechange", self._on_connection)
        for kind, names in CODECS.items():
            # The line to the room is negotiated with the first answer, so that a press negotiates nothing.
            what, direction = (self.talk_line, "sendrecv") if kind == "audio" else (kind, "recvonly")
            transceiver = self._pc.addTransceiver(what, direction=direction)
            known = RTCRtpReceiver.getCapabilities(kind).codecs  # type: ignore[union-attr]
            transceiver.setCodecPreferences([codec for codec in known if codec.mimeType.lower() in names])
            # Both share one transport from the start; unmarked, aiortc would stop it when the video line comes first.
            transceiver._bundled = True  # noqa: SLF001
        arrivals = Arrivals()
        for receiver in self.receivers():
            receiver.arrivals = arrivals
        sound, pictures = self.receivers()
        sound.on_others_lost = pictures.ask_ahead
        self._transport = self._pc.getTransceivers()[0].receiver.transport.transport
        use(self._transport, ways)
        self._gathered = asyncio.ensure_future(self._transport.iceGatherer.gather())
        self._over = False
        self._live = False
        self.pictures = 0
        self.size = (0, 0)
        self.sound_reason = ""
        self.rtt: float | None = None
        self._repeats_in = UNKNOWN_RTT_SECONDS
        self._unanswered = 0

    @property
    def fingerprint(self) -> str:
        """Our certificate's SHA-256 fingerprint (RFC 8122)."""
        certificate = self._pc._RTCPeerConnection__certificates[0]  # type: ignore[attr-defined]  # noqa: SLF001
        return next(str(f.value).upper() for f in certificate.getFingerprints() if f.algorithm == "sha-256")

    @property
    def live(self) -> bool:
        """Whether sound or picture comes now."""
        return self._live and not self._over

    @property
    def over(self) -> bool:
        """Whether it was lost, refused or closed: nothing of it is shown any more."""
        return self._over

    async def accept(self, untrusted_sdp: str) -> None:
        """Answer an offer whose proof the UI process checked; a hostile SDP refuses the feed, nothing more."""
        problem = offer_problem(untrusted_sdp)
        if problem is not None:
            await self._refuse(problem.value)
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._gathered
                if self._relay_only and not self._transport.iceGatherer.getLocalCandidates():
                    self._lost("no_relay")
                    return
                offered = with_candidates(only_relayed(untrusted_sdp) if self._relay_only else untrusted_sdp)
                await self._pc.setRemoteDescription(RTCSessionDescription(sdp=offered, type="offer"))
                await self._pc.setLocalDescription(await self._pc.createAnswer())
        except Exception as failure:  # noqa: BLE001  # named boundary: aiortc's parser meets a stranger's text
            await self._refuse(type(failure).__name__)
            return
        self._events.answered(with_hints(self._pc.localDescription.sdp))
        self._own(self._watch())
        self._own(self._measure())

    async def close(self) -> None:
        """Close everything, with a bound."""
        self._over = True
        current = asyncio.current_task()
        for task in self._tasks - {current}:
            task.cancel()
        self._gathered.cancel()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pc.close()
        except TimeoutError:
            pass  # its sockets go with the process

    def sound_changed(self, reason: str) -> None:
        """Whether there is a sound output; said again when it changes while live."""
        if reason != self.sound_reason:
            self.sound_reason = reason
            if self._live and not self._over:
                self._events.changed(FeedState.LIVE, reason)

    @property
    def path(self) -> LinkPath | None:
        """Direct or by which relay; None before the connection stands."""
        return path(self._transport)

    @property
    def may_talk(self) -> bool:
        """Whether the room took our line when the connection was made, and the connection stands."""
        lines = [t for t in self._pc.getTransceivers() if t.kind == "audio"]
        return self.live and any(t.currentDirection == "sendrecv" for t in lines)

    @property
    def repeat_seconds(self) -> float | None:
        """How long a packet of the sound takes that is asked for again; None when the room repeats none."""
        audio = next((receiver for receiver in self.receivers() if receiver.kind == "audio"), None)
        return self._repeats_in if audio is not None and audio.repeats else None

    def receivers(self) -> list[AlcoveReceiver]:
        """The receivers, for figures."""
        return [r for r in self._pc.getReceivers() if isinstance(r, AlcoveReceiver)]

    def sound_captured_at(self, timestamp: int) -> float | None:
        """Seconds of the sender's clock at an RTP time of the sound; None before the sender's first report."""
        audio = next((receiver for receiver in self.receivers() if receiver.kind == "audio"), None)
        return None if audio is None else audio.captured_at(timestamp)

    # --- inside --------------------------------------------------------------------------------------------------

    def _own(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_track(self, track: Any) -> None:  # noqa: ANN401
        receiver = next((r for r in self.receivers() if r.track is track), None)
        if receiver is not None:
            if track.kind == "video":
                self._own(self._pictures(track, receiver))
            else:
                receiver.on_sound = self._on_sound
                receiver.sound_wanted = self._events.sound_wanted

    async def _pictures(self, track: Any, receiver: AlcoveReceiver) -> None:  # noqa: ANN401
        reserve = PictureReserve()
        try:
            while not self._over:
                frame = await newest(track)
                self.pictures += 1
                self.size = (frame.width, frame.height)
                arrived = receiver.arrived_at(frame.pts)
                hold = reserve.hold((frame.pts or 0) / CLOCK_RATES["video"], arrived, receiver.hole_at)
                self._events.picture(Seen(frame, arrived, receiver.captured_at(frame.pts or 0), hold))
                self._is_live()
        except MediaStreamError:
            pass  # the track ended; the watch says so

    def _on_sound(self, packet: AudioPacket, now: float) -> None:
        if not self._over:
            self._events.sound(packet, now)
            self._is_live()

    def _is_live(self) -> None:
        if not self._live and not self._over:
            self._live = True
            self._events.changed(FeedState.LIVE, self.sound_reason)

    def _on_connection(self) -> None:
        if self._pc.connectionState in ("failed", "closed") and not self._over:
            self._lost(f"connection_{self._pc.connectionState}")

    async def _watch(self) -> None:
        """Notice silence; aiortc itself needs half a minute."""
        started = time.monotonic()
        while not self._over:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            last = max((r.last_packet_at for r in self.receivers()), default=0.0)
            if last == 0.0 and now - started > CONNECT_SECONDS:
                self._lost("no_media")
            elif self._live and now - last > SILENT_SECONDS:
                self._live = False  # it may come back by itself; whoever made it closes it when another one is there
                self._events.changed(FeedState.LOST, "silent")

    async def _measure(self) -> None:
        while not self._over:
            await asyncio.sleep(ROUND_TRIP_SECONDS)
            self.rtt = await round_trip(self._transport)
            self._unanswered = 0 if self.rtt is not None else self._unanswered + 1
            if self.rtt is not None:
                self._repeats_in = self.rtt
            elif self._unanswered >= UNANSWERED:
                self._repeats_in = max(self._repeats_in, UNANSWERED_SECONDS)
            for receiver in self.receivers() if self.rtt is not None else ():
                receiver.measured_rtt(self.rtt or 0.0)

    def _lost(self, reason: str) -> None:
        self._over = True
        self._events.changed(FeedState.LOST, reason)

    async def _refuse(self, reason: str) -> None:
        self._over = True
        self._events.changed(FeedState.REFUSED, reason)
        await self.close()
