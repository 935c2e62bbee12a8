"""Hand-written doubles of the desktop's ports: a vault in memory, jobs that run when told, a screen that remembers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from desktop.ports import (
    DiskState,
    FrameRef,
    JournalRow,
    LinkFailed,
    MediaConfig,
    OutboxRow,
    Refused,
    RescueReport,
    SaveState,
    TalkEnd,
    Vault,
    VaultProblem,
    VaultUnavailable,
)
from desktop.workflows.screen import Notice
from visit.document import TextChange
from wire.refusals import Refusal

T = TypeVar("T")


class MemoryVault:
    """A vault in memory; `broken` makes every write fail, as a full disk does."""

    def __init__(self) -> None:
        self.rows: list[JournalRow] = []
        self.outbox: list[OutboxRow] = []
        self.kept: dict[str, tuple[str, str]] = {}
        self.values: dict[str, str] = {}
        self.rescues: list[RescueReport] = []
        self.broken = False
        self.claimed = ""

    @property
    def acknowledged(self) -> set[str]:
        return {row.update_id for row in self.rows if row.acknowledged}

    def _write(self) -> None:
        if self.broken:
            raise VaultUnavailable(VaultProblem.DISK_FULL)

    def append(self, rows: Sequence[JournalRow]) -> None:
        self._write()
        for row in rows:
            if all(known.update_id != row.update_id for known in self.rows):
                self.rows.append(row)

    def journal(self, visit_id: str) -> list[JournalRow]:
        return [row for row in self.rows if row.visit_id == visit_id]

    def acknowledge(self, update_ids: Sequence[str]) -> None:
        self._write()
        self.rows = [replace(row, acknowledged=True) if row.update_id in update_ids else row for row in self.rows]

    def compact(self, merged: JournalRow, replaced: Sequence[str]) -> bool:
        self._write()
        places = [place for place, row in enumerate(self.rows) if row.update_id in replaced]
        if not places or len(places) != len(replaced):
            return False
        between = [row for row in self.rows[places[0] : places[-1] + 1] if row.visit_id == merged.visit_id]
        kind = (True, merged.visit_id, merged.author, merged.client_id)
        if any((row.acknowledged, row.visit_id, row.author, row.client_id) != kind for row in between):
            return False
        if len(between) != len(places):
            return False
        self.rows[places[0]] = replace(merged, acknowledged=True)
        self.rows = [row for row in self.rows if row.update_id not in replaced]
        return True

    def pending_updates(self, visit_id: str | None = None) -> list[JournalRow]:
        return [
            row for row in self.rows if not row.acknowledged and visit_id in (None, row.visit_id) and not row.author
        ]

    def put_command(self, row: OutboxRow) -> None:
        self._write()
        if all(known.command_id != row.command_id for known in self.outbox):
            self.outbox.append(row)

    def commands(self) -> list[OutboxRow]:
        return list(self.outbox)

    def drop_command(self, command_id: str) -> None:
        self._write()
        self.outbox = [row for row in self.outbox if row.command_id != command_id]

    def put_visit(self, visit_id: str, visit_json: str, record_json: str) -> None:
        self._write()
        self.kept[visit_id] = (visit_json, record_json)

    def visit(self, visit_id: str) -> tuple[str, str] | None:
        return self.kept.get(visit_id)

    def visits(self) -> dict[str, tuple[str, str]]:
        return dict(self.kept)

    def put(self, key: str, value: str) -> None:
        self._write()
        self.values[key] = value

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def delete(self, key: str) -> None:
        self._write()
        self.values.pop(key, None)

    def purge_visit(self, visit_id: str) -> None:
        self._write()
        self.rows = [row for row in self.rows if row.visit_id != visit_id]
        self.outbox = [row for row in self.outbox if row.visit_id != visit_id]
        self.kept.pop(visit_id, None)

    def visit_ids(self) -> list[str]:
        return sorted({row.visit_id for row in self.rows} | {row.visit_id for row in self.outbox} | set(self.kept))

    def unsent(self) -> dict[str, int]:
        waiting = [row.visit_id for row in self.pending_updates()] + [row.visit_id for row in self.outbox]
        return {visit_id: waiting.count(visit_id) for visit_id in waiting}

    def reduce_to(self, visit_ids: Sequence[str]) -> None:
        for visit_id in self.visit_ids():
            if visit_id not in visit_ids:
                self.purge_visit(visit_id)

    def owner(self) -> str:
        return self.claimed

    def claim(self, owner: str) -> None:
        self._write()
        self.claimed = owner

    def reports(self) -> list[RescueReport]:
        return list(self.rescues)

    def drop_report(self, report_id: str) -> None:
        self.rescues = [report for report in self.rescues if report.report_id != report_id]

    def disk(self) -> DiskState:
        return DiskState.FULL if self.broken else DiskState.ENOUGH

    def close(self) -> None:
        pass


class SteppedJobs:
    """Jobs that wait until `run()`: store work in order, link work driven by hand, timers by `advance`."""

    def __init__(self, vault: MemoryVault) -> None:
        self.vault: Vault = vault
        self._waiting: list[Callable[[], None]] = []
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self.now = 0.0

    def on_store(
        self, work: Callable[[Vault], T], done: Callable[[T], None], failed: Callable[[VaultUnavailable], None]
    ) -> None:
        def step() -> None:
            try:
                result = work(self.vault)
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
        def step() -> None:
            try:
                result = _finish(work())
            except (LinkFailed, Refused) as problem:
                failed(problem)
            else:
                done(result)

        self._waiting.append(step)

    def later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        timer = (self.now + seconds, call)
        self._timers.append(timer)
        return lambda: self._timers.remove(timer) if timer in self._timers else None

    def run(self) -> None:
        """Run everything that waits, also what it leads to."""
        while self._waiting:
            self._waiting.pop(0)()

    def advance(self, seconds: float) -> None:
        """Let time pass: due timers fire in order, their work runs."""
        self.now += seconds
        while due := sorted((t for t in self._timers if t[0] <= self.now), key=lambda t: t[0]):
            self._timers.remove(due[0])
            due[0][1]()
            self.run()


def _finish(awaitable: Awaitable[T]) -> T:
    """Drive an awaitable that never really waits."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    raise AssertionError("it waited")


@dataclass(slots=True)
class RememberingScreen:
    """Remembers what it was told."""

    told: list[tuple[str, str]] = field(default_factory=list)
    changes: list[TextChange] = field(default_factory=list)
    notices: list[tuple[Notice, Refusal | None]] = field(default_factory=list)
    saved: list[SaveState] = field(default_factory=list)

    def session_changed(self) -> None:
        self.told.append(("session", ""))

    def visits_changed(self) -> None:
        self.told.append(("visits", ""))

    def record_changed(self, visit_id: str) -> None:
        self.told.append(("record", visit_id))

    def text_changed(self, visit_id: str, change: TextChange) -> None:
        self.told.append(("text", visit_id))
        self.changes.append(change)

    def authors_changed(self, visit_id: str) -> None:
        self.told.append(("authors", visit_id))

    def saved_changed(self, visit_id: str, state: SaveState) -> None:
        self.saved.append(state)

    def join_changed(self) -> None:
        self.told.append(("join", ""))

    def noticed(self, notice: Notice, refusal: Refusal | None, visit_id: str = "") -> None:
        self.notices.append((notice, refusal))


class RecordingLine:
    """A live line that keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.running = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def send(self, frame_json: str) -> None:
        self.sent.append(frame_json)


@dataclass(slots=True)
class RecordingMedia:
    """A media handle that keeps what it was asked."""

    asked: list[tuple[str, Any]] = field(default_factory=list)
    on_talk: Any = None
    on_replay: Any = None

    def start(self) -> None:
        self.asked.append(("start", None))

    def keep_replay(self, visit_id: str, seconds: int) -> None:
        self.asked.append(("keep", (visit_id, seconds)))

    def replay_from(self, age: float, speed: float) -> None:
        self.asked.append(("from", (age, speed)))

    def replay_back(self, seconds: float) -> None:
        self.asked.append(("back", seconds))

    def set_replay_speed(self, speed: float) -> None:
        self.asked.append(("speed", speed))

    def return_to_live(self, *, catch_up: bool) -> None:
        self.asked.append(("catch_up" if catch_up else "live", None))

    def wipe_replay(self) -> None:
        self.asked.append(("wipe", None))

    def hold_talk(self, connection_id: str, press: int) -> None:
        self.asked.append(("hold", (connection_id, press)))

    def release_talk(self, why: TalkEnd) -> None:
        self.asked.append(("release_talk", why))

    def prepare(self, connection_id: str, config: MediaConfig) -> None:
        self.asked.append(("prepare", connection_id))

    def accept_offer(self, connection_id: str, sdp: str) -> None:
        self.asked.append(("accept", connection_id))

    def close_feed(self, connection_id: str) -> None:
        self.asked.append(("close", connection_id))

    def set_pane_size(self, width: int, height: int) -> None:
        self.asked.append(("pane", (width, height)))

    def set_volume(self, gain: float) -> None:
        self.asked.append(("volume", gain))

    def set_output(self, device: str, *, boost: bool) -> None:
        self.asked.append(("output", (device, boost)))

    def image_bytes(self, frame: FrameRef) -> memoryview:
        return memoryview(b"")

    def release(self, frame: FrameRef) -> None:
        self.asked.append(("release", frame.slot))

    def stop(self) -> None:
        self.asked.append(("stop", None))
