"""The composition root: the only file that knows every package of desktop/. Builds, runs, and takes down in order."""

import gc
import sys
import threading
import time
import traceback
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.early import Early
from desktop.own_program import start_again
from desktop.ports import Given, VaultProblem, VaultUnavailable
from desktop.safekeeping import Meanwhile, Safekeeping
from desktop.settings import save_user_settings
from desktop.startup import StartUp, Task
from desktop.version import VERSION
from desktop.workflows.begin import begin
from desktop.workflows.prepare import Prepared
from desktop.workflows.quick_text import shipped_library

# isort: split
import desktop.qt_imports  # noqa: F401

# isort: split
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop.ui.bridge import AfterExpose, Bridge, open_in_browser
from desktop.ui.controller import Controller
from desktop.ui.main_window import MainWindow
from desktop.ui.surroundings import Flows, flows_of, patient_name
from desktop.ui.theme import Theme
from desktop.ui.vault_strip import watch_vault

if TYPE_CHECKING:
    from desktop.late import LateParts
    from desktop.ui.sleep_watch import SleepWatch
    from desktop.ui.sound_menu import SoundChoice
    from desktop.workflows.begin import Begun

LATE_MS = 150
"""After the first paint: what was typed meanwhile is shown before the network and the media process are loaded."""


def run(early: Early) -> int:
    """Start the program; the exit code is 0 after an ordinary end."""
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Alcove")
    app.setDesktopFileName("alcove")
    program = Program(app, early)
    program.start()
    return int(app.exec())


class Program:
    """The running program. Network and media are loaded after the first paint (desktop.late)."""

    def __init__(self, app: QApplication, early: Early) -> None:
        self._app = app
        self._early = early
        self._late: LateParts | None = None
        self._sleep: SleepWatch | None = None
        self._flows: Begun | None = None
        self._closing = False

    def start(self) -> None:
        """Walk the list of start-up tasks; the vault opens on its own thread meanwhile."""
        runner = StartUp(self._on_start_failed)
        runner.run([Task("window", self._make_window), Task("vault", self._await_vault)])

    # --- tasks ---------------------------------------------------------------------------------------------------

    def _make_window(self) -> None:
        settings = self._early.loaded.settings
        self._theme = Theme(self._app, settings.appearance, settings.font_pixels)
        self._theme.prepare()
        self._bridge = Bridge(self._on_bug)
        self._window = MainWindow()
        self._window.may_close = self._may_close
        self._controller = Controller(self._window, self._theme, VERSION)
        self._controller.on_retry_vault = self._retry_vault
        self._keeping = Safekeeping(self._early, self._bridge, self._controller, self._window)
        self._keeping.leave, self._keeping.start_again = self._leave, self._start_again
        self._meanwhile = Meanwhile(self._early, self._bridge, self._controller)
        start = self._controller.start
        start.offers_passphrase = settings.passphrase
        start.on_given, start.on_unlock = self._open_with, self._unlock
        start.on_other = lambda: self._start_again(["--other"])
        self._controller.on_appearance = self._keep_appearance
        self._controller.feeds.on_sound = self._keep_sound

    def _await_vault(self) -> None:
        problem = self._early.loaded.policy_problem
        if problem is not None:
            self._controller.show_policy_problem(problem.value, self._retry_policy)
            self._show_window()
            return
        if self._early.locked:
            self._controller.start.locked()
            self._show_window()
            return
        self._early.opening.add_done_callback(lambda it: self._bridge.call_soon(lambda: self._on_vault(it)))

    def _retry_policy(self) -> None:
        self._early.load()
        self._await_vault()

    def _on_vault(self, opening: "Future[Prepared]") -> None:
        problem = opening.exception()
        if problem is not None:
            if not isinstance(problem, VaultUnavailable):
                self._on_bug(problem)
            why = problem.problem if isinstance(problem, VaultUnavailable) else VaultProblem.DAMAGED
            if self._early.other and why is VaultProblem.PASSPHRASE_NEEDED:
                self._early.turn_to_another()
                self._retry_vault()
                return
            self._controller.show_vault_problem(why, new=self._early.is_new())
            self._show_window()
            return
        self._controller.start.release()
        self._begin(opening.result())

    def _show_window(self) -> None:
        self._theme.dress()
        self._window.show()
        QTimer.singleShot(0, _while_the_screen_is_waited_for)

    def _begin(self, prepared: Prepared) -> None:
        """The vault is open: show the last draft, ready to type; load the rest once it is painted."""
        if self._early.store is None:
            raise RuntimeError("no store")
        self._bridge.use_store(self._early.store)
        self._flows = begin(self._bridge, self._controller, self._open_browser)
        if self._early.loaded.problem is not None:
            self._controller.settings_not_read()
        shown = flows_of(self._flows)
        self._controller.use(shown)
        self._keeping.use(self._flows, prepared)
        if prepared.last_visit is not None and not self._early.other:
            self._flows.open_last(prepared.last_visit)
        self._show_window()
        self._exposed = AfterExpose(self._window, LATE_MS, lambda: self._after_paint(prepared, shown))

    def _after_paint(self, prepared: Prepared, shown: Flows) -> None:
        """What a person who types does not wait for."""
        name_of = partial(patient_name, shown)
        self._vault_watch = watch_vault(self._window.vault_strip, self._bridge, name_of, shown.sync.fetch)
        self._keeping.watch()
        self._load_late(prepared)

    def _load_late(self, prepared: Prepared) -> None:
        """Import what is needed late on a thread of its own, so that typing does not wait for it."""

        def load() -> None:
            import desktop.late  # noqa: F401

            self._bridge.call_soon(lambda: self._begin_late(prepared))
            library = shipped_library()
            self._bridge.call_soon(lambda: self._flows.phrases.start(library) if self._flows is not None else None)

        threading.Thread(target=load, name="late", daemon=True).start()

    def _begin_late(self, prepared: Prepared) -> None:
        """After the first paint: network, media process, sign-in."""
        from desktop.late import LateParts
        from desktop.ui.sleep_watch import SleepWatch

        store = self._early.store
        if store is None or self._flows is None or self._closing:
            return
        self._sleep = self._sleep or SleepWatch(self._flows.replay.wipe)
        late = self._late = LateParts(self._bridge, store, self._flows, self._controller)
        late.vault_facts, late.other = self._keeping.facts, self._early.other
        late.on_failed = lambda problem: self._on_late_failed(prepared, problem)
        runner = StartUp(lambda _task, problem: self._on_late_failed(prepared, problem))
        runner.run([Task("late", lambda: late.start(prepared, self._early.loaded, self._early.data_dir))])

    def _on_late_failed(self, prepared: Prepared, problem: BaseException) -> None:
        """A part that visits need did not start: the person can try again, write on in an open draft, or quit."""
        if self._late is not None:
            self._late.stop()
            self._late = None
        self._report(problem)
        self._controller.show_start_problem(lambda: self._begin_late(prepared))

    def _open_browser(self, url: str) -> None:
        """From any thread: the browser is opened by the UI thread."""
        self._bridge.call_soon(lambda: open_in_browser(url))

    def _retry_vault(self) -> None:
        self._early.open_vault()
        self._await_vault()

    def _open_with(self, given: Given) -> None:
        self._early.open_vault(given)
        self._await_vault()

    def _unlock(self) -> None:
        self._controller.start.locked(opening=True)
        self._early.locked = False
        self._retry_vault()

    # --- ending --------------------------------------------------------------------------------------------------

    def _may_close(self) -> bool:
        """Close once everything typed is committed; until then the window stays and says so."""
        if self._closing:
            return True
        self._closing = True
        flows = self._flows
        if flows is not None:
            flows.join.leave("program_closed")
            for visit in flows.sync.open.values():
                visit.keep()
            self._keeping.keep_half_written()
        self._window.setEnabled(False)
        self._finish_closing(time.monotonic())
        return False

    def _finish_closing(self, since: float) -> None:
        flows = self._flows
        idle = flows is None or all(visit.journal.idle for visit in flows.sync.open.values())
        if not idle and time.monotonic() - since < 10.0:
            QTimer.singleShot(50, lambda: self._finish_closing(since))
            return
        if not idle:
            # Words that could not be committed exist only in this window: it stays open and says so.
            self._closing = False
            self._window.setEnabled(True)
            return
        self._leave()
        self._window.close()
        self._app.quit()

    def _leave(self) -> None:
        """End feed, link and store; what is on the screen is worked on no more."""
        self._closing = True
        if self._late is not None:
            self._late.stop()
        if self._early.store is not None:
            self._early.store.close()
        self._bridge.close()

    def _start_again(self, words: list[str]) -> None:
        """Everything is saved and closed: a fresh program takes this one's place, with the same options."""
        self._window.hide()
        try:
            start_again([*(word for word in sys.argv[1:] if word not in ("--locked", "--other")), *words])
        except OSError:
            self._app.quit()  # nothing is lost, and nothing is shown: the person starts it

    # --- problems ------------------------------------------------------------------------------------------------

    def _on_start_failed(self, _task: str, problem: Exception) -> None:
        raise problem

    def _on_bug(self, problem: BaseException) -> None:
        """An unexpected failure: its place goes to standard error; the person is told."""
        self._report(problem)
        self._controller.bug_noticed()

    def _report(self, problem: BaseException) -> None:
        """The place of a failure, never its values."""
        frames = traceback.extract_tb(problem.__traceback__)
        where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-6:]))
        print(f"alcove: {type(problem).__name__} at {where}", file=sys.stderr)
        from desktop.logs import note_error

        note_error("failed", problem)

    def _keep_appearance(self, name: str, pixels: int) -> None:
        save_user_settings(self._early.user_file, {"appearance": name, "font_pixels": pixels})

    def _keep_sound(self, choice: "SoundChoice") -> None:
        changes: dict[str, str | int | bool] = {"output_device": choice.device, "speech_boost": choice.boost}
        save_user_settings(self._early.user_file, changes)


def _while_the_screen_is_waited_for() -> None:
    """Between showing the window and painting it: collect garbage again."""
    gc.freeze()  # what the start made lives as long as the program: no collection walks it
    gc.enable()
