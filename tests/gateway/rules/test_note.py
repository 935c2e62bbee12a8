"""The note's rules: what is sent and signed is complete, known to the gateway and what was on the screen."""

from datetime import date, timedelta

import pytest

from gateway.rules.decide import decide
from gateway.rules.situation import Accepted, Situation
from tests.gateway.rules.scene import (
    ADMISSION,
    NOTE_VERSION,
    PROVIDER,
    SHA256,
    VISIT,
    State,
    note_now,
    record_in,
    situation,
)
from tests.gateway.world import COMPLETE, NOON, SCRIBE
from visit.document import VisitDocument
from visit.marks import MarkedText, heard_changes, reviewed_changes
from visit.provenance import Carried, Finding
from visit.provider_layer import ProviderLayer
from visit.sections import SECTIONS
from visit.snapshot import make_snapshot, snapshot_sha256
from visit.template_choice import choose_template, chosen_fact
from visit.templates import DEFAULT_TEMPLATE
from visit.time_anchor import TimeAnchor
from wire.capture import Modality
from wire.commands import EditText, MarkReady, OpenNote, ReturnNote, SendNote, SignNote
from wire.record import ListeningStopped, NoteOpened, NoteReady, NoteSent, NoteSigned
from wire.refusals import Refusal, RefusalCode

SIGN = SignNote(version=NOTE_VERSION, sha256=SHA256)


def _code(decision: object) -> RefusalCode:
    assert isinstance(decision, Refusal), decision
    return decision.code


def _vector(text: str) -> tuple[bytes, dict[int, int]]:
    document = VisitDocument()
    document.replace("hpi", 0, 0, text)
    return document.state_vector(), document.clocks()


def _send(**changes: object) -> Situation:
    return situation(SCRIBE, record_in(State.READY), **changes)


def test_finishing_ends_listening() -> None:
    decision = decide(situation(SCRIBE, record_in(State.HEARD)), MarkReady())
    assert decision == Accepted((ListeningStopped(admission_id=ADMISSION, reason="note ready"), NoteReady()))


def test_sending_records_the_gateways_own_version_and_hash() -> None:
    vector, clocks = _vector("text")
    decision = decide(_send(note=note_now(clocks=clocks)), SendNote(sha256=SHA256, state_vector=vector))
    assert decision == Accepted((NoteSent(version=NOTE_VERSION, sha256=SHA256),))


def test_an_edit_that_the_gateway_lacks_is_never_signed_away() -> None:
    vector, clocks = _vector("text")
    lacking = {client: clock - 1 for client, clock in clocks.items()}
    for held in (lacking, {}):
        decision = decide(_send(note=note_now(clocks=held)), SendNote(sha256=SHA256, state_vector=vector))
        assert _code(decision) is RefusalCode.SERVER_LACKS_EDITS


def test_another_text_and_a_broken_vector_are_refused() -> None:
    wrong = decide(_send(), SendNote(sha256="b" * 64, state_vector=b"\x00"))
    assert _code(wrong) is RefusalCode.HASH_MISMATCH
    broken = decide(_send(), SendNote(sha256=SHA256, state_vector=b"\xff\xff\xff"))
    assert _code(broken) is RefusalCode.MALFORMED


@pytest.mark.parametrize("section", ["hpi", "ros", "chief_complaint"])
@pytest.mark.parametrize("text", ["", "Since *** weeks"])
def test_an_incomplete_note_is_neither_sent_nor_signed(section: str, text: str) -> None:
    texts = COMPLETE | {section: text}
    sha256 = snapshot_sha256(make_snapshot(VISIT, texts))
    note = note_now(texts=texts, sha256=sha256)
    sent = decide(_send(note=note), SendNote(sha256=sha256, state_vector=b"\x00"))
    signed = decide(
        situation(PROVIDER, record_in(State.SENT), note=note), SignNote(version=NOTE_VERSION, sha256=sha256)
    )
    if section == "ros" and not text:  # not a required section
        assert isinstance(sent, Accepted)
        assert isinstance(signed, Accepted)
    else:
        kinds = "blank" if text else "missing_section"
        params = {"sections": section, "kinds": kinds, "left": "1"}
        assert sent == signed == Refusal(code=RefusalCode.NOTE_INCOMPLETE, params=params)


def test_a_note_with_unconfirmed_marks_is_neither_sent_nor_signed_and_open_questions_do_not_block() -> None:
    document = VisitDocument()
    for section, text in COMPLETE.items():
        document.replace(section, 0, 0, text)
    document.replace("ros", 0, 0, "Cough ?? or {none|some}.")
    unheard, carried = Finding(macro_id="m"), Carried(note_id="n", dated=date(2026, 3, 1))
    document.replace_marked("physical_exam", 0, 0, MarkedText.whole("No murmur.", unheard))
    document.replace_marked("medications", 0, 0, MarkedText.whole("Metoprolol.", carried))

    def both() -> tuple[object, object]:
        sha256 = snapshot_sha256(make_snapshot(VISIT, document.texts()))
        note = note_now(texts=document.texts(), sha256=sha256, marks=document.marks)
        sent = decide(_send(note=note), SendNote(sha256=sha256, state_vector=b"\x00"))
        sign = SignNote(version=NOTE_VERSION, sha256=sha256)
        return sent, decide(situation(PROVIDER, record_in(State.SENT), note=note), sign)

    params = {
        "sections": "medications,ros,physical_exam",
        "kinds": "untouched_carried_text,required_list,unheard_finding",
        "left": "3",
    }
    refused = Refusal(code=RefusalCode.NOTE_INCOMPLETE, params=params)
    assert both() == (refused, refused)
    document.change_marks(heard_changes(document.marks("physical_exam"), TimeAnchor(60_000)))
    document.change_marks(reviewed_changes(document.marks("medications")))
    document.replace("ros", 12, 23, "none")
    assert document.text("ros") == "Cough ?? or none."
    assert all(isinstance(answer, Accepted) for answer in both())


def test_the_visits_template_says_what_a_note_may_not_lack() -> None:
    layer = ProviderLayer(provider_id=PROVIDER.id, version=1, required=("ros",))
    for fact, section in (
        (chosen_fact(DEFAULT_TEMPLATE, (layer,)), "ros"),
        (chosen_fact(choose_template("Psychiatry", "Therapy", Modality.PHONE)), "visit_details"),
    ):
        record = record_in(State.READY, fact)
        decision = decide(situation(SCRIBE, record), SendNote(sha256=SHA256, state_vector=b"\x00"))
        assert isinstance(decision, Refusal)
        assert section in decision.params["sections"].split(",")


def test_a_refusal_of_many_sections_still_fits_into_its_value() -> None:
    texts = {section.key: "***" for section in SECTIONS}
    sha256 = snapshot_sha256(make_snapshot(VISIT, texts))
    decision = decide(_send(note=note_now(texts=texts, sha256=sha256)), SendNote(sha256=sha256, state_vector=b"\x00"))
    assert isinstance(decision, Refusal)
    assert decision.params["sections"].startswith("chief_complaint,reason_for_visit,")
    assert int(decision.params["left"]) > len(decision.params["sections"].split(",")) > 10


def test_signing_covers_the_text_of_now() -> None:
    sent = record_in(State.SENT)
    assert decide(situation(PROVIDER, sent), SIGN) == Accepted(
        (NoteSigned(version=NOTE_VERSION, sha256=SHA256, auth_time=NOON),)
    )
    later = note_now(version=NOTE_VERSION + 1)
    assert _code(decide(situation(PROVIDER, sent, note=later), SIGN)) is RefusalCode.CHANGED_MEANWHILE
    other = SignNote(version=NOTE_VERSION, sha256="b" * 64)
    assert _code(decide(situation(PROVIDER, sent), other)) is RefusalCode.HASH_MISMATCH
    early = SignNote(version=NOTE_VERSION - 1, sha256=SHA256)
    assert _code(decide(situation(PROVIDER, sent), early)) is RefusalCode.CHANGED_MEANWHILE


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(0, True), (300, True), (301, False), (-60, True), (-61, False), (None, False)]
)
def test_signing_needs_a_fresh_step_up(seconds: int | None, accepted: bool) -> None:
    auth_time = None if seconds is None else NOON - timedelta(seconds=seconds)
    decision = decide(situation(PROVIDER, record_in(State.SENT), auth_time=auth_time), SIGN)
    assert isinstance(decision, Accepted) == accepted
    if not accepted:
        assert _code(decision) is RefusalCode.STEP_UP_NEEDED


def test_opening_and_returning_name_a_version_that_was_shown() -> None:
    sent = record_in(State.SENT)
    for version, shown in ((NOTE_VERSION - 1, False), (NOTE_VERSION, True), (NOTE_VERSION + 1, False)):
        for command in (OpenNote(version=version), ReturnNote(version=version, comment="Which leg?")):
            assert isinstance(decide(situation(PROVIDER, sent), command), Accepted) == shown
    after_edit = note_now(version=NOTE_VERSION + 1)
    late = ReturnNote(version=NOTE_VERSION + 1, comment="Which leg?")
    assert isinstance(decide(situation(PROVIDER, sent, note=after_edit), late), Accepted)
    unknown = ReturnNote(version=NOTE_VERSION, comment="?", section="none")
    assert _code(decide(situation(PROVIDER, sent), unknown)) is RefusalCode.MALFORMED


def test_opening_again_adds_nothing() -> None:
    opened = record_in(State.SENT, NoteOpened(version=NOTE_VERSION))
    assert decide(situation(PROVIDER, opened), OpenNote(version=NOTE_VERSION)) == Accepted()


@pytest.mark.parametrize(
    ("start", "end", "text", "code"),
    [
        (0, 5, "Four", None),
        (0, 0, "", None),
        (18, 18, " Worse.", None),
        (0, 19, "", RefusalCode.RANGE_INVALID),
        (19, 19, "x", RefusalCode.RANGE_INVALID),
        (5, 4, "x", RefusalCode.RANGE_INVALID),
    ],
)
def test_an_edits_range_lies_in_the_section(start: int, end: int, text: str, code: RefusalCode | None) -> None:
    command = EditText(section="hpi", base_version=NOTE_VERSION, start=start, end=end, text=text)
    decision = decide(situation(PROVIDER, record_in(State.ENDED)), command)
    if code is None:
        edit = command if text or end > start else None
        assert decision == Accepted(edit=edit)
    else:
        assert _code(decision) is code


def test_an_edit_inside_a_character_or_on_a_changed_section_is_refused() -> None:
    record = record_in(State.ENDED)
    emoji = note_now(texts=COMPLETE | {"hpi": "a\N{GRINNING FACE}b"})
    inside = EditText(section="hpi", base_version=NOTE_VERSION, start=2, end=2, text="x")
    assert _code(decide(situation(PROVIDER, record, note=emoji), inside)) is RefusalCode.RANGE_INVALID
    changed = note_now(foreign_changes={"hpi": 6})
    for base, accepted in ((5, False), (6, True), (7, True)):
        command = EditText(section="hpi", base_version=base, start=0, end=0, text="x")
        assert isinstance(decide(situation(PROVIDER, record, note=changed), command), Accepted) == accepted
    elsewhere = EditText(section="ros", base_version=5, start=0, end=0, text="x")
    assert isinstance(decide(situation(PROVIDER, record, note=changed), elsewhere), Accepted)


@pytest.mark.parametrize(("section", "base"), [("none", NOTE_VERSION), ("hpi", NOTE_VERSION + 1)])
def test_an_edit_of_what_nobody_showed_is_malformed(section: str, base: int) -> None:
    command = EditText(section=section, base_version=base, start=0, end=0, text="x")
    assert _code(decide(situation(PROVIDER, record_in(State.ENDED)), command)) is RefusalCode.MALFORMED


def test_a_signed_note_is_closed_to_edits() -> None:
    command = EditText(section="hpi", base_version=NOTE_VERSION, start=0, end=0, text="x")
    assert _code(decide(situation(PROVIDER, record_in(State.SIGNED)), command)) is RefusalCode.DOCUMENT_CLOSED
