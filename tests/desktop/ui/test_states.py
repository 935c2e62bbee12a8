"""Every state that a scribe can meet: nothing is cut, the patient stays in sight, every control is named."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from desktop.ui.gate import GateView
from desktop.ui.palette import Palette
from desktop.ui.parts import ElidedLabel
from desktop.ui.shortcut_sheet import ShortcutSheet
from desktop.ui.theme import BASE_PIXELS, LARGEST_PIXELS, Theme
from desktop.ui.today import TodayView
from desktop.ui.tokens import LIGHT
from desktop.ui.visit_view import VisitView
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import Desk
from tests.desktop.ui.question_states import QUESTION_STATES
from tests.desktop.ui.states import STATES as OTHER_STATES
from tests.desktop.ui.test_accessibility import focusable, spoken_name
from tests.desktop.ui.typing_states import TYPING

Show = Callable[..., Desk]
STATES = OTHER_STATES | QUESTION_STATES
LARGER = frozenset(TYPING) | {"paste_refused", "live_source_form", "live_confirm_time"}
"""What needs more lines beside the note than its 240 pixels in the smallest window leave at the largest type."""
WITH_PATIENT = [
    name
    for name in STATES
    if name.startswith(("visit", "gate", "live", "finish", "consent", "order_", "question", "letters", "urgent"))
    or name in ("preparing", "offline", "signed_out", "not_saved", "sent", "opened", "returned", "signed", "two_visits")
    or name.startswith(("suggesting", "grid", "vitals", "dangerous", "palette"))
    or name in ("signed_late", "frozen", "frozen_asked", "frozen_moved", "unfrozen", "versions", "versions_offline")
    or name in ("paste_refused", "shortcuts", "long_names", "update_refused", "rescued", "pick_list", "misspelled")
    or name in ("rescued_copy", "typed_meanwhile")
    or name == "template"
]


@pytest.fixture
def show(qapp: QApplication) -> Iterator[Show]:
    """Shows a state at 1024x700, in a type of `pixels`, and takes it away."""
    theme = Theme(qapp, "light")
    desks: list[Desk] = []

    def shown(name: str, pixels: int = BASE_PIXELS, size: tuple[int, int] = (1024, 700)) -> Desk:
        theme.pixels = pixels
        theme.apply()
        desk = Desk(theme)
        desks.append(desk)
        desk.window.resize(*size)
        desk.window.show()
        desk.window.activateWindow()
        settle()
        STATES[name](desk)
        settle()
        return desk

    yield shown
    for desk in desks:
        desk.close()
    desks.clear()
    theme.on_changed = lambda _tokens: None
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    theme.pixels = BASE_PIXELS
    theme.apply()


def cut_labels(window: QWidget) -> list[str]:
    """Texts of visible labels that have less room than their words need, or that stand out of their pane sideways."""
    found = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or not label.text():
            continue
        if isinstance(label, ElidedLabel):
            room = label.contentsRect().width()
            if label.fontMetrics().horizontalAdvance(label.text()) > room and label.toolTip() != label.text():
                found.append(label.text())
            continue
        if label.wordWrap():
            cut = label.heightForWidth(label.width()) > label.height() + 1
        else:
            cut = label.sizeHint().width() > label.width() + 1 or label.sizeHint().height() > label.height() + 1
        if cut or cut_sideways(label):
            found.append(label.text())
    return found


def cut_sideways(widget: QWidget) -> bool:
    """Whether a pane's left or right edge cuts the widget; what lies above or below is scrolled to."""
    parent = widget.parentWidget()
    while parent is not None:
        left = widget.mapTo(parent, QPoint(0, 0)).x()
        if left < -1 or left + widget.width() > parent.width() + 1:
            return True
        parent = parent.parentWidget()
    return False


def check_patient(desk: Desk) -> None:
    """Name, birth date and number, whole, in the window, and under nothing."""
    banner, current = desk.window.banner, desk.controller.current
    assert current is not None
    assert current.visit.summary is not None
    patient = current.visit.summary.patient
    assert banner.name.text() == patient.name
    assert patient.birth_date.isoformat() in banner.details.text()
    assert patient.mrn_tail in banner.details.text()
    for label in (banner.name, banner.details):
        place = QRect(label.mapTo(desk.window, QPoint(0, 0)), label.size())
        assert desk.window.rect().contains(place)
        for point in (place.topLeft(), place.center(), place.bottomRight()):
            assert desk.window.childAt(point) is label


@pytest.mark.parametrize("pixels", [BASE_PIXELS, LARGEST_PIXELS])
@pytest.mark.parametrize("name", STATES)
def test_nothing_is_cut_and_the_patient_is_in_sight_at_1024_by_700(show: Show, name: str, pixels: int) -> None:
    # With the largest type a note is 240 pixels wide in a window of 1024: what is entered under it needs a larger one.
    size = (1440, 1000) if pixels == LARGEST_PIXELS and name in LARGER else (1024, 700)
    desk = show(name, pixels, size)
    window = desk.window
    assert (window.width(), window.height()) == size
    assert cut_labels(window) == []
    buttons = [it for it in window.findChildren(QAbstractButton) if it.isVisible() and it.text()]
    assert [it.text() for it in buttons if it.width() < it.minimumSizeHint().width() or cut_sideways(it)] == []
    if name in WITH_PATIENT:
        check_patient(desk)


@pytest.mark.parametrize("name", STATES)
def test_every_control_is_named_and_reached_from_a_place_on_the_page(show: Show, qapp: QApplication, name: str) -> None:
    window = show(name).window
    controls = focusable(window)
    assert [type(it).__name__ for it in controls if not spoken_name(it)] == []
    focused = qapp.focusWidget()
    if any(window.pages.isAncestorOf(it) for it in controls):
        assert focused is not None
        over = (window.findChild(ShortcutSheet), window.findChild(Palette))
        over_it = any(it is not None and it.isVisible() and it.isAncestorOf(focused) for it in over)
        assert over_it or window.pages.isAncestorOf(focused)
    reached: set[QWidget] = set()
    for _ in range(2 * len(controls) + 4):
        focused = qapp.focusWidget()
        if focused is not None:
            reached.add(focused)
        QTest.keyClick(focused or window, Qt.Key.Key_Tab)
    assert {spoken_name(it) for it in set(controls) - reached} == set()


@pytest.mark.parametrize("place", ["visit", "today", "gate"])
def test_no_widget_goes_while_the_sheet_is_put_on(qapp: QApplication, place: str) -> None:
    """Qt walks a list of all widgets then and would meet the one that is gone: the program died at its start."""
    page = VisitView("v", LIGHT) if place == "visit" else TodayView() if place == "today" else GateView()
    gone: list[str] = []
    for widget in page.findChildren(QWidget):
        widget.destroyed.connect(lambda: gone.append("a widget"))
    sheet = qapp.styleSheet()
    qapp.setStyleSheet(f"{sheet} ")
    assert gone == []
    settle()
    page.deleteLater()
    qapp.setStyleSheet(sheet)
