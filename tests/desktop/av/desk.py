"""A UI process's place for tests: hears the media process, runs the handle's timers, waits without sleeping blindly."""

import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from desktop.av.handle import MediaProcessHandle
from desktop.ports import FeedState, FrameRef, LinkQuality, MediaConfig, SoundDevices
from tests.desktop.av.sender import Sender

LOOPBACK = MediaConfig(loopback_candidates=True)


@dataclass
class Listener:
    prepared: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    states: list[tuple[FeedState, str]] = field(default_factory=list)
    frames: list[FrameRef] = field(default_factory=list)
    qualities: list[LinkQuality] = field(default_factory=list)
    devices: list[SoundDevices] = field(default_factory=list)
    deaths: int = 0

    def feed_prepared(self, connection_id: str, fingerprint: str) -> None:
        self.prepared[connection_id] = fingerprint

    def feed_answered(self, connection_id: str, sdp: str) -> None:
        self.answers[connection_id] = sdp

    def feed_changed(self, connection_id: str, state: FeedState, reason: str) -> None:
        self.states.append((state, reason))

    def frame_ready(self, frame: FrameRef) -> None:
        self.frames.append(frame)

    def quality_measured(self, quality: LinkQuality) -> None:
        self.qualities.append(quality)

    def sound_devices_changed(self, devices: SoundDevices) -> None:
        self.devices.append(devices)

    def media_process_died(self) -> None:
        self.deaths += 1


class Desk:
    def __init__(self, *, start: bool = True) -> None:
        self.listener = Listener()
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.handle = MediaProcessHandle(self.listener, self.later)
        self.handle.on_lost = lambda: self.watch(False)
        self.handle.on_restarted = lambda: self.watch(True)
        self.watched = True
        self.waits: list[float] = []
        if start:
            self.handle.start()

    def watch(self, watched: bool) -> None:
        self.watched = watched

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.waits.append(seconds)
        self.timers.append((time.monotonic() + seconds, call))

    def until(self, reached: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < end, self.listener
            self.turn()

    def turn(self) -> None:
        """What the UI's event loop does: due timers, then the descriptor, for a tenth of a second at most."""
        due = [call for at, call in self.timers if at <= time.monotonic()]
        self.timers = [(at, call) for at, call in self.timers if at > time.monotonic()]
        for call in due:
            call()
        if self.watched:
            ready, _, _ = select.select([self.handle.fileno()], [], [], 0.1)
            if ready:
                self.handle.on_readable()
        else:
            time.sleep(0.01)


def connect(desk: Desk, sender: Sender, name: str = "c1") -> None:
    desk.handle.set_pane_size(400, 300)
    desk.handle.prepare(name, LOOPBACK)
    desk.until(lambda: name in desk.listener.prepared)
    desk.handle.accept_offer(name, sender.offer())
    desk.until(lambda: name in desk.listener.answers)
    sender.answer(desk.listener.answers[name])
    desk.until(lambda: bool(desk.listener.frames))
