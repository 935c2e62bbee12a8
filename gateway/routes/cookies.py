"""The page's cookies. Their names carry the port: cookies ignore ports, and several services share a loopback host."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from gateway.config import Server
from wire.people import Role

FLOW = "sign_in"
FLOW_SECONDS = 600


def cookie_name(server: Server, purpose: str) -> str:
    """`__Host-` where https allows it: the browser then takes it from this host and over TLS alone."""
    if server.is_secure:
        return f"__Host-alcove_{purpose}_{server.public_port}"
    return f"alcove_{purpose}_{server.public_port}"


def set_cookie(response: Response, server: Server, purpose: str, secret: str, seconds: int) -> None:
    """Give the browser a secret that scripts cannot read."""
    response.set_cookie(
        cookie_name(server, purpose),
        secret,
        max_age=seconds,
        path="/",
        secure=server.is_secure,
        httponly=True,
        # Coming back from the identity provider is a navigation from elsewhere: lax brings the cookie along.
        samesite="strict" if purpose == Role.ROOM.value else "lax",
    )


def clear_cookie(response: Response, server: Server, purpose: str) -> None:
    """Make the browser forget it."""
    response.delete_cookie(
        cookie_name(server, purpose), path="/", secure=server.is_secure, httponly=True, samesite="lax"
    )


def read_cookie(connection: HTTPConnection, server: Server, purpose: str) -> str | None:
    """The untrusted secret that came with a call, or None."""
    return connection.cookies.get(cookie_name(server, purpose)) or None
