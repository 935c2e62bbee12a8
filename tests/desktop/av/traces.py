"""Generated packet traces: what a network does to a stream of numbered packets, from a seed."""

import random
from dataclasses import dataclass, field

from desktop.av.video_order import VideoPacket


@dataclass(frozen=True)
class Network:
    """Seconds and shares; `return_loss` is that of requests and of what is sent again."""

    delay: float = 0.03
    jitter: float = 0.0
    loss: float = 0.0
    repeated: float = 0.0
    return_loss: float = 0.0


@dataclass
class Camera:
    """An encoder: frames of several packets; a key frame first and whenever one is asked for."""

    per_frame: int = 3
    first: int = 65_530
    wants_key: bool = True
    sent: dict[int, VideoPacket] = field(default_factory=dict)
    made: int = 0
    keys: set[int] = field(default_factory=set)

    def frame(self) -> list[VideoPacket]:
        key, self.wants_key = self.wants_key, False
        timestamp = (4_294_960_000 + self.made * 3000) & 0xFFFFFFFF
        if key:
            self.keys.add(self.made)
        packets = []
        for part in range(self.per_frame):
            number = (self.first + len(self.sent)) & 0xFFFF
            packet = VideoPacket(
                sequence=number,
                timestamp=timestamp,
                marker=part == self.per_frame - 1,
                starts_key=key and part == 0,
                data=f"{self.made}.{part};".encode(),
            )
            self.sent[len(self.sent)] = packet
            packets.append(packet)
        self.made += 1
        return packets

    def again(self, sequence: int) -> VideoPacket | None:
        return next((p for p in reversed(list(self.sent.values())) if p.sequence == sequence), None)

    def whole(self, number: int) -> bytes:
        return b"".join(f"{number}.{part};".encode() for part in range(self.per_frame))


class Line:
    """Packets on their way, by time of arrival."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.random = random.Random(seed)  # noqa: S311  # a repeatable network
        self.under_way: list[tuple[float, int, VideoPacket]] = []
        self._count = 0

    def send(self, packet: VideoPacket, now: float, loss: float | None = None) -> None:
        if self.random.random() < (self.network.loss if loss is None else loss):
            return
        copies = 2 if self.random.random() < self.network.repeated else 1
        for _ in range(copies):
            self._count += 1
            delay = self.network.delay + self.random.random() * self.network.jitter
            self.under_way.append((now + delay, self._count, packet))

    def arrivals(self, now: float) -> list[VideoPacket]:
        here = sorted(entry for entry in self.under_way if entry[0] <= now)
        self.under_way = [entry for entry in self.under_way if entry[0] > now]
        return [packet for _, _, packet in here]
