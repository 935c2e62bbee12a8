"""A scribe's laptop: the desktop's real workflows and vault, jobs that wait to be run, and a line that may be cut."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from desktop.ports import JournalRow, LinkFailed, LinkState, Refused, SaveState, Vault, VaultProblem, VaultUnavailable
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.screen import Notice
from desktop.workflows.sync import Sync
from tests.desktop.workflows.doubles import RememberingScreen
from wire.live import Hello
from wire.people import Principal
from wire.protocol import SPOKEN

T = TypeVar("T")
WRITES = ("append", "acknowledge", "compact", "put_command", "drop_command", "put_visit", "put", "delete")


class Disk:
    """A vault whose every write fails while the disk is full."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.full = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the vault has
        if self.full and name in WRITES:
            raise VaultUnavailable(VaultProblem.DISK_FULL)
        return getattr(self.vault, name)


class Jobs:
    """Jobs of the store thread, run one at a time; a dead program's do nothing any more."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._waiting: list[Callable[[], None]] = []
        self._timers: list[Callable[[], None]] = []

    def on_store(
        self, work: Callable[[Vault], T], done: Callable[[T], None], failed: Callable[[VaultUnavailable], None]
    ) -> None:
        def step() -> None:
            try:
                result = work(self._disk)
            except VaultUnavailable as problem:
                failed(problem)
            else:
                done(result)

        self._waiting.append(step)

    def on_link(
        self,
        work: Callable[[], Awaitable[T]],
        done: Callable[[T], None],
        failed: Callable[[LinkFailed | Refused], None],
    ) -> None:
        raise AssertionError("nothing here goes by HTTP")

    def later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        self._timers.append(call)
        return lambda: self._timers.remove(call) if call in self._timers else None

    def step(self) -> bool:
        """Run the first job; False when there was none."""
        if self._waiting:
            self._waiting.pop(0)()
            return True
        return False

    def run(self) -> None:
        """Run every job."""
        while self.step():
            pass

    def ring(self) -> None:
        """Let every timer that is set now go off."""
        timers, self._timers = self._timers, []
        for call in timers:
            call()


@dataclass(slots=True)
class Line:
    """What waits on the way to the gateway; a cut line takes nothing."""

    up: list[str] = field(default_factory=list)
    connected: bool = False

    def start(self) -> None:
        """The schedule connects it."""

    def stop(self) -> None:
        """The schedule cuts it."""

    def send(self, frame_json: str) -> None:
        if self.connected:
            self.up.append(frame_json)


class Desk:
    """One scribe at one laptop; `restart` is a crash, and the visit is opened when it is next worked in."""

    def __init__(self, principal: Principal, vault: Vault, visit_id: str) -> None:
        self.principal = principal
        self.disk = Disk(vault)
        self.visit_id = visit_id
        self.line = Line()
        self.alarms: list[Notice] = []
        self.unsaved: set[str] = set()
        """Typed, and not yet said to be saved."""
        self.sent_rows: dict[str, set[str]] = {}
        """By the bytes of an update that was sent: the rows in it."""
        self._start()

    def _start(self) -> None:
        self.jobs, self.screen = Jobs(self.disk), RememberingScreen()
        self.sync = Sync(self.jobs, self.screen, self.line)
        self.sync.pick_up()
        self.jobs.run()
        self.on_screen = False

    @property
    def visit(self) -> OpenVisit:
        """The visit on the screen."""
        if not self.on_screen:
            opened: list[OpenVisit] = []
            full, self.disk.full = self.disk.full, False
            self.sync.open_visit(self.visit_id, opened.append)
            self.jobs.run()
            self.disk.full = full
            assert opened
            self.on_screen = True
        return self.sync.open[self.visit_id]

    def restart(self) -> None:
        """The program dies as it stands, and is started again: a new client id, and the journal."""
        self.cut()
        self.note_alarms()
        self.unsaved.clear()
        self._start()

    def close(self) -> None:
        """Close the visit, whatever it waits for."""
        self.sync.close_visit(self.visit_id)
        self.on_screen = False

    def hello(self) -> None:
        """The line stands: the link's own first frame."""
        self.line.connected = True
        self.line.up.append(Hello(protocols=SPOKEN, app="converge").model_dump_json())

    def cut(self) -> None:
        """The line is gone, with all that was on it."""
        self.line.connected = False
        self.line.up.clear()
        self.sync.link_changed(LinkState.OFFLINE, None)

    def hear(self, frame: str) -> None:
        """One frame of the gateway, as the link hands it over."""
        if json.loads(frame)["type"] == "welcome":
            self.sync.link_changed(LinkState.ONLINE, None)
        self.sync.frame_received(frame)

    def note_sent(self, frame: dict[str, Any]) -> None:
        """Which rows an update bears; call it when the update leaves."""
        if frame["type"] == "document_update":
            flight = self.sync._in_flight.get(self.visit_id)
            if flight is not None and flight[0] == frame["update_id"]:
                self.sent_rows.setdefault(frame["update"], set()).update(flight[1])

    def committed(self) -> list[JournalRow]:
        """Own rows in the vault that no answer was kept for."""
        return list(self.disk.vault.pending_updates(self.visit_id))

    def shown(self) -> set[str]:
        """The rows that this laptop counts as being here only."""
        visit = self.sync.open.get(self.visit_id)
        return {row.update_id for row in visit.unsent} if visit is not None else set()

    def is_saved(self) -> bool:
        """Whether the screen says so."""
        visit = self.sync.open.get(self.visit_id)
        return visit is None or visit.save_state is SaveState.SAVED

    def note_alarms(self) -> None:
        """Keep what the scribe was told."""
        self.alarms += [notice for notice, _ in self.screen.notices]
        self.screen.notices.clear()


def lacking(desk: Desk, gateway_has: set[str]) -> set[str]:
    """The committed rows of a laptop that the gateway has not got."""
    return {row.update_id for row in desk.committed()} - gateway_has


def rows_text(rows: Sequence[JournalRow]) -> str:
    """Rows in one line, for a failure's report."""
    return " ".join(f"{row.update_id[-6:]}:{row.client_id}:{row.author or 'own'}" for row in rows)
