"""Hours of sound in minutes: the real sound line on a clock of its own. `python -m tests.desktop.av.long_play`.

The sender's clock differs from the sound card's; the network loses and delays a little. The last line is JSON: the mean
of what waited in the first hour after warm-up and in the last one, in milliseconds, and what became of the packets.
"""

import argparse
import heapq
import itertools
import json
import random
import sys
from dataclasses import dataclass, field

from desktop.av.opus import RATE
from desktop.av.playout import AudioPacket
from desktop.av.sound import SAMPLE_BYTES, SoundLine
from tests.desktop.av.voice import BLOCK, packets

CALLBACK = 0.02
VOICE_SECONDS = 30
DELAY, JITTER, LOSS = 0.03, 0.01, 0.002
WARM_UP = 120.0


@dataclass
class Waited:
    """Mean seconds of what waited in some stretch of time."""

    total: float = 0.0
    count: int = 0

    def add(self, seconds: float) -> None:
        self.total += seconds
        self.count += 1

    @property
    def mean(self) -> float:
        return self.total / max(1, self.count)


@dataclass
class Sender:
    """The voice again and again, with a clock that is off."""

    ppm: float
    source: random.Random
    under_way: list[tuple[float, int, bytes]] = field(default_factory=list)
    sent: int = 0

    def arrived(self, now: float) -> list[AudioPacket]:
        """Send what is due; what has come by now."""
        data = packets(VOICE_SECONDS)
        while (at := self.sent * BLOCK / RATE * (1 + self.ppm * 1e-6)) <= now:
            if self.source.random() >= LOSS:
                arrival = at + DELAY + self.source.random() * JITTER
                heapq.heappush(self.under_way, (arrival, self.sent, data[self.sent % len(data)]))
            self.sent += 1
        here = []
        while self.under_way and self.under_way[0][0] <= now:
            _, number, packet = heapq.heappop(self.under_way)
            here.append(AudioPacket(number & 0xFFFF, (number * BLOCK) & 0xFFFFFFFF, packet))
        return here


def play(hours: float, ppm: float, seed: int = 1) -> dict[str, float]:
    """Play so many virtual hours; the figures."""
    sender = Sender(ppm, random.Random(seed))  # noqa: S311  # a repeatable network
    line, end = SoundLine(), hours * 3600
    stretch = min(3600.0, (end - WARM_UP) / 3)
    first, last = Waited(), Waited()
    for tick in itertools.count():
        now = tick * CALLBACK
        if now >= end:
            break
        for packet in sender.arrived(now):
            line.put(packet, now)
        line.take(round(CALLBACK * RATE) * SAMPLE_BYTES, now)
        if WARM_UP <= now < WARM_UP + stretch:
            first.add(line.waiting)
        elif now >= end - stretch:
            last.add(line.waiting)
    counts = line.counts
    return {
        "hours": hours,
        "ppm": ppm,
        "first_ms": first.mean * 1000,
        "last_ms": last.mean * 1000,
        "growth_ms": (last.mean - first.mean) * 1000,
        "lost": counts.lost,
        "dropped": counts.dropped,
        "dry": counts.dry,
        "concealed_s": line.concealed / RATE,
    }


def main() -> int:
    """Play, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--ppm", type=float, default=300.0)
    given = parser.parse_args()
    print(json.dumps(play(given.hours, given.ppm)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
