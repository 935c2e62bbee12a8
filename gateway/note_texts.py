"""The note as a provider's page shows it: the text with the visit's template, and the record's sentences beside it."""

from datetime import tzinfo

from gateway.ledger import VisitState
from gateway.note import OpenNote, Statements
from visit.attestation import provider_statement, scribe_statement
from visit.template_choice import visit_template
from wire.live import NoteText
from wire.record import (
    CaptureStarted,
    ConsentRecorded,
    CurtainChanged,
    Fact,
    ListeningGap,
    ListeningStarted,
    ListeningStopped,
    ModalitySet,
    ScribeAdmitted,
    TemplateChosen,
)

_SHOWN_BESIDE = (
    CaptureStarted,
    ConsentRecorded,
    CurtainChanged,
    ListeningGap,
    ListeningStarted,
    ListeningStopped,
    ModalitySet,
    ScribeAdmitted,
    TemplateChosen,
)


def shown_note(state: VisitState, note: OpenNote, zone: tzinfo) -> NoteText:
    """The frame; times in the practice's zone."""
    provider = state.facts.provider.name
    statements = Statements(scribe_statement(state.record, provider, zone), provider_statement(provider))
    return note.note_text(visit_template(state.record), statements)


def changes_what_is_shown(fact: Fact) -> bool:
    """Whether a fact changes the frame although no text did."""
    return isinstance(fact, _SHOWN_BESIDE)
