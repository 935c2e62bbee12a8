"""One visit, end to end, on real input."""

import pytest

from demo.outcome import read_outcome
from demo.page import ProviderPage
from demo.scribe import ScribeHand
from demo.script import Script, load_script
from tests.together.conftest import World
from tests.together.senses import eventually, files_with, read_barcode, record_headset, share_of
from visit.lab_tests import LAB_TEST_BY_CODE
from wire.posture import CheckId, Requirement
from wire.record import ConsentBy, ConsentDecision, ConsentHow

pytestmark = [pytest.mark.together, pytest.mark.timeout(300)]
CANARY = "xylophonecanary"
ADVISORY = {check.value: Requirement.ADVISORY for check in CheckId}


def test_one_visit_from_the_gate_to_the_signed_note_in_the_ehr(world: World) -> None:
    script = load_script()
    world.practice.gateway.set_policy(**ADVISORY | {"disk_encryption": Requirement.REQUIRE})
    provider = world.provider()
    room = world.room(provider)
    with world.desktop() as hand:
        hand.open_visit("Rivera")
        hand.find("Patient Rivera, Ana M, 54 F · 1972-03-11 · ··4471")
        assert read_barcode(world.stage) is None
        room.record_consent(ConsentDecision.AGREED, ConsentBy.PATIENT, ConsentHow.VERBAL)
        room.start()
        be_refused_then_admitted(world, hand)
        see_and_hear(world)
        provider.open_visit("Rivera")
        provider.page.get_by_test_id("listening").get_by_text("J. Santos").wait_for()
        write_and_ask(script, hand, provider)
        pend_and_be_changed(script, hand, provider)
        hand_in(hand, provider)
        assert hand.close() == 0
    the_ehr_holds_it(world, script.scribe.orders[0].test)
    # no plain text of what was typed: not in the vault, the logs of either side, the database, temporary files
    assert files_with(CANARY, world.folder, world.stage.folder) == []


def be_refused_then_admitted(world: World, hand: ScribeHand) -> None:
    """Refused for a failing check, with its remedy; admitted once the policy changed."""
    hand.press("Check device and join")
    hand.find("Join waits for: Disk encryption")
    assert not hand.find("Join visit", "push button").enabled
    world.practice.gateway.set_policy(**ADVISORY)
    hand.press("Check again")
    hand.press("Join visit")
    hand.find("You hear and see")


def see_and_hear(world: World) -> None:
    """The barcode moves on the screen, the tone is in the headset."""
    eventually("no barcode on the screen", lambda: read_barcode(world.stage) is not None)
    first = read_barcode(world.stage)
    eventually("the picture stands still", lambda: read_barcode(world.stage) not in (None, first))
    eventually("no tone in the headset", lambda: share_of(record_headset(world.stage, 0.4), 700) > 0.8)


def write_and_ask(script: Script, hand: ScribeHand, provider: ProviderPage) -> None:
    """The note is written, a question asked, its answer taken in."""
    for line in script.scribe.note:
        hand.write(line.section, line.text)
    hand.write("hpi", f" {CANARY}")
    question, answer = script.scribe.questions[0], script.provider.answers[0].text
    hand.ask(question.text, question.quick_replies, question.section)
    provider.answer(question.text, answer)
    hand.find(f"{answer}. Dr. A. Okafor answers")
    hand.replace(question.then.section, question.then.find, question.then.replace)


def pend_and_be_changed(script: Script, hand: ScribeHand, provider: ProviderPage) -> None:
    """An order is pended and signed; a word that the provider changes is marked as theirs."""
    order, edit = script.scribe.orders[0], script.provider.edits[0]
    test = LAB_TEST_BY_CODE[order.test].display
    hand.pend(test, order.reason.code, "Routine", "Now")
    provider.sign_order(test)
    hand.find(f"{test}. Ordered")
    provider.change("Physical exam", edit.find, edit.replace)
    hand.wait_for_text(edit.section, edit.replace)
    hand.find("Note section Physical exam. changed by Dr. A. Okafor")


def hand_in(hand: ScribeHand, provider: ProviderPage) -> None:
    """Finished, sent, read, signed, confirmed by the EHR."""
    hand.finish()
    hand.find("Sent for signature")
    provider.read()
    provider.sign_note()
    hand.find("Signed by Dr. A. Okafor", timeout=30)
    eventually("the EHR has not confirmed", lambda: "as final" in hand.find("Signed by").name)


def the_ehr_holds_it(world: World, test_code: str) -> None:
    """The final note and the active order, read back; the audit chain is whole."""
    outcome = read_outcome(world.practice)
    assert outcome["document_reference"]["docStatus"] == "final"
    assert outcome["service_request"]["status"] == "active"
    assert outcome["service_request"]["code"]["coding"][0]["code"] == test_code
    assert len(outcome["signed_sha256"]) == 64
    world.practice.gateway.command("audit", "verify")  # raises when the chain is broken
