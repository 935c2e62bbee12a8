"""For everybody: axe finds nothing, the keyboard reaches everything, targets are large, no view scrolls sideways."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from demo.node import install
from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.test_letters import send_letter
from tests.gateway.world import COMPLETE, World
from wire.commands import EditText

pytestmark = pytest.mark.anyio
AXE = Path(__file__).parent / "axe"
SMALL = """() => [...document.querySelectorAll('button, input, select, textarea, a, label.choice')]
  .filter((e) => e.checkVisibility() && !e.closest('.choice input') && !e.classList.contains('skip'))
  .filter((e) => !(e.matches('input') && e.closest('.choice')))
  .map((e) => [e.tagName, e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([, , box]) => box.width < 44 || box.height < 44)
  .map(([tag, text, box]) => `${tag} ${text} ${box.width}x${box.height}`)"""
UNFOCUSED = """() => { const e = document.activeElement; const s = getComputedStyle(e);
  return e === document.body ? '' : [e.id || e.textContent.trim(), s.outlineStyle, s.outlineWidth].join('|'); }"""
FOCUS_OF_CHOICE = """() => { const c = document.activeElement.closest('.choice');
  return c ? getComputedStyle(c).outlineStyle + '|' + getComputedStyle(c).outlineWidth : ''; }"""


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script, installed from its lock file."""
    install(AXE)
    return (AXE / "node_modules" / "axe-core" / "axe.min.js").read_text()


async def look(page: Page, axe: str) -> None:
    """axe's verdict, target sizes and width of what is on the screen."""
    await page.evaluate(axe)
    found = await page.evaluate(
        "async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
        " 'best-practice'] })).violations.map((v) => [v.id, v.nodes.map((n) => n.html + n.failureSummary)])"
    )
    assert found == []
    assert await page.evaluate(SMALL) == []
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth") is True


async def full_visit(world: World) -> None:
    await scenes.ask_listening(world, "Which knee had the effusion?")
    await scenes.ask(world, "Since when?")
    await scenes.pend(world)
    await scenes.say(world, "Good morning")
    await world.write(COMPLETE)
    await send_letter(world)
    note = await world.services.documents.opened(world.visit_id)
    command = EditText(section="hpi", base_version=note.version, start=0, end=0, text="About ")
    scenes.accepted(await world.provide(command))


async def provider_views(browsing: Browsing, world: World, axe: str) -> None:
    await full_visit(world)
    page = await scenes.open_visit(browsing)
    await look(page, axe)
    for name in ("Orders", "Letters", "Note, as it is written", "Chat"):
        await page.get_by_role("button", name=f"Open: {name}").click()
    await page.get_by_role("button", name="Read: Work note").click()
    await page.get_by_role("button", name="Return: Work note").click()
    await page.get_by_role("button", name="Decline: B-type natriuretic peptide").click()
    await page.get_by_role("button", name="Change: History of present illness").click()
    await look(page, axe)
    await page.get_by_role("button", name="To sign: 2").click()
    await look(page, axe)
    await page.get_by_role("button", name="Rooms").click()
    await page.get_by_role("button", name="Show a code").click()
    await expect(page.get_by_text("Valid until")).to_be_visible()
    await look(page, axe)
    await page.get_by_role("button", name="Today").click()
    await look(page, axe)


async def reading_view(browsing: Browsing, world: World, axe: str) -> None:
    await scenes.sent_note(world, COMPLETE | {"hpi": scenes.LONG_HPI})
    page = await scenes.open_visit(browsing)
    await look(page, axe)
    await page.get_by_role("button", name="Read and sign").click()
    await expect(page.get_by_text("Read to the end to sign.")).to_be_visible()
    await page.get_by_role("button", name="Return", exact=True).click()
    await look(page, axe)


async def room_views(browsing: Browsing, world: World, axe: str) -> None:
    page = await browsing.open("/room/")
    await expect(page.get_by_label("Code")).to_be_visible()
    await look(page, axe)
    await page.close()
    page = await scenes.open_room(browsing, browsing.edge)
    await look(page, axe)
    await scenes.choose_patient(page)
    await expect(page.get_by_role("button", name="Record the consent")).to_be_visible()
    await look(page, axe)
    await scenes.agree(page)
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await look(page, axe)


@pytest.mark.parametrize("look_as", [(1024, 700, "light"), (390, 844, "dark")], ids=["wide-light", "phone-dark"])
@pytest.mark.parametrize("views", [provider_views, reading_view, room_views])
async def test_axe_sizes_and_width(
    browser: Browser,
    edge: Edge,
    world: World,
    axe: str,
    views: Callable[[Browsing, World, str], Awaitable[None]],
    look_as: tuple[int, int, Literal["light", "dark"]],
) -> None:
    width, height, scheme = look_as
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
    )
    try:
        await views(Browsing(context, edge), world, axe)
    finally:
        await context.close()


async def tab_to(page: Page, name: str, most: int = 40) -> None:
    """Press Tab until the control of that name has the focus; each stop on the way shows its focus."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(UNFOCUSED)
        if seen:
            choice = await page.evaluate(FOCUS_OF_CHOICE)
            style, width = (choice or "|".join(seen.split("|")[-2:])).split("|")
            assert style != "none", seen
            assert float(width.removesuffix("px")) >= 2, seen
        has_name = "(n) => (document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.textContent"
        has_name += " || document.activeElement.textContent).trim().startsWith(n)"
        if await page.evaluate(has_name, name):
            return
    raise AssertionError(f"no way to {name!r} by Tab")


async def test_the_room_by_keyboard_alone(browsing: Browsing, edge: Edge, world: World) -> None:
    page = await browsing.open("/room/")
    await expect(page.get_by_label("Code")).to_be_focused()
    await page.keyboard.type(edge.new_code())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=scenes.PATIENT)).to_be_visible()
    await tab_to(page, "12:00")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Record the consent")).to_be_visible()
    for choice in ("Agreed", "Patient", "Verbally"):
        await tab_to(page, choice)
        await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    await tab_to(page, "Start")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await tab_to(page, "Stop")
    await page.keyboard.press("Space")
    await scenes.settled(page)
    assert world.record.moments
    assert not world.record.capturing


async def test_the_provider_by_keyboard_alone(browsing: Browsing, edge: Edge, world: World) -> None:
    await full_visit(world)
    page = await browsing.open("/page/")
    await expect(page.get_by_role("button", name=scenes.PATIENT)).to_be_visible()
    await tab_to(page, "12:00")
    await page.keyboard.press("Enter")
    await tab_to(page, "Left")
    await page.keyboard.press("Enter")
    await expect(page.locator(".question")).to_have_text("Since when?")
    await tab_to(page, "Answer in your own words")
    await page.keyboard.type("Spring")
    await page.keyboard.press("Enter")
    await tab_to(page, "Open: Orders")
    await page.keyboard.press("Enter")
    await tab_to(page, "Sign: B-type")
    await page.keyboard.press("Space")
    await expect(page.get_by_text("Ordered · ServiceRequest/1")).to_be_visible()
    await tab_to(page, "Open: Note, as it is written")
    await page.keyboard.press("Enter")
    await tab_to(page, "Change: Assessment and plan")
    await page.keyboard.press("Enter")
    await page.keyboard.type(" Echo.")
    await page.keyboard.press("Escape")
    await tab_to(page, "Open: Chat")
    await page.keyboard.press("Enter")
    await tab_to(page, "Write to the scribe")
    await page.keyboard.type("Thank you")
    await page.keyboard.press("Enter")
    await scenes.settled(page)
    assert [line.answer for line in world.record.chat if line.question_id] == ["Left", "Spring"]
    assert world.record.chat[-1].text == "Thank you"
    assert (await world.texts())["assessment_and_plan"] == "Heart failure? Echo."


async def test_an_event_does_not_take_the_focus(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Chat").click()
    field = page.get_by_label("Write to the scribe")
    await field.press_sequentially("half a sen")
    await scenes.ask(world, "Which knee?")
    await scenes.say(world, "Hello")
    await scenes.pend(world)
    await world.write(COMPLETE)
    await expect(page.get_by_role("log")).to_contain_text("Hello")
    await expect(field).to_be_focused()
    await page.keyboard.type("tence")
    await expect(field).to_have_value("half a sentence")


async def test_new_questions_and_listeners_are_said_aloud(browsing: Browsing, world: World) -> None:
    """What changes by itself stands in a live region."""
    await scenes.ask_listening(world, "Which knee?")
    page = await scenes.open_visit(browsing)
    for selector in (".question", "#listening", "#link-state", "#announcer"):
        assert await page.locator(selector).get_attribute("role") == "status", selector
    await page.get_by_role("button", name="Open: Chat").click()
    await expect(page.get_by_role("log", name="Messages")).to_be_visible()
