"""The home abroad: only a relay's TLS port is reached, by a long, lossy and narrow way. `python -m bench.feed.abroad`.

Needs root on Linux. The relay (coturn) lives in a network namespace of its own, on two cables of this program's (TUN
devices): one from the scribe's home, which does what `bench/impair.py` says to each IP packet, and one from the clinic,
which does nothing. TCP is the kernel's own on both ends, as this machine is set. It prints `ready ` and what sender,
receiver and gateway are told; scenarios come on standard input as the forwarder takes them.
"""

import asyncio
import base64
import fcntl
import hashlib
import hmac
import json
import os
import struct
import subprocess
import tempfile
import time
from pathlib import Path as File

from bench.feed.forwarder import obey
from bench.impair import IP_UDP_BYTES, SCENARIOS, Path, Scenario
from demo.private_network import private_network
from demo.turn import Relay, RelayPlan, start_relay

HOME, HOME_RELAY = "203.0.113.1", "203.0.113.2"
CLINIC, CLINIC_RELAY = "198.51.100.1", "198.51.100.2"
"""Addresses for documentation (RFC 5737): no machine anywhere has them."""
MTU = 1_280
TLS_PORT = 443
CONGESTION = File("/proc/sys/net/ipv4/tcp_congestion_control")
CREDENTIAL_SECONDS = 12 * 3_600
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


class Cable:
    """One direction: what one end hands out, the other takes, when and if the path lets it."""

    def __init__(self, source: int, target: int) -> None:
        self._source, self._target = source, target
        self.path = Path(SCENARIOS["clean"].media, 0, 0.0)

    def carry(self) -> None:
        """Everything that waits at the source."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                packet = os.read(self._source, 2 * MTU)
            except BlockingIOError:
                return
            at = self.path.leaves_at(len(packet) - IP_UDP_BYTES, time.monotonic())
            if at is not None:
                loop.call_at(at, self._deliver, packet)

    def _deliver(self, packet: bytes) -> None:
        os.write(self._target, packet)


def main() -> None:
    """Make both cables and the relay between them, then obey."""
    near = [_plug("home0", HOME), _plug("clinic0", CLINIC)]
    with private_network(), tempfile.TemporaryDirectory() as folder:
        far = [_plug("home1", HOME_RELAY), _plug("clinic1", CLINIC_RELAY)]
        plan = RelayPlan((HOME_RELAY, CLINIC_RELAY), (CLINIC_RELAY,), tls_port=TLS_PORT)
        with start_relay(File(folder) / "coturn", plan) as relay:
            print(f"ready {json.dumps(_told(relay))}", flush=True)
            asyncio.run(_carry(near, far))


def _plug(name: str, address: str) -> int:
    """A TUN device with this address in the namespace that the thread is in."""
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    _ip("addr", "add", f"{address}/24", "dev", name)
    _ip("link", "set", name, "mtu", str(MTU), "up")
    return handle


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)  # noqa: S603, S607


def _told(relay: Relay) -> dict[str, object]:
    """How each side reaches the relay: the home by TLS alone, the clinic beside it by UDP."""
    home_url = relay.urls(HOME_RELAY)[2]
    servers = f'{{ urls = "{home_url}", secret_file = "{relay.secret_file}" }}'
    return {
        "sender": {"relay": _server(relay, relay.urls(CLINIC_RELAY)[0])},
        "receiver": {
            "relay": _server(relay, home_url),
            "flag": relay.browser_flag,
            "tcp": CONGESTION.read_text().strip(),
        },
        "gateway": f'[ice]\nrelay_only = true\nauthority_file = "{relay.authority}"\nservers = [{servers}]\n',
    }


def _server(relay: Relay, url: str) -> dict[str, str]:
    """An RTCIceServer with a credential by coturn's shared secret, as the gateway makes them."""
    username = f"{int(time.time()) + CREDENTIAL_SECONDS}:bench"
    digest = hmac.new(relay.secret_file.read_bytes(), username.encode(), hashlib.sha1).digest()
    return {"urls": url, "username": username, "credential": base64.b64encode(digest).decode()}


async def _carry(near: list[int], far: list[int]) -> None:
    uplink, downlink = Cable(near[0], far[0]), Cable(far[0], near[0])
    for cable, source in (
        (uplink, near[0]),
        (downlink, far[0]),
        (Cable(near[1], far[1]), near[1]),
        (Cable(far[1], near[1]), far[1]),
    ):
        asyncio.get_running_loop().add_reader(source, cable.carry)

    def change(scenario: Scenario, seed: int) -> float:
        now = time.monotonic()
        downlink.path, uplink.path = Path(scenario.media, seed, now), Path(scenario.feedback, ~seed, now)
        return time.time()

    await obey(change)


if __name__ == "__main__":
    main()
