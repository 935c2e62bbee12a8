"""How the feed finds its way: direct or by a real coturn over UDP, TCP and TLS, and past dead servers."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from aiortc import RTCConfiguration, RTCIceServer
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from demo.private_network import private_network
from demo.turn import IPV4, IPV6, Relay, RelayPlan, start_relay
from desktop.av import ice
from desktop.ports import FeedState, LinkPath, MediaConfig
from tests.desktop.av.desk import Desk
from tests.desktop.av.relays import Capture, dead_relay, issued, past
from tests.desktop.av.sender import Sender

FIRST_PICTURE_SECONDS = 3.0
ENOUGH_PACKETS = 50


@pytest.fixture(scope="module", autouse=True)
def alone() -> Iterator[None]:
    """What is captured is ours."""
    with private_network():
        yield


@pytest.fixture(scope="module")
def relay(alone: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with start_relay(tmp_path_factory.mktemp("relay") / "coturn") as made:
        yield made


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.handle.stop()


def relayed(servers: tuple[dict[str, str], ...], relay: Relay | None = None) -> MediaConfig:
    """Relays alone, their certificates checked against the practice's authority."""
    authority = "" if relay is None else relay.authority.read_text()
    return MediaConfig(servers, loopback_candidates=True, relay_only=True, relay_authority=authority)


def only_relay(servers: tuple[dict[str, str], ...]) -> RTCConfiguration:
    """The same for the room that stands for a browser: stock aiortc, one relay over UDP."""
    one = servers[0]
    made = RTCIceServer(urls=one["urls"], username=one["username"], credential=one["credential"])
    return RTCConfiguration(iceServers=[made], iceTransportPolicy=RTCIceTransportPolicy.RELAY)


def watch(desk: Desk, config: MediaConfig, room: RTCConfiguration | None = None, *, keep: str = "") -> Sender:
    """Connect to a new room and wait for a picture and the next figures; `keep` names the offer's candidates."""
    sender = Sender(room)
    desk.handle.set_pane_size(400, 300)
    desk.handle.prepare("c1", config)
    desk.until(lambda: "c1" in desk.listener.prepared)
    offer = "\r\n".join(
        line for line in sender.offer().split("\r\n") if not line.startswith("a=candidate:") or keep in line
    )
    desk.handle.accept_offer("c1", offer)
    desk.until(lambda: "c1" in desk.listener.answers)
    sender.answer(desk.listener.answers["c1"])
    desk.until(lambda: bool(desk.listener.frames))
    desk.until(lambda: bool(desk.listener.qualities))
    return sender


def candidates(sdp: str) -> list[str]:
    """The types of an SDP's candidates."""
    return re.findall(r"^a=candidate:.* typ (\w+)", sdp, re.MULTILINE)


@pytest.mark.parametrize("host", [IPV4, IPV6])
@pytest.mark.parametrize("way", [LinkPath.RELAY_UDP, LinkPath.RELAY_TCP, LinkPath.RELAY_TLS])
def test_a_feed_comes_by_a_relay_alone(desk: Desk, relay: Relay, tmp_path: Path, way: LinkPath, host: str) -> None:
    url = relay.urls(host)[[LinkPath.RELAY_UDP, LinkPath.RELAY_TCP, LinkPath.RELAY_TLS].index(way)]
    room = only_relay(issued(tmp_path, relay, relay.urls()[:1]))
    with ExitStack() as stack:
        capture = stack.enter_context(Capture())
        sender = watch(desk, relayed(issued(tmp_path, relay, [url]), relay), room)
        stack.callback(sender.close)
        assert sender.pc is not None
        assert candidates(sender.pc.localDescription.sdp) == ["relay"] * 2, "one, on both lines"
    assert set(candidates(desk.listener.answers["c1"])) == {"relay"}
    assert desk.listener.qualities[-1].path is way
    assert len(capture.media) > ENOUGH_PACKETS
    assert past(relay, capture.media) == []


def test_a_relay_that_has_addresses_of_version_6_alone(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_relay(tmp_path / "six", RelayPlan((IPV6,))) as relay:
        servers = issued(tmp_path, relay, relay.urls(IPV6)[:1])
        ice.install()  # stock aiortc reads no address of version 6
        monkeypatch.setattr(ice.AlcoveConnection, "ways", ice.ways(servers, relay_only=True))
        sender = watch(desk, relayed(servers), RTCConfiguration([], RTCIceTransportPolicy.RELAY))
        sender.close()
    assert re.findall(r" ::1 \d+ typ (\w+)", desk.listener.answers["c1"]) == ["relay", "relay"]
    assert desk.listener.qualities[-1].path is LinkPath.RELAY_UDP


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_direct_feed_on_each_ip_version_and_the_capture_sees_it(desk: Desk, relay: Relay, address: str) -> None:
    with Capture() as capture:
        sender = watch(desk, MediaConfig(loopback_candidates=True), keep=f" {address} ")
        sender.close()
    assert desk.listener.qualities[-1].path is LinkPath.DIRECT
    assert len(past(relay, capture.media)) > ENOUGH_PACKETS


def test_nothing_is_sent_to_a_host_candidate_that_a_room_names_all_the_same(
    desk: Desk, relay: Relay, tmp_path: Path
) -> None:
    with Capture() as capture:
        desk.handle.prepare("c1", relayed(issued(tmp_path, relay, relay.urls()[:1])))
        desk.until(lambda: "c1" in desk.listener.prepared)
        sender = Sender()
        desk.handle.accept_offer("c1", sender.offer())
        desk.until(lambda: "c1" in desk.listener.answers)
        desk.until(lambda: desk.listener.states == [(FeedState.LOST, "connection_failed")])
        sender.close()
    assert past(relay, capture.media) == []


def test_a_relay_that_works_does_not_wait_for_dead_ones(desk: Desk, relay: Relay, tmp_path: Path) -> None:
    with dead_relay() as dead:
        servers = issued(tmp_path, relay, [*dead, relay.urls()[1]])
        started = time.monotonic()
        sender = watch(desk, relayed(servers, relay), only_relay(issued(tmp_path, relay, relay.urls()[:1])))
        sender.close()
    assert desk.listener.frames[0].received_at - started < FIRST_PICTURE_SECONDS - ice.GATHER_SECONDS
    assert desk.listener.qualities[-1].path is LinkPath.RELAY_TCP


def test_dead_relays_alone_delay_a_direct_feed_by_the_bound_only(desk: Desk, relay: Relay, tmp_path: Path) -> None:
    with dead_relay() as dead:
        config = MediaConfig(issued(tmp_path, relay, dead), loopback_candidates=True)
        started = time.monotonic()
        sender = watch(desk, config)
        sender.close()
    waited = desk.listener.frames[0].received_at - started
    assert ice.GATHER_SECONDS < waited < FIRST_PICTURE_SECONDS
    assert desk.listener.qualities[-1].path is LinkPath.DIRECT


@pytest.mark.parametrize(
    "spoilt",
    ["expired", "no relay", "another authority", "another name"],
)
def test_where_only_relays_may_be_used_and_none_can_the_feed_is_lost_and_says_why(
    desk: Desk, relay: Relay, tmp_path: Path, spoilt: str
) -> None:
    tls = relay.urls()[2]
    config = {
        "expired": lambda: relayed(issued(tmp_path, relay, relay.urls(), timedelta(seconds=90)), relay),
        "no relay": lambda: relayed(()),
        "another authority": lambda: relayed(issued(tmp_path, relay, [tls])),
        "another name": lambda: relayed(issued(tmp_path, relay, [tls.replace("127.0.0.1", "127.0.0.2")]), relay),
    }[spoilt]()
    desk.handle.prepare("c1", config)
    desk.until(lambda: "c1" in desk.listener.prepared)
    sender = Sender()
    desk.handle.accept_offer("c1", sender.offer())
    desk.until(lambda: desk.listener.states == [(FeedState.LOST, "no_relay")])
    sender.close()
    log = relay.running.log.read_text()
    assert desk.listener.answers == {}
    if spoilt == "expired":
        assert "check_stun_auth: Cannot find credentials of user" in log
