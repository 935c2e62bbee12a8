"""Letters from the scribe's screen: filled in, looked at, sent as seen, and nothing of them lost on the way."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from desktop.ui.letters.controller import NEW
from desktop.ui.letters.form import LetterForm
from desktop.ui.letters.present import head_of
from desktop.ui.letters.sheet import LettersSheet
from desktop.ui.words import say
from gateway.rules.letters import send_letter
from gateway.rules.situation import Accepted
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.letter_scenes import choose, enter
from tests.desktop.ui.test_visit_controller import NOW, PROVIDER, SCRIBE, START, Room4
from tests.gateway.rules import scene
from tests.gateway.world import SCRIBE as GATEWAY_SCRIBE
from visit.letter_draft import read_draft
from wire.commands import SendLetter
from wire.http import GatewayInfo
from wire.letters import LetterKind
from wire.people import Author
from wire.record import Fact, LetterReturned, LetterSent, LetterSigned, LetterWithdrawn, VisitFrozen

INFO = GatewayInfo(
    practice="Lakeside Clinic",
    phone="+1 555 0100",
    zone="UTC",
    protocols=(1,),
    issuer="https://idp",
    client_id="c",
    scope="openid",
    gateway_jwk={},
    server_time=START,
    version="0",
)
KNOWN = replace(NOW, info=INFO)


class Desk4(Room4):
    """A visit at a practice that is known."""

    def record(self, fact: Fact, author: Author = PROVIDER) -> None:
        super().record(fact, author)
        self.controller.refresh(KNOWN)

    @property
    def sheet(self) -> LettersSheet:
        return self.controller.letters.sheet

    @property
    def form(self) -> LetterForm:
        return self.sheet.form

    @property
    def signed_at(self) -> datetime:
        """The newest entry's time."""
        return START + timedelta(seconds=self.seq)

    def paper(self) -> str:
        return self.sheet.paper.toPlainText()

    def sends(self) -> list[SendLetter]:
        return [SendLetter.model_validate(one) for one in self.commands() if one["type"] == "send_letter"]

    def gateway_takes(self) -> LetterSent:
        """The command that waits, through the gateway's own rule over its own copy of the note; its fact comes back."""
        self.exchange()
        (command,) = self.sends()
        head = head_of(self.visit, KNOWN)
        assert head is not None
        there = scene.situation(
            GATEWAY_SCRIBE,
            self.visit.record,
            letter_head=head,
            note=scene.note_now(texts=self.provider.texts()),
        )
        decision = send_letter(there, command)
        assert isinstance(decision, Accepted), decision
        (sent,) = decision.facts
        assert isinstance(sent, LetterSent)
        for row in list(self.visit.outbox):
            self.visit.command_answered(row.command_id, None)
        self.record(sent, SCRIBE)
        return sent


@pytest.fixture
def room(put_up: Shown) -> Desk4:
    made = Desk4()
    put_up(made.view)
    made.controller.refresh(KNOWN)
    return made


def write(room: Desk4, section: str, text: str) -> None:
    room.visit.edit(section, 0, 0, text)
    room.jobs.run()


def open_kind(room: Desk4, kind: LetterKind) -> None:
    room.controller.letters.open()
    choose(room.form, kind)
    settle()


def shown_fields(room: Desk4) -> list[str]:
    form = room.form
    chosen: dict[str, QWidget] = {"urgency": form.urgency, "sections": form.sections}
    fields: dict[str, QWidget] = {**form.lines, **form.areas, **chosen}
    return [name for name, field in fields.items() if field.isVisible()]


def row_button(room: Desk4, name: str) -> QPushButton:
    settle()
    (found,) = [one for one in seen_buttons(room) if one.accessibleName() == name]
    return found


def seen_buttons(room: Desk4) -> list[QPushButton]:
    return [one for one in room.sheet.findChildren(QPushButton) if one.isVisible()]


def seen_words(room: Desk4) -> list[str]:
    settle()
    return [one.text() for one in room.sheet.findChildren(QLabel) if one.isVisible()]


def test_a_work_note_is_filled_in_looked_at_and_sent_as_seen(room: Desk4) -> None:
    room.controller.letters.open()
    assert room.form.kind.hasFocus()
    assert not room.form.send_button.isEnabled()
    open_kind(room, LetterKind.WORK_NOTE)
    assert shown_fields(room) == ["excused_from", "excused_to", "may_return", "diagnosis", "restrictions"]
    enter(room.form, excused_to="+1", may_return="11/26", restrictions="No lifting.")
    assert "Please excuse the absence from work from November 23, 2026 to November 24, 2026." in room.paper()
    assert "May return to work on November 26, 2026." in room.paper()
    assert room.paper().endswith("Dr. Okafor\nLakeside Clinic\n+1 555 0100")
    seen = room.paper()
    room.form.send_button.click()
    sent = room.gateway_takes()
    said = [paragraph for block in sent.content.blocks for paragraph in block.paragraphs]
    assert all(paragraph in seen for paragraph in said)
    assert said[-1] == "No lifting."
    assert sent.content.version == 1


def test_a_letter_on_its_way_cannot_be_changed_and_its_draft_stays_until_the_record_has_it(room: Desk4) -> None:
    open_kind(room, LetterKind.WORK_NOTE)
    enter(room.form, may_return="tomorrow")
    room.form.send_button.click()
    room.jobs.run()
    room.controller.refresh(KNOWN)
    assert room.form.problem.text() == say("letters.sending")
    assert not room.form.lines["may_return"].isEnabled()
    assert not room.form.send_button.isEnabled()
    assert read_draft(room.visit.document.draft_orders()[NEW]) is not None
    room.gateway_takes()
    assert room.visit.document.draft_orders() == {}
    assert room.form.lines["may_return"].text() == ""
    assert room.form.kind.isEnabled()
    assert room.view.letters_button.text() == say("letters.button_sent", count=1)


def test_a_refused_letter_is_still_in_the_form(room: Desk4) -> None:
    open_kind(room, LetterKind.WORK_NOTE)
    enter(room.form, may_return="tomorrow", restrictions="No night shifts.")
    room.form.send_button.click()
    room.jobs.run()
    room.visit.command_answered(room.visit.outbox[0].command_id, None)
    room.controller.refresh(KNOWN)
    assert room.form.areas["restrictions"].toPlainText() == "No night shifts."
    assert room.form.send_button.isEnabled()


def test_what_is_typed_is_in_the_vault_and_comes_back_after_a_restart(room: Desk4) -> None:
    open_kind(room, LetterKind.REFERRAL)
    enter(room.form, to="Dr. Chen", question="MRI or scope?")
    QTest.keyClick(room.form.lines["to"], Qt.Key.Key_Escape)
    assert not room.sheet.isVisible()
    room.jobs.run()
    assert any(b"MRI or scope?" in row.update for row in room.vault.rows)
    room.controller.letters.open()
    assert room.form.areas["question"].toPlainText() == "MRI or scope?"
    kept = read_draft(room.visit.document.draft_orders()[NEW])
    assert kept is not None
    assert (kept.to, kept.kind) == ("Dr. Chen", LetterKind.REFERRAL)


def test_a_referral_takes_sections_of_the_note_but_no_mental_status_unless_it_is_ticked(room: Desk4) -> None:
    write(room, "hpi", "Left knee, 3 days.")
    write(room, "mental_status", "Tearful.")
    write(room, "reason_for_referral", "MRI or scope?")
    open_kind(room, LetterKind.REFERRAL)
    enter(room.form, to="Dr. Chen")
    assert room.form.areas["question"].toPlainText() == "MRI or scope?"  # the note says it already
    boxes = {str(box.property("section")): box for box in room.form.section_boxes()}
    assert {key for key, box in boxes.items() if box.isChecked()} == {"hpi"}
    assert "Left knee, 3 days." in room.paper()
    assert "Tearful." not in room.paper()
    boxes["mental_status"].click()
    assert "Tearful." in room.paper()
    room.form.send_button.click()
    sent = room.gateway_takes()
    assert [block.heading for block in sent.content.blocks][-1] == "Mental status exam"


def test_words_that_the_provider_changes_are_on_the_paper_before_it_is_sent(room: Desk4) -> None:
    write(room, "instructions", "Ice, 20 minutes.")
    room.exchange()
    open_kind(room, LetterKind.DISCHARGE_INSTRUCTIONS)
    assert "Ice, 20 minutes." in room.paper()
    room.provider_writes("instructions", 5, 7, "10")
    assert "Ice, 10 minutes." in room.paper()
    room.visit.edit("instructions", 0, 0, "Rest. ")  # no news of it comes to the sheet
    room.form.send_button.click()
    assert room.sends() == []
    assert room.form.problem.text() == say("letters.look_again")
    assert "Rest. Ice, 10 minutes." in room.paper()
    room.form.send_button.click()
    assert room.gateway_takes().content.blocks[-1].paragraphs == ("Rest. Ice, 10 minutes.",)


@pytest.mark.parametrize(
    ("typed", "key", "field"),
    [
        ({"may_return": "soon"}, "letters.unfilled.not_a_day", "may_return"),
        ({"restrictions": "a\n" * 30, "may_return": "+1"}, "letters.unfilled.too_many_lines", "restrictions"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_field(room: Desk4, typed: dict[str, str], key: str, field: str) -> None:
    open_kind(room, LetterKind.WORK_NOTE)
    enter(room.form, **typed)
    assert room.form.problem.text() == say(key, field=say(f"letters.field.{field}"))
    assert room.paper() == room.form.problem.text()
    assert not room.form.send_button.isEnabled()


def test_a_letter_with_a_blank_in_it_is_not_sent(room: Desk4) -> None:
    write(room, "instructions", "Ice, *** minutes.")
    open_kind(room, LetterKind.DISCHARGE_INSTRUCTIONS)
    assert room.form.problem.text() == say("letters.problem.blank_left")
    room.form.send_button.click()
    assert room.sends() == []


def test_a_returned_letter_is_changed_and_sent_as_the_next_version(room: Desk4) -> None:
    open_kind(room, LetterKind.WORK_NOTE)
    enter(room.form, may_return="+2")
    room.form.send_button.click()
    first = room.gateway_takes()
    letter_id = first.content.letter_id
    room.record(LetterReturned(letter_id=letter_id, version=1, comment="Until Friday?"))
    assert room.view.letters_button.text() == say("letters.button_returned", count=1)
    assert room.view.letters_button.accessibleName() == say("letters.named_returned", count=1)
    assert say("letters.detail.returned", comment="Until Friday?") in seen_words(room)
    row_button(room, say("letters.change_named", title="Work note")).click()
    assert room.form.lines["may_return"].text() == "2026-11-25"
    assert room.sheet.title.text() == say("letters.changing", title="Work note", version=1)
    enter(room.form, may_return="11/27")
    room.form.send_button.click()
    second = room.gateway_takes()
    assert (second.content.letter_id, second.content.version) == (letter_id, 2)
    assert room.visit.document.draft_orders() == {}
    room.record(LetterSigned(letter_id=letter_id, version=2, sha256=second.sha256, auth_time=START))
    assert room.view.letters_button.text() == say("letters.button_signed", count=1)
    assert say("letters.detail.signed", who="Dr. Okafor", time=KNOWN.clock(room.signed_at)) in seen_words(room)
    assert [one for one in seen_buttons(room) if "Work note" in one.accessibleName()] == []


def test_leaving_a_change_keeps_the_letter_and_the_new_one_in_the_form(room: Desk4) -> None:
    open_kind(room, LetterKind.WORK_NOTE)
    enter(room.form, may_return="+2")
    room.form.send_button.click()
    letter_id = room.gateway_takes().content.letter_id
    choose(room.form, LetterKind.WORK_NOTE)
    enter(room.form, diagnosis="half a new one")
    row_button(room, say("letters.change_named", title="Work note")).click()
    enter(room.form, diagnosis="no")
    room.form.leave_button.click()
    assert room.form.lines["diagnosis"].text() == "half a new one"
    assert list(room.visit.document.draft_orders()) == [NEW]
    assert room.visit.record.letters[letter_id].content.version == 1


def test_a_letter_is_taken_back(room: Desk4) -> None:
    open_kind(room, LetterKind.WORK_NOTE)
    enter(room.form, may_return="+2")
    room.form.send_button.click()
    letter_id = room.gateway_takes().content.letter_id
    row_button(room, say("letters.withdraw_named", title="Work note")).click()
    assert [one for one in room.commands() if one["type"] == "withdraw_letter"] == [
        {"type": "withdraw_letter", "letter_id": letter_id, "expected_version": 1}
    ]
    room.record(LetterWithdrawn(letter_id=letter_id, version=1), SCRIBE)
    assert room.view.letters_button.text() == say("letters.title")


def test_a_sent_letter_says_that_the_note_has_other_words_now(room: Desk4) -> None:
    write(room, "instructions", "Ice.")
    open_kind(room, LetterKind.DISCHARGE_INSTRUCTIONS)
    room.form.send_button.click()
    sent = room.gateway_takes()
    write(room, "instructions", "Rest. ")
    room.controller.refresh(KNOWN)
    settle()
    time = KNOWN.clock(room.visit.record.letters[sent.content.letter_id].sent_at)
    assert say("letters.detail.stale", time=time) in seen_words(room)


def test_nothing_is_written_for_the_wrong_patient_or_an_unknown_practice(room: Desk4) -> None:
    room.controller.refresh(NOW)
    open_kind(room, LetterKind.WORK_NOTE)
    assert room.form.problem.text() == say("letters.no_practice")
    room.controller.refresh(KNOWN)
    enter(room.form, may_return="+2")
    assert room.form.send_button.isEnabled()
    room.record(VisitFrozen(reason="Another Rivera"), SCRIBE)
    assert room.form.problem.text() == say("letters.frozen")
    assert not room.form.kind.isEnabled()
    assert not room.form.send_button.isEnabled()


def test_escape_goes_back_to_the_note(room: Desk4) -> None:
    room.view.note.focus_section("hpi")
    room.view.letters_button.click()
    settle()
    assert room.sheet.isVisible()
    QTest.keyClick(room.form.kind, Qt.Key.Key_Escape)
    assert not room.sheet.isVisible()
    assert room.view.note.editor.hasFocus() or room.view.letters_button.hasFocus()
