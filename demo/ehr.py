"""The demo practice's record: a FHIR R4 server in memory, on loopback, with synthetic patients.

`python -m demo.ehr` runs it; `start_ehr` runs it as a child program.
"""

import argparse
import os
import socket
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import uvicorn

from demo.processes import Command, Running, start

DEMO_ZONE = "America/New_York"
MOST_PAGE = 50
_TOKEN_VARIABLE = "ALCOVE_DEMO_EHR_TOKEN"


@dataclass(frozen=True, slots=True)
class EhrSettings:
    """Where the record listens (0: any free port), its zone and day, its largest page, and who may call it."""

    port: int = 0
    zone: str = DEMO_ZONE
    day: date | None = None
    """The day that the demo's visits lie on; today in the zone when None."""
    page: int = MOST_PAGE
    token: str = ""
    """The bearer token that every call but /metadata needs; none when empty."""
    log: Path | None = None


def start_ehr(settings: EhrSettings | None = None) -> Running:
    """Start the record as a child program; its `address` is the FHIR base. StartFailed when it does not come up."""
    settings = settings or EhrSettings()
    argv = [sys.executable, "-m", "demo.ehr", "--port", str(settings.port), "--zone", settings.zone]
    argv += ["--page", str(settings.page)]
    if settings.day is not None:
        argv += ["--day", settings.day.isoformat()]
    env = {**os.environ, _TOKEN_VARIABLE: settings.token}
    root = Path(__file__).parent.parent
    return start(Command("record", tuple(argv), settings.log, env=env, cwd=root))


def main() -> None:
    """Run the record until its standard input ends; one line says where it listens."""
    parser = argparse.ArgumentParser(description="The demo practice's FHIR R4 record, synthetic patients only.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--zone", default=DEMO_ZONE)
    parser.add_argument("--page", type=int, default=MOST_PAGE)
    parser.add_argument("--day", type=date.fromisoformat, default=None)
    given = parser.parse_args()
    token = os.environ.get(_TOKEN_VARIABLE, "")
    listener = socket.create_server(("127.0.0.1", given.port))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/fhir"
    # Here and not above: who only starts this program needs no web framework.
    from demo.fhir.http import ServerSettings, make_app

    app = make_app(ServerSettings(given.zone, given.day, given.page, token), lambda: datetime.now(UTC))
    server = _Announcing(uvicorn.Config(app, log_level="warning", access_log=False), address)
    threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


class _Announcing(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"ready {self._address}", flush=True)


def _end_with_input(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
