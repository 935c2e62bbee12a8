"""The template of a visit's note: chosen when the visit is opened, again while nothing is written, or by a scribe."""

from gateway.rules.situation import Accepted, Decision, Situation, refuse
from visit.template_choice import choose_template, chosen_fact
from visit.template_files import template_by_id
from visit.templates import DEFAULT_TEMPLATE
from wire.capture import Modality
from wire.commands import ChooseTemplate
from wire.people import Role
from wire.record import TemplateChosen
from wire.refusals import RefusalCode
from wire.visits import NoteState

_WITH_THE_SCRIBE = (NoteState.DRAFT, NoteState.READY, NoteState.RETURNED)
"""Ready too: it is not sent, and what keeps it from being sent may be the template."""


def choose(situation: Situation, command: ChooseTemplate) -> Decision:
    """A scribe gives the note another template as long as it is neither sent nor signed; no text is touched."""
    if situation.record.note_state not in _WITH_THE_SCRIBE:
        return refuse(RefusalCode.WRONG_STATE)
    template = template_by_id(command.template_id)
    if template is None:
        return refuse(RefusalCode.TEMPLATE_UNKNOWN)
    fact = chosen_fact(template, situation.layers)
    return Accepted(() if fact == situation.record.template else (fact,))


def chosen_again(situation: Situation, modality: Modality) -> tuple[TemplateChosen, ...]:
    """The template that fits a visit of that modality now, when it is another than the visit has.

    Nothing once a word is written or a scribe has chosen: a note does not change under the hand that writes it.
    """
    record = situation.record
    by_hand = record.template_author is not None and record.template_author.role is Role.SCRIBE
    if by_hand or any(text.strip() for text in situation.note.texts.values()):
        return ()
    fact = chosen_fact(choose_template(situation.specialty, situation.reason, modality), situation.layers)
    return () if fact == (record.template or chosen_fact(DEFAULT_TEMPLATE)) else (fact,)
