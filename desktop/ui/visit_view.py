"""One visit: feed and chat left, the note in the middle, orders right; a drawer on a narrow window."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QWidget

from desktop.ui.chat_pane import ChatPane
from desktop.ui.feed_pane import FeedPane
from desktop.ui.finish_pane import FinishPane
from desktop.ui.note_pane import NotePane
from desktop.ui.orders_pane import OrdersPane
from desktop.ui.parts import button, column
from desktop.ui.tokens import Tokens
from desktop.ui.words import say

NARROW = 1180
"""Below this width (pixels) the orders become a drawer."""


class VisitView(QWidget):
    """The panes of one visit. The feed pane is shared by all visits: one is live."""

    def __init__(self, visit_id: str, tokens: Tokens) -> None:
        super().__init__()
        self.visit_id = visit_id
        self.setProperty("kind", "page")
        self.feed = FeedPane()
        self.chat = ChatPane()
        self.note = NotePane(tokens)
        self.orders = OrdersPane()
        self.finish = FinishPane()
        self.finish.setVisible(False)
        self.left = QSplitter(Qt.Orientation.Vertical)
        self.left.addWidget(self.feed)
        self.left.addWidget(self.chat)
        self.left.setSizes([330, 420])
        self.right = QWidget()
        self.right.setLayout(column(self.finish, self.orders, spacing=10))
        self.split = QSplitter(Qt.Orientation.Horizontal)
        for pane in (self.left, self.note, self.right):
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
        self.drawer_button: QPushButton = button(say("orders.drawer"), self.toggle_drawer)
        self.note.heading.addWidget(self.drawer_button)
        self._drawer_open = False
        self._arrange()

    def toggle_drawer(self) -> None:
        """Show or hide the orders on a narrow window."""
        self._drawer_open = not self._drawer_open
        self._arrange()

    def open_drawer(self) -> None:
        """Make sure that the orders can be seen."""
        self._drawer_open = True
        self._arrange()

    def show_orders(self) -> None:
        """Go to the orders."""
        self.open_drawer()
        self.orders.new_button.setFocus()

    def show_new_order(self) -> None:
        """Open the order form, if an order can be pended."""
        self.open_drawer()
        self.orders.new_button.click()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may turn the orders into a drawer."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < NARROW
        self.drawer_button.setVisible(narrow)
        self.right.setVisible(not narrow or self._drawer_open)
        self.left.setVisible(not (narrow and self._drawer_open))
