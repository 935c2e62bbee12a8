"""What happens to a note after it was sent, on the provider's screen: taken back, compared, amended, frozen."""

import pytest
from playwright.async_api import expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.test_wrong_patient import namesake
from tests.gateway.world import World
from wire.commands import AnswerQuestion, MarkWrongPatient, OpenNote, RecallNote, ReturnNote, SignNote, WithdrawQuestion
from wire.refusals import Refusal, RefusalCode

pytestmark = pytest.mark.anyio


async def signed_note(world: World) -> scenes.Writer:
    writer = await scenes.sent_note(world)
    note = (await world.services.documents.opened(world.visit_id)).note_text()
    world.auth_time = world.clock()
    scenes.accepted(await world.provide(SignNote(version=note.version, sha256=note.sha256)))
    return writer


async def test_a_recalled_note_leaves_with_a_sentence(browsing: Browsing, world: World) -> None:
    await scenes.sent_note(world)
    page = await scenes.open_visit(browsing)
    await expect(page.get_by_role("button", name="Read and sign")).to_be_visible()
    scenes.accepted(await world.scribe(RecallNote(version=world.record.note_version)))
    await expect(page.get_by_text("Sam Scribe took the note back to change it.")).to_be_visible()
    await expect(page.get_by_role("button", name="Read and sign")).to_have_count(0)


async def test_a_withdrawn_question_leaves_with_a_sentence(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    question_id = await scenes.ask(world, "Which leg?")
    page = await scenes.open_visit(browsing)
    await expect(page.get_by_role("heading", name="Sam Scribe asks")).to_be_visible()
    scenes.accepted(await world.scribe(WithdrawQuestion(question_id=question_id)))
    await expect(page.get_by_role("heading", name="Sam Scribe took the question back: Which leg?")).to_be_visible()
    await expect(page.get_by_role("button", name="Left")).to_have_count(0)


async def test_an_answer_is_changed_from_the_chat_and_the_first_one_stays(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    question_id = await scenes.ask(world, "Which leg?")
    scenes.accepted(await world.provide(AnswerQuestion(question_id=question_id, text="Left")))
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Chat").click()
    await page.get_by_role("button", name="Change the answer: Which leg?").click()
    await expect(page.get_by_text("You answered: Left.")).to_be_visible()
    await page.get_by_role("button", name="Right", exact=False).first.click()
    await expect(page.get_by_text("Dr. Ruth Provider first answered: Left")).to_be_visible()
    await scenes.settled(page)
    line = world.record.question(question_id)
    assert line is not None
    assert [given.text for given in line.answers] == ["Left", "Right"]


async def test_versions_stand_side_by_side_with_signs_and_words(browsing: Browsing, world: World) -> None:
    writer = await scenes.sent_note(world)
    note = await world.services.documents.opened(world.visit_id)
    scenes.accepted(await world.provide(OpenNote(version=note.version)))
    scenes.accepted(await world.provide(ReturnNote(version=note.version, comment="Say how many")))
    await writer.write("hpi", 0, 5, "Four")
    await writer.send_note(again=True)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Versions").click()
    await expect(page.locator("del")).to_have_text("removed: −Three")
    await expect(page.locator("ins")).to_have_text("added: +Four")
    await expect(page.get_by_text("2 changes")).to_be_visible()
    await page.keyboard.press("n")
    await expect(page.locator("del")).to_be_focused()
    await page.keyboard.press("n")
    await expect(page.locator("ins")).to_be_focused()
    await page.get_by_label("Left", exact=True).select_option(index=0)
    await page.get_by_label("Right", exact=True).select_option(index=1)
    await expect(page.get_by_text("Both are the same.")).to_be_visible()


async def test_late_words_are_taken_into_a_signed_addendum(browsing: Browsing, edge: Edge, world: World) -> None:
    writer = await signed_note(world)
    made: list[bytes] = []
    writer.document.on_update = made.append
    writer.document.replace("hpi", 0, 0, "Since spring. ")
    closed = Refusal(code=RefusalCode.DOCUMENT_CLOSED)
    assert [await world.send(data, writer.document.client_id) for data in made] == [closed]
    world.clock.advance(3_600)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Take as addendum").click()
    field = page.get_by_role("textbox", name="Addendum 1")
    await expect(field).to_have_value("History of present illness: Since spring.")
    await page.get_by_role("button", name="Sign the addendum").click()
    await page.get_by_role("button", name="Confirm").click()
    assert world.record.addenda == []
    await expect(page.get_by_role("textbox", name="Addendum 1")).to_have_value(
        "History of present illness: Since spring."
    )
    assert edge.steps_up == 1
    await page.get_by_role("button", name="Sign the addendum").click()
    await expect(page.get_by_role("heading", name="Addendum 1")).to_be_visible()
    await scenes.settled(page)
    assert [one.text for one in world.record.addenda] == ["History of present illness: Since spring."]


async def test_a_visit_of_the_wrong_patient_is_frozen_and_moved(browsing: Browsing, world: World) -> None:
    right = await namesake(world)
    await scenes.sent_note(world)
    page = await browsing.open("/page/")
    await page.locator(".visit-row", has_text="4471").click()
    await page.get_by_role("button", name="Wrong patient").click()
    reason = page.get_by_label("What happened?")
    await expect(reason).to_be_focused()
    await reason.fill("Another Okafor")
    await page.get_by_role("button", name="Freeze this visit").click()
    await expect(page.get_by_text("Dr. Ruth Provider froze this visit")).to_be_visible()
    await expect(page.get_by_role("button", name="Read and sign")).to_have_count(0)
    await page.get_by_role("button", name="MRN …9902").click()
    await expect(page.get_by_text("are in the right patient's visit now")).to_be_visible()
    note = await world.services.documents.opened(right)
    assert note.document.text("hpi") == "Three weeks of it."


async def test_a_freeze_that_was_a_mistake_is_taken_back_with_a_reason(browsing: Browsing, world: World) -> None:
    await scenes.sent_note(world)
    page = await scenes.open_visit(browsing)
    scenes.accepted(await world.scribe(MarkWrongPatient(reason="Another Okafor")))
    await page.get_by_role("button", name="It is the right patient after all").click()
    reason = page.get_by_label("Why was it not the wrong patient?")
    await expect(reason).to_be_focused()
    await page.get_by_role("button", name="Unfreeze this visit").click()
    assert world.record.frozen is not None  # not without a reason
    await reason.fill("It is her after all")
    await page.get_by_role("button", name="Unfreeze this visit").click()
    await expect(page.get_by_text("Dr. Ruth Provider unfroze this visit")).to_be_visible()
    await expect(page.get_by_role("button", name="Read and sign")).to_be_visible()
    await scenes.settled(page)
    assert world.record.frozen is None
