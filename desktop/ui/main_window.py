"""The window: rail, banner, the screens, and the status bar. It shows; the controller decides."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QLabel,
    QMainWindow,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.parts import Pill, button, column, label, restyle, row
from desktop.ui.words import say


class Rail(QFrame):
    """The places. Signal: place_chosen(name)."""

    place_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(68)
        self._buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5, 10, 5, 10)
        layout.setSpacing(6)
        mark = label("A", "title")
        mark.setStyleSheet("color: #ffffff;")
        mark.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(mark)
        for name in ("today", "visit", "device"):
            made = QToolButton()
            made.setText(say(f"rail.{name}"))
            made.setAccessibleName(say(f"rail.{name}"))
            made.setProperty("kind", "rail")
            made.setCheckable(True)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(self._chooser(name))
            group.addButton(made)
            layout.addWidget(made)
            self._buttons[name] = made
        layout.addStretch(1)

    def _chooser(self, name: str) -> Callable[[], None]:
        return lambda: self.place_chosen.emit(name)

    def show_place(self, name: str, *, can_visit: bool, signed_in: bool) -> None:
        """Mark where we are; a place that cannot be gone to is not shown."""
        self._buttons["visit"].setVisible(can_visit)
        self._buttons["today"].setVisible(signed_in or can_visit)
        self._buttons["device"].setVisible(signed_in or can_visit)
        if name in self._buttons:
            self._buttons[name].setChecked(True)


class Banner(QFrame):
    """Patient and visit, always in sight. Signal: finish_requested()."""

    finish_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "bar")
        self.name = label("", "title")
        self.details = label("", "muted")
        self.allergies = Pill("", "bad")
        self.where = label("", "muted")
        self.consent = Pill()
        self.time = Pill()
        self.link = Pill()
        self.device = Pill()
        self.finish = button(say("visit.finish"), self.finish_requested.emit, "primary")
        layout = row(
            self.name, self.details, self.allergies, 1, self.where, self.consent, self.time, self.link, self.device,
            self.finish, spacing=12,
        )  # fmt: skip
        layout.setContentsMargins(16, 9, 16, 9)
        self.setLayout(layout)
        self.setMinimumHeight(52)
        for shrinking in (self.details, self.where):
            shrinking.setMinimumWidth(0)
        self.name.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)

    def show_plain(self, title: str) -> None:
        """A page without a patient."""
        self.name.setText(title)
        for part in (self.details, self.allergies, self.where, self.consent, self.time, self.link, self.device):
            part.setVisible(False)
        self.finish.setVisible(False)

    def show_patient(self, name: str, details: str, allergies: str, where: str) -> None:
        """A visit's patient: name, birth date, MRN tail, allergies."""
        self.name.setText(name)
        self.details.setText(details)
        self.details.setVisible(True)
        self.allergies.show_state(allergies, "bad")
        self.where.setText(where)
        self.where.setVisible(self.width() > 1200)
        self.name.setAccessibleName(say("visit.patient", name=name, details=details))


class StatusBar(QFrame):
    """Saved, waiting, link, time and version; always in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "status")
        self.saved = label("", "small")
        self.waiting = label("", "small")
        self.message = label("", "small")
        self.link = label("", "small")
        self.time = label("", "small")
        self.version = label("", "small")
        layout = row(self.saved, self.waiting, self.message, 1, self.link, self.time, self.version, spacing=18)
        layout.setContentsMargins(14, 5, 14, 5)
        self.setLayout(layout)

    @staticmethod
    def show(part: QLabel, text: str, kind: str = "small") -> None:  # type: ignore[override]
        """Set one part's words and colour kind."""
        if part.text() != text:
            part.setText(text)
        if part.property("kind") != kind:
            part.setProperty("kind", kind)
            restyle(part)


class MainWindow(QMainWindow):
    """The one window. Signals: tab_chosen(visit_id), tab_closed(visit_id), place_chosen(name)."""

    tab_chosen = Signal(str)
    tab_closed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Alcove")
        self.resize(1440, 900)
        self.setMinimumSize(960, 640)
        self.rail = Rail()
        self.banner = Banner()
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(say("visit.open_visits"))
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setTabsClosable(True)
        self.tabs.setVisible(False)
        self.tabs.currentChanged.connect(self._on_tab)
        self.tabs.tabCloseRequested.connect(lambda index: self.tab_closed.emit(str(self.tabs.tabData(index))))
        self.notice = Notice()
        self.pages = QStackedWidget()
        self.status = StatusBar()
        main = QWidget()
        main.setLayout(column(self.banner, self.notice, self.tabs, self.pages, self.status, spacing=0))
        whole = QWidget()
        whole.setLayout(row(self.rail, main, spacing=0))
        self.setCentralWidget(whole)
        self.may_close: Callable[[], bool] = lambda: True

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front."""
        if self.pages.indexOf(page) < 0:
            self.pages.addWidget(page)
        self.pages.setCurrentWidget(page)

    def show_tabs(self, visits: list[tuple[str, str]], current: str) -> None:
        """The open visits as (id, patient and MRN tail); one alone needs no tabs."""
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for visit_id, words in visits:
            index = self.tabs.addTab(words)
            self.tabs.setTabData(index, visit_id)
            if visit_id == current:
                self.tabs.setCurrentIndex(index)
        self.tabs.blockSignals(False)
        self.tabs.setVisible(len(visits) > 1)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close only when nothing typed is in danger."""
        if self.may_close():
            event.accept()
        else:
            event.ignore()

    def _on_tab(self, index: int) -> None:
        if index >= 0:
            self.tab_chosen.emit(str(self.tabs.tabData(index)))


class Notice(QFrame):
    """A sentence under the banner that is read and closed; it never takes the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.text = label("", "notice", wrap=True)
        self.dismiss: QPushButton = button(say("notice.close"), self.hide_text)
        layout = row(self.text, self.dismiss)
        layout.setStretch(0, 1)
        layout.setContentsMargins(10, 8, 10, 0)
        self.setLayout(layout)
        self.setVisible(False)

    def show_text(self, text: str) -> None:
        """Show a sentence."""
        from desktop.ui.parts import announce

        self.text.setText(text)
        self.setVisible(True)
        announce(self, text)

    def hide_text(self) -> None:
        """It was read."""
        self.setVisible(False)
