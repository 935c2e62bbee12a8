"""One visit: feed and chat left, the note in the middle, orders right; a drawer on a narrow window."""

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter

from desktop.ui.actions import key_of
from desktop.ui.chat_pane import ChatPane
from desktop.ui.earlier_pane import EarlierPane
from desktop.ui.feed_pane import FeedPane
from desktop.ui.finish_pane import FinishPane
from desktop.ui.note_pane import NotePane
from desktop.ui.note_strip import NoteStrip
from desktop.ui.orders_pane import OrdersPane
from desktop.ui.parts import Page, PaneArea, Sheet, button, column
from desktop.ui.put_right_pane import PutRightPane
from desktop.ui.tokens import Tokens
from desktop.ui.versions_pane import VersionsPane
from desktop.ui.words import say
from visit.time_anchor import TimeAnchor

NARROW_EMS = 74
"""Below this width (heights of the type) the orders become a drawer over the note's right."""
DRAWER_EMS = 23
"""The drawer's width."""
LEAST_ORDERS = 220
"""Below this height (pixels) the orders scroll together with the finish pane."""


class Panes(Sheet):
    """Panes one under the other, that scroll only below what they need at least."""

    def heightForWidth(self, width: int) -> int:
        """The least height of all."""
        layout = self.layout()
        return -1 if layout is None else layout.totalMinimumHeightForWidth(width)


class VisitView(Page):
    """The panes of one visit. The feed pane is shared by all visits: one is live."""

    def __init__(self, visit_id: str, tokens: Tokens) -> None:
        super().__init__()
        self.visit_id = visit_id
        self.feed = FeedPane()
        self.chat = ChatPane()
        self.note = NotePane(tokens)
        self.orders = OrdersPane()
        self.finish = FinishPane()
        self.finish.setVisible(False)
        self.earlier = EarlierPane()
        self.earlier.setVisible(False)
        self.strip = NoteStrip()
        self.note.body.insertWidget(2, self.strip)  # under the heading and its line
        self.put_right = PutRightPane()
        self.versions: VersionsPane | None = None
        """Made when versions are first asked for."""
        self._tokens = tokens
        self.left = QSplitter(Qt.Orientation.Vertical)
        self.left.addWidget(self.feed)
        self.left.addWidget(self.chat)
        self.left.setSizes([300, 460])
        self.left.setStretchFactor(0, 0)
        self.left.setStretchFactor(1, 1)
        self.right = QFrame()
        self.right.setProperty("kind", "page")
        self.orders.setMinimumHeight(LEAST_ORDERS)
        both = Panes()
        panes = column(self.finish, self.earlier, self.put_right, self.orders, spacing=10)
        panes.setStretch(3, 1)
        both.setLayout(panes)
        self.right.setLayout(column(PaneArea(both, say("orders.title"))))
        self.right.setMinimumWidth(260)
        self.hide_button = button(say("orders.hide"), self.close_drawer)
        self.orders.heading.addWidget(self.hide_button)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.left_area = PaneArea(self.left, say("visit.left"))
        for pane in (self.left_area, self.note, self.right):
            self.split.addWidget(pane)
        self.split.setSizes([400, 620, 340])
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 5)
        self.split.setStretchFactor(2, 2)
        for splitter in (self.left, self.split):
            splitter.setHandleWidth(10)
            splitter.setChildrenCollapsible(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.split)
        self.letters_button = button(say("letters.title"), lambda: None, "link")
        self.letters_button.setToolTip(key_of("show_letters"))
        self.note.heading.addWidget(self.letters_button)
        self.drawer_button = button(say("orders.drawer"), self.open_drawer)
        self.note.heading.addWidget(self.drawer_button)
        self.orders.time_asked.connect(self.hear)
        self.note.time_asked.connect(self.hear)
        self.finish.closed.connect(self.close_drawer)
        self._drawer_open = False
        self._narrow = False
        self.drawer_button.setVisible(False)
        self.hide_button.setVisible(False)

    def hear(self, anchor: TimeAnchor | None) -> None:
        """Ask for what was said at a time in the visit."""
        if anchor is not None:
            self.feed.replay.time_asked.emit(anchor)

    def take_focus(self) -> None:
        """To where the person wrote last."""
        if self.versions is not None and self.versions.isVisibleTo(self):
            self.versions.take_focus()
        else:
            self.note.focus_last()

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance."""
        self._tokens = tokens
        self.note.use_tokens(tokens)
        if self.versions is not None:
            self.versions.use_tokens(tokens)

    def make_versions(self) -> VersionsPane:
        """The pane of the versions, not shown yet."""
        self.versions = VersionsPane(self._tokens)
        self.versions.setVisible(False)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self.versions)
        return self.versions

    def show_versions(self, *, shown: bool) -> None:
        """Versions in the place of the panes, or the panes again; what the room says is heard all the while."""
        if self.versions is None:
            return
        self.split.setVisible(not shown)
        self.versions.setVisible(shown)
        if self._narrow:
            self.right.setVisible(not shown and self._drawer_open)
        self.take_focus()

    def open_drawer(self) -> None:
        """Make sure that the orders can be seen."""
        self._drawer_open = True
        self._arrange()
        if self._narrow:
            self.orders.new_button.setFocus()

    def close_drawer(self) -> None:
        """Hide the orders on a narrow window, and write on."""
        self._drawer_open = False
        self._arrange()
        if self._narrow:
            self.note.focus_last()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the drawer."""
        if event.key() == Qt.Key.Key_Escape and self._narrow and self._drawer_open:
            self.close_drawer()
        else:
            super().keyPressEvent(event)

    def show_orders(self) -> None:
        """Go to the orders."""
        self.open_drawer()
        self.orders.new_button.setFocus()

    def show_new_order(self) -> None:
        """Open the order form, if an order can be pended."""
        self.open_drawer()
        self.orders.new_button.click()

    def minimumSizeHint(self) -> QSize:
        """Room for feed, chat and note: the orders can always become a drawer, even while another page is in front."""
        width = self.left_area.minimumSizeHint().width() + self.note.minimumSizeHint().width() + 30
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may turn the orders into a drawer."""
        super().resizeEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        """Larger type needs more room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._measure)  # Qt walks a list of all widgets now: none may go meanwhile

    def _measure(self) -> None:
        narrow = self.width() < NARROW_EMS * self.fontMetrics().height()
        if narrow != self._narrow:
            self._narrow = narrow
            self._move_orders()
        self._arrange()

    def _move_orders(self) -> None:
        """Out of the row into a drawer, or back; the keyboard stays where it is."""
        focused = self.focusWidget()
        self.drawer_button.setVisible(self._narrow)
        self.hide_button.setVisible(self._narrow)
        if self._narrow:
            self.right.setParent(self)
        else:
            self.split.addWidget(self.right)
            self.split.setSizes([400, max(400, self.width() - 780), 340])
        if focused is not None and self.right.isAncestorOf(focused):
            self._drawer_open = True
            self.right.setVisible(True)
            focused.setFocus()

    def _arrange(self) -> None:
        compares = self.versions is not None and self.versions.isVisibleTo(self)
        self.right.setVisible(not self._narrow or (self._drawer_open and not compares))
        if self._narrow:
            width = min(DRAWER_EMS * self.fontMetrics().height(), self.width() - 20)
            self.right.setGeometry(self.width() - width - 10, 10, width, self.height() - 20)
            self.right.raise_()
