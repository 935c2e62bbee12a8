"""TURN credentials of limited life, made from the secret that coturn shares (its `use-auth-secret`)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from gateway.config import Config
from gateway.identity.keys import read_private_file


@dataclass(frozen=True, slots=True)
class _Server:
    urls: str
    secret: bytes = field(default=b"", repr=False)


class IceServers:
    """The practice's ICE servers; none unless the configuration names some."""

    def __init__(self, config: Config) -> None:
        """KeyFileUnusable when a secret's file cannot be read or is open to others."""
        self._seconds = config.ice.credential_seconds
        self._servers = [
            _Server(each.urls, read_private_file(config.file(each.secret_file)).strip() if each.secret_file else b"")
            for each in config.ice.servers
        ]

    def for_user(self, user_id: str, now: datetime) -> tuple[dict[str, str], ...]:
        """RTCIceServer dictionaries with credentials for one user, from now on."""
        return tuple(self._one(server, user_id, now) for server in self._servers)

    def _one(self, server: _Server, user_id: str, now: datetime) -> dict[str, str]:
        if not server.secret:
            return {"urls": server.urls}
        username = f"{int(now.timestamp()) + self._seconds}:{user_id}"
        # SHA-1 is what the TURN REST scheme has; as an HMAC key proof it is not broken.
        digest = hmac.new(server.secret, username.encode(), hashlib.sha1).digest()
        return {"urls": server.urls, "username": username, "credential": base64.b64encode(digest).decode()}
