"""The template's rules: it follows the visit until a word is written or a scribe chooses, and stops at sending."""

import pytest

from gateway.rules.decide import decide
from gateway.rules.situation import Accepted
from tests.gateway.rules.scene import PROVIDER, ROOM, State, note_now, record_in, situation
from tests.gateway.world import NOON, SCRIBE
from visit.provider_layer import ProviderLayer
from visit.record import VisitRecord
from visit.template_choice import choose_template, chosen_fact
from visit.template_files import template_by_id
from visit.templates import DEFAULT_TEMPLATE
from wire.capture import Modality
from wire.commands import ChooseTemplate, SetModality, StartCapture
from wire.people import Author, Role
from wire.record import CaptureStarted, Fact, ModalitySet, RecordEntry, VisitFrozen
from wire.refusals import Refusal, RefusalCode

LAYER = ProviderLayer(provider_id=PROVIDER.id, version=1, required=("ros",))
KNEE = ChooseTemplate(template_id="orthopedics.knee")
CARDIOLOGY = {"specialty": "Cardiology", "reason": "Recheck"}
EMPTY = note_now(texts={"hpi": " \n"})
VIDEO = SetModality(modality=Modality.VIDEO_VISIT)


def chosen(template_id: str, *layers: ProviderLayer) -> Fact:
    template = template_by_id(template_id)
    assert template is not None
    return chosen_fact(template, layers)


def by_scribe(record: VisitRecord, fact: Fact) -> VisitRecord:
    author = Author(role=Role.SCRIBE, id=SCRIBE.id, name=SCRIBE.name)
    seq = record.last_seq + 1
    record.apply(RecordEntry(visit_id=record.visit_id, seq=seq, at=NOON, author=author, fact=fact))
    return record


@pytest.mark.parametrize("state", list(State))
def test_a_scribe_chooses_as_long_as_the_note_is_neither_sent_nor_signed(state: State) -> None:
    decision = decide(situation(SCRIBE, record_in(state), layers=(LAYER,)), KNEE)
    if state in (State.SENT, State.SIGNED):
        assert decision == Refusal(code=RefusalCode.WRONG_STATE)
    else:
        assert decision == Accepted((chosen("orthopedics.knee", LAYER),))


def test_choosing_what_is_chosen_adds_nothing_and_what_is_unknown_is_refused() -> None:
    record = record_in(State.LIVE, chosen("orthopedics.knee"))
    assert decide(situation(SCRIBE, record), KNEE) == Accepted()
    for unknown in ("orthopedics.elsewhere", "", "../../etc/passwd"):
        decision = decide(situation(SCRIBE, record), ChooseTemplate(template_id=unknown))
        assert decision == Refusal(code=RefusalCode.TEMPLATE_UNKNOWN)


def test_nobody_but_a_scribe_chooses_and_not_in_a_frozen_visit() -> None:
    for principal in (PROVIDER, ROOM):
        decision = decide(situation(principal, record_in(State.LIVE)), KNEE)
        assert decision == Refusal(code=RefusalCode.ROLE_NOT_ALLOWED)
    frozen = record_in(State.LIVE, VisitFrozen(reason="Another patient"))
    assert decide(situation(SCRIBE, frozen), KNEE) == Refusal(code=RefusalCode.VISIT_FROZEN)


def test_another_modality_brings_its_template_while_nothing_is_written() -> None:
    record = record_in(State.CONSENTED, chosen("cardiology.follow_up"))
    modality = ModalitySet(modality=Modality.VIDEO_VISIT)
    fitting = chosen_fact(choose_template("Cardiology", "Recheck", Modality.VIDEO_VISIT), (LAYER,))
    facts = decide(situation(ROOM, record, note=EMPTY, layers=(LAYER,), **CARDIOLOGY), VIDEO)
    assert facts == Accepted((modality, fitting))
    assert decide(situation(ROOM, record, **CARDIOLOGY), VIDEO) == Accepted((modality,))  # words are there


def test_a_scribes_own_choice_stays_whatever_the_room_says() -> None:
    record = by_scribe(record_in(State.CONSENTED), chosen("orthopedics.knee"))
    for command in (VIDEO, StartCapture()):
        decision = decide(situation(ROOM, record, note=EMPTY, **CARDIOLOGY), command)
        assert isinstance(decision, Accepted)
        assert len(decision.facts) == 1


def test_starting_an_empty_note_takes_what_the_schedule_and_the_provider_say_now() -> None:
    record = record_in(State.CONSENTED, chosen("cardiology.follow_up"))
    again = decide(situation(ROOM, record, note=EMPTY, layers=(LAYER,), **CARDIOLOGY), StartCapture())
    assert again == Accepted((CaptureStarted(), chosen("cardiology.follow_up", LAYER)))
    same = decide(situation(ROOM, record, note=EMPTY, **CARDIOLOGY), StartCapture())
    assert same == Accepted((CaptureStarted(),))


def test_an_old_record_that_names_none_keeps_the_default_one_where_it_fits() -> None:
    decision = decide(situation(ROOM, record_in(State.CONSENTED), note=EMPTY), StartCapture())
    assert decision == Accepted((CaptureStarted(),))
    with_layer = decide(situation(ROOM, record_in(State.CONSENTED), note=EMPTY, layers=(LAYER,)), StartCapture())
    assert with_layer == Accepted((CaptureStarted(), chosen_fact(DEFAULT_TEMPLATE, (LAYER,))))
