"""The real gateway as a child program of the demo: its configuration, its start and restart, its command line."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.identity import ACR_SECURITY_KEY, PAGE_CLIENT
from demo.processes import Command, Running, start
from wire.posture import CheckId, Requirement

ROOT = Path(__file__).parent.parent
STOP_SECONDS = 15.0
# What a demo machine cannot be expected to have is shown and does not refuse; the gate says so.
DEMO_REQUIREMENTS: Mapping[CheckId, Requirement] = dict.fromkeys(CheckId, Requirement.ADVISORY)


class CommandFailed(Exception):
    """The gateway's command line said no; the message is what it printed."""


def free_port() -> int:
    """A loopback port that is free now: the gateway's address must be known before it starts, and outlive restarts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """Everything that the gateway's configuration says."""

    folder: Path
    issuer: str
    ehr_base: str
    zone: str
    page_secret: str = field(repr=False)
    ehr_token: str = field(repr=False)
    port: int = field(default_factory=free_port)
    database_url: str = "sqlite+aiosqlite:///gateway.db"
    requirements: Mapping[CheckId, Requirement] = field(default_factory=lambda: DEMO_REQUIREMENTS)
    policy_version: int = 1
    mid_visit_grace_seconds: int = 30
    step_up_seconds: int = 600
    tries_per_minute: int | None = None

    @property
    def address(self) -> str:
        """Where clients reach the gateway."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "gateway.toml"

    def write(self) -> None:
        """Write the configuration and the secret files that it names, readable by this user alone."""
        for name, secret in (("page-secret", self.page_secret), ("ehr-token", self.ehr_token)):
            _write_private(self.folder / name, secret)
        _write_private(self.config, _toml(self._tables()))

    def _tables(self) -> dict[str, dict[str, object]]:
        return {
            "practice": {"name": "Demo practice (synthetic)", "zone": self.zone},
            "server": {"port": self.port, "public_url": self.address, **self._tries()},
            "store": {"url": self.database_url, "key_file": "store.key"},
            "identity": {
                "issuer": self.issuer,
                "page_client_id": PAGE_CLIENT,
                "page_secret_file": "page-secret",
                "required_acr": [ACR_SECURITY_KEY],
            },
            "ehr": {"base_url": self.ehr_base, "auth": "bearer", "token_file": "ehr-token", "sync_seconds": 5},
            "policy": {
                "version": f"demo-{self.policy_version}",
                "step_up_seconds": self.step_up_seconds,
                "mid_visit_grace_seconds": self.mid_visit_grace_seconds,
            },
            "policy.requirements": {check.value: each.value for check, each in self.requirements.items()},
        }

    def _tries(self) -> dict[str, object]:
        tries = self.tries_per_minute
        return {} if tries is None else {"codes_per_minute": tries, "sign_ins_per_minute": tries}


def _toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """TOML of tables with strings, numbers and lists of strings, which it writes as JSON does."""
    blocks = []
    for table, values in tables.items():
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        blocks.append("\n".join([f"[{table}]", *lines]))
    return "\n\n".join(blocks) + "\n"


def _write_private(path: Path, text: str) -> None:
    """Replace a file at once, so that a reader never sees half of it."""
    draft = path.with_name(f".{path.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def init_gateway(folder: Path) -> None:
    """Make a new gateway's folder with its keys, as the practice's IT does; one that is there is left as it is."""
    if not (folder / "gateway.toml").exists():
        _run_to_end("init", str(folder))


class GatewayProgram:
    """Runs `python -m gateway` on a plan; leaving the `with` block ends it. `log` gathers all of its output."""

    def __init__(self, plan: GatewayPlan) -> None:
        """Take over the folder that `init_gateway` made: the plan becomes its configuration."""
        self.plan = plan
        self.log = plan.folder / "gateway.log"
        self._running: Running | None = None
        plan.write()

    @property
    def address(self) -> str:
        """Where clients reach the gateway."""
        return self.plan.address

    def command(self, *arguments: str) -> str:
        """Run the gateway's own command line, as the practice's IT does; what it printed."""
        return _run_to_end(*arguments, "--config", str(self.plan.config))

    def start(self) -> None:
        """Start serving and wait until it listens; StartFailed when it ends or stays silent."""
        argv = (*_program(), "serve", "--config", str(self.plan.config))
        command = Command("gateway", argv, self.log, env=_environment(), cwd=ROOT, stop_s=STOP_SECONDS)
        self._running = start(command)

    def stop(self) -> int | None:
        """End it as an operator does; its exit code, or None when it was not running."""
        running, self._running = self._running, None
        return None if running is None else running.stop()

    def kill(self) -> None:
        """End it as a power cut does."""
        running, self._running = self._running, None
        if running is not None:
            running.kill()

    def restart(self) -> None:
        """Stop and start on the same address and data."""
        self.stop()
        self.start()

    def set_policy(self, **requirements: Requirement) -> None:
        """Change what the policy demands of checks, by name; the running gateway takes it over within seconds."""
        changed = {**self.plan.requirements, **{CheckId(name): each for name, each in requirements.items()}}
        self.plan = replace(self.plan, requirements=changed, policy_version=self.plan.policy_version + 1)
        self.plan.write()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def _run_to_end(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        [*_program(), *arguments], cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CommandFailed(f"{arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def _program() -> list[str]:
    return [sys.executable, "-m", "gateway"]


def _environment() -> dict[str, str]:
    """This machine's environment without a proxy, which would catch calls to loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
