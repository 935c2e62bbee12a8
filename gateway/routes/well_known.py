"""What anybody may ask: what this gateway is, and whether it lives."""

from importlib.metadata import version

from fastapi import APIRouter

from gateway.routes.context import Parts
from wire.http import GatewayInfo
from wire.protocol import SPOKEN

router = APIRouter()


@router.get("/.well-known/alcove")
async def gateway_info(parts: Parts) -> GatewayInfo:
    """What a desktop needs before it signs in."""
    practice, identity = parts.config.practice, parts.config.identity
    return GatewayInfo(
        practice=practice.name,
        phone=practice.phone,
        zone=practice.zone,
        protocols=SPOKEN,
        issuer=identity.issuer,
        client_id=identity.desktop_client_id,
        scope=identity.scope,
        acr_values=" ".join(identity.required_acr),
        gateway_jwk=parts.signing_key.jwk,
        server_time=parts.services.clock(),
        version=version("alcove"),
    )


@router.get("/healthz")
async def health() -> dict[str, bool]:
    """The process answers."""
    return {"ok": True}
