"""A real relay on loopback: coturn on both IP versions, over UDP, TCP and TLS, with a certificate of its own authority.

with start_relay(folder) as relay:
    ...  # relay.urls("127.0.0.1"), relay.secret_file, relay.authority
"""

import base64
import hashlib
import ipaddress
import secrets
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from demo.gateway_program import free_port
from demo.processes import Command, Running, StartFailed, start

PROGRAM = "turnserver"
BANNER = "==== Show him the instruments"
"""coturn says so before it opens its ports; a binding request then tells when it has."""
IPV4, IPV6 = "127.0.0.1", "::1"
RELAYED_PORTS = range(52_000, 52_400)
OPEN_SECONDS = 10.0
TRY_SECONDS = 0.1
BINDING_REQUEST = bytes.fromhex("000100002112a442") + bytes(12)


@dataclass(frozen=True, slots=True)
class Relay:
    """A running relay."""

    running: Running
    port: int
    """UDP and TCP."""
    tls_port: int
    secret_file: Path
    """What it shares with the gateway."""
    authority: Path
    """The certificate (PEM) of who signed its own."""

    @property
    def browser_flag(self) -> str:
        """Tells Chromium, which knows no such authority, to trust the relay's own key and no other."""
        key = x509.load_pem_x509_certificate(self.authority.with_name("relay.pem").read_bytes()).public_key()
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(der).digest()).decode()}"

    def urls(self, host: str = IPV4) -> tuple[str, str, str]:
        """By UDP, TCP and TLS."""
        name = f"[{host}]" if ":" in host else host
        return (
            f"turn:{name}:{self.port}?transport=udp",
            f"turn:{name}:{self.port}?transport=tcp",
            f"turns:{name}:{self.tls_port}?transport=tcp",
        )


@dataclass(frozen=True, slots=True)
class RelayPlan:
    """Where a relay listens."""

    addresses: Sequence[str] = (IPV4, IPV6)
    """Its certificate names them."""
    relayed: Sequence[str] = ()
    """Where its relayed addresses lie; `addresses` when empty."""
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)


@contextmanager
def start_relay(folder: Path, plan: RelayPlan | None = None) -> Iterator[Relay]:
    """Start it in a new folder and wait until it answers; StartFailed when it does not."""
    plan = plan or RelayPlan()
    folder.mkdir(mode=0o700, parents=True)
    secret_file, authority = folder / "turn-secret", folder / "authority.pem"
    secret_file.touch(0o600)
    secret_file.write_text(secrets.token_urlsafe(32))
    write_certificates(folder, authority, plan.addresses)
    config = folder / "turnserver.conf"
    config.touch(0o600)
    config.write_text(_config(folder, plan))
    command = Command("coturn", (PROGRAM, "-c", str(config)), folder / "coturn.log", ready=BANNER)
    with start(command) as running:
        for address in plan.addresses:
            _wait_until_open(address, plan.port)
        yield Relay(running, plan.port, plan.tls_port, secret_file, authority)


def _config(folder: Path, plan: RelayPlan) -> str:
    """As docs/deployment/relay.md has it, but for the loopback peers."""
    settings = [
        *(f"listening-ip={address}" for address in plan.addresses),
        *(f"relay-ip={address}" for address in plan.relayed or plan.addresses),
        f"listening-port={plan.port}",
        f"tls-listening-port={plan.tls_port}",
        f"cert={folder / 'relay.pem'}",
        f"pkey={folder / 'relay.key'}",
        "use-auth-secret",
        f"static-auth-secret={(folder / 'turn-secret').read_text()}",
        "realm=alcove.demo",
        "allow-loopback-peers",
        "no-multicast-peers",
        "no-dtls",
        "no-cli",
        f"min-port={RELAYED_PORTS.start}",
        f"max-port={RELAYED_PORTS.stop - 1}",
        "relay-threads=1",
        "verbose",
        "log-file=stdout",
        "simple-log",
        f"userdb={folder / 'turndb'}",
        f"pidfile={folder / 'coturn.pid'}",
    ]
    return "\n".join(settings) + "\n"


def _wait_until_open(address: str, port: int) -> None:
    """A STUN binding request (RFC 8489) is answered."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    end = time.monotonic() + OPEN_SECONDS
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.settimeout(TRY_SECONDS)
        asking.connect((address, port))
        while time.monotonic() < end:
            try:
                asking.send(BINDING_REQUEST)
                asking.recv(1_500)
            except (TimeoutError, ConnectionRefusedError):
                continue
            return
    raise StartFailed(f"coturn does not answer at {address}")


def write_certificates(folder: Path, authority: Path, addresses: Sequence[str] = (IPV4, IPV6)) -> None:
    """A new authority, and a certificate by it for `localhost` and the addresses: `relay.pem` and `relay.key`."""
    signer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Demo practice's authority (synthetic)")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay of the demo practice")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses)]
    )
    top = x509.BasicConstraints(ca=True, path_length=0)
    ca = _certificate(issuer, issuer, signer.public_key()).add_extension(top, critical=True)
    leaf = _certificate(subject, issuer, key.public_key()).add_extension(names, critical=False)
    authority.write_bytes(ca.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "relay.pem").write_bytes(leaf.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private = folder / "relay.key"
    private.touch(0o600)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
