"""The one seam for loopback candidates: on a laptop with no network, demo and tests meet on 127.0.0.1."""

from collections.abc import Callable

import aioice.ice

_original: Callable[..., list[str]] = aioice.ice.get_host_addresses


def offer_loopback(wanted: bool) -> None:
    """Offer 127.0.0.1 beside the machine's addresses, or no longer. aioice leaves it out."""

    def with_loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        found = list(_original(use_ipv4, use_ipv6))
        return [*found, "127.0.0.1"] if use_ipv4 else found

    aioice.ice.get_host_addresses = with_loopback if wanted else _original
