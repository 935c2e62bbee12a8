"""The gateway's one configuration file: TOML, read into a model that refuses what it does not know."""

import tomllib
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from gateway.rules.admission import AdmissionPolicy
from wire.base import ReplaySeconds
from wire.posture import CheckId, Requirement

MOST_REPORTED = 5


class ConfigInvalid(Exception):
    """The configuration cannot be used: tell the operator; the message names the key, never its value."""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's loopback."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _safe_url(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise ValueError("must be an http or https address without query")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("plain http is for loopback alone: use https")
    return value.rstrip("/")


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("is no time zone of the IANA database") from error
    return value


Url = Annotated[str, Field(max_length=300), AfterValidator(_safe_url)]
Short = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[int, Field(ge=0, le=31_536_000)]
PerMinute = Annotated[int, Field(ge=1, le=10_000)]
LifeSeconds = Annotated[int, Field(ge=30, le=31_536_000)]


class _Section(BaseModel):
    """A table of the file: a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Practice(_Section):
    """Whose gateway this is, and in which zone its days are."""

    name: Short
    phone: Annotated[str, Field(max_length=60)] = ""
    """As it stands under the practice's letters; empty: none does."""
    zone: Annotated[str, AfterValidator(_known_zone)]


class Server(_Section):
    """Where the gateway listens, and how the world reaches it."""

    host: Short = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8080
    public_url: Url
    signing_key_file: Path = Path("signing-key.pem")
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    behind_tls_proxy: bool = False
    """A proxy in front ends TLS: the gateway itself may then listen in plain on an inner network."""
    codes_per_minute: PerMinute = 10
    """One-time codes that one network address may try: a code has 60 random bits, so ten tries a minute find none."""
    sign_ins_per_minute: PerMinute = 60
    """Calls for signing in from one network address; more where many scribes come from behind one."""

    @model_validator(mode="after")
    def _never_in_plain(self) -> Self:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file belong together")
        encrypted = self.tls_certificate_file is not None or self.behind_tls_proxy
        if not encrypted and not is_loopback(self.host):
            raise ValueError("beyond loopback it needs tls_certificate_file and tls_key_file, or behind_tls_proxy")
        parts = urlsplit(self.public_url)
        if parts.path:
            raise ValueError("public_url must have no path")
        if self.tls_certificate_file is not None and parts.scheme != "https":
            raise ValueError("public_url must be https when the gateway serves TLS")
        return self

    @property
    def is_secure(self) -> bool:
        """Whether clients come by https."""
        return self.public_url.startswith("https:")

    @property
    def public_port(self) -> int:
        """The port in the address bar."""
        parts = urlsplit(self.public_url)
        return parts.port or (443 if parts.scheme == "https" else 80)


class Store(_Section):
    """The database and the file of the key that its patient text is sealed with."""

    url: Annotated[str, Field(pattern=r"^(sqlite\+aiosqlite:///|postgresql\+asyncpg://)")]
    key_file: Path


class Identity(_Section):
    """The practice's identity provider, and how people must have proven who they are."""

    issuer: Url
    desktop_client_id: Short = "alcove-desktop"
    page_client_id: Short = "alcove-page"
    page_secret_file: Path
    scope: Short = "openid profile"
    algorithms: tuple[Literal["RS256", "PS256", "ES256", "EdDSA"], ...] = ("RS256", "PS256", "ES256")
    required_acr: tuple[Short, ...] = ()
    """One of these must be the ID token's `acr`; none: any will do."""
    required_amr: tuple[Short, ...] = ()
    """One of these must be in the ID token's `amr`; none: any will do."""
    max_auth_age_seconds: LifeSeconds = 43_200
    """How old a proof of identity may be when somebody signs in."""
    session_seconds: LifeSeconds = 43_200
    """How long a sign-in holds, refreshed or not."""


class Ehr(_Section):
    """The practice's FHIR R4 record."""

    base_url: Url
    auth: Literal["none", "bearer"] = "none"
    token_file: Path | None = None
    sync_seconds: Annotated[int, Field(ge=5, le=3_600)] = 60

    @model_validator(mode="after")
    def _has_token(self) -> Self:
        if (self.auth == "bearer") != (self.token_file is not None):
            raise ValueError("auth = 'bearer' and token_file belong together")
        return self


class Limits(_Section):
    """What the checks measure by."""

    screen_lock_max_seconds: Seconds = 600
    updates_max_days: Annotated[int, Field(ge=1, le=3_650)] = 30
    clock_max_seconds: Seconds = 60


class PolicyTable(_Section):
    """The practice's policy; the only part that is read anew while the gateway runs."""

    version: Annotated[str, Field(min_length=1, max_length=100)]
    requirements: dict[CheckId, Requirement] = {}
    grace_until: dict[CheckId, AwareDatetime] = {}
    limits: Limits = Limits()
    step_up_seconds: LifeSeconds = 600
    grant_seconds: Annotated[int, Field(ge=30, le=900)] = 300
    mid_visit_grace_seconds: Annotated[int, Field(ge=0, le=300)] = 30
    replay_seconds: ReplaySeconds = 60

    def admission(self) -> AdmissionPolicy:
        """The part that the admission rule looks at."""
        until: dict[CheckId, datetime] = dict(self.grace_until)
        return AdmissionPolicy(
            version=self.version,
            requirements=dict(self.requirements),
            params={name: str(value) for name, value in self.limits.model_dump().items()},
            grace_until=until,
            grant=timedelta(seconds=self.grant_seconds),
            mid_visit_grace=timedelta(seconds=self.mid_visit_grace_seconds),
            replay_seconds=self.replay_seconds,
        )


class IceServer(_Section):
    """A STUN or TURN server; with `secret_file`, short-lived credentials are made from coturn's shared secret."""

    urls: Annotated[str, Field(max_length=300, pattern=r"^(stun|stuns|turn|turns):[^\s]+$")]
    secret_file: Path | None = None

    @property
    def is_relay(self) -> bool:
        """Whether it is a TURN server."""
        return self.urls.startswith("turn")

    @model_validator(mode="after")
    def _has_secret(self) -> Self:
        if self.is_relay != (self.secret_file is not None):
            raise ValueError("a TURN server has a secret_file, a STUN server has none")
        return self


class Ice(_Section):
    """How media finds its way; none by default, and never a public server."""

    servers: Annotated[tuple[IceServer, ...], Field(max_length=8)] = ()
    credential_seconds: LifeSeconds = 14_400
    relay_only: bool = False
    """Media goes by a TURN server alone: neither room nor scribe learns the other's network address."""
    authority_file: Path | None = None
    """Who signed the TURN servers' certificates (PEM), for desktops; without it: whom each laptop trusts."""

    @model_validator(mode="after")
    def _has_relay(self) -> Self:
        if self.relay_only and not any(server.is_relay for server in self.servers):
            raise ValueError("relay_only needs a TURN server")
        return self


class Config(_Section):
    """Everything that the gateway is told."""

    practice: Practice
    server: Server
    store: Store
    identity: Identity
    ehr: Ehr
    policy: PolicyTable
    ice: Ice = Ice()
    _path: Path = PrivateAttr(default=Path("gateway.toml"))

    @property
    def path(self) -> Path:
        """The file that it was read from; relative files in it are beside it."""
        return self._path

    def file(self, path: Path) -> Path:
        """A file that the configuration names."""
        return self._path.parent / path

    @property
    def database_url(self) -> str:
        """The store's address, with a relative SQLite file beside the configuration."""
        prefix = "sqlite+aiosqlite:///"
        if not self.store.url.startswith(prefix):
            return self.store.url
        return prefix + str(self.file(Path(self.store.url.removeprefix(prefix))))


def load_config(path: Path) -> Config:
    """Read and check a configuration file; ConfigInvalid names each key that is wrong and why."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        config = Config.model_validate(content)
    except OSError as error:
        raise ConfigInvalid(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        raise ConfigInvalid(f"{path.name}: {_sentences(error)}") from None
    config._path = path.resolve()  # noqa: SLF001  # set once, by its own module
    return config


def _sentences(error: ValidationError) -> str:
    """The first few mistakes by their keys; values stay out, they may be secrets."""
    mistakes = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in mistakes[:MOST_REPORTED]]
    if len(mistakes) > MOST_REPORTED:
        lines.append(f"and {len(mistakes) - MOST_REPORTED} more")
    return "; ".join(lines)
