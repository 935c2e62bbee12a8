"""What tests with a real relay need: credentials as the gateway issues them, a dead relay, and what is on the wire."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.turn import RELAYED_PORTS, Relay
from gateway.config import load_config
from gateway.identity.ice import IceServers
from tests.gateway.routes.practice import config_text, write_practice

ETH_P_ALL = 3
BOTH_WAYS = (0, 4)
"""To this host and from it (PACKET_HOST, PACKET_OUTGOING): on loopback each packet is seen as both."""
UDP = 17


def issued(folder: Path, relay: Relay, urls: Sequence[str], ago: timedelta = timedelta()) -> tuple[dict[str, str], ...]:
    """ICE servers with the gateway's own credentials, issued so long ago; they hold for a minute."""
    servers = ", ".join(f'{{ urls = "{url}", secret_file = "{relay.secret_file}" }}' for url in urls)
    text = f"[ice]\ncredential_seconds = 60\nservers = [{servers}]\n"
    with contextlib.suppress(FileExistsError):
        write_practice(folder, config_text("http://127.0.0.1:9", 8080) + text)
    (folder / "gateway.toml").write_text(config_text("http://127.0.0.1:9", 8080) + text)
    return IceServers(load_config(folder / "gateway.toml")).for_user("device-1", datetime.now(UTC) - ago)


@contextmanager
def dead_relay() -> Iterator[tuple[str, str]]:
    """Two addresses that swallow everything: by UDP, and by TLS, where the connection is taken and nothing said."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, socket.create_server(("127.0.0.1", 0)) as mute:
        silent.bind(("127.0.0.1", 0))
        yield (
            f"turn:127.0.0.1:{silent.getsockname()[1]}?transport=udp",
            f"turns:127.0.0.1:{mute.getsockname()[1]}?transport=tcp",
        )


class Capture:
    """Every UDP packet of every interface of this machine, as the kernel hands it to packet sockets (root only)."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024 * 1024)
        self._socket.settimeout(0.1)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self.media: list[tuple[int, int]] = []
        """Source and destination port of each that is STUN, DTLS or RTP (RFC 7983), or a relay's channel data."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        self._thread.join(10)
        self._socket.close()

    def _read(self) -> None:
        while not self._ending.is_set():
            try:
                packet, about = self._socket.recvfrom(65_535)
            except TimeoutError:
                continue
            if about[2] == BOTH_WAYS[0]:
                self._take(packet)

    def _take(self, packet: bytes) -> None:
        version = packet[0] >> 4
        start = (packet[0] & 15) * 4 if version == 4 else 40
        if (packet[9] if version == 4 else packet[6]) != UDP or len(packet) < start + 9:
            return
        first = packet[start + 8]
        if first <= 3 or 20 <= first <= 79 or 128 <= first <= 191:
            self.media.append(struct.unpack_from("!HH", packet, start))


def past(relay: Relay, packets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that go neither between a peer and the relay nor between two relayed addresses."""
    own = {relay.port, relay.tls_port}
    return [ports for ports in packets if not own & set(ports) and not all(port in RELAYED_PORTS for port in ports)]
