"""The pinned Qt bindings leave the reference counts of None, True and False alone; later ones abort."""

import gc
import sys

from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTextEdit

CALLS = 1_000
NOISE = 50


def one_round(line: QLineEdit, note: QTextEdit, title: QLabel, number: int) -> None:
    line.setText(str(number))
    line.setReadOnly(bool(number % 2))
    line.isReadOnly()
    line.parentWidget()
    line.completer()
    note.setPlainText(str(number))
    note.isReadOnly()
    note.setUndoRedoEnabled(False)
    title.setVisible(False)
    title.buddy()
    title.isVisible()


def test_reference_counts_stay_still_over_a_thousand_qt_calls(qapp: QApplication) -> None:
    line, note, title = QLineEdit(), QTextEdit(), QLabel()
    one_round(line, note, title, 0)
    gc.collect()
    before = [sys.getrefcount(value) for value in (None, True, False)]
    for number in range(CALLS):
        one_round(line, note, title, number)
    gc.collect()
    after = [sys.getrefcount(value) for value in (None, True, False)]
    for name, was, now in zip(("None", "True", "False"), before, after, strict=True):
        assert abs(now - was) < NOISE, f"{name} moved by {now - was} over {CALLS} rounds"
