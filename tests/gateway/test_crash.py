"""kill -9 in the middle of writes: nothing that was acknowledged is lost, nothing is half there, the chain holds."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit import verify
from tests.gateway.world import open_world
from wire.commands import SendChat
from wire.live import CommandAccepted
from wire.record import ChatSent

_ROOT = Path(__file__).parents[2]


def _acknowledged_until_killed(url: str, count: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Acknowledged chats (number, seq) and texts of a writer that is killed after `count` acknowledgements."""
    command = [sys.executable, "-m", "tests.gateway.crash_writer", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(count)]
        writer.send_signal(signal.SIGKILL)
        lines += [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL
    words = [line.split() for line in lines]
    chats = [(int(number), int(seq)) for kind, number, seq in words if kind == "chat"]
    return chats, [int(number) for kind, number, _ in words if kind == "text"]


@pytest.mark.anyio
@pytest.mark.parametrize("count", [7, 40])
async def test_a_killed_gateway_loses_nothing_that_it_acknowledged(database_url: str, count: int) -> None:
    chats, texts = _acknowledged_until_killed(database_url, count)
    assert len(chats) + len(texts) >= count
    async with open_world(database_url) as world:
        entries = {entry.seq: entry.fact for entry in world.services.ledger.loaded(world.visit_id).entries}
        for number, seq in chats:
            assert entries[seq] == ChatSent(message_id=f"m{number}", text=f"line {number}")
        written = (await world.texts())["hpi"]
        assert written.startswith("".join(f"{number};" for number in texts))
        assert verify(await world.services.database.audit_rows()) is None
        number, seq = chats[-1]
        repeated = await world.scribe(SendChat(message_id=f"m{number}", text=f"line {number}"), f"chat-{number}")
        assert isinstance(repeated, CommandAccepted)
        assert repeated.seq == seq
