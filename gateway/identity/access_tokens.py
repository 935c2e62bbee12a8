"""Own access tokens: JWTs of ten minutes, bound by `cnf.jkt` to the device key that signed in (RFC 9068, RFC 9449)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.identity.keys import SigningKey, TokenInvalid, check_claims
from wire.ids import new_id

TOKEN_TYPE = "at+jwt"
AUDIENCE = "alcove-gateway"
LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says: who, on which device, in which sign-in."""

    person_id: str
    device_id: str
    family: str
    """The sign-in that it came from: ended, the token is worth nothing."""
    jkt: str
    auth_time: datetime


class AccessTokens:
    """Issues and checks access tokens."""

    def __init__(self, key: SigningKey, issuer: str) -> None:
        self._key = key
        self._issuer = issuer

    def issue(self, claims: AccessClaims, now: datetime) -> tuple[str, datetime]:
        """A token, and when it expires."""
        expires_at = now + LIFE
        payload = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": claims.person_id,
            "device_id": claims.device_id,
            "sid": claims.family,
            "cnf": {"jkt": claims.jkt},
            "auth_time": int(claims.auth_time.timestamp()),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": new_id(),
        }
        return self._key.sign(TOKEN_TYPE, payload), expires_at

    def check(self, untrusted_token: str, now: datetime) -> AccessClaims:
        """The claims of a token of ours that holds now; TokenInvalid else."""
        claims = self._key.claims(untrusted_token, TOKEN_TYPE)
        check_claims(
            claims,
            now,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )
        try:
            return AccessClaims(
                person_id=claims["sub"],
                device_id=claims["device_id"],
                family=claims["sid"],
                jkt=claims["cnf"]["jkt"],
                auth_time=datetime.fromtimestamp(claims["auth_time"], UTC),
            )
        except (KeyError, TypeError) as error:
            raise TokenInvalid("claims") from error
