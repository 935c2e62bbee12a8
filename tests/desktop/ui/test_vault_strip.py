"""A rescue is said in whole sentences that name the patients, and stays until somebody has read it."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.ports import DamageCause, DiskState, RescueReport, VisitRescue
from desktop.ui.vault_strip import VaultStrip, rescue_words
from desktop.workflows.copies import CopyState
from tests.desktop.ui.conftest import Shown, settle

NAMES = {"v1": "Rivera, Ana M", "v2": "Nguyen, Bao"}
LOSS = RescueReport(
    "r1", "2026-11-27T10:00:00Z", DamageCause.CHANGES_MISSING, "aside/1", 12,
    (VisitRescue("v1", 3, 2), VisitRescue("v2", 4, 0), VisitRescue("v3", 0, 1)), 5,
)  # fmt: skip
WHOLE = RescueReport("r2", "2026-11-27T10:00:00Z", DamageCause.FILE_DAMAGED, "aside/2", 1, (), 0)


def name_of(visit_id: str) -> str:
    return NAMES.get(visit_id, "")


def test_what_is_missing_is_counted_by_patient_and_the_rest_too() -> None:
    words = rescue_words(LOSS, name_of)
    assert "2 saved edits are missing here: Rivera, Ana M." in words
    assert "Nguyen" not in words, "nothing of this one is missing"
    assert "1 saved edit of another visit" in words
    assert "5 saved edits of other visits" in words
    assert "aside/1" in words
    assert "Nothing is missing." in rescue_words(WHOLE, name_of)


def test_each_report_stays_until_it_was_read_by_key(put_up: Shown) -> None:
    strip = VaultStrip()
    put_up(strip, 1000, 300)
    read: list[str] = []
    strip.report_read.connect(read.append)
    strip.show_vault((LOSS, WHOLE), DiskState.LOW, name_of)
    assert len(strip.texts()) == 3
    buttons = strip.findChildren(QPushButton)
    assert [found.text() for found in buttons] == ["Fetch its copy", *["I have read this"] * 2]
    buttons[2].setFocus()
    QTest.keyClick(buttons[2], Qt.Key.Key_Space)
    assert read == ["r2"]
    wanted: list[str] = []
    strip.copy_wanted.connect(wanted.append)
    buttons[0].click()
    assert wanted == ["r1"], "of the one of which something is missing"
    for state, words in (
        (CopyState(1, 0, reached=False), "as soon as the practice is reached"),
        (CopyState(1, 0, reached=True), "Fetching"),
        (CopyState(0, 2, reached=True), "copies of 2 notes are here"),
    ):
        strip.show_copy("r1", state)
        assert words in strip.texts()[0]
    settle()
    assert [found.text() for found in strip.findChildren(QPushButton) if found.isVisible()] == ["I have read this"] * 2
    strip.show_vault((), DiskState.ENOUGH, name_of)
    assert not strip.isVisible()
    assert strip.texts() == ()
