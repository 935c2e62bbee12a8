"""What stands in the way of a note's sending or signing, as a refusal that names sections and kinds."""

from collections.abc import Iterable

from gateway.rules.situation import Situation, refuse
from visit.readiness import readiness, rules_of
from visit.template_choice import visit_template
from wire.refusals import Refusal, RefusalCode

MOST_CHARS = 300
"""Of a refusal's value."""


def unfinished(situation: Situation) -> Refusal | None:
    """Why the gateway's own text with its marks is not ready for review; None when it is. Open questions may stay."""
    note = situation.note
    marks = {key: list(note.marks(key)) for key, text in note.texts.items() if text}
    found = readiness(note.texts, marks, rules_of(visit_template(situation.record)))
    if found.ready:
        return None
    return refuse(
        RefusalCode.NOTE_INCOMPLETE,
        sections=_listed(obstacle.section for obstacle in found.obstacles),
        kinds=_listed(obstacle.kind for obstacle in found.obstacles),
        left=str(len(found.obstacles)),
    )


def _listed(names: Iterable[str]) -> str:
    """Each name once, with commas; as many as fit."""
    listed = ""
    for name in dict.fromkeys(names):
        longer = f"{listed},{name}" if listed else name
        if len(longer) > MOST_CHARS:
            break
        listed = longer
    return listed
