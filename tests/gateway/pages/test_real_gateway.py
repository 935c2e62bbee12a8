"""The page on the real gateway program, with the demo's identity provider and record: contract, headers and restart."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from demo.identity import PERSON_BY_USERNAME
from demo.practice import Practice, PracticeSettings, start_practice
from tests.gateway.pages.conftest import ARGUMENTS, CHROMIUM, OF_THE_NETWORK

PROVIDER = PERSON_BY_USERNAME["okafor"]
COME_BACK_MS = 20_000


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    with start_practice(PracticeSettings(folder=tmp_path / "practice")) as running:
        yield running


@pytest.fixture
def contexts() -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """Two browsers that know nothing of each other: the provider's and the room's; neither complains."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(OF_THE_NETWORK):
            complaints.append(message.text)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        made = browser.new_context(), browser.new_context()
        for context in made:
            context.on("console", heard)
            context.on("weberror", lambda error: complaints.append(str(error.error)))
        yield made
        browser.close()
    assert complaints == []


def sign_in(page: Page) -> None:
    page.get_by_label("User name").fill(PROVIDER.username)
    page.get_by_label("Password").fill(PROVIDER.password)
    page.get_by_role("button", name="Sign in with security key").click()


def pair(page: Page, room: Page, address: str) -> None:
    page.get_by_role("button", name="Rooms").click()
    page.get_by_role("button", name=re.compile("Show a code")).first.click()
    code = page.locator(".pairing-code").inner_text()
    room.goto(f"{address}/room/")
    room.get_by_label("Code").fill(code)
    room.get_by_role("button", name="Pair").click()
    expect(room.get_by_role("heading", name="Who is in this room?")).to_be_visible()


def start(room: Page) -> None:
    for choice in ("Agreed", "Patient", "Verbally"):
        room.get_by_label(choice, exact=True).check()
    room.get_by_role("button", name="Record the consent").click()
    room.get_by_role("button", name="Start", exact=True).click()
    expect(room.get_by_role("button", name="Stop")).to_be_visible()


def come_back(page: Page) -> None:
    expect(page.locator("#link-state")).to_have_text("✓ Connected", timeout=COME_BACK_MS)
    expect(page.locator("#waiting")).to_be_empty(timeout=COME_BACK_MS)


def test_sign_in_pair_start_write_and_come_back_after_a_restart(
    practice: Practice, contexts: tuple[BrowserContext, BrowserContext]
) -> None:
    address = practice.gateway.address
    page, room = contexts[0].new_page(), contexts[1].new_page()
    page.goto(f"{address}/page/")
    sign_in(page)
    pair(page, room, address)
    room.locator("#visits button").first.click()
    patient = room.get_by_test_id("patient-name").inner_text()
    start(room)

    page.get_by_role("button", name="Today").click()
    page.get_by_role("button", name=patient).click()
    expect(page.get_by_test_id("listening")).to_contain_text("Patient agreed verbally")
    page.get_by_role("button", name="Open: Note, as it is written").click()
    page.get_by_role("button", name="Change: Chief complaint").click()
    page.keyboard.type("Cough")
    come_back(page)
    practice.gateway.stop()
    expect(page.get_by_text("Reconnecting… what you typed is kept")).to_be_visible()
    page.keyboard.type(" for three weeks")
    practice.gateway.start()
    come_back(page)
    come_back(room)
    expect(room.locator("#on-air")).to_have_text("● Picture and sound on")
    page.reload()
    expect(page.locator("[data-section=chief_complaint]")).to_contain_text("Cough for three weeks")

    page.goto(f"{address}/page/step-up")
    sign_in(page)
    expect(page.get_by_test_id("patient-name")).to_have_text(patient)  # back at the same place
    page.get_by_role("button", name="Today").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
