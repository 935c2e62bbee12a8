"""DPoP proofs (RFC 9449): each call is signed by the device key, so a stolen token is of no use elsewhere."""

import hashlib
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit, urlunsplit

from desktop.ports import Signer
from wire.ids import new_id


def make_proof(signer: Signer, method: str, url: str, access_token: str = "", *, now: float) -> str:
    """A proof for one call; `url` is bound without query and fragment, `now` is Unix time by the gateway's clock."""
    parts = urlsplit(url)
    claims: dict[str, object] = {
        "jti": new_id(),
        "htm": method,
        "htu": urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
        "iat": int(now),
    }
    if access_token:
        digest = hashlib.sha256(access_token.encode()).digest()
        claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return signer.jws(claims, {"typ": "dpop+jwt"})
