"""The seams in aioice 0.13: loopback candidates on demand, a bound on gathering, and the measured round trip.

Its names are private or module-wide, so versions are pinned exactly and tests/desktop/av/test_contract.py fails when
they change.
"""

import time
from collections.abc import Callable
from typing import Any

import aioice.ice
from aioice import stun

GATHER_SECONDS = 2
"""A STUN or TURN server that has not answered by then is left out; aioice's own bound is 5 s."""
_original_addresses: Callable[..., list[str]] = aioice.ice.get_host_addresses
_original_gather = aioice.ice.Connection.get_component_candidates


def offer_loopback(wanted: bool) -> None:
    """Offer 127.0.0.1 and ::1 beside the machine's addresses, or no longer. aioice leaves them out.

    The one seam for a laptop with no network, where demo and tests meet on the machine itself.
    """

    def with_loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        found = list(_original_addresses(use_ipv4, use_ipv6))
        return [*found, *(["127.0.0.1"] if use_ipv4 else []), *(["::1"] if use_ipv6 else [])]

    aioice.ice.get_host_addresses = with_loopback if wanted else _original_addresses


def bound_gathering() -> None:
    """Let no server delay an answer by more than GATHER_SECONDS."""

    async def bounded(self: Any, component: int, addresses: list[str], timeout: int = GATHER_SECONDS) -> Any:  # noqa: ANN401, ASYNC109
        return await _original_gather(self, component, addresses, timeout)

    aioice.ice.Connection.get_component_candidates = bounded  # type: ignore[method-assign]


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
