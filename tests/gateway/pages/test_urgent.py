"""What cannot wait stands over everything on the page, says so by more than a colour, and one tap answers it."""

import pytest
from playwright.async_api import Page, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.world import World
from visit.record import Urgent
from wire.commands import TellProvider
from wire.urgent import UrgentKind

pytestmark = pytest.mark.anyio


async def tell(world: World, kind: UrgentKind, text: str = "", urgent_id: str = "u1") -> None:
    scenes.accepted(await world.scribe(TellProvider(urgent_id=urgent_id, kind=kind, text=text)))


def told(world: World, urgent_id: str = "u1") -> Urgent:
    one = world.record.told(urgent_id)
    assert one is not None
    return one


async def shown(page: Page, heading: str) -> None:
    await expect(page.get_by_role("alertdialog", name=heading)).to_be_visible()


async def test_it_stands_over_whatever_is_on_the_page_and_one_tap_answers_it(browsing: Browsing, world: World) -> None:
    await scenes.sent_note(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Read and sign").click()
    await tell(world, UrgentKind.CRITICAL_VALUE, "Potassium 6.8")
    await shown(page, "Critical value")
    dialog = page.get_by_role("alertdialog")
    await expect(dialog).to_contain_text("⚠")
    await expect(dialog).to_contain_text("Potassium 6.8")
    await expect(dialog).to_contain_text("Okafor, Adaeze")
    await expect(dialog).to_contain_text("Sam Scribe tells you now")
    on_top = "() => document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest('dialog') !== null"
    assert await page.evaluate(on_top) is True
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await shown(page, "Critical value")
    await dialog.get_by_role("button", name="I act on it now").click()
    await expect(dialog).to_be_hidden()
    await scenes.settled(page)
    one = told(world)
    assert None not in (one.delivered_at, one.seen_at, one.answered_at)
    assert (one.answer, one.answered_by) == ("I act on it now", "Dr. Ruth Provider")
    await expect(page.get_by_role("heading", name="Read and sign")).to_be_visible()


async def test_it_is_shown_on_today_and_keys_meant_for_the_page_answer_nothing(
    browsing: Browsing, world: World
) -> None:
    await scenes.ask_listening(world, "Which knee?")
    page = await scenes.open_visit(browsing)
    field = page.get_by_label("Answer in your own words")
    await field.press_sequentially("two")
    await tell(world, UrgentKind.SUICIDAL_INTENT, "I have a plan")
    await shown(page, "Suicidal intent was voiced")
    for key in ("Enter", "Space", "1"):
        await page.keyboard.press(key)
    await page.wait_for_timeout(900)
    await page.keyboard.press("Enter")
    assert told(world).answered_at is None
    assert world.record.open_questions()
    await page.reload()
    await shown(page, "Suicidal intent was voiced")
    await page.get_by_role("button", name="I know already").click()
    await expect(field).to_have_value("two")
    await page.get_by_role("button", name="Today").click()
    await tell(world, UrgentKind.ABUSE, urgent_id="u2")
    await shown(page, "Abuse was voiced")


async def test_one_after_the_other(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await tell(world, UrgentKind.PHQ9_ITEM_9, "2 of 3")
    await tell(world, UrgentKind.ABUSE, urgent_id="u2")
    await shown(page, "PHQ-9 item 9 above 0")
    await expect(page.get_by_text("1 more behind this one")).to_be_visible()
    await page.get_by_role("button", name="I act on it now").click()
    await shown(page, "Abuse was voiced")
    await page.get_by_role("button", name="I act on it now").click()
    await expect(page.get_by_role("alertdialog")).to_be_hidden()
    await scenes.settled(page)
    assert all(one.answered_at for one in world.record.urgent)


async def test_a_page_that_is_not_there_has_delivered_nothing(browsing: Browsing, edge: Edge, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await page.context.set_offline(True)
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await tell(world, UrgentKind.ABUSE)
    assert told(world).delivered_at is None
    await page.context.set_offline(False)
    await shown(page, "Abuse was voiced")
    await scenes.settled(page)
    assert told(world).delivered_at is not None
    assert told(world).seen_at is not None


async def test_nothing_of_it_stays_after_the_sign_out(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Today").click()
    await tell(world, UrgentKind.ABUSE, "Bruises")
    await shown(page, "Abuse was voiced")
    await page.get_by_role("button", name="I know already").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert "Bruises" not in await page.content()
