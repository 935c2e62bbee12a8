"""One client's end of the live channel: a bounded queue of frames towards it, and the pace of those from it.

The queue drops nothing: a client that does not read until the queue is full is disconnected with that reason, and
resumes its durable streams when it comes back.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from gateway.ports import Policy, SessionInfo
from wire.live import GatewayFrame, Refused
from wire.people import Principal
from wire.refusals import Refusal

MAX_QUEUED_FRAMES = 2_000
MAX_QUEUED_CHARS = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Closing:
    """Why and how the gateway ends a connection; WebSocket close codes as in RFC 6455."""

    code: int
    reason: str


NORMAL = Closing(1000, "closed")
GOING_AWAY = Closing(1001, "the gateway stops")
POLICY = Closing(1008, "refused")
SLOW = Closing(1013, "too slow")


class Connection:
    """A connected principal. The event loop's thread only."""

    def __init__(self, principal: Principal, session: SessionInfo) -> None:
        self.principal = principal
        self.session = session
        self.follows: set[str] = set()
        self.is_welcome = False
        self._queue: deque[str] = deque()
        self._queued_chars = 0
        self._wake = asyncio.Event()
        self._closing: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()

    def post(self, frame: GatewayFrame) -> None:
        """Queue a frame; a full queue ends the connection instead."""
        self.post_text(frame.model_dump_json())

    def post_text(self, text: str) -> None:
        """Queue a frame that is JSON already."""
        if self._closing.done():
            return
        if len(self._queue) >= MAX_QUEUED_FRAMES or self._queued_chars + len(text) > MAX_QUEUED_CHARS:
            self.close(SLOW)
            return
        self._queue.append(text)
        self._queued_chars += len(text)
        self._wake.set()

    def refuse(self, refusal: Refusal, closing: Closing | None = None) -> None:
        """Queue a refusal; with `closing` the connection ends after it."""
        self.post(Refused(refusal=refusal, closing=closing is not None))
        if closing is not None:
            self.close(closing)

    def close(self, closing: Closing) -> None:
        """End the connection; the first reason counts."""
        if not self._closing.done():
            self._closing.set_result(closing)
            self._wake.set()

    @property
    def is_closing(self) -> bool:
        """Whether the connection is about to end."""
        return self._closing.done()

    async def closing(self) -> Closing:
        """Wait until the gateway ends this connection."""
        return await asyncio.shield(self._closing)

    async def next_text(self) -> str | None:
        """The next frame to write; None when the connection ends and everything else was taken."""
        while not self._queue:
            if self._closing.done():
                return None
            self._wake.clear()
            await self._wake.wait()
        text = self._queue.popleft()
        self._queued_chars -= len(text)
        return text


class Pace:
    """A token bucket: tells how long to leave the next frame unread, so that the client's own sending slows down."""

    def __init__(self, policy: Policy, monotonic: float) -> None:
        self._rate = policy.frames_per_second
        self._burst = float(policy.frames_burst)
        self._tokens = self._burst
        self._at = monotonic

    def take(self, monotonic: float) -> float:
        """Count one frame; seconds to wait before the next is read (0 within the burst)."""
        self._tokens = min(self._burst, self._tokens + (monotonic - self._at) * self._rate) - 1.0
        self._at = monotonic
        return max(0.0, -self._tokens / self._rate)
