"""What goes wrong in a clinic: a killed laptop, a restarted gateway, a wrong code, text of another patient."""

import signal

import pytest

from tests.together.conftest import World
from tests.together.senses import eventually
from wire.record import ConsentBy, ConsentDecision, ConsentHow

pytestmark = [pytest.mark.together, pytest.mark.timeout(240)]


def test_nothing_typed_is_lost_to_a_kill_a_restart_of_the_gateway_or_a_closed_window(world: World) -> None:
    gateway = world.practice.gateway
    provider = world.provider()
    room = world.room(provider)
    room.record_consent(ConsentDecision.AGREED, ConsentBy.PATIENT, ConsentHow.VERBAL)
    room.start()
    with world.desktop() as hand:
        hand.open_visit("Rivera")
        hand.join()
        hand.find("You hear and see")

        # the gateway goes in mid-visit: typing goes on, nothing is lost on either side
        hand.write("hpi", "before the restart, ")
        gateway.kill()
        hand.find("✕ Practice not reached")
        hand.write("hpi", "while it was away, ")
        hand.say("are you there?")
        gateway.start()
        hand.find("● Connected", timeout=40)
        provider.open_visit("Rivera")
        provider.page.get_by_role("button", name="Open: Note, as it is written").click()
        note = provider.page.locator("[data-section=hpi]")
        note.get_by_text("before the restart, while it was away").wait_for()
        provider.page.get_by_role("button", name="Open: Chat").click()
        provider.page.get_by_text("are you there?").wait_for()

        # the laptop is killed in mid-word: what was typed is there again, and goes on to the practice
        hand.write("hpi", "and mid-wor")
        hand.find("● Saved and encrypted")
        hand.process.send_signal(signal.SIGKILL)
        hand.process.wait()
    with world.desktop() as hand:
        hand.find("Note section Chief complaint")
        assert hand.section_text("hpi") == "before the restart, while it was away, and mid-wor"
        hand.type("d", delay_ms=1)
        hand.find("● Connected", timeout=30)
        note.get_by_text("and mid-wor").wait_for()

        # the window is closed right after a word: it is there when it opens again
        hand.write("ros", "No cough. Last words")
        assert hand.close() == 0
    with world.desktop() as hand:
        assert hand.wait_for_text("ros", "Last words") == "No cough. Last words"


def test_a_new_scribe_is_told_in_a_sentence_what_is_wrong(world: World) -> None:
    address = world.practice.gateway.address
    with world.desktop(ready=False) as hand:
        hand.enroll("http://alcove.practice.example", "123")
        hand.find("That address is not encrypted (http)")
        hand.enroll("http://127.0.0.1:9", "123")
        hand.find("The practice's gateway cannot be reached")
        hand.enroll(world.practice.ehr.address, "123")
        hand.find("Something answers at that address, but it is not an Alcove gateway")
        hand.enroll(address, "WRONG-CODE")
        hand.find("That code is wrong, used or too old")
        code = world.practice.enrolment_code("okafor")
        hand.enroll(address, code)
        hand.find("Sign in with browser", "push button", enabled=True)
    with world.desktop("second", ready=False) as hand:
        hand.enroll(address, code)
        hand.find("That code is wrong, used or too old")


def test_who_is_no_scribe_and_a_lost_laptop_are_told_so_and_lose_no_word(world: World) -> None:
    gateway = world.practice.gateway
    with world.desktop("provider", ready=False, username="okafor") as hand:
        hand.enroll(gateway.address, world.practice.enrolment_code("okafor"))
        hand.press("Sign in with browser")
        hand.find("Your account is not a scribe's account at this practice. Ask IT.")
        assert hand.close() == 0
    with world.desktop() as hand:
        hand.open_visit("Rivera")
        hand.write("hpi", "Written before. ")
        for line in gateway.command("devices", "list").splitlines():
            gateway.command("devices", "revoke", line.split("\t")[0])
        hand.find("This laptop was taken out of the practice")
        hand.find("The practice does not have ")  # what was never sent stays until two deliberate steps erase it
        hand.find("Erase what was not sent", "push button", enabled=True)
        assert hand.close() == 0
    with world.desktop(ready=False) as hand:  # a patient's words are not shown to whom the practice no longer knows
        hand.find("This laptop was taken out of the practice")
        hand.find("The practice does not have ")


def test_two_visits_stay_apart_and_text_of_another_patient_is_refused(world: World) -> None:
    with world.desktop() as hand:
        hand.open_visit("Rivera")
        hand.write("hpi", "Rivera, Ana M has chest pressure.")
        hand.keys("ctrl+a", "ctrl+c")
        hand.keys("ctrl+shift+1")
        hand.open_visit("Brandt")
        hand.find("Patient Brandt, Theodor J, 68 M · 1958-08-02 · ··2086")
        hand.write("hpi", "Right knee. ")
        hand.keys("ctrl+v")
        hand.find("Not pasted: the text names another patient of today.")
        assert hand.section_text("hpi") == "Right knee. "
        hand.keys("ctrl+shift+1")
        hand.open_visit("Rivera")
        assert hand.section_text("hpi") == "Rivera, Ana M has chest pressure."
        eventually("no tabs for two visits", lambda: bool(hand.find("Brandt, Theodor J ··2086")))
