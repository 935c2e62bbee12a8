"""An HTTP server that misbehaves as told, in front of the real one or alone: for the client's retries and bounds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2


@dataclass(frozen=True)
class Reply:
    """An answer; status 0 closes the connection without one, `forward` asks the real server first."""

    status: int = 200
    body: str = "{}"
    headers: tuple[str, ...] = ()
    forward: bool = False


@dataclass
class Flaky:
    """Gives its replies one by one, the last one for ever; remembers what was asked."""

    replies: list[Reply]
    behind: str = ""
    address: str = ""
    asked: list[str] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read_request(reader):
                self.asked.append(request.line)
                reply = self.reply_to(request.line.split(" ")[1])
                if reply.forward:
                    reply = await self._forwarded(request, reply)
                if reply.status == 0:
                    return
                writer.write(_as_bytes(reply))
                await writer.drain()
        finally:
            writer.close()

    def reply_to(self, path: str) -> Reply:
        """The next reply."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    async def _forwarded(self, request: "Request", reply: Reply) -> Reply:
        method, path, _ = request.line.split(" ")
        async with httpx2.AsyncClient() as client:
            answer = await client.request(method, self.behind + path, content=request.body, headers=request.headers)
        if reply.status == 0:
            return reply
        body = answer.text.replace(self.behind, self.address)
        return Reply(answer.status_code, body, ("content-type: application/fhir+json",))


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    line, *rest = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    kept = {name: value for name, value in headers.items() if name not in ("host", "content-length", "connection")}
    return Request(line, kept, body)


def _as_bytes(reply: Reply) -> bytes:
    body = reply.body.encode()
    head = [f"HTTP/1.1 {reply.status} Reply", f"content-length: {len(body)}", *reply.headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(*replies: Reply, behind: str = "", chart: Flaky | None = None) -> AsyncIterator[Flaky]:
    """Serve on a free loopback port; `behind` is the origin of the real server."""
    flaky = chart or Flaky(list(replies), behind)
    server = await asyncio.start_server(flaky.handle, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    flaky.address = f"http://{host}:{port}"
    try:
        yield flaky
    finally:
        server.close()
        await server.wait_closed()
