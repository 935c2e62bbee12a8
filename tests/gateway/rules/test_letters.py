"""A letter is made by the gateway, sent and withdrawn by the scribe, returned or signed by the provider alone."""

from datetime import date, timedelta

import pytest

from gateway.rules.decide import Command, decide
from gateway.rules.situation import Accepted
from tests.gateway.rules.scene import (
    HEAD,
    PROVIDER,
    VISIT,
    WORK,
    State,
    letter_sent,
    note_now,
    record_in,
    situation,
    work_note,
)
from tests.gateway.world import COMPLETE, NOON, SCRIBE
from visit.letter_content import LetterName, letter_content, letter_sha256
from wire.commands import ReturnLetter, SendLetter, SignLetter, WithdrawLetter
from wire.letters import DischargeFields, LetterContent, LetterFields, LetterKind, LetterState, WorkNoteFields
from wire.people import Principal
from wire.record import Fact, LetterReturned, LetterSent, LetterSigned, LetterWithdrawn, VisitFrozen
from wire.refusals import Refusal, RefusalCode

SHA = letter_sha256(work_note())
RETURNED = LetterReturned(letter_id="letter-1", version=1, comment="Until Friday?")
SIGNED = LetterSigned(letter_id="letter-1", version=1, sha256=SHA, auth_time=NOON)
WITHDRAWN = LetterWithdrawn(letter_id="letter-1", version=1)
SIGN = SignLetter(letter_id="letter-1", version=1, sha256=SHA)
SEND_AGAIN = SendLetter(
    letter_id="letter-1", expected_version=1, fields=WORK, sha256=letter_sha256(work_note(version=2))
)


def _decide(who: Principal, command: Command, *more: Fact, **changes: object) -> object:
    return decide(situation(who, record_in(State.HEARD, *more), **changes), command)


def _code(decision: object) -> RefusalCode:
    assert isinstance(decision, Refusal), decision
    return decision.code


def _discharge(texts: dict[str, str]) -> SendLetter:
    """What a scribe sends who saw these texts."""
    fields = DischargeFields(sections=("instructions",))
    seen = letter_content(LetterName(VISIT, "letter-2", 1), fields, HEAD, texts)
    assert isinstance(seen, LetterContent)
    return SendLetter(letter_id="letter-2", expected_version=0, fields=fields, sha256=letter_sha256(seen))


def test_the_gateway_makes_the_letter_of_its_own_note_and_people() -> None:
    texts = COMPLETE | {"instructions": "Ice, 20 minutes."}
    decision = _decide(SCRIBE, _discharge(texts), note=note_now(texts=texts))
    assert isinstance(decision, Accepted)
    (sent,) = decision.facts
    assert isinstance(sent, LetterSent)
    assert sent.content.blocks[-1].paragraphs == ("Ice, 20 minutes.",)
    assert sent.content.signer == (PROVIDER.name, HEAD.practice, HEAD.phone)
    assert sent.sha256 == letter_sha256(sent.content)


def test_a_letter_of_other_words_than_the_gateways_is_refused() -> None:
    seen = COMPLETE | {"instructions": "Ice, 20 minutes, and rest."}
    now = note_now(texts=COMPLETE | {"instructions": "Ice, 20 minutes."})
    assert _code(_decide(SCRIBE, _discharge(seen), note=now)) is RefusalCode.HASH_MISMATCH


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (WorkNoteFields(kind=LetterKind.WORK_NOTE), "no_dates"),
        (WorkNoteFields(kind=LetterKind.WORK_NOTE, may_return=NOON.date(), restrictions=("***",)), "blank_left"),
        (DischargeFields(sections=("instructions",)), "nothing_written"),
        (DischargeFields(sections=("psychotherapy_notes",)), "unknown_section"),
    ],
)
def test_what_is_no_letter_is_refused_with_the_reason(fields: LetterFields, problem: str) -> None:
    command = SendLetter(letter_id="letter-2", expected_version=0, fields=fields, sha256=SHA)
    assert _decide(SCRIBE, command) == Refusal(code=RefusalCode.LETTER_INCOMPLETE, params={"problem": problem})


def test_a_returned_letter_is_changed_and_sent_as_the_next_version() -> None:
    for before in ((), (RETURNED,), (WITHDRAWN,)):
        assert _decide(SCRIBE, SEND_AGAIN, *before) == Accepted((letter_sent(version=2),))


@pytest.mark.parametrize("version", [0, 2])
def test_a_letter_that_changed_meanwhile_is_not_replaced(version: int) -> None:
    command = SEND_AGAIN.model_copy(update={"expected_version": version})
    assert _code(_decide(SCRIBE, command)) is RefusalCode.CHANGED_MEANWHILE


def test_what_was_signed_is_neither_replaced_nor_withdrawn() -> None:
    assert _code(_decide(SCRIBE, SEND_AGAIN, SIGNED)) is RefusalCode.WRONG_STATE
    withdraw = WithdrawLetter(letter_id="letter-1", expected_version=1)
    assert _code(_decide(SCRIBE, withdraw, SIGNED)) is RefusalCode.WRONG_STATE


def test_a_letter_is_withdrawn_once() -> None:
    withdraw = WithdrawLetter(letter_id="letter-1", expected_version=1)
    assert _decide(SCRIBE, withdraw) == Accepted((WITHDRAWN,))
    assert _decide(SCRIBE, withdraw, RETURNED) == Accepted((WITHDRAWN,))
    assert _decide(SCRIBE, withdraw, WITHDRAWN) == Accepted()
    other = WithdrawLetter(letter_id="letter-9", expected_version=1)
    assert _code(_decide(SCRIBE, other)) is RefusalCode.UNKNOWN_LETTER


def test_the_provider_signs_exactly_what_was_on_the_screen() -> None:
    assert _decide(PROVIDER, SIGN) == Accepted((SIGNED,))
    other = SIGN.model_copy(update={"sha256": "b" * 64})
    assert _code(_decide(PROVIDER, other)) is RefusalCode.HASH_MISMATCH
    assert _code(_decide(PROVIDER, SIGN, letter_sent(version=2))) is RefusalCode.CHANGED_MEANWHILE
    unknown = SIGN.model_copy(update={"letter_id": "letter-9"})
    assert _code(_decide(PROVIDER, unknown)) is RefusalCode.UNKNOWN_LETTER


@pytest.mark.parametrize("before", [RETURNED, SIGNED, WITHDRAWN])
def test_only_a_sent_letter_is_signed_or_returned(before: Fact) -> None:
    give_back = ReturnLetter(letter_id="letter-1", version=1, comment="Until Friday?")
    assert _code(_decide(PROVIDER, SIGN, before)) is RefusalCode.WRONG_STATE
    assert _code(_decide(PROVIDER, give_back, before)) is RefusalCode.WRONG_STATE


@pytest.mark.parametrize("seconds", [301, None])
def test_a_letter_needs_a_fresh_step_up(seconds: int | None) -> None:
    auth_time = None if seconds is None else NOON - timedelta(seconds=seconds)
    refusal = Refusal(code=RefusalCode.STEP_UP_NEEDED, params={"seconds": "300"})
    assert _decide(PROVIDER, SIGN, auth_time=auth_time) == refusal


def test_a_letter_is_returned_with_a_comment() -> None:
    give_back = ReturnLetter(letter_id="letter-1", version=1, comment="Until Friday?")
    assert _decide(PROVIDER, give_back) == Accepted((RETURNED,))
    record = record_in(State.HEARD, RETURNED)
    assert record.letters["letter-1"].state is LetterState.RETURNED


@pytest.mark.parametrize(
    ("who", "command"),
    [
        (SCRIBE, SEND_AGAIN),
        (SCRIBE, WithdrawLetter(letter_id="letter-1", expected_version=1)),
        (PROVIDER, SIGN),
        (PROVIDER, ReturnLetter(letter_id="letter-1", version=1, comment="Until Friday?")),
    ],
)
def test_nothing_is_written_or_signed_for_the_wrong_patient(who: Principal, command: Command) -> None:
    assert _code(_decide(who, command, VisitFrozen(reason="Another patient"))) is RefusalCode.VISIT_FROZEN


def test_the_note_of_now_does_not_change_a_letter_that_was_sent() -> None:
    changed = note_now(texts={"hpi": "Other words."})
    assert _decide(PROVIDER, SIGN, note=changed) == Accepted((SIGNED,))
    assert WORK.may_return == date(2026, 11, 25)
