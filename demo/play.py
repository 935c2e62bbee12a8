"""Plays the scripted visit: the scribe at the real desktop, the provider at the real page, the room as it voices."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from demo.page import ProviderPage, RoomPage
from demo.practice import Practice
from demo.processes import Running
from demo.scribe import ScribeHand
from demo.script import Script
from visit.lab_tests import LAB_TEST_BY_CODE
from visit.sections import SECTION_BY_KEY

PATIENT = "Rivera"
SETTLE_SECONDS = 0.4
"""A picture is taken this long after a change, so that fades and layouts are over."""


@dataclass(slots=True)
class Cast:
    """Everybody who takes part."""

    practice: Practice
    hand: ScribeHand
    provider: ProviderPage
    room: Running
    script: Script


@dataclass(slots=True)
class Album:
    """Numbered pictures of every screen."""

    folder: Path
    names: list[str] = field(default_factory=list)

    def take(self, name: str, who: "ScribeHand | ProviderPage | RoomPage") -> None:
        """Take one."""
        time.sleep(SETTLE_SECONDS)
        file = self.folder / f"{len(self.names) + 1:02}-{name}.png"
        who.screenshot(file)
        self.names.append(file.name)


def tell_room(room: Running, word: str) -> None:
    """Press a button in the headless room."""
    pipe: IO[bytes] | None = room.process.stdin
    if pipe is None:
        raise RuntimeError("the room takes no words")
    pipe.write(f"{word}\n".encode())
    pipe.flush()


def arrive(cast: Cast, album: Album, say: Callable[[str], None]) -> None:
    """Enrol the laptop, sign in, open the visit, pass the gate and join."""
    hand, practice = cast.hand, cast.practice
    say("the scribe sets the laptop up with a one-time code")
    hand.find("One-time code", "text")
    album.take("desktop-first-run", hand)
    hand.enroll(practice.gateway.address, practice.enrolment_code(cast.script.scribe.username))
    hand.find("Sign in with browser", "push button", enabled=True)
    album.take("desktop-sign-in", hand)
    hand.sign_in()
    album.take("desktop-today", hand)
    hand.keys("ctrl+shift+3")
    hand.find("This device")
    album.take("desktop-device", hand)
    hand.keys("ctrl+shift+1")
    say("the scribe opens the visit")
    hand.open_visit(PATIENT)
    album.take("desktop-visit-before-joining", hand)
    hand.keys("ctrl+slash")
    hand.find("Keys")
    album.take("desktop-keys", hand)
    hand.keys("Escape")
    tell_room(cast.room, "consent")
    tell_room(cast.room, "start")
    cast.provider.open_visit(PATIENT)
    say("the device proves its posture at the gate")
    hand.press("Check device and join")
    hand.find("Join visit", "push button", enabled=True)
    album.take("desktop-gate", hand)
    hand.press("Join visit")
    hand.find("You hear and see")
    say("the scribe hears and sees the room")


def act(cast: Cast, album: Album, say: Callable[[str], None]) -> None:
    """The visit itself, each thing at its second of the script."""
    script, hand, provider = cast.script, cast.hand, cast.provider
    started = time.monotonic()
    acts: list[tuple[float, Callable[[], None]]] = []
    for line in script.scribe.note:
        acts.append((line.at, _writing(hand, line.section, line.text)))
    for question in script.scribe.questions:
        answer = next(entry.text for entry in script.provider.answers if entry.question == question.key)

        def ask(question=question, answer=answer) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
            say(f"the scribe asks: {question.text}")
            hand.ask(question.text, question.quick_replies, question.section)
            provider.page.get_by_text(question.text, exact=True).first.wait_for()
            album.take("page-question", provider)
            provider.answer(question.text, answer)
            say(f"the provider answers: {answer}")
            hand.find(answer)

        acts.append((question.at, ask))
    for order in script.scribe.orders:

        def pend(order=order) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
            say(f"the scribe pends: {LAB_TEST_BY_CODE[order.test].display}")
            album.take("desktop-visit-live", hand)
            hand.press("New lab order")
            album.take("desktop-order-form", hand)
            hand.fill_order(LAB_TEST_BY_CODE[order.test].display, order.reason.code, "Routine", "Now")

        acts.append((order.at, pend))
    for at, doing in sorted(acts, key=lambda entry: entry[0]):
        time.sleep(max(0.0, started + at - time.monotonic()))
        doing()
    for question in script.scribe.questions:
        say(f"the scribe fills in the answer: {question.then.replace}")
        hand.replace(question.then.section, question.then.find, question.then.replace)
        hand.wait_for_text(question.then.section, question.then.replace)


def _writing(hand: ScribeHand, section: str, text: str) -> Callable[[], None]:
    return lambda: hand.write(section, text)


def hand_in(cast: Cast, album: Album, say: Callable[[str], None]) -> None:
    """The provider changes a word, signs the order; the scribe sends; the provider reads and signs."""
    script, hand, provider = cast.script, cast.hand, cast.provider
    for edit in script.provider.edits:
        say(f"the provider changes a word: {edit.find} to {edit.replace}")
        provider.change(SECTION_BY_KEY[edit.section].heading, edit.find, edit.replace)
        hand.wait_for_text(edit.section, edit.replace)
    provider.show("Note")
    album.take("page-note-as-it-is-written", provider)
    for order in script.scribe.orders:
        name = LAB_TEST_BY_CODE[order.test].display
        provider.show("Orders")
        album.take("page-orders", provider)
        provider.sign_order(name)
        hand.find(f"{name}. Ordered")
        say(f"the EHR has ordered: {name}")
    tell_room(cast.room, "stop")
    hand.press("Finish visit")
    album.take("desktop-finish", hand)
    hand.press("Send for signature")
    hand.find("Sent for signature")
    say("the note is sent for signature")
    album.take("page-visit-to-sign", provider)
    provider.open_to_sign()
    album.take("page-to-sign", provider)
    provider.read()
    album.take("page-read-and-sign", provider)
    provider.sign_note()
    hand.find("Signed by", timeout=30)
    album.take("desktop-signed", hand)
    album.take("page-signed", provider)
    say("the provider has signed; the EHR keeps the note as final")
