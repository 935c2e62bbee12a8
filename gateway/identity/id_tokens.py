"""Checks ID tokens of the practice's identity provider (OpenID Connect Core 3.1.3.7), for desktop and page alike."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from gateway.config import Identity
from gateway.identity.keys import TokenInvalid, check_claims
from gateway.identity.provider import Provider

LEEWAY_SECONDS = 60
"""How far the provider's clock may be from ours."""
MAX_CLAIM = 300


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """Who the identity provider says it is, and when and how they proved it."""

    subject: str
    nonce: str
    auth_time: datetime


class IdTokenChecker:
    """Checks signature, issuer, audience, times, `acr`/`amr` and `auth_time`; the nonce is the caller's to spend."""

    def __init__(self, settings: Identity, provider: Provider) -> None:
        self._settings = settings
        self._provider = provider

    async def check(self, untrusted_token: str, audience: str, now: datetime) -> ProvenIdentity:
        """Who it is; TokenInvalid with the claim that is wrong, ProviderUnreachable when no keys can be had."""
        claims = await self._signed_claims(untrusted_token)
        check_claims(
            claims,
            now,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True},
            auth_time={"essential": True},
        )
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != audience:
            raise TokenInvalid("azp")
        if claims.get("azp", audience) != audience:
            raise TokenInvalid("azp")
        self._check_strength(claims)
        auth_time = _instant(claims["auth_time"])
        age = (now - auth_time).total_seconds()
        if not -LEEWAY_SECONDS <= age <= self._settings.max_auth_age_seconds + LEEWAY_SECONDS:
            raise TokenInvalid("auth_time")
        return ProvenIdentity(_short(claims["sub"], "sub"), _short(claims["nonce"], "nonce"), auth_time)

    async def _signed_claims(self, untrusted_token: str) -> dict[str, Any]:
        algorithms = list(self._settings.algorithms)
        try:
            header = jws.extract_compact(untrusted_token.encode()).headers()
            if header.get("alg") not in algorithms:
                raise TokenInvalid("alg")
            kid = header.get("kid")
            keys = await self._provider.keys(kid if isinstance(kid, str) else None)
            return jwt.decode(untrusted_token, keys, algorithms=algorithms).claims
        except (JoseError, ValueError) as error:
            raise TokenInvalid("signature") from error

    def _check_strength(self, claims: dict[str, Any]) -> None:
        """Whether the person proved who they are as the practice demands."""
        acr, amr = claims.get("acr"), claims.get("amr")
        if self._settings.required_acr and acr not in self._settings.required_acr:
            raise TokenInvalid("acr")
        methods = amr if isinstance(amr, list) else []
        if self._settings.required_amr and not any(each in methods for each in self._settings.required_amr):
            raise TokenInvalid("amr")


def _instant(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenInvalid("auth_time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise TokenInvalid("auth_time") from error


def _short(value: object, claim: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_CLAIM:
        raise TokenInvalid(claim)
    return value
