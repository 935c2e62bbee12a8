"""Bad networks as a pure kernel: a packet goes in with `now`, and the time at which it leaves comes out, or its loss.

A `Trouble` says what one direction of a path does to packets; `SCENARIOS` names the troubles of the `feed` bench.
Everything random comes from a seed, so that both receivers meet the same network.
"""

import math
import random
from dataclasses import dataclass, field, replace

IP_UDP_BYTES = 28
"""An IPv4 and a UDP header: they count in the MTU and on the wire."""
NO_LIMIT = 65_535


@dataclass(frozen=True, slots=True)
class Trouble:
    """What one direction of a path does."""

    loss: float = 0.0
    """Share of packets lost, each for itself."""
    delay_s: float = 0.0
    jitter_s: float = 0.0
    """Evenly spread around `delay_s`."""
    reorders: bool = False
    """A packet may overtake another; else none does, whatever the jitter."""
    hole_s: float = 0.0
    """Nothing passes for so long, every `hole_every_s`, the first time at once."""
    hole_every_s: float = 0.0
    """0: one hole alone."""
    kbit_s: float = 0.0
    """0: no bound."""
    queue_s: float = 0.0
    """How much waits at most before the bottleneck, as time; what does not fit is lost."""
    mtu: int = NO_LIMIT
    """Larger packets are lost."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Both directions of a path: `media` towards the listener, `feedback` back."""

    name: str
    media: Trouble = field(default_factory=Trouble)
    feedback: Trouble = field(default_factory=Trouble)


def _both(name: str, trouble: Trouble) -> Scenario:
    return Scenario(name, trouble, trouble)


_ABROAD = Trouble(loss=0.01, delay_s=0.125, kbit_s=2_000, queue_s=2.0, mtu=1280)
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        _both("clean", Trouble()),
        _both("loss1", Trouble(loss=0.01)),
        _both("loss2", Trouble(loss=0.02)),
        _both("loss5", Trouble(loss=0.05)),
        _both("burst", Trouble(hole_s=0.2, hole_every_s=5.0)),
        _both("jitter", Trouble(delay_s=0.03, jitter_s=0.02)),
        _both("outage", Trouble(hole_s=5.0)),
        Scenario("rate300", media=Trouble(kbit_s=300, queue_s=0.5)),
        Scenario("rtt250", media=_ABROAD, feedback=replace(_ABROAD, kbit_s=512)),
        Scenario("abroad", media=_ABROAD, feedback=replace(_ABROAD, kbit_s=512)),
    )
}
"""rtt250 has a round trip of 250 ms, 1 % loss, queues of 2 s before 2 Mbit/s and 512 kbit/s, MTU 1280; over UDP. abroad
is the same way where only TURN over TLS on port 443 passes (`bench/feed/abroad.py`)."""


class Path:
    """One direction of a path. `now` is any clock in seconds that does not go back."""

    def __init__(self, trouble: Trouble, seed: int, started: float) -> None:
        self._trouble = trouble
        self._random = random.Random(seed)  # noqa: S311  # not a secret: repeatable on purpose
        self._started = started
        self._free_at = started
        self._last = -math.inf

    def leaves_at(self, size: int, now: float) -> float | None:
        """When a datagram of `size` bytes of payload that comes `now` leaves; None when it is lost.

        Draws the same random numbers for each packet whatever becomes of it, so one loss does not move the others.
        """
        chance, spread = self._random.random(), self._random.uniform(-1.0, 1.0)
        trouble = self._trouble
        wire_bytes = size + IP_UDP_BYTES
        if wire_bytes > trouble.mtu or chance < trouble.loss or self._in_hole(now):
            return None
        through = self._through_bottleneck(wire_bytes, now)
        if through is None:
            return None
        at = through + trouble.delay_s + spread * trouble.jitter_s
        if not trouble.reorders:  # not at the same time either: who waits for both may send them in any order
            at = max(at, math.nextafter(self._last, math.inf))
        self._last = max(self._last, at)
        return at

    def _in_hole(self, now: float) -> bool:
        trouble = self._trouble
        since = now - self._started
        if trouble.hole_every_s:
            since %= trouble.hole_every_s
        return since < trouble.hole_s

    def _through_bottleneck(self, wire_bytes: int, now: float) -> float | None:
        if not self._trouble.kbit_s:
            return now
        begins = max(now, self._free_at)
        if begins - now > self._trouble.queue_s:
            return None
        self._free_at = begins + wire_bytes * 8 / (self._trouble.kbit_s * 1000)
        return self._free_at
