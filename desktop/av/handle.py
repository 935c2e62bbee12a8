"""The UI process's thin handle on the media process: implements ports.MediaProcess without importing Qt or aiortc."""

import os
import socket
import subprocess
import time
from collections.abc import Callable

from pydantic import BaseModel

from desktop.av.messages import (
    FROM_MEDIA,
    Answered,
    Changed,
    Close,
    FromMedia,
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
    Volume,
)
from desktop.av.pipe import Decoder, PipeBroken, encode
from desktop.av.slots import Slots, create_memory
from desktop.own_program import own_program
from desktop.ports import FeedListener, FrameRef, MediaConfig, TalkEnd, TalkNews, TalkState
from desktop.replay_ports import ReplayNews

READ_BYTES = 64 * 1024
SEND_BUFFER_BYTES = 1024 * 1024
STOP_SECONDS = 2.0
SHORT_LIFE_SECONDS = 10.0
RESTART_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""How long to wait before the next start, by how many short lives there were in a row."""
KEPT_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "XDG_RUNTIME_DIR",
    "PULSE_SERVER",
    "PIPEWIRE_RUNTIME_DIR",
    "PYTHONPATH",
)

Later = Callable[[float, Callable[[], None]], object]
"""Call something once on the UI thread after so many seconds."""


class MediaProcessHandle:
    """Starts the media process, speaks with it, and starts it again when it dies. UI thread only; nothing waits."""

    def __init__(self, listener: FeedListener, later: Later) -> None:
        self._listener = listener
        self._later = later
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._decoder = Decoder(FROM_MEDIA)
        self._memory = -1
        self._slots: Slots | None = None
        self._shown: dict[int, int] = {}
        self._prepared: dict[str, Prepare] = {}
        self._pane = Pane(width=0, height=0)
        self._volume = Volume(gain=1.0)
        self._output = Output(device="", boost=False)
        self._keeping = ReplayKeep(visit="-", seconds=0)
        self._started_at = 0.0
        self._short_lives = 0
        self._stopped = False
        self.on_restarted: Callable[[], None] = lambda: None
        """There is a new descriptor to watch."""
        self.on_talk: Callable[[TalkNews], None] = lambda _news: None
        self.on_replay: Callable[[ReplayNews], None] = lambda _news: None
        self.on_lost: Callable[[], None] = lambda: None
        """The descriptor is about to be closed: watch it no longer."""

    # --- ports.MediaProcess ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it warm."""
        if self._slots is None:
            self._memory = create_memory()
            self._slots = Slots(self._memory)
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        with theirs:
            self._process = _spawn(theirs.fileno(), self._memory)
        self._socket = ours
        self._decoder = Decoder(FROM_MEDIA)
        self._started_at = time.monotonic()
        self._send(Pinned(slots=tuple(self._shown)))
        self._send(self._pane)
        self._send(self._volume)
        self._send(self._output)
        self._send(self._keeping)
        for prepare in list(self._prepared.values()):
            self._send(prepare)

    def prepare(self, connection_id: str, config: MediaConfig) -> None:
        """Make a peer connection; `feed_prepared` follows."""
        prepare = Prepare(
            connection_id=connection_id,
            ice_servers=config.ice_servers,
            loopback=config.loopback_candidates,
            relay_only=config.relay_only,
            relay_authority=config.relay_authority,
        )
        self._prepared[connection_id] = prepare
        self._send(prepare)

    def accept_offer(self, connection_id: str, sdp: str) -> None:
        """Take a checked offer; `feed_answered` follows."""
        self._send(Offer(connection_id=connection_id, sdp=sdp))

    def close_feed(self, connection_id: str) -> None:
        """Close a peer connection; the picture is wiped."""
        self._prepared.pop(connection_id, None)
        self._send(Close(connection_id=connection_id))

    def set_pane_size(self, width: int, height: int) -> None:
        """Device pixels to scale pictures to; 0 x 0 stops conversion."""
        pane = Pane(width=max(0, width), height=max(0, height))
        if pane != self._pane:
            self._pane = pane
            self._send(pane)

    def set_volume(self, gain: float) -> None:
        """Output gain, 0..2."""
        self._volume = Volume(gain=min(2.0, max(0.0, gain)))
        self._send(self._volume)

    def set_output(self, device: str, *, boost: bool) -> None:
        """Where sound is played, and whether soft voices are made louder."""
        self._output = Output(device=device, boost=boost)
        self._send(self._output)

    def hold_talk(self, connection_id: str, press: int) -> None:
        """The talk key is held; `on_talk` follows."""
        self._send(TalkHold(connection_id=connection_id, press=press))

    def release_talk(self, why: TalkEnd) -> None:
        """It is held no longer."""
        self._send(TalkRelease(why=why))

    def keep_replay(self, visit_id: str, seconds: int) -> None:
        """Keep the last so many seconds that are heard, of this visit alone; 0: nothing."""
        self._keeping = ReplayKeep(visit=visit_id, seconds=seconds)
        self._send(self._keeping)

    def replay_from(self, age: float, speed: float) -> None:
        """Let hear what was live so many seconds ago."""
        self._send(ReplayFrom(age=age, speed=speed))

    def replay_back(self, seconds: float) -> None:
        """The same from so many seconds before what is heard now."""
        self._send(ReplayBack(seconds=seconds))

    def set_replay_speed(self, speed: float) -> None:
        """0.5 to 2 times as fast."""
        self._send(ReplaySpeed(speed=speed))

    def return_to_live(self, *, catch_up: bool) -> None:
        """The live sound: at once, or by playing faster until it is reached."""
        self._send(ReplayLive(catch_up=catch_up))

    def wipe_replay(self) -> None:
        """Overwrite what is kept."""
        self._send(ReplayWipe())

    def image_bytes(self, frame: FrameRef) -> memoryview:
        """The frame's pixels; valid until release."""
        if self._slots is None:
            raise RuntimeError("the media process does not run")
        return self._slots.view(frame.slot, frame.stride * frame.height)

    def release(self, frame: FrameRef) -> None:
        """The frame has been painted; a second release of the same frame does nothing."""
        if self._shown.get(frame.slot) == frame.sequence:
            del self._shown[frame.slot]
            self._send(Release(slot=frame.slot))

    def stop(self) -> None:
        """End the process; by force after two seconds."""
        self._stopped = True
        self._send(Stop())
        self._hang_up()
        if self._process is not None:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._memory >= 0:
            os.close(self._memory)
            self._memory = -1
        if self._slots is not None:
            self._slots.close()
            self._slots = None

    # --- for the bridge ------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """The descriptor to watch for reading."""
        if self._socket is None:
            raise RuntimeError("the media process does not run")
        return self._socket.fileno()

    def on_readable(self) -> None:
        """Take everything that waits; of several pictures only the newest is shown."""
        messages: list[FromMedia] = []
        alive = self._drain(messages)
        newest: FrameRef | None = None
        for message in messages:
            if not isinstance(message, Picture):
                self._dispatch(message)
            elif message.slot in self._shown:
                alive = False  # it wrote into a picture that the screen shows
            else:
                self._shown[message.slot] = message.sequence
                if newest is not None:
                    self.release(newest)
                newest = message.frame()
        if newest is not None:
            self._listener.frame_ready(newest)
        if not alive and not self._stopped:
            self._died()

    # --- inside --------------------------------------------------------------------------------------------------

    def _drain(self, messages: list[FromMedia]) -> bool:
        """Read until nothing waits; False when the process is gone or talks nonsense."""
        while self._socket is not None:
            try:
                data = self._socket.recv(READ_BYTES)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not data:
                return False
            try:
                messages.extend(self._decoder.feed(data))
            except PipeBroken:
                return False
        return True

    def _dispatch(self, message: FromMedia) -> None:
        match message:
            case Prepared(connection_id=connection_id, fingerprint=fingerprint):
                self._prepared.pop(connection_id, None)
                self._listener.feed_prepared(connection_id, fingerprint)
            case Answered(connection_id=connection_id, sdp=sdp):
                self._listener.feed_answered(connection_id, sdp)
            case Changed(connection_id=connection_id, state=state, reason=reason):
                self._listener.feed_changed(connection_id, state, reason)
            case Outputs():
                self._listener.sound_devices_changed(message.sound_devices())
            case TalkChanged():
                self.on_talk(message.news())
            case ReplayChanged():
                self.on_replay(message.news())
            case Quality():
                self._listener.quality_measured(message.link_quality())
            case Picture():
                pass  # shown by on_readable

    def _send(self, message: BaseModel) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendall(encode(message))
        except (BlockingIOError, ConnectionError):
            # It does not read: it hangs or is gone. Ending it lets `on_readable` start another.
            if self._process is not None:
                self._process.kill()

    def _hang_up(self) -> None:
        if self._socket is not None:
            self.on_lost()
            self._socket.close()
            self._socket = None

    def _died(self) -> None:
        """Start another one; the wait before it grows while lives are short."""
        self._hang_up()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        short = time.monotonic() - self._started_at < SHORT_LIFE_SECONDS
        self._short_lives = self._short_lives + 1 if short else 0
        wait = RESTART_SECONDS[max(0, min(self._short_lives, len(RESTART_SECONDS)) - 1)]
        self._prepared.clear()
        self.on_talk(TalkNews(TalkState.SILENT, TalkEnd.MEDIA_LOST))
        self.on_replay(ReplayNews())
        self._listener.media_process_died()
        if wait == 0.0:
            self._restart()
        else:
            self._later(wait, self._restart)

    def _restart(self) -> None:
        if not self._stopped and self._socket is None:
            self.start()
            self.on_restarted()


def _spawn(control: int, memory: int) -> subprocess.Popen[bytes]:
    word = f"{control}:{memory}"
    command, folder = own_program("--media", word)
    return subprocess.Popen(  # noqa: S603  # our own program
        command,
        pass_fds=(control, memory),
        env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
        stdin=subprocess.DEVNULL,
        cwd=folder,
    )
