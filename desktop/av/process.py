"""The media process: started as this program with `--media`, ends when the UI process does.

It is given no vault key and no token. Nothing it receives is ever written to disk.
"""

import asyncio
import faulthandler
import gc
import os
import socket
import sys
from collections.abc import Callable

from desktop.av import ice
from desktop.av.child import MediaChild
from desktop.av.rtc_receiver import install
from desktop.av.slots import Slots
from desktop.av.untrusted import guard_parsers

HANG_SECONDS = 10.0
BEAT_SECONDS = 1.0


def main(word: str) -> int:
    """Run with inherited descriptors `socket:memory`; returns when the UI process is gone."""
    no_core_dumps()
    control, memory = (int(part) for part in word.split(":"))
    install()
    guard_parsers()
    ice.install()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(MediaChild(socket.socket(fileno=control), Slots(memory))))
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop, which carries packets with less work; there is none for Windows, where asyncio's own loop does."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def no_core_dumps() -> None:
    """Patients' pictures must not land in a core file."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


async def _run(child: MediaChild) -> None:
    gc.freeze()
    heart = asyncio.get_running_loop().create_task(_beat())
    try:
        await child.run()
    finally:
        heart.cancel()


async def _beat() -> None:
    """End the process when its event loop stands still: the UI process then starts another.

    faulthandler's watchdog is a C thread, so code that keeps the interpreter lock cannot stop it.
    """
    with open(os.devnull, "w") as nowhere:  # noqa: ASYNC230
        try:
            while True:
                faulthandler.dump_traceback_later(HANG_SECONDS, exit=True, file=nowhere)
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            faulthandler.cancel_dump_traceback_later()
