"""Why an action on the visit in front cannot be done now, in words; what is not named here can always be done."""

from collections.abc import Callable

from desktop.ui.visit_controller import VisitController
from desktop.ui.words import say
from visit.blanks import fields

WRITING = ("enter_vitals", "open_grid", "put_grid", "mend_abbreviation")
LISTENING = ("replay_back", "replay_live", "replay_catch_up", "replay_speed", "hear_time")
GRID = "grid:"
"""Before a grid's key: the id of the action that opens it."""

Reason = Callable[[VisitController], bool]


def visit_reason(action: str, visit: VisitController | None) -> str:
    """Why not; empty when it can be done."""
    if visit is None:
        return say("command.no_visit")
    writes = action in WRITING or action.startswith(GRID)
    if writes and visit.view.note.editor.isReadOnly():
        return say("note.read_only")
    if action in LISTENING and not visit.listening:
        return say("command.not_listening")
    number = action.removeprefix("section_")
    if number != action and int(number) > visit.view.note.section_count:
        return say("command.no_section")
    lacking = _LACKING.get(action)
    return say(lacking[0]) if lacking is not None and not lacking[1](visit) else ""


def _has_blank(visit: VisitController) -> bool:
    return any(fields(text) for text in visit.view.note.editor.mirror.texts().values())


_LACKING: dict[str, tuple[str, Reason]] = {
    "next_blank": ("command.no_blank", _has_blank),
    "previous_blank": ("command.no_blank", _has_blank),
    "hear_time": ("command.no_time", lambda visit: visit.view.note.time_at_caret() is not None),
    "new_order": ("command.no_order", lambda visit: visit.view.orders.new_button.isEnabled()),
    "put_grid": ("command.no_grid", lambda visit: visit.view.note.entry.grid_open),
    "mend_abbreviation": ("danger.none", lambda visit: visit.view.note.editor.dangers.any_found),
}
