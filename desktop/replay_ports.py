"""What passes between the desktop's packages about instant replay: a leaf, as ports.py is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ReplayMode(StrEnum):
    """What is heard."""

    OFF = "off"
    """Live; nothing is kept."""
    LIVE = "live"
    REPLAY = "replay"
    CATCH_UP = "catch_up"
    """Replay, faster, until the live sound is reached."""


class ReplayProblem(StrEnum):
    """Why nothing is kept although it may be."""

    NOT_LOCKED = "not_locked"
    """The system locks no memory for it: it might be written to disk."""


REPLAY_PEAKS = 240
"""The waveform's parts, over the whole time that is kept."""


@dataclass(frozen=True, slots=True)
class ReplayNews:
    """Where replay stands. Times in seconds before now."""

    mode: ReplayMode = ReplayMode.OFF
    seconds: int = 0
    """So much is kept at most."""
    kept: float = 0.0
    behind: float = 0.0
    """What is heard was live so long ago."""
    speed: float = 1.0
    live_level: float = 0.0
    """How loud the live sound is, heard or not: 0..1."""
    peaks: bytes = bytes(REPLAY_PEAKS)
    """How loud it was, oldest first: 0 is -54 dB or less, 255 is full."""
    problem: ReplayProblem | None = None


class ReplayProcess(Protocol):
    """The media process's part in it; UI thread; every method returns at once."""

    on_replay: Callable[[ReplayNews], None]
    """Called with where replay stands: four times a second while something is kept, ten times while it is heard."""

    def keep_replay(self, visit_id: str, seconds: int) -> None:
        """Keep the last so many seconds that are heard, of this visit alone; 0: nothing. What was kept is wiped."""

    def replay_from(self, age: float, speed: float) -> None:
        """Let hear what was live so many seconds ago."""

    def replay_back(self, seconds: float) -> None:
        """The same from so many seconds before what is heard now; forward when negative."""

    def set_replay_speed(self, speed: float) -> None:
        """0.5 to 2 times as fast, at the same pitch."""

    def return_to_live(self, *, catch_up: bool) -> None:
        """The live sound: at once, or by playing faster until it is reached."""

    def wipe_replay(self) -> None:
        """Overwrite what is kept; keeping begins anew."""
