"""A throw-away process that applies and reads a bulky update, so that only this process dies of a hostile one.

Run as `python -m gateway.document_probe`; standard input: the document's state, then the update, each behind its
length (4 bytes, big endian). Exit status 0: it was applied and read.
"""

import asyncio
import sys

from visit.document import VisitDocument
from visit.guard import CheckedUpdate

# An update below this many bytes goes through the guard alone: typing makes hundreds of bytes.
BULK_BYTES = 16 * 1024
_TIMEOUT_SECONDS = 20.0
_LENGTH_BYTES = 4


async def survives(state: bytes, checked: CheckedUpdate) -> bool:
    """Whether a process of its own applied the checked update to the state and read the result."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.document_probe",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    message = b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in (state, checked.data))
    try:
        await asyncio.wait_for(process.communicate(message), _TIMEOUT_SECONDS)
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode == 0


def main() -> int:
    """Apply and read; the parent looks at the exit status only."""
    stream = sys.stdin.buffer
    state, update = (stream.read(int.from_bytes(stream.read(_LENGTH_BYTES), "big")) for _ in range(2))
    document = VisitDocument()
    for data in (state, update):
        document.apply(CheckedUpdate(data, frozenset()), "probe")
    for section in document.texts():
        document.marks(section)
    document.layout()
    document.draft_orders()
    document.state_vector()
    document.update_since()
    return 0


if __name__ == "__main__":
    sys.exit(main())
