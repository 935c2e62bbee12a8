"""Relays (TURN, RFC 8656) over UDP, TCP and TLS: which ones a connection may use, and one allocation at one of them.

aioice 0.13 has the protocol; missing there is a relay at an IPv6 address (`turn:[::1]`, a relayed address of version
6), a certificate authority of the practice, and a bound on what waits in a slow stream.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aioice import stun
from aioice.turn import (
    DEFAULT_ALLOCATION_LIFETIME,
    DEFAULT_CHANNEL_REFRESH_TIME,
    UDP_SOCKET_BUFFER_SIZE,
    TurnClientTcpProtocol,
    TurnClientUdpProtocol,
    TurnTransport,
    is_channel_data,
)

from desktop.ports import LinkPath

MAX_WAITING_BYTES = 64 * 1024
"""What a stream has not sent by then is media that would come too late: it is dropped."""
FAMILY_REFUSED = 440
FAMILY = "REQUESTED-ADDRESS-FAMILY"
IPV6 = 0x02000000
PORTS = {"turn": 3478, "turns": 5349, "stun": 3478}
WAYS = {
    ("turn", "udp"): LinkPath.RELAY_UDP,
    ("turn", "tcp"): LinkPath.RELAY_TCP,
    ("turns", "tcp"): LinkPath.RELAY_TLS,
}
_URL = re.compile(
    r"(?P<scheme>stun|turns?):(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:?\s]+)"
    r"(:(?P<port>\d{1,5}))?(\?transport=(?P<transport>udp|tcp))?"
)
_Protocol = TypeVar("_Protocol", bound=asyncio.DatagramProtocol)
_family = (0x0017, FAMILY, stun.pack_unsigned, stun.unpack_unsigned)
stun.ATTRIBUTES_BY_TYPE[_family[0]] = stun.ATTRIBUTES_BY_NAME[_family[1]] = _family


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN server (`way` is DIRECT) or a relay."""

    host: str
    port: int
    way: LinkPath
    username: str = ""
    credential: str = field(default="", repr=False)


def ice_servers(given: tuple[dict[str, str], ...]) -> list[IceServer]:
    """The servers of RTCIceServer dictionaries (RFC 7064, RFC 7065); what we cannot speak (DTLS) is left out."""
    found: list[IceServer] = []
    for one in given:
        match = _URL.fullmatch(one.get("urls", ""))
        if match is None:
            continue
        scheme, host = match["scheme"], match["host"].strip("[]")
        way = WAYS.get((scheme, match["transport"] or ("tcp" if scheme == "turns" else "udp")))
        if scheme == "stun":
            way = LinkPath.DIRECT
        if way is not None:
            port = int(match["port"] or PORTS[scheme])
            found.append(IceServer(host, port, way, one.get("username", ""), one.get("credential", "")))
    return found


def trust(authority: str) -> ssl.SSLContext:
    """What a relay's certificate is checked against: the practice's authority (PEM), or the system's when it is ''.

    ssl.SSLError when the text is no certificate. The name in the certificate is always checked.
    """
    return ssl.create_default_context(cadata=authority or None)


async def addresses(server: IceServer) -> list[tuple[str, int]]:
    """Its first address of each IP version; OSError when the name is unknown."""
    loop = asyncio.get_running_loop()
    kind = socket.SOCK_DGRAM if server.way is LinkPath.RELAY_UDP else socket.SOCK_STREAM
    found = await loop.getaddrinfo(server.host, server.port, type=kind)
    first: dict[int, tuple[str, int]] = {}
    for family, _, _, _, address in found:
        first.setdefault(family, (str(address[0]), int(address[1])))
    return list(first.values())


async def allocate(
    server: IceServer, address: tuple[str, int], context: ssl.SSLContext | None, make: Callable[[], _Protocol]
) -> _Protocol:
    """A protocol whose transport is an allocation at this address of the relay.

    OSError (ssl.SSLError among them), ConnectionError or stun.TransactionError when there is none to be had.
    """
    inner, client = await _reach(server, address, context)
    protocol, allocated = make(), False
    try:
        await TurnTransport(client)._connect(protocol)  # noqa: SLF001
        allocated = True
    finally:
        if not allocated:  # a cancelled attempt must not keep its socket either
            inner.close()
    return protocol


class _BothVersions:
    """Asks for a relayed address of IP version 6 where the relay has none of version 4 (RFC 8656, 7.1)."""

    async def request_with_retry(self, request: stun.Message) -> tuple[stun.Message, tuple[str, int]]:
        try:
            return await super().request_with_retry(request)  # type: ignore[misc,no-any-return]
        except stun.TransactionFailed as failed:
            if failed.response.error_code != FAMILY_REFUSED or FAMILY in request.attributes:
                raise
        again = stun.Message(request.message_method, request.message_class)
        again.attributes = {
            "LIFETIME": request.attributes["LIFETIME"],
            "REQUESTED-TRANSPORT": request.attributes["REQUESTED-TRANSPORT"],
            FAMILY: IPV6,
        }
        return await super().request_with_retry(again)  # type: ignore[misc,no-any-return]


class _Datagrams(_BothVersions, TurnClientUdpProtocol):
    pass


class _Stream(_BothVersions, TurnClientTcpProtocol):
    def _send(self, data: bytes) -> None:
        if self.transport.get_write_buffer_size() < MAX_WAITING_BYTES or not is_channel_data(data):
            super()._send(data)


async def _reach(
    server: IceServer, address: tuple[str, int], context: ssl.SSLContext | None
) -> tuple[Any, _Datagrams | _Stream]:
    loop = asyncio.get_running_loop()
    about = (address, server.username, server.credential, DEFAULT_ALLOCATION_LIFETIME, DEFAULT_CHANNEL_REFRESH_TIME)
    if server.way is not LinkPath.RELAY_UDP:
        secure = context if server.way is LinkPath.RELAY_TLS else None
        name = server.host if secure is not None else None
        return await loop.create_connection(lambda: _Stream(*about), *address, ssl=secure, server_hostname=name)
    transport, client = await loop.create_datagram_endpoint(lambda: _Datagrams(*about), remote_addr=address)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_SOCKET_BUFFER_SIZE)
    return transport, client
