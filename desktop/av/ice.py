"""The seam in aioice 0.13: all relays asked at once and within a bound, relay-only, loopback candidates on demand.

Its names are private or module-wide, so versions are pinned exactly and tests/desktop/av/test_contract.py fails when
they change. What aiortc would make of a list of servers (the first of them alone) is not used.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import aioice.ice
import aiortc.rtcicetransport
from aioice import Candidate, stun
from aioice.candidate import candidate_foundation, candidate_priority

from desktop.av.turn import IceServer, addresses, allocate, ice_servers, trust
from desktop.ports import LinkPath

GATHER_SECONDS = 2.0
"""A server that has not answered by then is left out; aioice's own bound is 5 s."""
ONLY_RELAY_SECONDS = 5.0
"""The same where nothing else would do."""
SETTLE_SECONDS = 0.2
"""So long after the first relay the others are waited for."""
AGAIN_SECONDS = 0.5
PREFERENCE = {LinkPath.RELAY_UDP: 2, LinkPath.RELAY_TCP: 1, LinkPath.RELAY_TLS: 0}
"""Among relays, the one whose way to us loses the least time (RFC 8445, 5.1.2.2)."""
FAILURES = (OSError, stun.TransactionError)
"""Why a server gives no candidate: unreachable, its certificate is not trusted, it refuses our credentials."""
_original_addresses: Callable[..., list[str]] = aioice.ice.get_host_addresses


def offer_loopback(wanted: bool) -> None:
    """Offer 127.0.0.1 and ::1 beside the machine's addresses, or no longer. aioice leaves them out.

    The one seam for a laptop with no network, where demo and tests meet on the machine itself.
    """

    def with_loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        found = list(_original_addresses(use_ipv4, use_ipv6))
        return [*found, *(["127.0.0.1"] if use_ipv4 else []), *(["::1"] if use_ipv6 else [])]

    aioice.ice.get_host_addresses = with_loopback if wanted else _original_addresses


@dataclass(frozen=True, slots=True)
class Ways:
    """How one connection may reach the room."""

    servers: tuple[IceServer, ...] = ()
    relay_only: bool = False
    authority: str = ""
    """Who signs the relays' certificates (PEM); '': whom the system trusts."""

    @property
    def relays(self) -> list[IceServer]:
        """The relays among the servers."""
        return [server for server in self.servers if server.way is not LinkPath.DIRECT]


def ways(given: tuple[dict[str, str], ...], *, relay_only: bool = False, authority: str = "") -> Ways:
    """From RTCIceServer dictionaries as the gateway gives them."""
    return Ways(tuple(ice_servers(given)), relay_only, authority)


def install() -> None:
    """Let aiortc make our connections."""
    aiortc.rtcicetransport.Connection = AlcoveConnection  # type: ignore[attr-defined]


def use(ice_transport: Any, chosen: Ways) -> None:  # noqa: ANN401  # aiortc's RTCIceTransport
    """Tell a transport its ways; before it gathers."""
    ice_transport._connection.ways = chosen  # noqa: SLF001


class RelayProtocol(aioice.ice.StunProtocol):
    """One allocation."""

    way = LinkPath.RELAY_UDP


class AlcoveConnection(aioice.ice.Connection):
    """Asks every server at once; none that works waits for one that does not."""

    ways = Ways()

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109  # aioice's signature
    ) -> list[Candidate]:
        """Candidates of each of our addresses, which aioice makes at once, then those that servers give."""
        found = await super().get_component_candidates(component, addresses, timeout)
        asking = self._queries(component)
        if asking:
            bound = ONLY_RELAY_SECONDS if self.ways.relay_only else GATHER_SECONDS
            wanted = "relay" if self.ways.relays else "srflx"
            found += await _answers(asking, wanted, bound)
        return found

    def _queries(self, component: int) -> list[asyncio.Task[list[Candidate]]]:
        """One for each relay; each STUN server from each of our addresses, unless only relays may be used."""
        queries: list[Coroutine[Any, Any, list[Candidate]]] = []
        context = self._trust()
        for server in self.ways.servers:
            if server.way is not LinkPath.DIRECT:
                if server.way is not LinkPath.RELAY_TLS or context is not None:
                    queries.append(self._relayed(component, server, context))
            elif not self.ways.relay_only:
                hosts = [p for p in self._protocols if ":" not in p.local_candidate.host]
                queries.extend(_reflexive(protocol, server) for protocol in hosts)
        return [asyncio.ensure_future(query) for query in queries]

    def _trust(self) -> ssl.SSLContext | None:
        """None when TLS is not wanted, or the authority is none: then no relay is reached by TLS."""
        if not any(server.way is LinkPath.RELAY_TLS for server in self.ways.servers):
            return None
        try:
            return trust(self.ways.authority)
        except ssl.SSLError:
            return None

    async def _relayed(self, component: int, server: IceServer, context: ssl.SSLContext | None) -> list[Candidate]:
        """One candidate, by the first address of the relay that answers; [] when it refuses.

        Where only relays may be used one that refuses is asked again, until the bound: it may be starting.
        """
        while True:
            try:
                asked = [
                    asyncio.ensure_future(self._allocated(component, server, address, context))
                    for address in await addresses(server)
                ]
                return [await _first(asked)]
            except FAILURES:
                if not self.ways.relay_only:
                    return []
            await asyncio.sleep(AGAIN_SECONDS)

    async def _allocated(
        self, component: int, server: IceServer, address: tuple[str, int], context: ssl.SSLContext | None
    ) -> Candidate:
        protocol = await allocate(server, address, context, lambda: RelayProtocol(self))
        protocol.way = server.way
        host, port = protocol.transport.get_extra_info("sockname")
        related = protocol.transport.get_extra_info("related_address")
        if self.ways.relay_only:  # our own address is not the room's to know (RFC 8839, 5.1)
            related = ("::" if ":" in host else "0.0.0.0", 9)  # noqa: S104  # a text, not a socket
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("relay", server.way.value, host),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "relay", PREFERENCE[server.way]),
            host=host,
            port=port,
            type="relay",
            related_address=related[0],
            related_port=related[1],
        )
        self._protocols.append(protocol)
        return protocol.local_candidate


async def _reflexive(protocol: aioice.ice.StunProtocol, server: IceServer) -> list[Candidate]:
    """Our address as a STUN server sees it; [] when it does not say."""
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(server.host, server.port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        candidate, _ = await aioice.ice.server_reflexive_candidate(protocol, found[0][4][:2])  # type: ignore[arg-type]
    except (*FAILURES, KeyError):  # KeyError: an answer without an address
        return []
    return [candidate]


async def _first(asked: list[asyncio.Task[Candidate]]) -> Candidate:
    """The first that succeeds; the others are given up. The last failure when none does."""
    failure: BaseException = OSError("no address")
    try:
        for each in asyncio.as_completed(asked):
            try:
                return await each
            except FAILURES as failed:
                failure = failed
    finally:
        for task in asked:
            task.cancel()
    raise failure


async def _answers(asked: list[asyncio.Task[list[Candidate]]], wanted: str, bound: float) -> list[Candidate]:
    """What comes until all have answered, the bound, or a little after the first candidate of the wanted type."""
    found: list[Candidate] = []
    end = time.monotonic() + bound
    pending = set(asked)
    try:
        while pending and (left := end - time.monotonic()) > 0:
            done, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                found += task.result()
            if any(candidate.type == wanted for candidate in found):
                end = min(end, time.monotonic() + SETTLE_SECONDS)
                wanted = ""
    finally:
        for task in asked:
            task.cancel()
    return found


def path(ice_transport: Any) -> LinkPath | None:  # noqa: ANN401  # aiortc's RTCIceTransport
    """How packets go between the room and us; None while no pair of candidates is nominated."""
    pair = ice_transport._connection._nominated.get(1)  # noqa: SLF001
    if pair is None:
        return None
    if isinstance(pair.protocol, RelayProtocol):
        return pair.protocol.way
    return LinkPath.RELAY_OF_ROOM if pair.remote_candidate.type == "relay" else LinkPath.DIRECT


async def round_trip(ice_transport: Any) -> float | None:  # noqa: ANN401  # aiortc's RTCIceTransport
    """Seconds that a STUN binding request (RFC 8489) on the nominated pair takes; None when it is not answered."""
    connection = ice_transport._connection  # noqa: SLF001
    pair = connection._nominated.get(1)  # noqa: SLF001
    if pair is None or connection.remote_password is None:
        return None
    request = connection.build_request(pair, nominate=False)
    key = connection.remote_password.encode()
    started = time.monotonic()
    try:
        await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=0)
    except stun.TransactionError:
        return None
    return time.monotonic() - started
