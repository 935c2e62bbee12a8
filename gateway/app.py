"""Composes the gateway: every part once, the HTTP application around them, and the outermost boundary for bugs."""

import asyncio
import mimetypes
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
import structlog
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.admitting import Admitting
from gateway.clock import utc_now
from gateway.config import Config, is_loopback
from gateway.ehr_sync import Ehr, EhrSync
from gateway.envelope import read_key_file
from gateway.identity.access_tokens import AccessTokens
from gateway.identity.desktop_sign_in import DesktopSignIn, DesktopTerms
from gateway.identity.dpop import ProofChecker
from gateway.identity.enrolment import Enrolment
from gateway.identity.ice import IceServers
from gateway.identity.id_tokens import IdTokenChecker
from gateway.identity.keys import read_private_file, read_signing_key
from gateway.identity.page_sign_in import PageSignIn
from gateway.identity.provider import Provider
from gateway.identity.revocations import Revocations
from gateway.identity.rooms import Rooms
from gateway.identity.sessions import Sessions
from gateway.identity.wipe_orders import WipeOrders
from gateway.policy import PolicyInForce
from gateway.ports import Clock
from gateway.routes import (
    admission,
    devices,
    earlier,
    layers,
    live,
    page,
    phrases,
    room,
    sign_in,
    versions,
    visits,
    well_known,
)
from gateway.routes.context import Context, Throttles
from gateway.routes.guards import BodyBound, StrictHeaders
from gateway.routes.refusals import HANDLERS
from gateway.services import Services, build_services, keep_running
from gateway.store.database import Database
from wire.ids import new_id
from wire.log_lines import places

if TYPE_CHECKING:  # a third of a second to import, and nobody signs in at the start
    from authlib.integrations.httpx_client import AsyncOAuth2Client

_log = structlog.get_logger(__name__)
ROUTERS = (well_known, devices, sign_in, visits, versions, earlier, phrases, layers, admission, page, room, live)


class Boundary:
    """The outermost boundary: a bug ends one call with an opaque id, is logged without its values, and nothing more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        begun = False

        async def send_noticed(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noticed)
        except Exception as error:  # noqa: BLE001  # the gateway's named boundary
            error_id = new_id()
            _log.error("call_failed", error_id=error_id, error=type(error).__name__, where=places(error))
            if scope["type"] == "websocket":
                with suppress(RuntimeError):
                    await send({"type": "websocket.close", "code": 1011, "reason": error_id})
            elif not begun:
                await JSONResponse({"error": {"id": error_id}}, 500)(scope, receive, send)


def create_app(config: Config, clock: Clock = utc_now) -> FastAPI:
    """The gateway as an ASGI application; KeyFileUnusable when one of its secrets' files cannot be used.

    Nothing is opened and nothing runs before the application's lifespan begins.
    """
    policy = PolicyInForce(config)
    ehr = Ehr(config)
    database = Database.open(config.database_url)
    services = build_services(database, read_key_file(config.file(config.store.key_file)), policy.visits, clock, ehr)
    http = httpx2.AsyncClient(follow_redirects=False)
    context = _context(config, services, policy, http)
    revocations = Revocations(database, services.hub, services.admissions)
    sync = EhrSync(ehr, services.visits, policy.visits, clock, config.ehr.sync_seconds)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(http.aclose)
            stack.push_async_callback(ehr.close)
            try:
                await stack.enter_async_context(services.running())
            except Exception as error:
                _log.error("not_started", error=type(error).__name__, where=places(error))
                raise
            await stack.enter_async_context(_running(sync.run, policy.watch, revocations.run))
            stack.enter_context(_reload_on_hangup(policy))
            yield

    app = FastAPI(
        lifespan=lifespan,
        middleware=_middleware(config),
        exception_handlers=HANDLERS,  # type: ignore[arg-type]  # Starlette's type wants wider keys
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.context = context
    for module in ROUTERS:
        app.include_router(module.router)
    # What a browser runs as a module depends on the type, and that must not depend on the machine.
    mimetypes.add_type("text/javascript", ".js")
    app.mount("/static", StaticFiles(directory=page.PAGES / "static"), "static")
    return app


def _context(config: Config, services: Services, policy: PolicyInForce, http: httpx2.AsyncClient) -> Context:
    identity, database, clock = config.identity, services.database, services.clock
    key = read_signing_key(config.file(config.server.signing_key_file))
    provider = Provider(identity, http, time.monotonic)
    id_tokens = IdTokenChecker(identity, provider)
    life = timedelta(seconds=identity.session_seconds)
    sessions = Sessions(database, clock, life)
    ice = IceServers(config)
    terms = DesktopTerms(identity.issuer, identity.desktop_client_id, life)
    tokens = AccessTokens(key, config.server.public_url)
    return Context(
        config=config,
        services=services,
        policy=policy,
        signing_key=key,
        proofs=ProofChecker(),
        desktop=DesktopSignIn(database, tokens, id_tokens, terms, clock),
        enrolment=Enrolment(database, clock),
        wipes=WipeOrders(database, key, clock),
        sessions=sessions,
        page=PageSignIn(identity, provider, id_tokens, sessions, services.envelope, _oauth_maker(config), clock),
        rooms=Rooms(sessions),
        admitting=Admitting(services, policy, key, ice, config.practice.name),
        ice=ice,
        throttles=Throttles.make(config.server, time.monotonic),
    )


def _oauth_maker(config: Config) -> "Callable[[], AsyncOAuth2Client]":
    """Makes the page's OAuth client; each is used for one exchange, since it keeps that exchange's token."""
    secret = read_private_file(config.file(config.identity.page_secret_file)).decode().strip()
    redirect_uri = f"{config.server.public_url}/page/callback"

    def make() -> "AsyncOAuth2Client":
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        return AsyncOAuth2Client(
            client_id=config.identity.page_client_id,
            client_secret=secret,
            scope=config.identity.scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=10.0,
        )

    return make


def _middleware(config: Config) -> list[Middleware]:
    """From the outside in. Foreign Host headers are refused: a name that was rebound to loopback opens nothing."""
    host = urlsplit(config.server.public_url).hostname or ""
    hosts = [host, "localhost", "127.0.0.1"] if is_loopback(host) else [host]
    return [
        Middleware(StrictHeaders, server=config.server),
        Middleware(Boundary),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(BodyBound),
    ]


@asynccontextmanager
async def _running(*jobs: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run jobs beside the block; they end with it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(keep_running(job)) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


@contextmanager
def _reload_on_hangup(policy: PolicyInForce) -> Iterator[None]:
    """SIGHUP reads the policy anew, where there is such a signal and this is the main thread."""
    if not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, policy.reload)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
