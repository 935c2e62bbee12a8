"""The UI process's thin handle on the media process: implements ports.MediaProcess without importing Qt or aiortc."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from desktop.av.pipe import Decoder, PipeBroken, encode
from desktop.av.slots import SLOT_BYTES, Slots, create_memory
from desktop.ports import FeedListener, FeedState, FrameRef, LinkQuality, MediaConfig

READ_BYTES = 64 * 1024
SEND_BUFFER_BYTES = 1024 * 1024
STOP_SECONDS = 2.0
SHORT_LIFE_SECONDS = 10.0
MAX_FAST_DEATHS = 5
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


class MediaProcessHandle:
    """Starts the media process, speaks with it, and starts it again when it dies. UI thread only."""

    def __init__(self, listener: FeedListener) -> None:
        self._listener = listener
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._decoder = Decoder()
        self._memory = -1
        self._slots: Slots | None = None
        self._pane = (0, 0)
        self._gain = 1.0
        self._started_at = 0.0
        self._fast_deaths = 0
        self._stopped = False
        self.on_restarted: Callable[[], None] = lambda: None
        """There is a new descriptor to watch."""

    # --- ports.MediaProcess ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it warm."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._memory = create_memory()
        self._slots = Slots(self._memory)
        word = f"{theirs.fileno()}:{self._memory}"
        frozen = getattr(sys, "frozen", False)
        command = [sys.executable, "--media", word] if frozen else [sys.executable, "-m", "desktop", "--media", word]
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            command,
            pass_fds=(theirs.fileno(), self._memory),
            env=environment,
            stdin=subprocess.DEVNULL,
            cwd=None if frozen else os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
        )
        theirs.close()
        os.close(self._memory)
        self._socket = ours
        self._decoder = Decoder()
        self._started_at = time.monotonic()
        self._send("pane", width=self._pane[0], height=self._pane[1])
        self._send("volume", gain=self._gain)

    def prepare(self, connection_id: str, config: MediaConfig) -> None:
        """Make a peer connection; `feed_prepared` follows."""
        self._send(
            "prepare",
            id=connection_id,
            ice_servers=list(config.ice_servers),
            loopback=config.loopback_candidates,
            device=config.output_device,
        )

    def accept_offer(self, connection_id: str, sdp: str) -> None:
        """Take a checked offer; `feed_answered` follows."""
        self._send("offer", id=connection_id, sdp=sdp)

    def close_feed(self, connection_id: str) -> None:
        """Close a peer connection; the picture is wiped."""
        self._send("close", id=connection_id)

    def set_pane_size(self, width: int, height: int) -> None:
        """Device pixels to scale pictures to; 0 x 0 stops conversion."""
        if (width, height) != self._pane:
            self._pane = (width, height)
            self._send("pane", width=width, height=height)

    def set_volume(self, gain: float) -> None:
        """Output gain, 0..2."""
        self._gain = gain
        self._send("volume", gain=gain)

    def image_bytes(self, frame: FrameRef) -> memoryview:
        """The frame's pixels; valid until release."""
        if self._slots is None:
            raise RuntimeError("the media process does not run")
        return self._slots.view(frame.slot, frame.stride * frame.height)

    def release(self, frame: FrameRef) -> None:
        """The frame has been painted."""
        self._send("release", slot=frame.slot)

    def stop(self) -> None:
        """End the process; by force after two seconds."""
        self._stopped = True
        self._send("stop")
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    # --- for the bridge ------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """The descriptor to watch for reading."""
        if self._socket is None:
            raise RuntimeError("the media process does not run")
        return self._socket.fileno()

    def on_readable(self) -> None:
        """Take everything that waits; of several pictures only the newest is shown."""
        newest: FrameRef | None = None
        messages: list[dict[str, Any]] = []
        alive = self._drain(messages)
        for message in messages:
            if message["op"] == "frame":
                if newest is not None:
                    self.release(newest)
                newest = _frame(message)
            else:
                self._dispatch(message)
        if newest is not None:
            self._listener.frame_ready(newest)
        if not alive and not self._stopped:
            self._died()

    # --- inside --------------------------------------------------------------------------------------------------

    def _drain(self, messages: list[dict[str, Any]]) -> bool:
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

    def _dispatch(self, message: dict[str, Any]) -> None:
        match message["op"]:
            case "prepared":
                self._listener.feed_prepared(message["id"], message["fingerprint"])
            case "answered":
                self._listener.feed_answered(message["id"], message["sdp"])
            case "state":
                self._listener.feed_changed(message["id"], FeedState(message["state"]), message["reason"])
            case "quality":
                values = {k: v for k, v in message.items() if k != "op"}
                self._listener.quality_measured(LinkQuality(**values))
            case _:
                pass  # a newer media process may say more

    def _send(self, op: str, **values: object) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendall(encode(op, **values))
        except (BlockingIOError, BrokenPipeError, ConnectionError):
            # It does not read: it hangs or is gone. Ending it lets `on_readable` start another.
            if self._process is not None:
                self._process.kill()

    def _died(self) -> None:
        """Start another one, unless it dies again and again at once."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        short = time.monotonic() - self._started_at < SHORT_LIFE_SECONDS
        self._fast_deaths = self._fast_deaths + 1 if short else 1
        if self._fast_deaths <= MAX_FAST_DEATHS:
            self.start()
            self.on_restarted()
        self._listener.media_process_died()


def _frame(message: dict[str, Any]) -> FrameRef:
    frame = FrameRef(
        slot=int(message["slot"]),
        width=int(message["width"]),
        height=int(message["height"]),
        stride=int(message["stride"]),
        sequence=int(message["sequence"]),
        received_at=float(message["received_at"]),
    )
    if frame.stride * frame.height > SLOT_BYTES or frame.stride < frame.width * 4:
        raise PipeBroken("frame")
    return frame
