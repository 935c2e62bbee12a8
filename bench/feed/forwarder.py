"""Carries both receivers' media over loopback as a scenario says: `python -m bench.feed.forwarder`.

It prints `ready ` and its lanes, one for each peer connection: the port that stands for the receiver and the port that
stands for the sender. Each side's address is learned from its last packet. A scenario's name and a seed on standard
input make a new network at once; the answer is `now NAME TIME`, the Unix time of the change.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import cast

from bench.impair import SCENARIOS, Path, Scenario

LANES = 24
HOST = "127.0.0.1"
Address = tuple[str, int]


class _End(asyncio.DatagramProtocol):
    """A socket that stands for one side of the connection; what the other side says leaves from here."""

    def __init__(self) -> None:
        self.other: _End | None = None
        self.peer: Address | None = None
        self.path = Path(SCENARIOS["clean"].media, 0, 0.0)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._transport is None:
            raise RuntimeError("not open")
        return int(self._transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Carry a packet to the other side, if it gets there."""
        if addr[0] != HOST:
            return  # another of the machine's addresses: one way is enough
        self.peer = addr
        now = time.monotonic()
        at = self.path.leaves_at(len(data), now)
        if at is None or self.other is None:
            return
        if at <= now:
            self.other.emit(data)
        else:
            asyncio.get_running_loop().call_at(at, self.other.emit, data)

    def emit(self, data: bytes) -> None:
        """Send to the side that this socket faces."""
        if self._transport is not None and self.peer is not None:
            self._transport.sendto(data, self.peer)


async def _open_lane() -> tuple[_End, _End]:
    loop = asyncio.get_running_loop()
    facing_sender, facing_receiver = _End(), _End()
    facing_sender.other, facing_receiver.other = facing_receiver, facing_sender
    for end in (facing_sender, facing_receiver):
        await loop.create_datagram_endpoint(lambda end=end: end, local_addr=(HOST, 0))  # type: ignore[misc]
    return facing_sender, facing_receiver


def _change(lanes: list[tuple[_End, _End]], scenario: Scenario, seed: int) -> float:
    """Every lane meets the same network, whichever receiver uses it."""
    now = time.monotonic()
    for facing_sender, facing_receiver in lanes:
        facing_sender.path = Path(scenario.media, seed, now)
        facing_receiver.path = Path(scenario.feedback, ~seed, now)
    return time.time()


async def obey(change: Callable[[Scenario, int], float]) -> None:
    """Change the network as standard input says, until that ends."""
    words = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    while line := (await words.readline()).decode():
        name, seed = line.split()
        print(f"now {name} {change(SCENARIOS[name], int(seed))}", flush=True)


async def _serve() -> None:
    lanes = [await _open_lane() for _ in range(LANES)]
    ports = [{"receiver": sender.port, "sender": receiver.port} for sender, receiver in lanes]
    print(f"ready {json.dumps({'sender': {'lanes': ports}})}", flush=True)
    await obey(lambda scenario, seed: _change(lanes, scenario, seed))


if __name__ == "__main__":
    asyncio.run(_serve())
