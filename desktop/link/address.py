"""Which gateway addresses are taken: https anywhere, plain http on loopback alone."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from desktop.ports import LinkFailed, LinkProblem


def checked_address(untrusted_address: str) -> str:
    """The address without a trailing slash; LinkFailed(ADDRESS_INVALID or PLAIN_HTTP) when it is not taken."""
    text = untrusted_address.strip()
    if "://" not in text:
        text = f"https://{text}"
    text = text.rstrip("/")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise LinkFailed(LinkProblem.ADDRESS_INVALID) from None
    if not parts.hostname or parts.username or parts.query or parts.fragment or port == 0:
        raise LinkFailed(LinkProblem.ADDRESS_INVALID)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return text
    raise LinkFailed(LinkProblem.PLAIN_HTTP if parts.scheme == "http" else LinkProblem.ADDRESS_INVALID)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, by its literal name or address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def live_address(address: str) -> str:
    """The live channel's WebSocket address of a gateway."""
    return "ws" + address.removeprefix("http") + "/v1/live"
