"""Every screen: each control has a spoken name, is reached by Tab, shows its focus; no label reads markup."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from desktop.ui.feed_controller import LIVE_RED
from desktop.ui.feed_pane import TAG_GROUND
from desktop.ui.main_window import MainWindow
from desktop.ui.theme import Theme
from desktop.ui.tokens import DARK, HIGH_CONTRAST, LIGHT, Tokens
from tests.desktop.ui.gallery import SCREENS

Show = Callable[[str], MainWindow]
SIZE = (1440, 900)


@pytest.fixture
def show(qapp: QApplication) -> Iterator[Show]:
    """Shows a screen of the gallery, and takes it away."""
    theme = Theme(qapp, "light")
    if not qapp.styleSheet():
        theme.apply()
    windows: list[MainWindow] = []

    def shown(name: str) -> MainWindow:
        window = SCREENS[name](theme.tokens)
        window.resize(*SIZE)
        window.show()
        window.activateWindow()
        qapp.processEvents()
        windows.append(window)
        return window

    yield shown
    for window in windows:
        window.close()
        window.deleteLater()
    windows.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def focusable(window: MainWindow) -> list[QWidget]:
    """What Tab should reach: visible, enabled, and taking the focus from the keyboard."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
    ]


def spoken_name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


@pytest.mark.parametrize("name", SCREENS)
def test_every_control_has_a_spoken_name(show: Show, name: str) -> None:
    window = show(name)
    controls = focusable(window)
    assert controls
    assert [widget for widget in controls if not spoken_name(widget)] == []


@pytest.mark.parametrize("name", SCREENS)
def test_tab_reaches_every_control(show: Show, qapp: QApplication, name: str) -> None:
    window = show(name)
    wanted = set(focusable(window))
    reached: set[QWidget] = set()
    for _ in range(2 * len(wanted) + 4):
        focused = qapp.focusWidget()
        if focused is not None:
            reached.add(focused)
        QTest.keyClick(focused or window, Qt.Key.Key_Tab)
    assert {spoken_name(widget) for widget in wanted - reached} == set()


@pytest.mark.parametrize("name", SCREENS)
def test_every_button_can_be_pressed_by_keyboard(show: Show, name: str) -> None:
    window = show(name)
    buttons = [b for b in window.findChildren(QAbstractButton) if b.isVisible()]
    assert [b.text() for b in buttons if not b.focusPolicy() & Qt.FocusPolicy.TabFocus] == []


@pytest.mark.parametrize("name", SCREENS)
def test_focus_is_seen_on_every_control(show: Show, qapp: QApplication, name: str) -> None:
    window = show(name)
    for widget in focusable(window):
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        qapp.processEvents()
        assert widget.hasFocus(), spoken_name(widget)
        with_focus = picture_of(window, widget)
        widget.clearFocus()
        qapp.processEvents()
        assert picture_of(window, widget) != with_focus, spoken_name(widget)


def picture_of(window: MainWindow, widget: QWidget) -> QImage:
    """The widget with a rim, as it stands in the window."""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-4, -4, 4, 4)
    return window.grab(place).toImage()


@pytest.mark.parametrize("name", SCREENS)
def test_no_label_reads_markup(show: Show, name: str) -> None:
    window = show(name)
    labels = window.findChildren(QLabel)
    assert labels
    assert [it.text() for it in labels if it.textFormat() is not Qt.TextFormat.PlainText] == []


@pytest.mark.parametrize("name", SCREENS)
def test_the_title_bar_names_no_patient(show: Show, name: str) -> None:
    assert show(name).windowTitle() == "Alcove"


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.1."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("tokens", "least"), [(LIGHT, 4.5), (DARK, 4.5), (HIGH_CONTRAST, 7.0)])
def test_text_stands_out_from_its_ground(tokens: Tokens, least: float) -> None:
    pairs = {
        (ink, ground): contrast(getattr(tokens, ink), getattr(tokens, ground))
        for ink, ground in (
            ("ink", "panel"),
            ("ink", "background"),
            ("muted", "panel"),
            ("muted", "background"),
            ("muted", "accent_soft"),
            ("ink", "accent_soft"),
            ("accent", "panel"),
            ("accent", "accent_soft"),
            ("on_accent", "accent"),
            ("ok", "ok_soft"),
            ("ok", "panel"),
            ("warn", "warn_soft"),
            ("warn", "panel"),
            ("bad", "bad_soft"),
            ("bad", "panel"),
            ("rail_ink", "rail"),
        )
    }
    assert {pair: round(ratio, 2) for pair, ratio in pairs.items() if ratio < least} == {}


@pytest.mark.parametrize("tokens", [LIGHT, DARK, HIGH_CONTRAST])
def test_outlines_and_focus_stand_out_from_their_ground(tokens: Tokens) -> None:
    """WCAG 2.1, 1.4.11: what one needs to find a control, 3:1; the ring around what has the keyboard too."""
    pairs = {
        (ink, ground): contrast(getattr(tokens, ink), getattr(tokens, ground))
        for ink, ground in (
            ("edge", "panel"),
            ("edge", "background"),
            ("accent", "panel"),
            ("accent", "background"),
            ("ink", "panel"),
            ("rail_focus", "rail"),
            ("rail_focus", "rail_on"),
        )
    }
    assert {pair: round(ratio, 2) for pair, ratio in pairs.items() if ratio < 3.0} == {}


def test_words_on_the_picture_stand_out_from_any_picture() -> None:
    """White on the tags' ground over a white picture: the worst that a camera can send."""
    alpha = int(TAG_GROUND[1:3], 16) / 255
    over_white = round(255 * (1 - alpha))
    assert contrast("#ffffff", f"#{over_white:02x}{over_white:02x}{over_white:02x}") >= 4.5
    assert contrast("#ffffff", LIVE_RED) >= 4.5


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_hints_in_empty_fields_can_be_read(qapp: QApplication, appearance: str) -> None:
    theme = Theme(qapp, appearance)
    theme.apply()
    window = SCREENS["waiting"](theme.tokens)
    window.show()
    qapp.processEvents()
    fields = [it for it in window.findChildren(QWidget) if it.property("placeholderText")]
    assert len(fields) >= 4
    for field in fields:
        ink = field.palette().color(QPalette.ColorRole.PlaceholderText)
        assert ink.alpha() == 255, spoken_name(field)
        assert contrast(ink.name(), theme.tokens.panel) >= 4.5, spoken_name(field)
    window.close()
    window.deleteLater()
    theme.appearance = "light"
    theme.apply()
