"""Takes a picture of each state of the page, light and dark, wide and on a phone, to be looked at by a person.

`python -m tests.gateway.pages.pictures FOLDER`
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import ARGUMENTS, CHROMIUM, Browsing
from tests.gateway.pages.edge import Edge, running_edge
from tests.gateway.test_letters import HOME, send_letter, sign
from tests.gateway.world import COMPLETE, World, open_world
from wire.commands import EditText, ReportListening

SIZES = {"wide": (1024, 768), "phone": (390, 844)}


async def provider(browsing: Browsing, world: World, folder: Path, tag: str) -> None:
    """Today, the visit with everything in it, Read and sign, To sign, Rooms."""
    page = await browsing.open("/page/")
    await expect(page.get_by_role("button", name=scenes.PATIENT)).to_be_visible()
    await shoot(page, folder, f"provider-today-{tag}")
    await page.get_by_role("button", name=scenes.PATIENT).click()
    await expect(page.get_by_role("button", name="Left")).to_be_visible()
    await shoot(page, folder, f"provider-visit-{tag}")
    for name in ("Orders", "Letters", "Note, as it is written", "Chat"):
        await page.get_by_role("button", name=f"Open: {name}").click()
    await page.get_by_role("button", name="Read: Discharge instructions").click()
    await expect(page.get_by_text("✎ you").first).to_be_visible()
    await shoot(page, folder, f"provider-open-{tag}", full=True)
    await page.get_by_role("button", name="Today").click()
    await page.get_by_role("button", name="Rooms").click()
    await page.get_by_role("button", name="Show a code").click()
    await expect(page.get_by_text("Valid until")).to_be_visible()
    await shoot(page, folder, f"provider-rooms-{tag}")
    await page.get_by_role("button", name="To sign").click()
    await expect(page.get_by_role("button", name="Open: ")).to_have_count(3)
    await shoot(page, folder, f"provider-to-sign-{tag}")
    await page.close()


async def signing(browsing: Browsing, folder: Path, tag: str) -> None:
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Read and sign").click()
    await expect(page.get_by_role("heading", name="Read and sign")).to_be_visible()
    await shoot(page, folder, f"provider-reading-{tag}")
    await page.close()


async def room(browsing: Browsing, edge: Edge, folder: Path, tag: str) -> None:
    """Pairing, the list, consent, before and after Start."""
    page = await browsing.open("/room/")
    await shoot(page, folder, f"room-pairing-{tag}")
    await page.close()
    page = await scenes.open_room(browsing, edge)
    await shoot(page, folder, f"room-list-{tag}")
    await scenes.choose_patient(page)
    await expect(page.get_by_role("button", name="Record the consent")).to_be_visible()
    await shoot(page, folder, f"room-consent-{tag}")
    await scenes.agree(page)
    await page.get_by_role("button", name="Start").click()
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    admission_id = await edge.world.admit()
    scenes.accepted(await edge.world.scribe(ReportListening(admission_id=admission_id, hears=True)))
    await expect(page.get_by_text("Hears you")).to_be_visible()
    await shoot(page, folder, f"room-live-{tag}")
    await page.close()


async def shoot(page: Page, folder: Path, name: str, *, full: bool = False) -> None:
    await page.screenshot(path=folder / f"{name}.png", full_page=full)


async def fill(world: World) -> None:
    """A visit under way: two questions, two orders, a note by two hands, chat."""
    await scenes.listen(world)
    await scenes.ask(world, "Which knee had the effusion?")
    await scenes.ask(world, "Was the dose 25 or 50 mg?", ("25 mg", "50 mg"))
    await scenes.pend(world)
    await scenes.pend(world, scenes.lab_order("Basic metabolic panel"))
    await scenes.say(world, "Good morning, I am here.")
    await world.write(COMPLETE | {"hpi": "Three weeks of swelling in the left leg, worse in the evening."})
    scenes.accepted(await world.provide(sign(await send_letter(world, letter_id="letter-1"))))
    await world.write({"instructions": "Ice the knee for 20 minutes, three times a day.\nCome back for numbness."})
    await send_letter(world, HOME, letter_id="letter-2")
    note = await world.services.documents.opened(world.visit_id)
    command = EditText(section="hpi", base_version=note.version, start=5, end=5, text=" to four")
    scenes.accepted(await world.provide(command))


async def take(browser: Browser, folder: Path, scheme: str, size: str) -> None:
    width, height = SIZES[size]
    tag = f"{size}-{scheme}"
    for part in ("room", "provider", "signing"):
        with tempfile.TemporaryDirectory() as scratch:
            async with open_world(f"sqlite+aiosqlite:///{scratch}/gateway.db") as world, running_edge(world) as edge:
                context = await browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                )
                browsing = Browsing(context, edge)
                if part == "room":
                    await room(browsing, edge, folder, tag)
                elif part == "provider":
                    await fill(world)
                    await provider(browsing, world, folder, tag)
                else:
                    await scenes.sent_note(world, COMPLETE | {"hpi": scenes.LONG_HPI})
                    await signing(browsing, folder, tag)
                await context.close()
                print(tag, part, *browsing.complaints)


async def main(folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for size in SIZES:
            for scheme in ("light", "dark"):
                await take(browser, folder, scheme, size)
        await browser.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
