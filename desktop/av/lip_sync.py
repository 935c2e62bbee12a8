"""Keeps lips and words together: says how long pictures wait for the sound, or the sound for them. No I/O.

Sound may be heard up to 125 ms after its picture and 45 ms before it and nobody notices (ITU-R BT.1359-1). Both
streams' times come from the sender's clock, by its reports (RFC 3550 section 6.4.1).
"""

from dataclasses import dataclass, field
from math import exp

LATEST, EARLIEST = 0.125, 0.045
"""Seconds that sound may be heard after and before its picture."""
AIM_LATE, AIM_EARLY = 0.095, 0.025
"""What is corrected to, so that small changes stay within the bounds."""
MAX_HOLD, MAX_RESERVE = 0.250, 0.200
MEAN_SECONDS = 0.5
"""So much of the past counts, however often something is measured."""
MOST_BETWEEN = 1.0
"""Seconds between two measures, at most: what came before a break counts a little still."""
STEP, STEP_A_SECOND, MOST_STEP = 0.005, 0.4, 0.08
"""A hold changes by no more than the first from picture to picture, or the second where pictures are seldom."""
DEAD_BAND = 0.015
JUMP = 1.0
"""A measure this far from the last ones is a new clock: all begins anew."""


def captured_at(sender_clock: tuple[int, int], timestamp: int, rate: int) -> float:
    """Seconds of the sender's clock at an RTP time; `sender_clock` is a report's NTP time (64 bits) and RTP time."""
    ntp, rtp = sender_clock
    step = (timestamp - rtp) & 0xFFFFFFFF
    step = step - (1 << 32) if step >= 1 << 31 else step
    return ntp / (1 << 32) + step / rate


@dataclass(slots=True)
class _Mean:
    value: float | None = None
    _at: float = 0.0

    def add(self, measure: float, now: float) -> None:
        passed, self._at = max(0.0, now - self._at), now
        if self.value is None or abs(measure - self.value) > JUMP:
            self.value = measure
        else:
            self.value += (1 - exp(-min(passed, MOST_BETWEEN) / MEAN_SECONDS)) * (measure - self.value)


@dataclass(slots=True)
class LipSync:
    """One feed's pictures and sound. Latencies are seconds from capture on the sender's clock to us on ours."""

    hold: float = 0.0
    """Seconds that a picture of the usual latency should wait before it is shown."""
    _pictured_at: float = float("inf")
    _picture: _Mean = field(default_factory=_Mean)
    _sound: _Mean = field(default_factory=_Mean)
    _reserve: _Mean = field(default_factory=_Mean)

    @property
    def late(self) -> float | None:
        """Seconds by which sound is heard after its picture, the hold counted; None before both are known."""
        if self._picture.value is None or self._sound.value is None:
            return None
        return self._sound.value - self._picture.value - self.hold

    @property
    def reserve(self) -> float:
        """Seconds of sound that should wait at least, so that it is not heard before its picture."""
        if self._picture.value is None or self._sound.value is None or self._reserve.value is None:
            return 0.0
        unreserved = self._sound.value - self._reserve.value
        return min(MAX_RESERVE, max(0.0, self._picture.value - AIM_EARLY - unreserved))

    def sound(self, latency: float, waiting: float, now: float) -> None:
        """Sound was heard that long after it was captured, of which it waited so long in the reserve."""
        self._sound.add(latency, now)
        self._reserve.add(waiting, now)

    def hold_of(self, latency: float) -> float:
        """Seconds that a picture of this latency should wait: one that is later than others has waited already."""
        return 0.0 if self._picture.value is None else max(0.0, self.hold - max(0.0, latency - self._picture.value))

    def picture(self, latency: float, now: float) -> None:
        """A picture was ready that long after it was captured, before any hold."""
        step = max(STEP, min(MOST_STEP, STEP_A_SECOND * (now - self._pictured_at)))
        self._pictured_at = now
        self._picture.add(latency, now)
        if self._sound.value is None or self._picture.value is None:
            return
        wanted = min(MAX_HOLD, max(0.0, self._sound.value - self._picture.value - AIM_LATE))
        if wanted == 0.0 or abs(wanted - self.hold) > DEAD_BAND:
            self.hold += max(-step, min(step, wanted - self.hold))
