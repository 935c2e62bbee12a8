"""A process that writes chat and text without end and prints each acknowledgement, until it is killed.

Run as `python -m tests.gateway.crash_writer <database url>`.
"""

import asyncio
import sys

from tests.gateway.world import StandingClock, World, open_world
from visit.document import VisitDocument
from wire.commands import SendChat
from wire.live import CommandAccepted


async def _write(world: World) -> None:
    await world.admit()
    document = VisitDocument()
    made: list[bytes] = []
    document.on_update = made.append
    number = 0
    while True:
        answer = await world.scribe(SendChat(message_id=f"m{number}", text=f"line {number}"), f"chat-{number}")
        assert isinstance(answer, CommandAccepted)
        print(f"chat {number} {answer.seq}", flush=True)
        text = document.text("hpi")
        document.replace("hpi", len(text), len(text), f"{number};")
        assert await world.send(made.pop(), document.client_id, f"update-{number}") is None
        print(f"text {number} 0", flush=True)
        number += 1


async def _main(url: str) -> None:
    async with open_world(url, StandingClock()) as world:
        await _write(world)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
