"""Fixtures of the page's tests: the edge on a fresh world, and Debian's Chromium with a fake camera."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.gateway.pages.edge import Edge, running_edge
from tests.gateway.world import World, open_world

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-background-networking",
    "--allow-loopback-in-peer-connection",
)
EXPECT_MS = 10_000
# What Chromium itself writes about a channel or a call that the test broke or refused on purpose.
OF_THE_NETWORK = ("WebSocket connection to", "Failed to load resource", "net::ERR_")


@dataclass(slots=True)
class Browsing:
    """A browser context whose console must stay silent."""

    context: BrowserContext
    edge: Edge
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Page:
        page = await self.context.new_page()
        page.set_default_timeout(EXPECT_MS)
        page.on("console", lambda message: self._on_console(message))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.edge.address + path)
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(OF_THE_NETWORK):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"  # one event loop for a module, so that its tests share a browser


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(f"sqlite+aiosqlite:///{tmp_path}/gateway.db") as opened:
        yield opened


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    async with running_edge(world) as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield launched
        await launched.close()


@pytest.fixture
async def browsing(browser: Browser, edge: Edge) -> AsyncIterator[Browsing]:
    """No script error, no refused script or style, no warning: the console stays empty."""
    context = await browser.new_context(viewport={"width": 1024, "height": 768}, timezone_id="UTC")
    opened = Browsing(context, edge)
    yield opened
    await context.close()
    assert opened.complaints == []
