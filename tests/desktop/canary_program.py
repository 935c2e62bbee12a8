"""The unchanged program, with somebody in it who types a canary wherever words can be typed, and then kills it.

`python -m tests.desktop.canary_program DATA_DIR SIGNAL`; it prints what it typed and the limits that hold for it.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop import app
from desktop.__main__ import main as desktop_main
from desktop.app import Program
from desktop.secure_store.keys import SystemRing
from desktop.ui.visit_controller import VisitController

CANARY = "zqvkanary"
STEP_MS = 60
PATIENCE = 1500


class Typist(QObject):
    """Goes from feature to feature once the draft is on the screen."""

    def __init__(self, program: Program, end: signal.Signals) -> None:
        super().__init__()
        self._program, self._end = program, end
        self._waited = 0
        self._steps: list[Callable[[VisitController], None]] = [
            self._note, self._phrase, self._chat, self._question, self._order, self._half_written, self._failure,
            self._snapshot,
        ]  # fmt: skip
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._step)
        self._timer.start(STEP_MS)

    def _step(self) -> None:
        self._waited += 1
        if self._waited > PATIENCE:
            print("gave up", flush=True)
            os._exit(3)
        current = self._program._controller.current
        flows = self._program._flows
        if current is None or flows is None:
            return
        if self._steps:
            self._steps.pop(0)(current)
        elif current.visit.journal.idle and len(current.visit.outbox) >= 2 and self._program._late is not None:
            self._die()

    def _type(self, widget: QWidget, words: str) -> None:
        print("typed", words, flush=True)
        widget.setFocus()
        QTest.keyClicks(widget, words)

    def _note(self, current: VisitController) -> None:
        current.view.note.focus_section("hpi")
        self._type(current.view.note.editor, f"{CANARY}note hurts")

    def _phrase(self, current: VisitController) -> None:
        self._type(current.view.note.editor, f" .{CANARY}phrase ")
        self._type(current.view.note.editor, f" /{CANARY}block ")

    def _chat(self, current: VisitController) -> None:
        self._type(current.view.chat.box, f"{CANARY}chat")
        current.view.chat.box.sent.emit()

    def _question(self, current: VisitController) -> None:
        current.view.chat.open_question("hpi")
        self._type(current.view.chat.question_text, f"{CANARY}question")
        self._type(current.view.chat.replies, f"{CANARY}reply, no")
        current.view.chat._ask()

    def _order(self, current: VisitController) -> None:
        current.view.show_new_order()
        form = current.view.orders.form
        for field in (form.test.lineEdit(), form.reason.lineEdit(), form.instructions):
            if field is not None:
                self._type(field, f"{CANARY}order")

    def _half_written(self, current: VisitController) -> None:
        self._type(current.view.chat.box, f"{CANARY}unsent")

    def _failure(self, _current: VisitController) -> None:
        """A fault of the program's with a patient's word in its message."""

        def fail() -> None:
            raise ValueError(f"{CANARY}failure")

        self._program._bridge.call_soon(fail)

    def _snapshot(self, _current: VisitController) -> None:
        store = self._program._early.store
        if store is not None:
            store.snapshot()

    def _die(self) -> None:
        self._timer.stop()
        print("core", *resource.getrlimit(resource.RLIMIT_CORE), flush=True)
        with open("/proc/self/status") as status:
            print("status", *(line.split()[1] for line in status if line.startswith("VmLck")), flush=True)
        QApplication.processEvents()
        os.kill(os.getpid(), self._end)


def main() -> int:
    """Run the program with the typist in it."""
    start, end = Program.start, signal.Signals[sys.argv[2]]

    def started(program: Program) -> None:
        start(program)
        program.typist = Typist(program, end)  # type: ignore[attr-defined]

    SystemRing.__init__.__defaults__ = (None, 60.0)  # a busy machine is no locked keyring
    setattr(app.Program, "start", started)  # noqa: B010  # the unchanged program, with somebody in it
    return desktop_main(["--data-dir", sys.argv[1]])


if __name__ == "__main__":
    sys.exit(main())
