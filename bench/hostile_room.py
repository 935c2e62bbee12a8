"""A room that was taken over: paired and consented as any, its media over real DTLS-SRTP, but bent and made up.

`python -m bench.hostile_room` is `demo.room` with that: once somebody listens it bends a part of its own packets and
adds bent ones of Chromium's, under its own sender's number and under others. It says how many it sent.
"""

import argparse
import asyncio
import random
import re
import sys
from contextlib import suppress
from typing import Any

from aiortc import RTCPeerConnection
from pylibsrtp import Error as SrtpError

from demo.room import HeadlessRoom, offer_loopback
from demo.script import load_script
from tests.desktop.av.mutations import STREAMS, Traffic, bend_rtcp, bend_rtp
from wire.signalling import FeedAnswer

BENT = 0.02
"""Of the room's own packets: enough of the others arrive that there is something to take over."""
REST_SECONDS = 0.002
SAY_EVERY = 250
MAX_BYTES = 1_400
CODECS = {"video": "VP8/90000", "again": "rtx/90000", "audio": "opus/48000/2"}


class HostileRoom(HeadlessRoom):
    """A headless room whose listeners are attacked."""

    def __init__(self, address: str, seed: int) -> None:
        super().__init__(address, load_script())
        self._traffic, self._chance = Traffic(seed), random.Random(seed)  # noqa: S311  # repeatable
        self._attacks: set[asyncio.Task[None]] = set()
        self.sent = 0

    async def _accept(self, answer: FeedAnswer) -> None:
        await super()._accept(answer)
        listener = self._listeners.get(answer.connection_id)
        if listener is not None:
            attack = asyncio.create_task(self._attack(listener.pc))
            self._attacks.add(attack)
            attack.add_done_callback(self._attacks.discard)

    async def _attack(self, pc: RTCPeerConnection) -> None:
        """Until the connection is closed."""
        transport: Any = pc.getSenders()[0].transport
        connected = asyncio.Event()
        transport.on("statechange", connected.set)
        while transport.state in ("new", "connecting"):
            await connected.wait()
            connected.clear()
        honest = transport._send_rtp  # noqa: SLF001  # there is no public way to send what is no medium
        types = payload_types(pc.localDescription.sdp)
        own = [sender._ssrc for sender in pc.getSenders()]  # noqa: SLF001

        async def bent(data: bytes) -> None:
            if self._chance.random() < BENT:
                bend = bend_rtcp if 192 <= data[1] <= 208 else bend_rtp
                with suppress(SrtpError, ValueError, TypeError):
                    await honest(bend(data, self._chance)[:MAX_BYTES])
                return
            await honest(data)

        transport._send_rtp = bent  # noqa: SLF001
        with suppress(ConnectionError):
            while transport.state == "connected":
                await self._strike(honest, types, own)
                await asyncio.sleep(REST_SECONDS)

    async def _strike(self, send: Any, types: dict[int, int], own: list[int]) -> None:  # noqa: ANN401
        packet = self._traffic.rtcp() if self._chance.random() < 0.1 else self._traffic.rtp()
        if len(packet) >= 12 and not 192 <= packet[1] <= 208:
            packet = under_names(packet, types, self._chance.choice((*own, None, None)))
        with suppress(SrtpError, ValueError, TypeError):
            await send(packet[:MAX_BYTES])
            self.sent += 1
        if self.sent % SAY_EVERY == 0:
            print(f"sent {self.sent}", flush=True)


def payload_types(sdp: str) -> dict[int, int]:
    """From the recorded payload types to those of this offer."""
    known = {name: int(number) for number, name in re.findall(r"a=rtpmap:(\d+) (\S+)", sdp)}
    return {recorded: known.get(CODECS[stream], recorded) for recorded, stream in STREAMS.items()}


def under_names(packet: bytes, types: dict[int, int], ssrc: int | None) -> bytes:
    """The packet with a payload type that was negotiated, and a sender's number when one is given."""
    kind = bytes([packet[1] & 0x80 | types.get(packet[1] & 0x7F, packet[1] & 0x7F)])
    return packet[:1] + kind + packet[2:8] + (packet[8:12] if ssrc is None else ssrc.to_bytes(4, "big")) + packet[12:]


async def play(room: HostileRoom, code: str) -> None:
    """Pair, and do what is said on standard input until it ends, as `demo.room` does."""
    paired = await room.pair(code)
    await room.open_session()
    serving = asyncio.create_task(room.run())
    await asyncio.wait_for(room.has_visits.wait(), 30)
    print(f"ready {paired.room_name}", flush=True)
    words = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    actions = {b"consent": room.consent, b"start": room.start}
    while word := (await words.readline()).strip():
        await actions[word]()
    print(f"sent {room.sent}", flush=True)
    serving.cancel()
    await room.close()


def main() -> int:
    """Run until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--code", required=True)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    offer_loopback()
    asyncio.run(play(HostileRoom(given.gateway, given.seed), given.code))
    return 0


if __name__ == "__main__":
    sys.exit(main())
