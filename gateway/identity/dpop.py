"""Checks DPoP proofs (RFC 9449): each call is signed by the caller's key for this method, address, token and moment."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from joserfc.util import urlsafe_b64encode

from gateway.identity.keys import PublicKey, TokenInvalid, key_in_header

PROOF_TYPE = "dpop+jwt"
WINDOW = timedelta(minutes=5)
"""How far `iat` may be from the gateway's time, which clients learn from every answer's Date."""
MAX_JTI = 200
MAX_SEEN = 100_000
_HTTP_OF = {"ws": "http", "wss": "https"}
_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Call:
    """The call that a proof must be for."""

    method: str
    url: str
    now: datetime
    access_token: str | None = None
    """The token that comes with the call; the proof must name its hash (`ath`)."""


class ProofChecker:
    """Checks proofs and remembers them for as long as they could be played again.

    The memory is bounded; when it is full of proofs that still count, new ones are refused, not old ones forgotten.
    """

    def __init__(self, max_seen: int = MAX_SEEN) -> None:
        self._seen: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._max_seen = max_seen

    def check(self, untrusted_proof: str, call: Call) -> PublicKey:
        """The key that proved this call; TokenInvalid with the claim that is wrong."""
        key = key_in_header(untrusted_proof)
        claims = key.claims(untrusted_proof, PROOF_TYPE)
        if claims.get("htm") != call.method:
            raise TokenInvalid("htm")
        if not isinstance(claims.get("htu"), str) or _address(claims["htu"]) != _address(call.url):
            raise TokenInvalid("htu")
        if call.access_token is not None and claims.get("ath") != token_hash(call.access_token):
            raise TokenInvalid("ath")
        issued_at, jti = claims.get("iat"), claims.get("jti")
        if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
            raise TokenInvalid("iat")
        if not abs(issued_at - call.now.timestamp()) <= WINDOW.total_seconds():
            raise TokenInvalid("iat")
        if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
            raise TokenInvalid("jti")
        self._remember((key.jkt, jti), call.now)
        return key

    def _remember(self, proof: tuple[str, str], now: datetime) -> None:
        while self._seen and next(iter(self._seen.values())) <= now:
            self._seen.popitem(last=False)
        if proof in self._seen:
            raise TokenInvalid("replayed")
        if len(self._seen) >= self._max_seen:
            raise TokenInvalid("too_many")
        # A proof from the future edge of the window stays acceptable for the whole window twice.
        self._seen[proof] = now + 2 * WINDOW


def token_hash(token: str) -> str:
    """The `ath` of an access token."""
    return urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode()


def _address(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path, as RFC 9449 compares them; a WebSocket's address counts as its HTTP one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TokenInvalid("htu") from error
    scheme = _HTTP_OF.get(parts.scheme, parts.scheme)
    return scheme, parts.hostname or "", port or _DEFAULT_PORT.get(scheme, 0), parts.path or "/"
