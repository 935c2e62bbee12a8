"""Runs the application under uvicorn, with the bounds that the live channel needs."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from gateway.app import create_app
from gateway.config import Config
from gateway.logs import configure_logs
from wire.base import MAX_FRAME_BYTES

_log = structlog.get_logger(__name__)
_PING_SECONDS = 20.0
_SHUTDOWN_SECONDS = 10


class _Server(uvicorn.Server):
    """Says on standard output when it listens."""

    def __init__(self, config: uvicorn.Config, public_url: str) -> None:
        super().__init__(config)
        self._public_url = public_url

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and do not die of them again afterwards as uvicorn's own does."""
        kept = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"ready {self._public_url}", flush=True)


def uvicorn_config(config: Config, app: ASGIApp) -> uvicorn.Config:
    """How uvicorn serves a gateway: no access log, bounded frames, proxies trusted only when there is one."""
    server = config.server
    return uvicorn.Config(
        app,
        host=server.host,
        port=server.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        proxy_headers=server.behind_tls_proxy,
        ssl_certfile=_path(config, server.tls_certificate_file),
        ssl_keyfile=_path(config, server.tls_key_file),
    )


def serve_forever(config: Config) -> bool:
    """Serve until a signal ends it; False when it could not start.

    Logs go to standard error, `ready <address>` to standard output.
    """
    configure_logs()
    server = _Server(uvicorn_config(config, create_app(config)), config.server.public_url)
    try:
        server.run()
    except SystemExit:  # uvicorn's word for a port that is taken
        _log.error("port_not_free", port=config.server.port)
    _log.info("stopped")
    return server.started


def _path(config: Config, path: Path | None) -> str | None:
    return str(config.file(path)) if path is not None else None
