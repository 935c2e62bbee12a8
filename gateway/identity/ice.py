"""TURN credentials of limited life, made from the secret that coturn shares (its `use-auth-secret`)."""

import base64
import hashlib
import hmac
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from gateway.config import Config
from gateway.envelope import KeyFileUnusable
from gateway.identity.keys import read_private_file


@dataclass(frozen=True, slots=True)
class _Server:
    urls: str
    secret: bytes = field(default=b"", repr=False)


class IceServers:
    """The practice's ICE servers; none unless the configuration names some."""

    def __init__(self, config: Config) -> None:
        """KeyFileUnusable when a secret's file cannot be read or is open to others, or the authority's is none."""
        self._life = timedelta(seconds=config.ice.credential_seconds)
        self.relay_only = config.ice.relay_only
        authority = config.ice.authority_file
        self.authority = "" if authority is None else _certificates(config.file(authority))
        """PEM; '' when each laptop's own trust decides."""
        self._servers = [
            _Server(each.urls, read_private_file(config.file(each.secret_file)).strip() if each.secret_file else b"")
            for each in config.ice.servers
        ]

    def for_user(self, user_id: str, now: datetime, session_end: datetime | None = None) -> tuple[dict[str, str], ...]:
        """RTCIceServer dictionaries with credentials for one user, from now on.

        A desktop gets new ones with each renewal of its admission. A room is told once a session: its own hold for
        that session.
        """
        until = max(now + self._life, session_end or now)
        return tuple(_with_credential(server, user_id, until) for server in self._servers)


def _with_credential(server: _Server, user_id: str, until: datetime) -> dict[str, str]:
    if not server.secret:
        return {"urls": server.urls}
    username = f"{int(until.timestamp())}:{user_id}"
    # SHA-1 is what the TURN REST scheme has; as an HMAC key proof it is not broken.
    digest = hmac.new(server.secret, username.encode(), hashlib.sha1).digest()
    return {"urls": server.urls, "username": username, "credential": base64.b64encode(digest).decode()}


def _certificates(path: Path) -> str:
    try:
        text = path.read_text("ascii")
        ssl.create_default_context(cadata=text)
    except (OSError, ValueError) as error:
        raise KeyFileUnusable(f"{path} holds no certificate (PEM)") from error
    return text
