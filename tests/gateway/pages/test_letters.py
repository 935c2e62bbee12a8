"""Letters on the provider's page: read as they are printed, signed after a step-up, returned, and printed alone."""

import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.test_letters import HOME, WORK, send_letter, sign
from tests.gateway.world import COMPLETE, World
from visit.letter_content import letter_sha256
from wire.commands import EditText, MarkWrongPatient, WithdrawLetter
from wire.letters import LetterState

pytestmark = pytest.mark.anyio
STUB = "() => { window.print = () => { window.printed = (window.printed ?? 0) + 1; }; }"
"""The dialog itself is the browser's: what it would be given is looked at instead."""


def state(world: World, letter_id: str = "letter-1") -> LetterState:
    return world.record.letters[letter_id].state


async def open_letters(browsing: Browsing) -> Page:
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Letters").click()
    return page


def text_of(pdf: Path) -> str:
    """The words of a PDF, with a form feed after each page."""
    read = ["pdftotext", "-layout", str(pdf), "-"]
    return subprocess.run(read, capture_output=True, text=True, check=True, timeout=30).stdout


async def test_a_visit_without_letters_shows_no_card(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await scenes.settled(page)
    await expect(page.locator("#letters-card")).to_be_hidden()
    await send_letter(world)
    await expect(page.locator("#letters-card")).to_contain_text("1 to sign")


async def test_a_letter_is_read_signed_after_a_step_up_and_never_by_itself(
    browsing: Browsing, edge: Edge, world: World
) -> None:
    await scenes.listen(world)
    letter = await send_letter(world)
    world.clock.advance(1_000)  # the sign-in is older than a signature may rest on
    page = await open_letters(browsing)
    assert await page.get_by_role("button", name="Sign: Work note").count() == 0  # not before it was read
    await page.get_by_role("button", name="Read: Work note").click()
    paper = page.locator(".paper")
    for block in letter.blocks:
        for paragraph in block.paragraphs:
            await expect(paper).to_contain_text(paragraph)
    await expect(paper).to_contain_text("Not signed yet")
    await page.get_by_role("button", name="Sign: Work note").click()
    await page.get_by_role("button", name="Confirm who I am").click()
    await expect(paper).to_contain_text("Not signed yet")  # still open, and coming back signed nothing
    assert (edge.steps_up, state(world)) == (1, LetterState.SENT)
    await page.get_by_role("button", name="Sign: Work note").click()
    await expect(paper).to_contain_text("Signed electronically by Dr. Ruth Provider on November 23, 2026 at 12:16")
    await scenes.settled(page)
    line = world.record.letters["letter-1"]
    assert (line.state, line.sha256) == (LetterState.SIGNED, letter_sha256(letter))
    await expect(page.get_by_role("button", name="Print: Work note")).to_be_visible()
    await expect(page.locator("#announcer")).to_have_text("Letter signed. It can be printed.")


async def test_a_letter_is_returned_with_a_comment_that_survives_a_reload(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await send_letter(world)
    page = await open_letters(browsing)
    await page.get_by_role("button", name="Read: Work note").click()
    await page.get_by_role("button", name="Return: Work note").click()
    field = page.get_by_label("What should the scribe change in this letter?")
    await expect(field).to_be_focused()
    await field.fill("Until Friday, please")
    await page.reload()
    await page.get_by_role("button", name="Return: Work note").click()
    await expect(field).to_have_value("Until Friday, please")
    await page.get_by_role("button", name="Return the letter with this comment").click()
    await expect(page.get_by_text("You returned it: Until Friday, please")).to_be_visible()
    assert (state(world), world.record.letters["letter-1"].returned_because) == (
        LetterState.RETURNED,
        "Until Friday, please",
    )


async def test_a_letter_that_changes_while_it_is_read_is_read_again(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await send_letter(world)
    page = await open_letters(browsing)
    await page.get_by_role("button", name="Read: Work note").click()
    changed = WORK.model_copy(update={"restrictions": ("Desk work only.",)})
    second = await send_letter(world, changed, version=2)
    await expect(page.get_by_text("The scribe changed this letter after this text.")).to_be_visible()
    assert await page.get_by_role("button", name="Sign: Work note").count() == 0
    await expect(page.get_by_text("Desk work only.")).to_have_count(0)
    await page.get_by_role("button", name="Show the new letter").click()
    await expect(page.get_by_text("Desk work only.")).to_be_visible()
    await page.get_by_role("button", name="Sign: Work note").click()
    await expect(page.get_by_role("button", name="Print: Work note")).to_be_visible()
    assert world.record.letters["letter-1"].sha256 == letter_sha256(second)


async def test_other_words_of_the_note_are_said_beside_the_letter(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await world.write(COMPLETE | {"instructions": "Ice, 20 minutes."})
    await send_letter(world, HOME)
    page = await open_letters(browsing)
    await page.get_by_role("button", name="Read: Discharge instructions").click()
    await expect(page.locator(".letter-open")).to_contain_text("Ice, 20 minutes.")
    await expect(page.get_by_text("The note has other words by now")).to_have_count(0)
    note = await world.services.documents.opened(world.visit_id)
    command = EditText(section="instructions", base_version=note.version, start=5, end=7, text="10")
    scenes.accepted(await world.provide(command))
    await expect(page.get_by_text("The note has other words by now under: Instructions.")).to_be_visible()
    await expect(page.get_by_role("button", name="Sign: Discharge instructions")).to_be_enabled()


async def test_a_withdrawn_letter_is_gone_and_one_of_the_wrong_patient_is_not_given_out(
    browsing: Browsing, world: World
) -> None:
    await scenes.listen(world)
    scenes.accepted(await world.provide(sign(await send_letter(world))))
    await send_letter(world, WORK, letter_id="letter-2")
    page = await open_letters(browsing)
    await expect(page.locator(".letters > li")).to_have_count(2)
    scenes.accepted(await world.scribe(WithdrawLetter(letter_id="letter-2", expected_version=1)))
    await expect(page.locator(".letters > li")).to_have_count(1)
    await expect(page.get_by_role("button", name="Print: Work note")).to_be_visible()
    scenes.accepted(await world.scribe(MarkWrongPatient(reason="Another patient")))
    await expect(page.get_by_text("Wrong patient: do not give it out")).to_be_visible()
    await expect(page.get_by_role("button", name="Print: Work note")).to_have_count(0)


async def test_to_sign_lists_the_letter_and_opens_it(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await send_letter(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="To sign: 1").click()
    await page.get_by_role("button", name="Open: Okafor, Adaeze, Work note").click()
    await expect(page.get_by_role("button", name="Read: Work note")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_print_gives_the_browser_the_letter_alone_also_without_a_network(
    browsing: Browsing, world: World, tmp_path: Path, scheme: str
) -> None:
    await scenes.listen(world)
    await scenes.say(world, "Nothing of the chat is printed")
    await world.write(COMPLETE | {"instructions": "\n".join(f"Line {number} of what to do." for number in range(50))})
    letter = await send_letter(world, HOME)
    scenes.accepted(await world.provide(sign(letter)))
    page = await open_letters(browsing)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.get_by_role("button", name="Open: Chat").click()
    await page.context.set_offline(True)
    await expect(page.get_by_text("Reconnecting… what you typed is kept")).to_be_visible()
    await page.evaluate(STUB)
    await page.get_by_role("button", name="Print: Discharge instructions").click()
    assert await page.evaluate("[window.printed, document.title]") == [1, "Discharge instructions"]
    made = tmp_path / "letter.pdf"
    made.write_bytes(await page.pdf(format="Letter", print_background=True, prefer_css_page_size=True))
    printed = text_of(made)
    assert printed.count("\f") == 2  # two pages, and none of them empty
    assert all(part.strip() for part in printed.split("\f")[:2])
    words = " ".join(printed.split())
    for wanted in ("Okafor, Adaeze, born March 14, 1958", "Line 49 of what to do.", "Hill Street Practice"):
        assert wanted in words
    assert words.startswith("Discharge instructions Patient")
    assert words.endswith("Dr. Ruth Provider Hill Street Practice +1 555 0100")
    for other in ("chat", "Leg swelling", "4471", "Connected", "Print"):
        assert other not in words
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    await expect(page.locator("#print-sheet")).to_be_empty()
    assert await page.evaluate("[document.title, document.body.dataset.printing ?? '']") == ["Visit · Alcove", ""]
    await page.context.set_offline(False)
    await scenes.settled(page)
