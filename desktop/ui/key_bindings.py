"""What each action of the keymap does, for the window and for the visit in front."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QWidget

from desktop.ui.actions import Actions
from desktop.ui.main_window import MainWindow
from desktop.ui.note_editor.outline import KEYED
from desktop.ui.ready_messages import READY
from desktop.ui.reasons import GRID, visit_reason
from desktop.ui.visit_controller import VisitController
from desktop.ui.words import say

OnVisit = Callable[[VisitController], None]


class Places(Protocol):
    """What the window's keys need of the controller."""

    def go(self, place: str) -> None:
        """Show a place of the rail."""

    def zoom(self, step: int) -> None:
        """Make the type larger or smaller."""

    def finish(self) -> None:
        """Open the checklist of the visit in front."""

    @property
    def in_front(self) -> VisitController | None:
        """The visit whose page is in front."""


ON_VISIT: dict[str, OnVisit] = {
    "focus_chat": lambda c: c.view.chat.write(),
    "ask_question": lambda c: c.questions.ask(),
    "mark_inaudible": lambda c: c.questions.mark_inaudible(),
    "tell_now": lambda c: c.questions.tell_now(),
    "focus_orders": lambda c: c.view.show_orders(),
    "new_order": lambda c: c.view.show_new_order(),
    "show_letters": lambda c: c.letters.open(),
    "join_or_leave": lambda c: c.view.feed.toggle(),
    "replay_back": lambda c: c.view.feed.replay.back_asked.emit(),
    "replay_live": lambda c: c.view.feed.replay.live_asked.emit(False),
    "replay_catch_up": lambda c: c.view.feed.replay.live_asked.emit(True),
    "replay_speed": lambda c: c.view.feed.replay.speed_asked.emit(),
    "hear_time": lambda c: c.view.hear(c.view.note.time_at_caret()),
    "next_section": lambda c: c.view.note.step(True),
    "previous_section": lambda c: c.view.note.step(False),
    "next_blank": lambda c: c.view.note.find_blank(True),
    "show_versions": lambda c: c.after.open_versions(),
    "next_change": lambda c: c.after.step_change(True),
    "previous_change": lambda c: c.after.step_change(False),
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
    "enter_vitals": lambda c: c.view.note.entry.enter_vitals(),
    "open_grid": lambda c: c.view.note.entry.open_grid(),
    "put_grid": lambda c: c.view.note.entry.put_grid(),
    "mend_abbreviation": lambda c: c.view.note.mend_abbreviation(),
    "next_waiting": lambda c: c.sources.go_to_waiting(forward=True),
    "previous_waiting": lambda c: c.sources.go_to_waiting(forward=False),
    "confirm_here": lambda c: c.sources.confirm_here(),
    "confirm_section": lambda c: c.sources.confirm_section(),
    "say_source": lambda c: c.sources.say_here(),
    "show_sources": lambda c: c.view.note.turn_sources(),
    "set_source": lambda c: c.sources.ask_source(),
    "bring_forward": lambda c: c.earlier.open(),
}
"""What keys do to the visit in front."""


def bind_keys(actions: Actions, window: MainWindow, pages: QWidget, places: Places) -> None:
    """Bind every action of the keymap."""
    window_keys = {
        "go_today": lambda: places.go("today"),
        "go_visit": lambda: places.go("visit"),
        "go_phrases": lambda: places.go("phrases"),
        "go_device": lambda: places.go("device"),
        "zoom_in": lambda: places.zoom(1),
        "zoom_out": lambda: places.zoom(-1),
        "zoom_reset": lambda: places.zoom(0),
        "show_shortcuts": window.toggle_shortcuts,
        "show_palette": window.toggle_palette,
    }
    actions.bind("window", window, window_keys)
    visit: dict[str, OnVisit] = {**ON_VISIT, "finish_visit": lambda _: places.finish()}
    for number in range(1, KEYED + 1):
        visit[f"section_{number}"] = _section_jump(number)
    for number in range(1, len(READY) + 1):
        visit[f"ready_{number}"] = _ready(number)

    def why_not(action: str) -> str:
        return visit_reason(action, places.in_front)

    actions.bind("visit", pages, {name: _on_visit(places, handler) for name, handler in visit.items()}, why_not)
    actions.offer("visit", _grids, lambda action: _open_grid(places, action), why_not)


def _on_visit(places: Places, handler: OnVisit) -> Callable[[], None]:
    """A handler that runs for the visit in front, while one is."""

    def run() -> None:
        if places.in_front is not None:
            handler(places.in_front)

    return run


def _grids() -> dict[str, str]:
    """An action for each grid; read when the palette is opened."""
    from visit.findings import grid, grid_names

    return {GRID + name: say("command.grid", title=grid(name).title) for name in grid_names()}


def _open_grid(places: Places, action: str) -> None:
    if places.in_front is not None:
        places.in_front.view.note.entry.open_grid(action.removeprefix(GRID))


def _ready(number: int) -> OnVisit:
    return lambda controller: controller.questions.say_ready(number)


def _section_jump(number: int) -> OnVisit:
    return lambda controller: controller.view.note.focus_number(number)
