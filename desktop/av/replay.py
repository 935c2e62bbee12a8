"""Instant replay: what was just heard is heard again, while the live sound goes on into the same ring.

The ring lies in locked memory alone. It is wiped when the last feed closes, when another visit begins, when the policy
says so, before and after the machine sleeps, and at the process's end.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from desktop.av.locked_memory import LockedMemory, LockRefused
from desktop.av.messages import (
    ReplayBack,
    ReplayCommand,
    ReplayFrom,
    ReplayKeep,
    ReplayLive,
    ReplaySpeed,
    ReplayWipe,
)
from desktop.av.opus import RATE, Samples
from desktop.av.playout import Move, Step
from desktop.av.replay_player import ReplayPlayer
from desktop.av.replay_ring import Kind, ReplayRing, bytes_for
from desktop.av.sound import SoundLine
from desktop.av.talk import awake
from desktop.replay_ports import REPLAY_PEAKS, ReplayMode, ReplayNews, ReplayProblem

FADE = round(0.04 * RATE)
"""40 ms from one sound to another."""
CATCH_UP_SPEED = 1.5
SLEPT_SECONDS = 0.5
"""The clock that goes on while the machine sleeps ran so far ahead of the other: it slept."""
LIVE_NEWS_SECONDS = 0.5
KINDS = {
    Move.DECODE: Kind.PACKET,
    Move.RECOVER: Kind.LOST,
    Move.CONCEAL: Kind.LOST,
    Move.DRAW_OUT: Kind.MADE_UP,
    Move.REST: Kind.REST,
}
ANGLE: Samples = np.linspace(0, np.pi / 2, FADE, endpoint=False, dtype=np.float32)[:, np.newaxis]
IN, OUT = np.sin(ANGLE), np.cos(ANGLE)
"""Of equal power: two sounds that have nothing in common are together as loud as each alone."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds with and without the time that the machine slept."""

    awake: Callable[[], float] = awake
    running: Callable[[], float] = time.monotonic

    def slept(self) -> float:
        """How long it slept, up to a constant."""
        return self.awake() - self.running()


class Replay:
    """Commands and `tick` on the event loop's thread; the line's two hooks on the sound card's."""

    def __init__(self, told: Callable[[ReplayNews], None], clocks: Clocks | None = None) -> None:
        self._told = told
        self._clocks = clocks or Clocks()
        self._lock = Lock()
        self._memory: LockedMemory | None = None
        self._ring: ReplayRing | None = None
        self._keeping = ReplayKeep(visit="-", seconds=0)
        self._problem: ReplayProblem | None = None
        self._player: ReplayPlayer | None = None
        self._catching_up = False
        self._asked_at = 0.0
        """Where replay was begun: said until its first sound is made."""
        self._tail: Samples | None = None
        """What fades out; None: the live sound does, while `_faded` is below FADE."""
        self._faded = FADE
        self._level = 0.0
        self._ahead = self._clocks.slept()
        self._told_at, self._told_replay = 0.0, False

    def attach(self, line: SoundLine) -> None:
        """Keep what this line plays, and play over it."""
        line.keep = self._keep
        line.over = self._over

    def do(self, command: ReplayCommand) -> None:
        """Do what the UI process asks, and say what is so now."""
        match command:
            case ReplayKeep():
                self._keep_for(command)
            case ReplayFrom(age=age, speed=speed):
                self._play(self._clocks.awake() - age, speed)
            case ReplayBack(seconds=seconds):
                self._back(seconds)
            case ReplaySpeed(speed=speed):
                with self._lock:
                    self._catching_up = False
                    if self._player is not None:
                        self._player.speed = speed
            case ReplayLive(catch_up=catch_up):
                self.live(catch_up=catch_up)
            case ReplayWipe():
                self.wipe()
        self._tell()

    def live(self, *, catch_up: bool = False) -> None:
        """Back to the live sound: at once, or by playing faster until it is reached."""
        with self._lock:
            if catch_up and self._player is not None:
                self._player.speed, self._catching_up = CATCH_UP_SPEED, True
            else:
                self._stop()

    def wipe(self) -> None:
        """Nothing of what was heard is left; keeping begins anew."""
        with self._lock:
            self._stop()
            self._tail, self._faded = None, FADE
            if self._ring is not None and self._memory is not None:
                self._ring.forget()
                self._memory.wipe()

    def tick(self) -> None:
        """Ten times a second: forget what is too old, notice a sleep, say what is so."""
        now = self._clocks.awake()
        ahead = self._clocks.slept()
        if ahead - self._ahead > SLEPT_SECONDS:
            self.wipe()
        self._ahead = ahead
        with self._lock:
            if self._ring is not None:
                self._ring.expire(now)
        replays = self._player is not None
        due = replays or self._told_replay or now - self._told_at >= LIVE_NEWS_SECONDS
        if self._ring is not None and due:
            self._tell()

    def end(self) -> None:
        """Wipe it and give the memory back."""
        self._keep_for(ReplayKeep(visit="-", seconds=0))

    # --- inside, on the event loop's thread ----------------------------------------------------------------------

    def _keep_for(self, keeping: ReplayKeep) -> None:
        if keeping == self._keeping:
            return
        self.wipe()
        self._keeping, self._problem = keeping, None
        with self._lock:
            self._ring, memory, self._memory = None, self._memory, None
            if memory is not None:
                memory.close()
            if keeping.seconds:
                try:
                    self._memory = LockedMemory(bytes_for(keeping.seconds))
                except LockRefused:
                    self._problem = ReplayProblem.NOT_LOCKED
                else:
                    self._ring = ReplayRing(self._memory.view, keeping.seconds)

    def _play(self, at: float, speed: float) -> None:
        with self._lock:
            if self._ring is None or self._ring.begin is None:
                return
            self._fade_out()
            self._asked_at, self._catching_up = max(at, self._ring.begin), False
            self._player = ReplayPlayer(self._ring, self._asked_at, speed)

    def _back(self, seconds: float) -> None:
        """From where is heard now; forward (negative) at most to the live sound."""
        with self._lock:
            here, speed = self._clocks.awake(), 1.0
            if self._player is not None:
                here, speed = self._player.position or self._asked_at, self._player.speed
            newest = self._ring.end if self._ring is not None else None
        if newest is None or here - seconds >= newest:
            self.live()
        else:
            self._play(here - seconds, 1.0 if self._catching_up else speed)

    def _tell(self) -> None:
        now = self._told_at = self._clocks.awake()
        with self._lock:
            self._told_replay = self._player is not None
            self._told(self._news(now))

    def _news(self, now: float) -> ReplayNews:
        level, self._level = self._level, 0.0
        if self._ring is None:
            return ReplayNews(problem=self._problem)
        begin = self._ring.begin
        kept = 0.0 if begin is None else now - begin
        peaks = self._ring.peaks(now, REPLAY_PEAKS)
        if self._player is None:
            return ReplayNews(ReplayMode.LIVE, self._ring.seconds, kept, live_level=level, peaks=peaks)
        mode = ReplayMode.CATCH_UP if self._catching_up else ReplayMode.REPLAY
        behind = max(0.0, now - (self._player.position or self._asked_at))
        return ReplayNews(mode, self._ring.seconds, kept, behind, self._player.speed, level, peaks)

    # --- inside, under the lock ----------------------------------------------------------------------------------

    def _stop(self) -> None:
        """The live sound is heard from here on."""
        if self._player is not None:
            self._fade_out()
            self._player, self._catching_up = None, False

    def _fade_out(self) -> None:
        """What is heard now goes on for a moment, softer and softer."""
        self._tail, self._faded = None, 0
        if self._player is not None:
            self._tail = self._player.last(FADE)
            self._player.close()

    # --- on the sound card's thread ------------------------------------------------------------------------------

    def _keep(self, step: Step, level: float) -> None:
        with self._lock:
            self._level = max(self._level, min(1.0, level))
            if self._ring is not None:
                self._ring.put(KINDS[step.move], step.data, step.samples, level, self._clocks.awake())

    def _over(self, live: Samples) -> Samples:
        with self._lock:
            if self._player is None and self._faded >= FADE:
                return live
            if self._player is None:
                return self._faded_in(live, live)
            made = self._player.take(len(live))
            if len(made) == len(live):
                return self._faded_in(made, live)
            self._stop()  # the newest sound is reached
            return np.concatenate((made, self._faded_in(live[len(made) :], live)))

    def _faded_in(self, made: Samples, live: Samples) -> Samples:
        count = min(FADE - self._faded, len(made))
        if count <= 0:
            return made
        part = slice(self._faded, self._faded + count)
        old = live[:count] if self._tail is None else self._tail[part]
        self._faded += count
        if self._faded >= FADE:
            self._tail = None
        return np.concatenate((made[:count] * IN[part] + old * OUT[part], made[count:]))
