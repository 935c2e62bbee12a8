"""What the routes work with, made once by `gateway.app` and found through the application."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from gateway.admitting import Admitting
from gateway.config import Config, Server
from gateway.identity.desktop_sign_in import DesktopSignIn
from gateway.identity.dpop import ProofChecker
from gateway.identity.enrolment import Enrolment
from gateway.identity.ice import IceServers
from gateway.identity.keys import SigningKey
from gateway.identity.page_sign_in import PageSignIn
from gateway.identity.rooms import Rooms
from gateway.identity.sessions import Sessions
from gateway.identity.wipe_orders import WipeOrders
from gateway.policy import PolicyInForce
from gateway.routes.throttle import Throttle
from gateway.services import Services


@dataclass(frozen=True, slots=True)
class Throttles:
    """How often codes and sign-ins may be tried, by address, and reports be sent, by device."""

    codes: Throttle
    sign_in: Throttle
    reports: Throttle

    @classmethod
    def make(cls, server: Server, monotonic: Callable[[], float]) -> "Throttles":
        """The configured limits; a device's reports are bounded by us."""
        codes, sign_ins = server.codes_per_minute, server.sign_ins_per_minute
        return cls(
            codes=Throttle(codes, codes, monotonic),
            sign_in=Throttle(sign_ins, sign_ins, monotonic),
            reports=Throttle(30, 30, monotonic),
        )


@dataclass(frozen=True, slots=True)
class Context:
    """The gateway's parts that routes use."""

    config: Config
    services: Services
    policy: PolicyInForce
    signing_key: SigningKey
    proofs: ProofChecker
    desktop: DesktopSignIn
    enrolment: Enrolment
    wipes: WipeOrders
    sessions: Sessions
    page: PageSignIn
    rooms: Rooms
    admitting: Admitting
    ice: IceServers
    throttles: Throttles


def context_of(connection: HTTPConnection) -> Context:
    """The context of the application that serves this call."""
    context = connection.app.state.context
    if not isinstance(context, Context):
        raise TypeError("the application has no context")
    return context


Parts = Annotated[Context, Depends(context_of)]


def caller_address(connection: HTTPConnection) -> str:
    """The caller's network address, to count tries by."""
    return connection.client.host if connection.client else ""
