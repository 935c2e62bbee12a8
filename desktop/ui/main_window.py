"""The window: rail, banner, the screens, and the status bar. It shows; the controller decides."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
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

from desktop.ui.actions import Actions
from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Page, Pill, announce, button, column, label, rename, restyle, row
from desktop.ui.vault_strip import VaultStrip
from desktop.ui.words import say

SIGN_KINDS = {"●": "small_ok", "✕": "small_bad"}


class Rail(QFrame):
    """The places. Signal: place_chosen(name)."""

    place_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._buttons: dict[str, QToolButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 8, 4, 8)
        layout.setSpacing(6)
        mark = label("A", "mark")
        mark.setMinimumWidth(46)
        mark.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(mark)
        for name in ("today", "visit", "phrases", "device"):
            made = QToolButton()
            made.setText(say(f"rail.{name}"))
            made.setAccessibleName(say(f"rail.{name}"))
            made.setProperty("kind", "rail")
            made.setCheckable(True)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(self._chooser(name))
            layout.addWidget(made)
            self._buttons[name] = made
        layout.addStretch(1)

    def _chooser(self, name: str) -> Callable[[], None]:
        def choose() -> None:
            button = self._buttons[name]
            button.setChecked(not button.isChecked())  # where we are is for `show_place` to say
            self.place_chosen.emit(name)

        return choose

    def show_place(self, name: str, *, can_visit: bool, signed_in: bool) -> None:
        """Mark where we are; a place that cannot be gone to is not shown."""
        self._buttons["visit"].setVisible(can_visit)
        self._buttons["today"].setVisible(signed_in or can_visit)
        for place in ("phrases", "device"):
            self._buttons[place].setVisible(signed_in or can_visit)
        here = "visit" if name == "gate" else name
        for place, made in self._buttons.items():
            made.setChecked(place == here)


class Banner(QFrame):
    """Patient and visit, always in sight: name, birth date and MRN tail are never cut. Signal: finish_requested()."""

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
        self.finish = button(say("visit.finish"), self.finish_requested.emit, "primary", "finish_visit")
        self._allergies = ""
        self._link = ("", "")
        self._patient_shown = False
        self.states = QWidget()
        self.states.setLayout(FlowLayout(self.where, self.consent, self.time, self.link, self.device))
        self._top = row(self.name, self.details, self.allergies, 1, self.states, self.finish)
        self._bottom = row()
        self._middle = row()
        self._middle.addStretch(1)
        layout = column(self._top, self._middle, self._bottom, spacing=4)
        layout.setContentsMargins(12, 9, 12, 9)
        self.setLayout(layout)
        self._top.addStrut(34)
        self._rows = 0
        self._arranged_for: tuple[str, int, int, bool] = ("", 0, 0, False)

    def show_plain(self, title: str) -> None:
        """A page without a patient."""
        self._patient_shown = False
        self.name.setText(title)
        self.name.setAccessibleName(title)
        self.states.setVisible(False)
        for part in (self.details, self.allergies, self.finish):
            part.setVisible(False)

    def show_patient(self, name: str, details: str, allergies: str, where: str) -> None:
        """A visit's patient: name, birth date, MRN tail, allergies."""
        self._patient_shown = True
        self._allergies = allergies
        self.name.setText(name)
        self.name.setAccessibleName(say("visit.patient", name=name, details=details))
        self.details.setText(details)
        self.details.setVisible(True)
        self.allergies.show_state(allergies, "bad")
        self.allergies.setToolTip(allergies)
        self.allergies.setAccessibleName(allergies)
        self.where.setText(where)
        self.states.setVisible(True)
        self._arrange()

    def show_link(self, word: str, text: str, tone: str) -> None:
        """The connection in a word and with its figure, which is left out where it would move all that is below."""
        self._link = (word, text)
        self.link.show_state(self._link_that_fits(), tone)

    def show_finish(self, *, sent: bool, frozen: bool = False) -> None:
        """The button's word: once the note is sent it shows where the signature stands, in a frozen visit why."""
        word = say("visit.frozen") if frozen else say("visit.signature") if sent else say("visit.finish")
        if self.finish.text() != word:
            rename(self.finish, word)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a narrow window the states go under the patient."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """A longer word in a pill may need the second row."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        """One row when all fits; else the states go below, then the button, then all but the name."""
        if not self._patient_shown:
            return
        self.link.show_state(self._link_that_fits(), self.link.property("tone"))
        states = self.states.sizeHint().width()
        finish, patient, _ = self._widths()
        rows = self._rows_for(states)
        metrics = self.allergies.fontMetrics()
        alone = self.name.fontMetrics().horizontalAdvance(self.name.text())
        arranged_for = (self.name.text(), self.width(), metrics.height(), bool(finish))
        if arranged_for == self._arranged_for:
            rows = max(rows, self._rows)  # a figure that gets shorter moves nothing
        self._arranged_for = arranged_for
        if rows != self._rows:
            self._rows = rows
            self._move(rows)
        room = self.width() - patient - 24 - (0 if rows >= 2 else finish) - (0 if rows else states)
        room += alone if rows == 3 else 0
        fitted = metrics.elidedText(self._allergies, Qt.TextElideMode.ElideRight, max(60, room))
        if self.allergies.text() != fitted:
            self.allergies.setText(fitted)

    def _widths(self) -> tuple[int, int, int]:
        """Pixels of the button, of name and details, and of all allergies."""
        finish = 0 if self.finish.isHidden() else self.finish.sizeHint().width()
        alone = self.name.fontMetrics().horizontalAdvance(self.name.text())
        patient = alone + self.details.sizeHint().width() + 24 + 5 * 8
        allergies = self.allergies.fontMetrics().horizontalAdvance(self._allergies) + 18 if self._allergies else 0
        return finish, patient, allergies

    def _rows_for(self, states: int) -> int:
        """How much goes below when the states are so wide."""
        finish, patient, allergies = self._widths()
        if patient + allergies + finish + states <= self.width():
            return 0
        least = patient + min(allergies, 90)
        return 1 if least + finish <= self.width() else 2 if least <= self.width() else 3

    def _link_that_fits(self) -> str:
        """The link's words with their figure, unless the states need another row for it: nothing jumps by a figure."""
        word, text = self._link
        metrics = self.link.fontMetrics()
        states = self.states.sizeHint().width() - metrics.horizontalAdvance(self.link.text())
        full = states + metrics.horizontalAdvance(text)
        rows = max(self._rows_for(states + metrics.horizontalAdvance(word)), self._rows)
        fits = self._rows_for(full) <= rows and (rows == 0 or full <= self.width() - 24)
        return text if fits or not word else word

    def _move(self, rows: int) -> None:
        if rows == 0:
            self._top.insertWidget(4, self.states)
        else:
            self._bottom.insertWidget(0, self.states, 1)
        (self._bottom if rows >= 2 else self._top).addWidget(self.finish)
        self.name.setWordWrap(rows == 3)
        for place, part in enumerate((self.details, self.allergies)):
            (self._middle if rows == 3 else self._top).insertWidget(place + (0 if rows == 3 else 1), part)


class StatusBar(QFrame):
    """Saved, waiting, link, time and version; always in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "status")
        self.saved = label("", "small")
        self.waiting = label("", "small")
        self.link = label("", "small")
        self.time = label("", "small")
        self.version = label("", "small")
        layout = FlowLayout(self.saved, self.waiting, self.link, self.time, self.version, spacing=18, push=2)
        layout.setContentsMargins(14, 5, 14, 5)
        self.setLayout(layout)

    @staticmethod
    def put(part: QLabel, text: str, kind: str = "small") -> None:
        """Set one part's words; the sign before them gives their colour."""
        if kind == "small":
            kind = SIGN_KINDS.get(text[:1], kind)
        if part.text() != text:
            appears = not part.text()
            part.setText(text)
            if appears:
                part.setHidden(False)  # a hidden one would not ask for its room
        if part.property("kind") != kind:
            part.setProperty("kind", kind)
            restyle(part)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room, version and time go first; what is saved and what waits stay."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Longer words need the room of others."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        used = 28
        for part in (self.saved, self.waiting, self.link, self.time, self.version):
            wanted = bool(part.text())
            if wanted:
                used += part.sizeHint().width() + 18
            if part in (self.time, self.version):
                wanted = wanted and used <= self.width()
            if part.isHidden() == wanted:
                part.setVisible(wanted)


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
        self.tabs.setElideMode(Qt.TextElideMode.ElideMiddle)  # the number at the end stays
        self.tabs.setUsesScrollButtons(False)
        self.tabs.currentChanged.connect(self._on_tab)
        self.tab_strip = QFrame()
        self.tab_strip.setProperty("kind", "tabs")
        strip = row(self.tabs, 1)
        strip.setContentsMargins(8, 0, 8, 0)
        self.tab_strip.setLayout(strip)
        self.tab_strip.setVisible(False)
        self.notice = Notice()
        self.vault_strip = VaultStrip()
        self.pages = QStackedWidget()
        self.status = StatusBar()
        main = QWidget()
        stack = column(self.banner, self.tab_strip, self.notice, self.vault_strip, self.pages, self.status, spacing=0)
        stack.setStretch(4, 1)
        main.setLayout(stack)
        self._whole = QWidget()
        self._whole.setLayout(row(self.rail, main, spacing=0))
        self.setCentralWidget(self._whole)
        self.commands = Actions()
        self._sheet: QWidget | None = None
        self._palette: QWidget | None = None
        self._shown = False
        self.may_close: Callable[[], bool] = lambda: True

    def show_page(self, page: Page) -> None:
        """Bring a page to the front."""
        if self.pages.indexOf(page) < 0:
            self.pages.addWidget(page)
        if self.pages.currentWidget() is not page or not self._shown:
            self._shown = True
            self.pages.setCurrentWidget(page)
            page.take_focus()

    def show_tabs(self, visits: list[tuple[str, str]], current: str) -> None:
        """The open visits as (id, patient and MRN tail); one alone needs no tabs."""
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for visit_id, words in visits:
            index = self.tabs.addTab(words)
            self.tabs.setTabData(index, visit_id)
            self.tabs.setTabToolTip(index, words)
            self.tabs.setTabButton(index, QTabBar.ButtonPosition.RightSide, self._closer(visit_id, words))
            if visit_id == current:
                self.tabs.setCurrentIndex(index)
        self.tabs.blockSignals(False)
        self.tab_strip.setVisible(len(visits) > 1)

    def rename_tab(self, visit_id: str, words: str) -> None:
        """Another word on a visit's tab."""
        for index in range(self.tabs.count()):
            if self.tabs.tabData(index) == visit_id:
                self.tabs.setTabText(index, words)
                self.tabs.setTabToolTip(index, words)

    def _closer(self, visit_id: str, words: str) -> QToolButton:
        made = QToolButton()
        made.setText("\u2715")
        made.setProperty("kind", "close")
        made.setAccessibleName(say("visit.close", visit=words))
        made.setToolTip(say("visit.close", visit=words))
        made.clicked.connect(lambda _checked=False: self.tab_closed.emit(visit_id))
        return made

    def toggle_shortcuts(self) -> None:
        """Show or hide the sheet of keys; it is made when it is first asked for."""
        from desktop.ui.shortcut_sheet import ShortcutSheet

        if not isinstance(self._sheet, ShortcutSheet):
            self._sheet = ShortcutSheet(self.pages, self.commands)
        self._sheet.toggle()

    def toggle_palette(self) -> None:
        """Show or hide the list of everything that can be done; it is made when it is first asked for."""
        from desktop.ui.palette import Palette

        if not isinstance(self._palette, Palette):
            self._palette = Palette(self.pages, self.commands)
        self._palette.toggle()

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
    """A sentence under the banner that is read and closed; it never takes the keyboard. Signal: sign_in_requested()."""

    sign_in_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = label("", "notice", wrap=True)
        self.sign_in: QPushButton = button(say("notice.sign_in"), self._on_sign_in, "primary")
        self.dismiss: QPushButton = button(say("notice.close"), self.hide_text)
        layout = row(self.text, self.sign_in, self.dismiss)
        layout.setStretch(0, 1)
        layout.setContentsMargins(10, 8, 10, 0)
        self.setLayout(layout)
        self.setVisible(False)

    def show_text(self, text: str, *, sign_in: bool = False) -> None:
        """Show a sentence, with the way to the sign-in page where that is what helps."""
        self.text.setText(text)
        self.sign_in.setVisible(sign_in)
        self.setVisible(True)
        announce(self, text)

    def hide_text(self) -> None:
        """It was read."""
        self.setVisible(False)

    def keep_text(self, text: str, *, shown: bool) -> None:
        """Show a sentence while something is so, and take it away when it no longer is."""
        if shown and (self.isHidden() or self.text.text() != text):
            self.show_text(text)
        elif not shown and self.text.text() == text:
            self.hide_text()

    def hide_sign_in(self) -> None:
        """Somebody is signed in (again)."""
        if self.sign_in.isVisibleTo(self):
            self.hide_text()

    def _on_sign_in(self) -> None:
        self.hide_text()
        self.sign_in_requested.emit()
