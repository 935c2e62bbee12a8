"""The independent FHIR validators as one long-lived Node child: a resource in, what is wrong with it out."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from demo import node

HERE = Path(__file__).parent
ANSWER_SECONDS = 20.0
_LONGEST_LINE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: which checker says so, in its words, and the FHIRPath of the place."""

    by: str
    text: str
    at: str


def install() -> bool:
    """Install the validators' locked Node packages; False when they were up to date."""
    return node.install(HERE)


class Validator:
    """Asks the Node child, one resource at a time; TimeoutError or EOFError when it no longer answers."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        argv = (str(node.node_binary()), str(HERE / "server.mjs"))
        self._process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE)
        if not (await self._read()).get("ready"):
            raise EOFError("the validator did not start")
        return self

    async def __aexit__(self, *_: object) -> None:
        process = self._child()
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.terminate()
        await process.wait()

    async def check(self, resource: dict[str, Any]) -> list[Issue]:
        """Everything that the validators hold against a resource; empty when it is right."""
        async with self._turn:
            stdin = self._child().stdin
            if stdin is None:
                raise EOFError("the validator is gone")
            stdin.write(json.dumps({"id": 0, "resource": resource}).encode() + b"\n")
            await stdin.drain()
            answer = await self._read()
        return [Issue(**issue) for issue in answer["issues"]]

    def _child(self) -> Process:
        if self._process is None:
            raise AssertionError("enter the validator first")
        return self._process

    async def _read(self) -> dict[str, Any]:
        stdout = self._child().stdout
        if stdout is None:
            raise EOFError("the validator is gone")
        async with asyncio.timeout(ANSWER_SECONDS):
            line = await stdout.readline()
        if not line:
            raise EOFError("the validator ended")
        answer: dict[str, Any] = json.loads(line)
        return answer
