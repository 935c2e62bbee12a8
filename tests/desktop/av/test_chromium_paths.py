"""The page's half of the way, in the real browser: relays alone, relays that are dead, no server unless named."""

import asyncio
import json
import os
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from demo.page import ARGUMENTS, CHROMIUM
from demo.private_network import private_network
from demo.turn import Relay, start_relay
from desktop.av import ice
from desktop.av.feed import Feed, FeedEvents, Seen
from desktop.av.rtc_receiver import install
from desktop.ports import LinkPath
from tests.desktop.av.relays import Capture, dead_relay, issued, past

pytestmark = pytest.mark.anyio
STATIC = Path(__file__).resolve().parents[3] / "gateway" / "pages" / "static"
ADDRESS = "http://localhost/"
ENOUGH_PACKETS = 50
PICTURES = 30
OWN_IPV6 = "fd00:a1c0::1"
HIDDEN = {("relay", "0.0.0.0")}  # noqa: S104  # the text of a related address
FIRST_PICTURE_SECONDS = 3.0
OFFER = """async (ways) => {
  const { add_tracks, configuration, gathered, set_offer } = await import("/room/lines.js");
  const certificate = await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" });
  window.pc = new RTCPeerConnection(configuration(ways, certificate));
  add_tracks(pc, window.stream);
  await set_offer(pc);
  await gathered(pc, ways);
  return pc.localDescription.sdp;
}"""
ANSWER = """async ([sdp, ways]) => {
  const { only_allowed_candidates } = await import("/room/lines.js");
  await pc.setRemoteDescription({ type: "answer", sdp: only_allowed_candidates(sdp, ways) });
}"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
def alone() -> Iterator[None]:
    """What is captured is ours. Chromium offers no ::1: an address of version 6 stands on a cable of two ends."""
    with private_network():
        for command in (
            "link add name near type veth peer name far",
            f"addr add {OWN_IPV6}/64 dev near nodad",
            "link set near up",
            "link set far up",
        ):
            subprocess.run(["ip", *command.split()], check=True)
        yield


@pytest.fixture(scope="module")
def relay(alone: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with start_relay(tmp_path_factory.mktemp("relay") / "coturn") as made:
        yield made


@pytest.fixture
async def page(relay: Relay, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A room's browser with the page's modules and a camera; it trusts the relay's certificate unless told not to."""
    install()
    ice.install()
    ice.offer_loopback(True)
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    if getattr(request, "param", "trusting") == "trusting":
        arguments.append(relay.browser_flag)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        made = await browser.new_page()
        await made.route("**/*.js", lambda route: route.fulfill(path=STATIC / route.request.url.removeprefix(ADDRESS)))
        await made.route(ADDRESS, lambda route: route.fulfill(body="<p>", content_type="text/html"))
        await made.goto(ADDRESS)
        wanted = "{ audio: true, video: { width: 1280, height: 720 } }"
        await made.evaluate(f"async () => void (window.stream = await navigator.mediaDevices.getUserMedia({wanted}))")
        yield made
        await browser.close()
    ice.offer_loopback(False)


@dataclass
class Watched:
    """A feed of a room's page; the seconds are those from the offer's making to the first picture."""

    offer: str = ""
    answer: str = ""
    path: LinkPath | None = None
    seconds: float = 0.0


async def watch(
    page: Page, room: dict[str, object], laptop: ice.Ways, keep: str = "", answered_as: dict[str, object] | None = None
) -> Watched:
    """Let the room offer its stream to a listener; `keep` names the candidates that are passed on, both ways.

    `answered_as` is what the room goes by when it reads the answer.
    """
    made, started = Watched(), time.monotonic()
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    pictures: asyncio.Queue[float] = asyncio.Queue()

    def seen(picture: Seen) -> None:
        pictures.put_nowait(picture.received_at)

    feed = Feed(laptop, FeedEvents(answered.set_result, lambda *_: None, seen, lambda *_: None))
    try:
        made.offer = await page.evaluate(OFFER, room)
        await feed.accept(kept(made.offer, keep))
        made.answer = kept(await asyncio.wait_for(answered, 10), keep)
        await page.evaluate(ANSWER, [made.answer, answered_as or room])
        async with asyncio.timeout(20):
            made.seconds = await pictures.get() - started
            for _ in range(PICTURES - 1):  # so long, that a capture has seen which way they go
                await pictures.get()
        made.path = feed.path
    finally:
        await feed.close()
        await page.evaluate("() => pc.close()")
    return made


def kept(sdp: str, keep: str) -> str:
    """Without the candidates that do not have these words."""
    return "\r\n".join(line for line in sdp.split("\r\n") if not line.startswith("a=candidate:") or keep in line)


def types(sdp: str) -> set[tuple[str, str]]:
    """The candidates' types, with the related address that each names."""
    return set(re.findall(r"^a=candidate:.* typ (\w+)(?: raddr (\S+))?", sdp, re.MULTILINE))


@pytest.mark.parametrize("number", [0, 1, 2], ids=["udp", "tcp", "tls"])
async def test_a_room_that_may_use_relays_alone(page: Page, relay: Relay, tmp_path: Path, number: int) -> None:
    servers = issued(tmp_path, relay, [relay.urls("localhost")[number]])
    room = {"ice_servers": list(servers), "relay_only": True}
    laptop = ice.ways(issued(tmp_path, relay, relay.urls()[:1]), relay_only=True)
    with Capture() as capture:
        watched = await watch(page, room, laptop)
    assert types(watched.offer) == types(watched.answer) == HIDDEN
    assert watched.path is LinkPath.RELAY_UDP
    assert len(capture.media) > ENOUGH_PACKETS
    assert past(relay, capture.media) == []


@pytest.mark.parametrize("page", ["strict"], indirect=True)
async def test_a_browser_that_does_not_trust_the_relay_sends_it_nothing(
    page: Page, relay: Relay, tmp_path: Path
) -> None:
    servers = issued(tmp_path, relay, relay.urls("localhost")[2:])
    started = time.monotonic()
    offer = await page.evaluate(OFFER, {"ice_servers": list(servers), "relay_only": True})
    assert types(offer) == set()
    assert time.monotonic() - started < 6


async def test_a_room_that_goes_by_its_own_relay(page: Page, relay: Relay, tmp_path: Path) -> None:
    """The laptop has no relay of its own; it finds the room's."""
    room = {"ice_servers": list(issued(tmp_path, relay, relay.urls()[:1])), "relay_only": True}
    watched = await watch(page, room, ice.Ways(), answered_as=room | {"relay_only": False})
    assert types(watched.offer) == HIDDEN
    assert watched.path is LinkPath.RELAY_OF_ROOM


async def test_a_direct_feed_by_version_6(page: Page, relay: Relay) -> None:
    with Capture() as capture:
        watched = await watch(page, {"ice_servers": [], "relay_only": False}, ice.Ways(), keep=f" {OWN_IPV6} ")
    assert watched.path is LinkPath.DIRECT
    assert len(past(relay, capture.media)) > ENOUGH_PACKETS


async def test_dead_relays_cost_no_more_than_their_bound(page: Page, relay: Relay, tmp_path: Path) -> None:
    with dead_relay() as dead:
        servers = issued(tmp_path, relay, dead)
        watched = await watch(page, {"ice_servers": list(servers), "relay_only": False}, ice.ways(servers))
    assert watched.seconds < FIRST_PICTURE_SECONDS


async def test_a_relay_that_works_does_not_wait_for_dead_ones(page: Page, relay: Relay, tmp_path: Path) -> None:
    with dead_relay() as dead:
        servers = issued(tmp_path, relay, [*dead, relay.urls()[1]])
        room = {"ice_servers": list(servers), "relay_only": True}
        watched = await watch(page, room, ice.ways(servers, relay_only=True))
    assert watched.seconds < FIRST_PICTURE_SECONDS - ice.GATHER_SECONDS
    assert watched.path is LinkPath.RELAY_TCP


async def test_no_server_is_asked_unless_the_practice_names_it(page: Page) -> None:
    with Capture() as capture:
        offer = await page.evaluate(OFFER, {"ice_servers": [], "relay_only": False})
        known = json.loads(await page.evaluate("() => JSON.stringify(pc.getConfiguration())"))
    assert known["iceServers"] == []
    assert {kind for kind, _ in types(offer)} == {"host"}
    assert capture.media == []
