"""Questions that stand in a sent note: shown where they are, answered or left out by one tap, and only then signed."""

import pytest
from playwright.async_api import Page, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.world import COMPLETE, World
from wire.commands import WithdrawQuestion
from wire.visits import NoteState

pytestmark = pytest.mark.anyio
TEXT = "Better. Effusion of the ?? knee. Took [inaudible 04:12] daily."


async def sent_with_questions(world: World) -> list[str]:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, COMPLETE | {"hpi": TEXT})
    first = await writer.ask("hpi", "Effusion of the ?? knee.", ("left", "right", "both"))
    second = await writer.ask("hpi", "What was said at 04:12?")
    await writer.send_note()
    return [first, second]


async def read(browsing: Browsing) -> Page:
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Read and sign").click()
    await expect(page.get_by_role("heading", name="Read and sign")).to_be_visible()
    return page


async def hpi(world: World) -> str:
    return (await world.texts())["hpi"]


async def test_each_question_is_answered_or_left_out_and_then_the_note_is_signed(
    browsing: Browsing, world: World
) -> None:
    await sent_with_questions(world)
    world.auth_time = world.clock()
    page = await read(browsing)
    sign = page.get_by_role("button", name="Sign", exact=True)
    await expect(sign).to_be_disabled()
    await expect(page.get_by_text("2 questions stand in the text.")).to_be_visible()
    await expect(page.locator("[data-section=hpi] mark.gap")).to_have_text(["??", "[inaudible 04:12]"])
    await expect(page.locator("[data-section=hpi] .gap-number")).to_have_text(["[1]", "[2]"])
    first, second = (page.get_by_role("region", name=f"Question {number}") for number in (1, 2))
    await expect(first).to_contain_text("Effusion of the ?? knee.")
    await expect(second).to_contain_text("takes out: “Took [inaudible 04:12] daily.”")
    await first.get_by_role("button", name="left", exact=True).click()
    await expect(page.locator("[data-section=hpi]")).to_contain_text("Effusion of the ✎ youleft")
    await expect(page.get_by_text("1 question stands in the text.")).to_be_visible()
    await expect(sign).to_be_disabled()
    await page.get_by_role("button", name="Leave out the statement of question 1").click()
    await expect(page.locator("mark.gap")).to_have_count(0)
    assert await hpi(world) == "Better. Effusion of the left knee."
    await expect(sign).to_be_enabled()
    await sign.click()
    await scenes.settled(page)
    assert world.record.note_state is NoteState.SIGNED


async def test_an_answer_in_own_words_goes_into_the_text(browsing: Browsing, world: World) -> None:
    await sent_with_questions(world)
    page = await read(browsing)
    field = page.get_by_label("Answer to question 2, in your own words")
    await field.fill("two tablets")
    await field.press("Enter")
    await expect(page.locator("[data-section=hpi]")).to_contain_text("two tablets")
    assert await hpi(world) == TEXT.replace("[inaudible 04:12]", "two tablets")


async def test_a_question_that_was_taken_back_can_only_be_left_out(browsing: Browsing, world: World) -> None:
    first, _ = await sent_with_questions(world)
    scenes.accepted(await world.scribe(WithdrawQuestion(question_id=first)))
    page = await read(browsing)
    question = page.get_by_role("region", name="Question 1")
    await expect(question.get_by_role("button")).to_have_count(1)
    await question.get_by_role("button", name="Leave out").click()
    await expect(page.locator("mark.gap")).to_have_count(1)
    assert await hpi(world) == "Better. Took [inaudible 04:12] daily."


async def test_text_that_the_scribe_changes_meanwhile_must_be_looked_at_first(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, COMPLETE | {"hpi": TEXT})
    await writer.ask("hpi", "Effusion of the ?? knee.", ("left",))
    await writer.send_note()
    page = await read(browsing)
    await expect(page.get_by_text("1 question stands in the text.")).to_be_visible()
    await writer.write("hpi", 0, 7, "Much better.")
    await expect(page.get_by_role("button", name="Show the new text")).to_be_visible()
    await page.get_by_role("button", name="Leave out the statement of question 1").click()
    await expect(page.get_by_text("This was changed meanwhile.")).to_be_visible()
    assert await hpi(world) == TEXT.replace("Better.", "Much better.")
