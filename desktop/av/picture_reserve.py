"""Lets pictures wait a little after a hole in the network, so that the next hole is bridged in part. No I/O, no clock.

Without holes no picture waits. A hole is a silence in which packets were lost. Holes are seldom alone (a hand
before the antenna, a scan for other access points), and while pictures wait, less of the next one is seen as a freeze.
"""

from dataclasses import dataclass, field

from desktop.av.jitter import Fastest

RESERVE_SECONDS = 0.07
HOLES_SECONDS = 8.0
"""So long after a hole the next one is reckoned with."""
STEP_SECONDS = 0.005
"""The reserve changes by no more than this from picture to picture: motion stays even."""


@dataclass(slots=True)
class PictureReserve:
    """One feed's pictures."""

    _reserve: float = 0.0
    _fastest: Fastest = field(default_factory=Fastest)

    def hold(self, taken: float, arrived: float, hole_at: float) -> float:
        """Seconds from its arrival that a picture waits; none when it came late.

        `taken` is when the camera took it, on any clock; `arrived` when it came, and `hole_at` when the last hole
        ended, on ours.
        """
        late = self._fastest.late(arrived - taken, arrived)
        wanted = RESERVE_SECONDS if arrived - hole_at < HOLES_SECONDS else 0.0
        self._reserve += max(-STEP_SECONDS, min(STEP_SECONDS, wanted - self._reserve))
        return max(0.0, self._reserve - late)
