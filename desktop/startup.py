"""Start-up as an ordered list of tasks: each has a name, may fail in a named way, and is timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Task:
    """One step; `run` raises what the runner reports."""

    name: str
    run: Callable[[], None]


@dataclass(slots=True)
class StartUp:
    """Runs tasks in order. `failed` is called with the task's name and the exception, and the rest waits."""

    failed: Callable[[str, Exception], None]
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, tasks: list[Task]) -> bool:
        """Whether every task ran."""
        for task in tasks:
            started = time.perf_counter()
            try:
                task.run()
            except Exception as problem:  # noqa: BLE001  # named boundary: the start-up runner
                self.failed(task.name, problem)
                return False
            self.seconds[task.name] = time.perf_counter() - started
        return True
