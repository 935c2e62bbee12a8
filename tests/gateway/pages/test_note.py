"""The note on the provider's screen: live, marked by author, changed in place, and no word lost."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.world import COMPLETE, World
from wire.commands import SignNote
from wire.visits import NoteState

pytestmark = pytest.mark.anyio


async def open_note(browsing: Browsing) -> Page:
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Note, as it is written").click()
    return page


def hpi(page: Page) -> Locator:
    return page.locator("[data-section=hpi]")


async def edit_hpi(page: Page) -> Locator:
    await page.get_by_role("button", name="Change: History of present illness").click()
    field = page.get_by_role("textbox", name="History of present illness")
    await expect(field).to_be_focused()
    return field


async def test_the_note_appears_as_it_is_written(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, {"hpi": "Three weeks"})
    page = await open_note(browsing)
    await expect(hpi(page)).to_have_text("Three weeks")
    await expect(page.get_by_text("1 of 13 sections")).to_be_visible()
    await writer.write("hpi", 11, 11, " of swelling")
    await expect(hpi(page)).to_have_text("Three weeks of swelling")
    await page.get_by_role("button", name="Close: Note, as it is written").click()
    await writer.write("ros", 0, 0, "No fever")
    await expect(page.get_by_text("2 of 13 sections · 1 changed since you looked")).to_be_visible()


async def test_words_changed_in_place_are_the_providers_and_marked_by_a_word(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await world.write({"hpi": "Three weeks of it."})
    page = await open_note(browsing)
    field = await edit_hpi(page)
    await field.evaluate("(field) => field.setSelectionRange(5, 5)")
    await field.press_sequentially(" to four 😀")
    await scenes.settled(page)
    assert (await world.texts())["hpi"] == "Three to four 😀 weeks of it."
    await field.press("Escape")
    mark = hpi(page).locator(".own")
    await expect(mark.locator(".writer")).to_have_text("✎ you")
    await expect(mark.locator(".words")).to_have_text(" to four 😀")
    note = await world.services.documents.opened(world.visit_id)
    assert [run.author.name for run in note.author_runs("hpi")] == ["Sam Scribe", "Dr. Ruth Provider", "Sam Scribe"]


async def test_a_click_on_a_word_begins_there(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await world.write({"hpi": "abcdefghij"})
    page = await open_note(browsing)
    await hpi(page).locator("[data-run]").click(position={"x": 2, "y": 10})
    field = page.get_by_role("textbox", name="History of present illness")
    assert await field.evaluate("(field) => field.selectionStart") == 0


async def test_the_caret_stays_while_the_scribe_types(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, {"hpi": "Three weeks of it."})
    page = await open_note(browsing)
    field = await edit_hpi(page)
    await field.evaluate("(field) => field.setSelectionRange(11, 11)")
    await writer.write("hpi", 0, 0, "About ")
    await expect(field).to_have_value("About Three weeks of it.")
    await expect(field).to_be_focused()
    assert await field.evaluate("(field) => [field.selectionStart, field.selectionEnd]") == [17, 17]
    await field.press_sequentially(" or so")
    await scenes.settled(page)
    assert (await world.texts())["hpi"] == "About Three weeks or so of it."


async def test_both_type_at_once_and_both_texts_stay(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, {"hpi": "Start. End."})
    page = await open_note(browsing)
    field = await edit_hpi(page)
    for index in range(12):
        await field.press("End")
        await field.press_sequentially(f" p{index}")
        await writer.write("hpi", 6, 6, f" s{index}")
    await scenes.settled(page)
    text = (await world.texts())["hpi"]
    await expect(field).to_have_value(text)
    for index in range(12):
        assert f" p{index}" in text
        assert f" s{index}" in text


async def test_words_typed_without_the_gateway_survive_a_reload(browsing: Browsing, edge: Edge, world: World) -> None:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, {"hpi": "Three weeks of it."})
    page = await open_note(browsing)
    field = await edit_hpi(page)
    await page.context.set_offline(True)
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await field.press("End")
    await field.press_sequentially(" Worse at night.")
    await writer.write("hpi", 0, 5, "Two")  # meanwhile the scribe corrects another word
    await expect(page.locator("#waiting")).not_to_be_empty()
    await page.context.set_offline(False)
    await page.reload()
    await scenes.settled(page)
    await expect(hpi(page)).to_contain_text("Worse at night.")
    assert (await world.texts())["hpi"] == "Two weeks of it. Worse at night."


async def test_words_that_met_the_same_words_are_kept_beside(browsing: Browsing, edge: Edge, world: World) -> None:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, {"hpi": "left"})
    page = await open_note(browsing)
    field = await edit_hpi(page)
    await page.context.set_offline(True)
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await field.fill("right and swollen")
    await expect(page.locator("#waiting")).not_to_be_empty()
    await writer.write("hpi", 0, 4, "both legs")
    await page.context.set_offline(False)
    await expect(page.get_by_text("Yours are kept here:")).to_be_visible()
    await scenes.settled(page)
    assert (await world.texts())["hpi"] == "both legs"
    await expect(field).to_have_value("both legs")
    await page.reload()
    await expect(page.locator("blockquote")).to_contain_text("and swollen")
    await page.get_by_role("button", name="Put them in").click()
    await scenes.settled(page)
    assert "and swollen" in (await world.texts())["hpi"]


async def test_a_signed_note_cannot_be_changed(browsing: Browsing, world: World) -> None:
    await scenes.sent_note(world, COMPLETE)
    page = await open_note(browsing)
    await edit_hpi(page)
    note = await world.services.documents.opened(world.visit_id)
    shown = note.note_text()
    scenes.accepted(await world.provide(SignNote(version=shown.version, sha256=shown.sha256)))
    await expect(page.get_by_text("The note is signed; it cannot be changed any more.")).to_be_visible()
    await expect(page.get_by_role("button", name="Change: History of present illness")).to_be_hidden()
    await expect(page.locator("textarea.note-field")).to_have_count(0)
    assert world.record.note_state is NoteState.SIGNED


async def test_a_long_paste_goes_in_parts(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await world.write({"hpi": "x"})
    page = await open_note(browsing)
    field = await edit_hpi(page)
    await field.fill("x" + "😀 word " * 1500)
    await page.wait_for_function("() => !Object.keys(sessionStorage).some((name) => name.includes('.note.'))")
    assert (await world.texts())["hpi"] == "x" + "😀 word " * 1500


async def test_a_section_outside_the_template_stands_in_its_place_and_goes_when_it_is_emptied(
    browsing: Browsing, world: World
) -> None:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, COMPLETE)
    page = await open_note(browsing)
    await expect(hpi(page)).to_have_text(COMPLETE["hpi"])
    await writer.write("family_history", 0, 0, "None.")
    await expect(page.locator("[data-section=family_history]")).to_have_text("None.")
    headings = await page.locator(".note-section h3").all_text_contents()
    assert headings[5:8] == ["Allergies", "Family history", "Review of systems"]
    await expect(page.get_by_text("4 of 14 sections")).to_be_visible()
    await writer.write("family_history", 0, 5, "")
    await expect(page.locator("[data-section=family_history]")).not_to_contain_text("None.")


async def test_a_list_that_nobody_chose_from_counts_as_a_blank_does(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    writer = await scenes.Writer.begin(world, {**COMPLETE, "hpi": "The {left|right} leg, {?worse|better}."})
    page = await open_note(browsing)
    await expect(page.get_by_text("2 of 13 sections")).to_be_visible()
    await writer.write("hpi", 4, 16, "left")
    await expect(page.get_by_text("3 of 13 sections")).to_be_visible()


async def test_who_scribed_and_what_is_stated_is_read_before_signing(browsing: Browsing, world: World) -> None:
    await scenes.sent_note(world, COMPLETE)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Read and sign").click()
    said = page.get_by_role("region", name="Attestation")
    await expect(said).to_contain_text("by Sam Scribe, scribe, who listened remotely by secure sound and picture")
    await expect(said).to_contain_text("The patient agreed to a scribe listening, verbally")
    await expect(said).to_contain_text("By signing you state: I, Dr. Ruth Provider, have reviewed this note")


async def test_a_note_with_more_sections_is_read_proven_and_may_be_signed(browsing: Browsing, world: World) -> None:
    await scenes.sent_note(world, {"instructions": "Rest.", **COMPLETE, "allergies": "Latex."})
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Read and sign").click()
    headings = page.locator("#view-reading h3")
    await expect(headings).to_have_text(
        [
            "Chief complaint",
            "History of present illness",
            "Allergies",
            "Assessment and plan",
            "Instructions",
            "Attestation",
        ]
    )
    await expect(page.get_by_role("button", name="Sign", exact=True)).to_be_enabled()
