"""The demo practice's identity provider: npm oidc-provider on loopback, with synthetic people and two clients."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from demo import node
from demo.processes import Command, Running, start

HERE = Path(__file__).parent
DESKTOP_CLIENT = "alcove-desktop"
PAGE_CLIENT = "alcove-page"
# Values of acr: phr is OpenID's "phishing-resistant" (EAP ACR Values 1.0); the other is the demo's own.
ACR_SECURITY_KEY = "phr"
ACR_PASSWORD = "urn:alcove:demo:password"
DEMO_PASSWORD = "alcove-demo"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A synthetic person of the demo practice; `username` is also the ID token's `sub`."""

    username: str
    name: str
    role: str
    password: str = DEMO_PASSWORD


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson("santos", "J. Santos", "scribe"),
    DemoPerson("adeyemi", "K. Adeyemi", "scribe"),
    DemoPerson("okafor", "Dr. A. Okafor", "provider"),
    DemoPerson("lindqvist", "Dr. M. Lindqvist", "provider"),
    DemoPerson("haddad", "Dr. R. Haddad", "provider"),
)
PERSON_BY_USERNAME = {person.username: person for person in PEOPLE}


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """Where the provider listens (0: any free port) and what its confidential client, the page, is."""

    port: int = 0
    page_redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8080/page/callback",)
    page_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    people: tuple[DemoPerson, ...] = PEOPLE
    log: Path | None = None


def install() -> bool:
    """Install the provider's locked Node packages; False when they were up to date."""
    return node.install(HERE)


def start_identity(settings: IdentitySettings | None = None) -> Running:
    """Start the provider; its `address` is the issuer. StartFailed when it does not come up."""
    settings = settings or IdentitySettings()
    config = {
        "port": settings.port,
        "page_secret": settings.page_secret,
        "page_redirect_uris": settings.page_redirect_uris,
        "people": [asdict(person) for person in settings.people],
        "acr_security_key": ACR_SECURITY_KEY,
        "acr_password": ACR_PASSWORD,
    }
    argv = (str(node.node_binary()), str(HERE / "server.mjs"))
    # The configuration holds a secret: it goes in by the standard input, which other users cannot read.
    return start(Command("identity provider", argv, settings.log, stdin_line=json.dumps(config)))
