"""What the media process does: feeds by connection id, one writer of picture slots, one sound output."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from desktop.av.feed import Feed, FeedEvents, Seen
from desktop.av.ice import offer_loopback, ways
from desktop.av.lip_sync import LipSync
from desktop.av.messages import (
    TO_MEDIA,
    Answered,
    Changed,
    Close,
    Offer,
    Output,
    Outputs,
    Pane,
    Picture,
    Pinned,
    Prepare,
    Prepared,
    Quality,
    Release,
    ReplayBack,
    ReplayChanged,
    ReplayFrom,
    ReplayKeep,
    ReplayLive,
    ReplaySpeed,
    ReplayWipe,
    Stop,
    TalkChanged,
    TalkHold,
    TalkRelease,
    ToMedia,
    Volume,
)
from desktop.av.microphone import Microphone
from desktop.av.opus import RATE
from desktop.av.pictures import Pictures, Shown
from desktop.av.pipe import Decoder, PipeBroken, encode
from desktop.av.playout import AudioPacket
from desktop.av.replay import Replay
from desktop.av.slots import Slots
from desktop.av.sound import SoundLine
from desktop.av.sound_output import OutputState, SoundOutput
from desktop.av.talk import Talk
from desktop.ports import FeedState, TalkEnd, TalkState
from desktop.replay_ports import ReplayNews

READ_BYTES = 64 * 1024
QUALITY_SECONDS = 1.0
REPLAY_TICK_SECONDS = 0.1
MAX_FEEDS = 4
MAX_UNSENT_BYTES = 64 * 1024
"""A UI process that has not read so much gets no figures until it has."""
DUCKED_GAIN = 0.2
ECHO_SECONDS = 0.4
"""So long after the last word the room's microphone may still bring it back."""
NO_SOUND = "no_sound_output"


@dataclass(slots=True)
class _Counts:
    received: int = 0
    lost: int = 0
    size: int = 0
    pictures: int = 0
    concealed: int = 0


@dataclass(slots=True)
class _Running:
    feed: Feed
    line: SoundLine = field(default_factory=SoundLine)
    sync: LipSync = field(default_factory=LipSync)
    counts: _Counts = field(default_factory=_Counts)


class MediaChild:
    """Runs until the pipe ends."""

    def __init__(self, control: socket.socket, slots: Slots) -> None:
        self._control = control
        self._slots = slots
        self._feeds: dict[str, _Running] = {}
        self._lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")
        self._pictures = Pictures(slots, self._lane, self._on_shown)
        self._sound = SoundOutput(self._on_sound_output)
        self._talk = Talk(Microphone(self._sound), self._on_talk)
        self._replay = Replay(self._on_replay)
        self._chosen = ""
        """The feed that is seen and heard."""
        self._ducked = False
        self._gain = 1.0
        self._boost = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        """Read control messages until the pipe ends."""
        reader, self._writer = await asyncio.open_connection(sock=self._control)
        self._own(self._report_quality())
        self._own(self._tick_replay())
        self._sound.warm_up()
        decoder = Decoder(TO_MEDIA)
        try:
            while data := await reader.read(READ_BYTES):
                for message in decoder.feed(data):
                    if isinstance(message, Stop):
                        return
                    self._dispatch(message)
        except (PipeBroken, ConnectionError):
            return
        finally:
            await self._end()

    async def _end(self) -> None:
        self._talk.release(TalkEnd.LINE_LOST)
        for task in list(self._tasks):
            task.cancel()
        self._replay.end()
        feeds, self._feeds = list(self._feeds.values()), {}
        await asyncio.gather(*(running.feed.close() for running in feeds))
        self._lane.submit(self._slots.wipe)
        self._lane.shutdown(wait=True)
        self._sound.end()

    def _dispatch(self, message: ToMedia) -> None:
        match message:
            case Prepare():
                self._prepare(message)
            case Offer(connection_id=connection_id, sdp=sdp) if connection_id in self._feeds:
                self._sound.want()
                self._own(self._feeds[connection_id].feed.accept(sdp))
            case Offer():
                pass  # it was closed meanwhile
            case Close(connection_id=connection_id):
                self._drop(connection_id)
                if not self._feeds:
                    self._sound.unwant()
            case Pane(width=width, height=height):
                self._pictures.resize(width, height)
            case Volume(gain=gain):
                self._gain = gain
                self._set_gain()
            case Output(device=device, boost=boost):
                self._sound.choose(device)
                self._boost = boost
                self._set_gain()
            case TalkHold():
                self._hold(message)
            case TalkRelease(why=why):
                self._talk.release(why)
            case ReplayKeep() | ReplayFrom() | ReplayBack() | ReplaySpeed() | ReplayLive() | ReplayWipe():
                self._replay.do(message)
            case Pinned(slots=slots):
                for slot in slots:
                    self._slots.pin(slot)
            case Release(slot=slot):
                self._pictures.release(slot)
            case Stop():
                pass  # ended the reading

    # --- feeds -------------------------------------------------------------------------------------------------------

    def _prepare(self, message: Prepare) -> None:
        connection_id = message.connection_id
        for name in (connection_id, *list(self._feeds)[: 1 - MAX_FEEDS]):
            self._drop(name)
        offer_loopback(message.loopback)
        events = FeedEvents(
            answered=lambda sdp: self._say(Answered(connection_id=connection_id, sdp=sdp)),
            changed=lambda state, reason: self._changed(connection_id, state, reason),
            picture=lambda seen: self._on_picture(connection_id, seen),
            sound=lambda packet, now: self._on_sound(connection_id, packet, now),
            sound_wanted=lambda now: self._sound_wanted(connection_id, now),
        )
        chosen = ways(message.ice_servers, relay_only=message.relay_only, authority=message.relay_authority)
        feed = Feed(chosen, events)
        self._feeds[connection_id] = _Running(feed)
        self._set_gain()
        self._replay.attach(self._feeds[connection_id].line)
        self._say(Prepared(connection_id=connection_id, fingerprint=feed.fingerprint))

    def _drop(self, connection_id: str) -> None:
        running = self._feeds.pop(connection_id, None)
        if running is None:
            return
        self._talk.line_ended(running.feed.talk_line)
        if self._sound.line is running.line:
            self._sound.line = None
        if not self._feeds:
            self._pictures.wipe()
            self._replay.wipe()
        self._own(running.feed.close())

    def _changed(self, connection_id: str, state: FeedState, reason: str) -> None:
        running = self._feeds.get(connection_id)
        if running is not None and running.feed.over:
            self._talk.line_ended(running.feed.talk_line)
        self._say(Changed(connection_id=connection_id, state=state, reason=reason))

    def _on_shown(self, shown: Shown) -> bool:
        """A picture lies in its slot; False when its feed is over meanwhile, so that it must not be shown."""
        running = self._feeds.get(shown.connection_id)
        if running is None or running.feed.over:
            return False
        self._say(
            Picture(
                slot=shown.slot,
                width=shown.size[0],
                height=shown.size[1],
                stride=shown.stride,
                sequence=shown.sequence,
                received_at=shown.received_at,
            )
        )
        return True

    def _on_picture(self, connection_id: str, seen: Seen) -> None:
        running = self._feeds.get(connection_id)
        if running is not None and self._is_chosen(connection_id, running):
            held = max(0.0, seen.received_at + seen.hold - time.monotonic())
            hold = held + self._synchronized(running, seen.captured_at, held)
            self._pictures.show(connection_id, seen.frame, seen.received_at, hold)

    def _is_chosen(self, connection_id: str, running: _Running) -> bool:
        """Whether this feed is the one that is seen and heard; another takes its place only when that is silent."""
        chosen = self._feeds.get(self._chosen)
        if chosen is None or not chosen.feed.live:
            self._chosen = connection_id
        if self._chosen == connection_id:
            self._sound.line = running.line
        return self._chosen == connection_id

    def _synchronized(self, running: _Running, captured_at: float | None, held: float) -> float:
        """Seconds that a picture waits for its sound, beyond those that it is held already."""
        heard = running.line.heard if self._sound.playing else None
        sound_captured_at = None if heard is None else running.feed.sound_captured_at(heard[0])
        if heard is None or captured_at is None or sound_captured_at is None:
            return 0.0
        now = time.monotonic()
        running.sync.sound(heard[1] + self._sound.latency - sound_captured_at, running.line.waiting, now)
        latency = now + held - captured_at
        running.sync.picture(latency, now)
        running.line.reserve(running.sync.reserve)
        return running.sync.hold_of(latency)

    # --- talk-back ---------------------------------------------------------------------------------------------------

    def _hold(self, message: TalkHold) -> None:
        running = self._feeds.get(message.connection_id)
        if running is not None and running.feed.may_talk:
            self._replay.live()  # who speaks hears the answer
            self._talk.hold(running.feed.talk_line, message.press)
        elif self._talk.state is TalkState.SILENT:
            self._say(TalkChanged(state=TalkState.SILENT, end=TalkEnd.NO_LINE, press=message.press))

    def _on_talk(self, state: TalkState, end: TalkEnd | None, level: float) -> None:
        """Say it; while talking the room is played softly, so that the scribe does not hear her own echo from it."""
        self._say(TalkChanged(state=state, end=end, level=level, press=self._talk.press))
        if state is not TalkState.SILENT:
            self._duck(True)
        else:
            asyncio.get_running_loop().call_later(ECHO_SECONDS, self._come_back)

    def _come_back(self) -> None:
        if self._talk.state is TalkState.SILENT:
            self._duck(False)

    def _duck(self, ducked: bool) -> None:
        if ducked != self._ducked:
            self._ducked = ducked
            self._set_gain()

    def _set_gain(self) -> None:
        for running in self._feeds.values():
            running.line.gain = self._gain * (DUCKED_GAIN if self._ducked else 1.0)
            running.line.boost.on = self._boost and not self._ducked  # it would make the softness loud again

    # --- sound -------------------------------------------------------------------------------------------------------

    def _on_sound(self, connection_id: str, packet: AudioPacket, now: float) -> None:
        running = self._feeds.get(connection_id)
        if running is not None:
            running.line.put(packet, now)
            self._is_chosen(connection_id, running)

    def _sound_wanted(self, connection_id: str, now: float) -> tuple[int, ...]:
        running = self._feeds.get(connection_id)
        if running is None:
            return ()
        running.line.repeats(running.feed.repeat_seconds)
        return running.line.wanted(now)

    def _on_sound_output(self, state: OutputState) -> None:
        self._say(Outputs(playing=state.playing, device=state.device, devices=state.devices))
        for running in self._feeds.values():
            running.feed.sound_changed("" if state.playing else NO_SOUND)

    async def _tick_replay(self) -> None:
        while True:
            await asyncio.sleep(REPLAY_TICK_SECONDS)
            self._replay.tick()

    def _on_replay(self, news: ReplayNews) -> None:
        if self._unsent() < MAX_UNSENT_BYTES:
            self._say(ReplayChanged.of(news))

    # --- figures -----------------------------------------------------------------------------------------------------

    async def _report_quality(self) -> None:
        while True:
            await asyncio.sleep(QUALITY_SECONDS)
            for running in list(self._feeds.values()):
                quality = None if not running.feed.live else await self._figures(running)
                if quality is not None and self._unsent() < MAX_UNSENT_BYTES:
                    self._say(quality)

    async def _figures(self, running: _Running) -> Quality | None:
        now = _Counts(pictures=running.feed.pictures, concealed=running.line.concealed)
        for receiver in running.feed.receivers():
            for entry in (await receiver.getStats()).values():
                if entry.type == "inbound-rtp":
                    now.received += entry.packetsReceived
                    now.lost += entry.packetsLost
            now.size += receiver.bytes_received
        if now.received == 0:
            return None
        before, running.counts = running.counts, now
        new, gone = max(0, now.received - before.received), max(0, now.lost - before.lost)
        rtt = running.feed.rtt
        return Quality(
            rtt_ms=None if rtt is None else rtt * 1000,
            loss=gone / (new + gone) if new + gone else None,
            fps=float(now.pictures - before.pictures) / QUALITY_SECONDS,
            kbit_s=(now.size - before.size) * 8 / 1000 / QUALITY_SECONDS,
            audio_level=running.line.loudest(),
            concealed=min(1.0, (now.concealed - before.concealed) / RATE / QUALITY_SECONDS),
            width=running.feed.size[0],
            height=running.feed.size[1],
            path=running.feed.path,
        )

    # --- saying ------------------------------------------------------------------------------------------------------

    def _unsent(self) -> int:
        return 0 if self._writer is None else self._writer.transport.get_write_buffer_size()

    def _say(self, message: BaseModel) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(message))

    def _own(self, coroutine: Any) -> None:  # noqa: ANN401
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
