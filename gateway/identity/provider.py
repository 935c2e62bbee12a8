"""The practice's identity provider: its metadata and keys, cached, and the code exchange (OpenID Connect Core)."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.config import Identity

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

_TIMEOUT_SECONDS = 10.0
_KEYS_SECONDS = 3_600.0
# An unknown key id makes us look again, but a flood of them does not.
_LOOK_AGAIN_SECONDS = 10.0
# While the provider does not answer, those who sign in are told at once instead of waiting in a row.
_SILENT_SECONDS = 3.0
_DISCOVERY = "/.well-known/openid-configuration"


class ProviderUnreachable(Exception):
    """The identity provider did not answer, or not as OpenID Connect asks: nobody can sign in now."""


class CodeRefused(Exception):
    """The identity provider refused the authorization code."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we use of the provider's metadata (OpenID Connect Discovery)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Provider:
    """One identity provider. `monotonic` is seconds; keys are kept an hour, and read anew for an unknown key id."""

    def __init__(self, settings: Identity, client: httpx2.AsyncClient, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._client = client
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._keys: KeySet | None = None
        self._keys_at = 0.0
        self._silent_until = -math.inf

    async def metadata(self) -> Metadata:
        """The provider's endpoints; ProviderUnreachable when they cannot be read."""
        if self._metadata is None:
            found = await self._read(self._settings.issuer + _DISCOVERY)
            if found.get("issuer") != self._settings.issuer:
                raise ProviderUnreachable("its metadata are of another issuer")
            endpoints = (found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"))
            self._metadata = Metadata(*(self._endpoint(each) for each in endpoints))
        return self._metadata

    async def keys(self, kid: str | None) -> KeySet:
        """The provider's keys, read anew when they are old or lack this id."""
        async with self._lock:
            age = self._monotonic() - self._keys_at
            if age > _KEYS_SECONDS:
                self._metadata = None
            if self._keys is None or age > _KEYS_SECONDS or (age > _LOOK_AGAIN_SECONDS and not _has(self._keys, kid)):
                found = await self._read((await self.metadata()).jwks_uri)
                try:
                    self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise ProviderUnreachable("its keys cannot be read") from error
                self._keys_at = self._monotonic()
            return self._keys

    async def authorization_url(self, oauth: "AsyncOAuth2Client", request: dict[str, str]) -> str:
        """Where to send the browser; `request` has `state`, `nonce`, `code_verifier` and what else is asked."""
        endpoint = (await self.metadata()).authorization_endpoint
        url, _ = oauth.create_authorization_url(endpoint, **request)
        return str(url)

    async def exchange(self, oauth: "AsyncOAuth2Client", code: str, verifier: str) -> str:
        """The ID token for an authorization code; CodeRefused or ProviderUnreachable."""
        from authlib.common.errors import AuthlibBaseError

        endpoint = (await self.metadata()).token_endpoint
        try:
            token = await oauth.fetch_token(endpoint, code=code, code_verifier=verifier)
        except AuthlibBaseError as error:
            raise CodeRefused(str(error.error)) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderUnreachable("the token endpoint did not answer") from error
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise CodeRefused("no ID token")
        return id_token

    async def _read(self, url: str) -> dict[str, Any]:
        if self._monotonic() < self._silent_until:
            raise ProviderUnreachable("no answer a moment ago")
        try:
            answer = await self._client.get(url, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            self._silent_until = self._monotonic() + _SILENT_SECONDS
            raise ProviderUnreachable(f"no answer ({type(error).__name__})") from error
        if not isinstance(found, dict):
            raise ProviderUnreachable("its answer is no object")
        return found

    def _endpoint(self, untrusted_url: object) -> str:
        """An endpoint of the metadata; plain http only where the issuer itself is plain, so on loopback."""
        plain = self._settings.issuer.startswith("http:")
        if not isinstance(untrusted_url, str) or not untrusted_url.startswith(
            ("https:", "http:") if plain else "https:"
        ):
            raise ProviderUnreachable("an endpoint is missing or plain http")
        return untrusted_url


def _has(keys: KeySet, kid: str | None) -> bool:
    return kid is None or any(key.kid == kid for key in keys.keys)
