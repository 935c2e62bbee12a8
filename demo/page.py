"""The practice's page in Debian's real Chromium, worked as a provider and a room would (Playwright)."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from demo.identity import PERSON_BY_USERNAME
from wire.record import ConsentBy, ConsentDecision, ConsentHow

CHROMIUM = "/usr/bin/chromium"
CAMERA = Path(__file__).parent / "camera.js"
"""A camera drawn by a script: a 16-bit barcode of the frame's number between magenta bars; and a 700 Hz tone."""
ARGUMENTS = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WAIT_MS = 20_000
DECISIONS = {
    ConsentDecision.AGREED: "Agreed",
    ConsentDecision.DECLINED: "Declined",
    ConsentDecision.WITHDRAWN: "Withdrawn",
}
PEOPLE = {
    ConsentBy.PATIENT: "Patient",
    ConsentBy.PARENT: "Parent",
    ConsentBy.GUARDIAN: "Guardian",
    ConsentBy.REPRESENTATIVE: "Representative",
}
FORMS = {ConsentHow.VERBAL: "Verbally", ConsentHow.WRITTEN: "In writing"}


@contextmanager
def chromium(*extra: str) -> Iterator[Browser]:
    """A headless Chromium with a fake camera and microphone."""
    arguments = [*ARGUMENTS, *extra]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox does not start as root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class ProviderPage:
    """The provider's half."""

    def __init__(self, browser: Browser, address: str, username: str) -> None:
        self._address = address
        self._person = PERSON_BY_USERNAME[username]
        self.page: Page = browser.new_context(viewport={"width": 1024, "height": 768}).new_page()
        self.page.set_default_timeout(WAIT_MS)

    def sign_in(self) -> None:
        """Sign in at the identity provider with the security key."""
        self.page.goto(f"{self._address}/page/")
        self._identify()

    def _identify(self) -> None:
        self.page.get_by_label("User name").fill(self._person.username)
        self.page.get_by_label("Password").fill(self._person.password)
        self.page.get_by_role("button", name="Sign in with security key").click()

    def pairing_code(self) -> str:
        """A code for the first room."""
        self.page.get_by_role("button", name="Rooms").click()
        self.page.get_by_role("button", name=re.compile("Show a code")).first.click()
        return self.page.locator(".pairing-code").inner_text()

    def open_visit(self, patient: str) -> None:
        """Open a visit from Today."""
        self.page.get_by_role("button", name="Today").click()
        self.page.get_by_role("button", name=re.compile(patient)).first.click()
        expect(self.page.get_by_test_id("patient-name")).to_contain_text(patient)

    def say(self, text: str) -> None:
        """Write to the scribe."""
        self.compose(text)
        self.send()

    def compose(self, text: str) -> None:
        """Write a chat line without sending it."""
        self._unfold("Chat")
        self.page.get_by_label("Write to the scribe").fill(text)

    def send(self) -> None:
        """Send the line that is written."""
        self.page.get_by_label("Write to the scribe").press("Enter")

    def answer(self, question: str, words: str) -> None:
        """Press the quick answer under a question, or type the words."""
        expect(self.page.get_by_text(question, exact=True).first).to_be_visible()
        self.page.wait_for_timeout(700)  # the page takes no answer in a new question's first moment
        quick = self.page.get_by_role("button", name=words, exact=True)
        if quick.count():
            quick.first.click()
        else:
            self.page.get_by_label("Answer in your own words").fill(words)
            self.page.get_by_label("Answer in your own words").press("Enter")

    def change(self, heading: str, find: str, replacement: str) -> None:
        """Replace words in a section of the note, in place."""
        self._unfold("Note, as it is written")
        self.page.get_by_role("button", name=f"Change: {heading}").click()
        field = self.page.locator("textarea:focus, [contenteditable]:focus").first
        before = str(field.input_value())
        start = before.index(find)
        field.evaluate("(element, range) => element.setSelectionRange(range[0], range[1])", [start, start + len(find)])
        self.page.keyboard.insert_text(replacement)
        self.page.keyboard.press("Escape")

    def sign_order(self, name: str) -> None:
        """Sign a pended order, confirming who I am when that is asked."""
        self._unfold("Orders")
        self.page.get_by_role("button", name=f"Sign: {name}").click()

    def decline_order(self, name: str, reason: str) -> None:
        """Decline a pended order with a reason."""
        self._unfold("Orders")
        self.page.get_by_role("button", name=f"Decline: {name}").click()
        self.page.get_by_label("Why do you decline it?").fill(reason)
        self.page.get_by_role("button", name="Decline with this reason").click()

    def read(self) -> None:
        """Open the sent note and read it to its end."""
        self.page.get_by_role("button", name="Read and sign").first.click()
        text = self.page.get_by_role("region", name="The note as it will be signed")
        expect(text).to_be_visible()
        text.evaluate("(element) => { element.scrollTop = element.scrollHeight; }")

    def sign_note(self) -> None:
        """Sign what is on the screen."""
        sign = self.page.locator("#sign-note")
        expect(sign).to_be_enabled()
        sign.click()

    def confirm(self) -> None:
        """Confirm who I am at the identity provider, and come back."""
        self.page.get_by_role("button", name="Confirm who I am").or_(
            self.page.get_by_role("link", name="Confirm who I am")
        ).first.click()
        self._identify()

    def give_back(self, comment: str) -> None:
        """Return the note with a comment."""
        self.page.locator("#return-note").click()
        self.page.get_by_label("What should the scribe change?").fill(comment)
        self.page.get_by_role("button", name="Return with this comment").click()

    def open_to_sign(self) -> None:
        """The list of what waits for a signature."""
        self.page.get_by_role("button", name=re.compile("^To sign")).click()
        expect(self.page.get_by_role("heading", name="To sign")).to_be_visible()

    def show(self, card: str) -> None:
        """Open a card of the visit (Orders, Note, Chat) and scroll to it."""
        self._unfold(card)
        self.page.get_by_role("region", name=re.compile(f"^{card}")).evaluate(
            "(element) => element.scrollIntoView({block: 'nearest'})"
        )

    def _unfold(self, name: str) -> None:
        opener = self.page.get_by_role("button", name=re.compile(f"^Open: {re.escape(name)}"))
        if opener.count():
            opener.first.click()

    def screenshot(self, path: Path) -> None:
        """Save the page."""
        self.page.screenshot(path=path)


class RoomPage:
    """The room's half, with Chromium's fake camera or one drawn by a script."""

    def __init__(self, browser: Browser, address: str, camera: Path | None = None) -> None:
        self._address = address
        self.page: Page = browser.new_context(viewport={"width": 1024, "height": 768}).new_page()
        self.page.set_default_timeout(WAIT_MS)
        if camera is not None:
            self.page.add_init_script(path=camera)

    def pair(self, code: str) -> None:
        """Type the code that a provider shows."""
        self.page.goto(f"{self._address}/room/")
        self.page.get_by_label("Code").fill(code)
        self.page.get_by_role("button", name="Pair").click()
        expect(self.page.get_by_role("heading", name="Who is in this room?")).to_be_visible()

    def choose(self, patient: str) -> None:
        """Choose who is in the room."""
        self.page.locator("#visits button", has_text=patient).first.click()

    def record_consent(self, decision: ConsentDecision, by: ConsentBy, how: ConsentHow) -> None:
        """Record what the patient decided."""
        for words in (DECISIONS[decision], PEOPLE[by], FORMS[how]):
            self.page.get_by_label(words, exact=True).check()
        self.page.get_by_role("button", name="Record the consent").click()

    def start(self) -> None:
        """Switch camera and microphone on for this patient."""
        self.page.get_by_role("button", name="Start", exact=True).click()
        expect(self.page.get_by_role("button", name="Stop")).to_be_visible()

    def stop(self) -> None:
        """Switch them off."""
        self.page.get_by_role("button", name="Stop").click()

    def screenshot(self, path: Path) -> None:
        """Save the page."""
        self.page.screenshot(path=path)
