"""Gives hostile input to the code of media and UI process: `python -m tests.desktop.av.fuzz --inputs 5000`.

Each input lies in a small file before it is handled, so that a death names what killed. One that takes over 100 ms is
tried up to five times more, with what came before it, in a fresh feed, and counts as a hang when it is never quicker:
the machine does other work too. `--guided` lets libFuzzer (atheris) choose by what our code and aiortc's went through.
The last line is JSON.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import sys
import time
from base64 import b64encode
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

LIMIT_SECONDS = 0.1
TRIES = 5
CONTEXT = 128
"""So many inputs before a slow one are given again with it."""
FEED_INPUTS = 2_000
"""After so many a new feed is taken."""
MAX_NAMED = 20
GUIDED_STRETCH, OWN_STRETCH = 256, 128
"""After so many inputs of libFuzzer's, so many of our own."""
INSTRUMENTED = ("desktop.av", "aiortc.rtp", "aiortc.sdp", "aiortc.codecs.vpx", "aiortc.rtcrtpreceiver")

if "--guided" in sys.argv:
    import atheris  # type: ignore[import-untyped]  # it has no types

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        import aiortc.sdp  # noqa: F401

        import desktop.av.handle
        import desktop.av.rtc_receiver  # noqa: F401

from desktop.av.messages import (  # noqa: E402  # instrumented above
    Answered,
    Changed,
    Outputs,
    Picture,
    Prepared,
    Quality,
)
from desktop.ports import FeedState  # noqa: E402
from tests.desktop.av.fuzz_target import Fault, FeedTarget, PipeTarget, accept, parse  # noqa: E402
from tests.desktop.av.kept import Keeper  # noqa: E402
from tests.desktop.av.mutations import (  # noqa: E402
    Input,
    Kind,
    Traffic,
    bend_rtcp,
    bend_rtp,
    bend_text,
    recording,
)


def from_media() -> tuple[bytes, ...]:
    """One honest message of each kind, as JSON."""
    prepared = Prepared(connection_id="c1", fingerprint=":".join(["AB"] * 32))
    picture = Picture(slot=1, width=640, height=360, stride=2_560, sequence=7, received_at=12.5)
    quality = Quality(
        rtt_ms=40.0, loss=0.01, fps=30.0, kbit_s=900.0, audio_level=0.4, concealed=0.0, width=640, height=360
    )
    outputs = Outputs(playing=True, device="Headset", devices=("Headset", "Speakers"))
    changed = Changed(connection_id="c1", state=FeedState.LIVE, reason="")
    messages = (prepared, Answered(connection_id="c1", sdp=recording().offer), changed, picture, outputs, quality)
    return tuple(message.model_dump_json().encode() for message in messages)


@dataclass(slots=True)
class Found:
    """What came of it."""

    inputs: Counter[str] = field(default_factory=Counter)
    slow: int = 0
    hangs: list[dict[str, object]] = field(default_factory=list)
    faults: list[dict[str, object]] = field(default_factory=list)
    worst: dict[str, float] = field(default_factory=dict)
    pictures: int = 0
    sounds: int = 0

    def figures(self) -> dict[str, object]:
        """For the last line."""
        return {
            "inputs": sum(self.inputs.values()),
            "by_kind": dict(self.inputs),
            "pictures": self.pictures,
            "sounds": self.sounds,
            "slow_once": self.slow,
            "hangs": len(self.hangs),
            "faults": len(self.faults),
            "worst_ms": {name: round(1000 * seconds, 2) for name, seconds in self.worst.items()},
            "named": list({str(one["what"]): one for one in self.hangs + self.faults}.values())[:MAX_NAMED],
        }


class Fuzzer:
    """Handles inputs one after the other."""

    def __init__(self, keeper: Keeper) -> None:
        self.found = Found()
        self._keeper = keeper
        self._feed: FeedTarget | None = None
        self._pipe = PipeTarget()
        self._since: deque[Input] = deque(maxlen=CONTEXT)
        self._taken = 0

    async def handle(self, item: Input) -> None:
        """Handle it, time it, and when it was slow or a fault, see whether it is again."""
        self._keeper.keep(item)
        self.found.inputs[item.kind.name.lower()] += 1
        try:
            seconds = await self._take(item)
        except Fault as fault:
            self.found.faults.append(self._named(item, what=f"{fault} ({fault.__cause__!r})"))
            await self._renew()
            return
        if seconds > LIMIT_SECONDS:
            self.found.slow += 1
            seconds = await self._again(item, seconds)
        kind = item.kind.name.lower()
        self.found.worst[kind] = max(self.found.worst.get(kind, 0.0), seconds)

    async def close(self) -> None:
        """End the feed."""
        await self._renew()

    async def _take(self, item: Input) -> float:
        match item.kind:
            case Kind.SDP:
                return parse(item.data.decode("utf-8", "replace"))
            case Kind.OFFER:
                return await accept(item.data.decode("utf-8", "replace"))
            case Kind.PIPE:
                return self._pipe.take(item)
            case Kind.RTP | Kind.RTCP:
                pass
        if self._feed is None or self._taken >= FEED_INPUTS or self._feed.deaf:
            await self._renew()
            self._feed = FeedTarget()
            await self._feed.start()
        self._taken += 1
        seconds = await self._feed.take(item)
        self._since.append(item)
        return seconds

    async def _renew(self) -> None:
        feed, self._feed, self._taken = self._feed, None, 0
        self._since.clear()
        if feed is not None:
            self.found.pictures += feed.pictures
            self.found.sounds += feed.sounds
            await feed.close()

    async def _again(self, item: Input, first: float) -> float:
        """The shortest of all tries; a hang when that is still too long."""
        times = [first]
        before = list(self._since)[:-1] if item.kind in (Kind.RTP, Kind.RTCP) else []
        for _ in range(TRIES):
            if before:
                await self._renew()
            for earlier in before:
                await self._take(earlier)
            times.append(await self._take(item))
            if times[-1] <= LIMIT_SECONDS:
                break
        if min(times) > LIMIT_SECONDS:
            self.found.hangs.append(self._named(item, what=f"{min(times) * 1000:.0f} ms"))
        return min(times)

    def _named(self, item: Input, what: str) -> dict[str, object]:
        return {"kind": item.kind.name, "what": what, "data": b64encode(item.data[:2_000]).decode()}


async def play(inputs: int, seed: int, keeper: Keeper) -> Found:
    """So many inputs of our own making."""
    fuzzer, traffic = Fuzzer(keeper), Traffic(seed, from_media())
    for _ in range(inputs):
        await fuzzer.handle(traffic.next())
    await fuzzer.close()
    return fuzzer.found


def play_guided(inputs: int, seed: int, keeper: Keeper) -> None:
    """So many inputs that libFuzzer chooses, bent as we do, or by it; does not return."""
    loop = asyncio.new_event_loop()
    fuzzer, traffic = Fuzzer(keeper), Traffic(seed, from_media())
    kinds = tuple(kind for kind in Kind if kind is not Kind.OFFER)
    begun, count = time.monotonic(), 0

    def one(data: bytes) -> None:
        nonlocal count
        if len(data) > 1:
            loop.run_until_complete(fuzzer.handle(Input(kinds[data[0] % len(kinds)], data[1:])))
            count += 1
        if count % GUIDED_STRETCH == 0:  # the stream itself goes on, else nothing would be decoded
            for _ in range(OWN_STRETCH):
                loop.run_until_complete(fuzzer.handle(traffic.next()))
            count += OWN_STRETCH
        if count >= inputs:
            loop.run_until_complete(fuzzer.close())
            say(fuzzer.found, begun)

    def bend(data: bytes, most: int, salt: int) -> bytes:
        chance = random.Random(salt)  # noqa: S311
        if len(data) < 2 or chance.random() < 0.3:
            item = traffic.next()
            kind = Kind.SDP if item.kind is Kind.OFFER else item.kind
            return bytes([kinds.index(kind)]) + item.data[: most - 1]
        if chance.random() < 0.4:
            return bytes(atheris.Mutate(data, most))
        bends = {Kind.RTP: bend_rtp, Kind.RTCP: bend_rtcp}
        bent = bends.get(kinds[data[0] % len(kinds)], bend_text)(data[1:], chance)
        return data[:1] + bent[: most - 1]

    flags = [sys.argv[0], f"-seed={seed}", "-max_len=16000", "-timeout=60", "-rss_limit_mb=0", "-verbosity=1"]
    atheris.Setup(flags, one, custom_mutator=bend)
    atheris.Fuzz()


def say(found: Found, begun: float) -> None:
    """The last line; then the process ends at once."""
    print(json.dumps({**found.figures(), "seconds": round(time.monotonic() - begun, 1)}), flush=True)
    sys.stdout.flush()
    os._exit(0)


def main() -> int:
    """Play, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, help="where the last inputs are kept")
    parser.add_argument("--guided", action="store_true")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    keeper = Keeper(given.kept)
    if given.guided:
        play_guided(given.inputs, given.seed, keeper)
        return 1
    begun = time.monotonic()
    say(asyncio.run(play(given.inputs, given.seed, keeper)), begun)
    return 0


if __name__ == "__main__":
    sys.exit(main())
