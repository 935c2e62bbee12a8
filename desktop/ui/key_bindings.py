"""What each action of the keymap does, for the window and for the visit in front."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QWidget

from desktop.ui.actions import Actions
from desktop.ui.main_window import MainWindow
from desktop.ui.note_editor.outline import KEYED
from desktop.ui.visit_controller import VisitController

OnVisit = Callable[[VisitController], None]


class Places(Protocol):
    """What the window's keys need of the controller."""

    def go(self, place: str) -> None:
        """Show a place of the rail."""

    def zoom(self, step: int) -> None:
        """Make the type larger or smaller."""

    def finish(self) -> None:
        """Open the checklist of the visit in front."""

    def on_visit(self, handler: OnVisit) -> Callable[[], None]:
        """A handler that runs for the visit in front, while one is."""


def bind_keys(actions: Actions, window: MainWindow, pages: QWidget, places: Places) -> None:
    """Bind every action of the keymap."""
    window_keys = {
        "go_today": lambda: places.go("today"),
        "go_visit": lambda: places.go("visit"),
        "go_device": lambda: places.go("device"),
        "zoom_in": lambda: places.zoom(1),
        "zoom_out": lambda: places.zoom(-1),
        "zoom_reset": lambda: places.zoom(0),
        "show_shortcuts": window.toggle_shortcuts,
    }
    actions.bind("window", window, window_keys)
    visit: dict[str, OnVisit] = {
        "focus_chat": lambda c: c.view.chat.box.setFocus(),
        "ask_question": lambda c: c.view.chat.open_question(c.view.note.last_section),
        "focus_orders": lambda c: c.view.show_orders(),
        "new_order": lambda c: c.view.show_new_order(),
        "join_or_leave": lambda c: c.view.feed.toggle(),
        "replay_back": lambda c: c.view.feed.replay.back_asked.emit(),
        "replay_live": lambda c: c.view.feed.replay.live_asked.emit(False),
        "replay_catch_up": lambda c: c.view.feed.replay.live_asked.emit(True),
        "replay_speed": lambda c: c.view.feed.replay.speed_asked.emit(),
        "hear_time": lambda c: c.view.hear(c.view.note.time_at_caret()),
        "finish_visit": lambda c: places.finish(),
        "next_section": lambda c: c.view.note.step(True),
        "previous_section": lambda c: c.view.note.step(False),
        "next_blank": lambda c: c.view.note.find_blank(True),
        "next_obstacle": lambda c: c.find_obstacle(True),
        "previous_obstacle": lambda c: c.find_obstacle(False),
        "choose_template": lambda c: c.view.note.template.open_menu(),
        "insert_normal_exam": lambda c: c.insert_exam(),
        "insert_skeleton": lambda c: c.insert_skeleton(),
        "turn_order": lambda c: c.view.note.turn_order(),
        "show_outline": lambda c: c.view.note.focus_outline(),
        "note_larger": lambda c: c.view.note.zoom(1),
        "note_smaller": lambda c: c.view.note.zoom(-1),
        "note_usual": lambda c: c.view.note.zoom(0),
        "previous_blank": lambda c: c.view.note.find_blank(False),
    }
    for number in range(1, KEYED + 1):
        visit[f"section_{number}"] = _section_jump(number)
    actions.bind("visit", pages, {name: places.on_visit(handler) for name, handler in visit.items()})


def _section_jump(number: int) -> OnVisit:
    return lambda controller: controller.view.note.focus_number(number)
