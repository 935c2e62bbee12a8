"""The provider's half: questions, chat, orders, signing, and nothing lost when the gateway goes or the page reloads."""

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.world import COMPLETE, World
from wire.commands import MarkMoment
from wire.orders import OrderState
from wire.record import MomentMarked
from wire.visits import Moment, NoteState

pytestmark = pytest.mark.anyio


def note_state(world: World) -> NoteState:
    """As it is now."""
    return world.record.note_state


async def test_a_question_is_large_and_answered_by_its_key_alone(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await scenes.ask(world, "Which knee had the effusion?")
    page = await scenes.open_visit(browsing)
    question = page.get_by_text("Which knee had the effusion?", exact=True).first
    size = await question.evaluate("(element) => parseFloat(getComputedStyle(element).fontSize)")
    assert size >= 24
    # nothing is chosen beforehand: Enter on the fresh page answers nothing
    await page.keyboard.press("Enter")
    assert world.record.open_questions()
    await page.wait_for_timeout(800)  # a key for the question before does not count for this one
    await page.keyboard.press("2")
    await expect(page.get_by_text("No open question")).to_be_visible()
    await scenes.settled(page)
    assert world.record.chat[0].answer == "Right"


async def test_a_key_typed_into_a_field_answers_nothing(browsing: Browsing, world: World) -> None:
    await scenes.ask_listening(world, "Which knee?")
    page = await scenes.open_visit(browsing)
    await page.wait_for_timeout(800)
    await page.get_by_label("Answer in your own words").press_sequentially("2 weeks")
    assert world.record.open_questions()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No open question")).to_be_visible()
    await scenes.settled(page)
    assert world.record.chat[0].answer == "2 weeks"


async def test_a_question_on_the_screen_is_not_replaced_and_later_puts_it_off(browsing: Browsing, world: World) -> None:
    await scenes.ask_listening(world, "First?")
    page = await scenes.open_visit(browsing)
    field = page.get_by_label("Answer in your own words")
    await field.press_sequentially("half an ans")
    await scenes.ask(world, "Second?")
    await expect(page.get_by_text("1 more question")).to_be_visible()
    await expect(page.get_by_role("heading", name="Sam Scribe asks")).to_be_visible()
    await field.press_sequentially("wer")  # the field, its words and its caret stayed
    await expect(field).to_have_value("half an answer")
    await page.get_by_role("button", name="Later").click()
    await expect(page.locator(".question")).to_have_text("Second?")
    await page.get_by_role("button", name="Open the next question").click()
    await expect(page.locator(".question")).to_have_text("First?")
    await expect(field).to_have_value("half an answer")


async def test_chat_text_survives_a_reload_and_a_lost_gateway(browsing: Browsing, edge: Edge, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Chat").click()
    field = page.get_by_label("Write to the scribe")
    await field.fill("not sent yet")
    await page.reload()
    await expect(field).to_have_value("not sent yet")
    await page.context.set_offline(True)
    await expect(page.get_by_text("Reconnecting… what you typed is kept")).to_be_visible()
    await field.press("Enter")
    await field.fill("second")
    await field.press("Enter")
    await expect(page.get_by_text("2 changes wait for the gateway")).to_be_visible()
    await page.context.set_offline(False)
    await scenes.settled(page)
    await expect(page.get_by_text("second", exact=True)).to_be_visible()
    assert [line.text for line in world.record.chat] == ["not sent yet", "second"]


async def test_commands_kept_over_a_reload_are_repeated_once(browsing: Browsing, edge: Edge, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    # The gateway takes the command, and its answer is lost with the connection.
    await page.route_web_socket("**/page/live", lambda route: route.close())
    edge.disconnect_all()
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await page.get_by_role("button", name="Step in").click()
    waiting = await page.evaluate("JSON.parse(sessionStorage.getItem('alcove.provider.outbox'))")
    command = MarkMoment(moment=Moment.PROVIDER_IN)
    scenes.accepted(await world.provide(command, command_id=waiting[0]["command_id"]))
    fresh = await page.context.new_page()
    stored = await page.evaluate("JSON.stringify(sessionStorage)")
    await fresh.add_init_script(f"for (const [k, v] of Object.entries({stored})) sessionStorage.setItem(k, v)")
    await page.close()
    await fresh.goto(edge.address + "/page/")
    await expect(fresh.get_by_role("button", name="Step out")).to_be_visible()
    await scenes.settled(fresh)
    entries = world.services.ledger.loaded(world.visit_id).entries
    assert len([entry for entry in entries if isinstance(entry.fact, MomentMarked)]) == 1


async def test_an_order_is_signed_in_the_version_on_the_screen(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    order = await scenes.pend(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Orders").click()
    await expect(page.get_by_text("Shortness of breath · Routine · Collect now in the clinic")).to_be_visible()
    await page.get_by_role("button", name="Sign: B-type natriuretic peptide").click()
    await expect(page.get_by_text("Ordered · ServiceRequest/1")).to_be_visible()
    assert world.record.orders[order.order_id].state is OrderState.ORDERED


async def test_declining_an_order_needs_a_reason(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    order = await scenes.pend(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Orders").click()
    await page.get_by_role("button", name="Decline: B-type natriuretic peptide").click()
    now = page.get_by_role("button", name="Decline with this reason")
    await expect(page.get_by_label("Why do you decline it?")).to_be_focused()
    await now.click()
    assert world.record.orders[order.order_id].state is OrderState.PENDED
    await page.get_by_label("Why do you decline it?").fill("Done last week")
    await now.click()
    await expect(page.get_by_text("Declined: Done last week")).to_be_visible()
    assert world.record.orders[order.order_id].declined_because == "Done last week"


async def test_signing_reads_to_the_end_steps_up_and_never_signs_by_itself(
    browsing: Browsing, edge: Edge, world: World
) -> None:
    await scenes.sent_note(world, COMPLETE | {"hpi": scenes.LONG_HPI})
    world.clock.advance(1_000)  # the sign-in is older than a signature may rest on
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Read and sign").click()
    sign = page.get_by_role("button", name="Sign", exact=True)
    await expect(page.get_by_text("Read to the end to sign.")).to_be_visible()
    await expect(sign).to_be_disabled()
    await page.get_by_role("region", name="The note as it will be signed").focus()
    await page.keyboard.press("End")
    await expect(sign).to_be_enabled()
    await sign.click()
    confirm = page.get_by_role("button", name="Confirm who I am")
    await expect(confirm).to_be_focused()
    await confirm.click()
    await expect(page.get_by_role("heading", name="Read and sign")).to_be_visible()
    await expect(page.get_by_text("You read it to the end.")).to_be_visible()
    assert edge.steps_up == 1
    assert note_state(world) is NoteState.SENT  # coming back signed nothing
    shown = (await page.get_by_text("proof").inner_text()).split("proof ")[1].replace(" ", "")
    await sign.click()
    await expect(page.get_by_text("in the record as DocumentReference/1")).to_be_visible()
    assert note_state(world) is NoteState.SIGNED
    assert world.record.note_sha256.startswith(shown)
    assert world.ehr.notes[0].sha256 == world.record.note_sha256


async def test_a_note_that_changes_while_it_is_read_is_read_again(browsing: Browsing, world: World) -> None:
    writer = await scenes.sent_note(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Read and sign").click()
    sign = page.get_by_role("button", name="Sign", exact=True)
    await expect(sign).to_be_enabled()
    await writer.write("hpi", 0, 0, "Four or ")
    await expect(page.get_by_text("The note was changed after this text.")).to_be_visible()
    await expect(sign).to_be_disabled()
    await expect(page.get_by_text("Four or Three weeks of it.")).to_have_count(0)
    await page.get_by_role("button", name="Show the new text").click()
    await expect(page.get_by_text("Four or Three weeks of it.")).to_be_visible()
    await sign.click()
    await expect(page.get_by_text("Signed by Dr. Ruth Provider")).to_be_visible()


async def test_a_note_is_returned_with_a_comment(browsing: Browsing, world: World) -> None:
    await scenes.sent_note(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Read and sign").click()
    await page.get_by_role("button", name="Return", exact=True).click()
    await expect(page.get_by_label("What should the scribe change?")).to_be_focused()
    await page.keyboard.type("Say since when")
    await page.get_by_role("button", name="Return with this comment").click()
    await expect(page.get_by_text("You returned the note: Say since when")).to_be_visible()
    assert (world.record.note_state, world.record.returned_because) == (NoteState.RETURNED, "Say since when")


async def test_to_sign_lists_notes_and_orders_by_age(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    await scenes.pend(world)
    world.clock.advance(9 * 60)
    writer = await scenes.Writer.begin(world, COMPLETE)
    await writer.send_note()
    world.clock.advance(3 * 60)
    page = await browsing.open("/page/")
    await page.get_by_role("button", name="To sign: 2").click()
    rows = page.locator("#to-sign li")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(0)).to_contain_text("B-type natriuretic peptide 12 min ago")
    await expect(rows.nth(1)).to_contain_text("Note 3 min ago")
    await rows.nth(0).get_by_role("button").click()
    await expect(page.get_by_role("button", name="Sign: B-type natriuretic peptide")).to_be_visible()


async def test_provider_comes_in_and_goes_out(browsing: Browsing, world: World) -> None:
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Step in").click()
    await page.get_by_role("button", name="Step out").click()
    await expect(page.get_by_text("In the room 12:00 to 12:00")).to_be_visible()
    await scenes.settled(page)
    assert {Moment.PROVIDER_IN, Moment.PROVIDER_OUT} <= set(world.record.moments)


async def test_who_listens_is_in_sight(browsing: Browsing, world: World) -> None:
    page = await scenes.open_visit(browsing)
    listening = page.get_by_test_id("listening")
    await expect(listening).to_contain_text("Nobody listens.")
    await scenes.listen(world)
    await expect(listening).to_contain_text("Sam Scribe, scribe")
    await expect(listening).to_contain_text("Hears you since 12:00")
    await expect(listening).to_contain_text("Can hear the last 60 seconds again. Nothing is recorded.")
    await expect(listening).to_contain_text("Patient agreed verbally at 12:00.")


async def test_sign_out_forgets_what_was_typed(browsing: Browsing, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Chat").click()
    await page.get_by_label("Write to the scribe").fill("a secret")
    await page.get_by_role("button", name="Today").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert "secret" not in await page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    await expect(page.get_by_text(scenes.PATIENT)).to_have_count(0)


async def test_another_person_in_the_same_tab_gets_none_of_it(browsing: Browsing, edge: Edge, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Chat").click()
    await page.get_by_label("Write to the scribe").fill("mine")
    world.provider = world.provider.model_copy(update={"id": "other-provider", "name": "Dr. Other"})
    await page.reload()
    await expect(page.get_by_text("No visits today.")).to_be_visible()
    assert "mine" not in await page.evaluate("JSON.stringify(sessionStorage)")


async def test_a_sign_in_that_ended_says_so_and_keeps_the_words(browsing: Browsing, edge: Edge, world: World) -> None:
    await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    await page.get_by_role("button", name="Open: Chat").click()
    await page.get_by_label("Write to the scribe").fill("still here")
    edge.signed_in = False
    edge.disconnect_all()
    await expect(page.get_by_text("Your sign-in has ended.")).to_be_visible()
    edge.signed_in = True
    await page.get_by_role("button", name="Sign in again").click()
    await expect(page.get_by_label("Write to the scribe")).to_have_value("still here")


async def test_text_from_others_is_text(browsing: Browsing, world: World) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    await scenes.ask_listening(world, hostile)
    await scenes.say(world, hostile)
    await world.write(COMPLETE | {"hpi": hostile})
    page = await scenes.open_visit(browsing)
    for name in ("Note, as it is written", "Chat"):
        await page.get_by_role("button", name=f"Open: {name}").click()
    await expect(page.locator(".question")).to_have_text(hostile)
    await expect(page.locator("[data-section=hpi]")).to_contain_text(hostile)
    assert await page.title() == "Visit · Alcove"
    assert await page.locator("main img, main script").count() == 0


async def test_a_channel_that_answers_nothing_is_left_for_a_new_one(browsing: Browsing, world: World) -> None:
    taken: list[int] = []

    def pass_on(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        first = not taken
        taken.append(1)

        def forward(message: str | bytes) -> None:
            if not (first and '"mark_moment"' in str(message)):
                server.send(message)

        route.on_message(forward)

    await browsing.context.route_web_socket("**/page/live", pass_on)
    page = await browsing.context.new_page()
    await page.clock.install()
    await page.goto(browsing.edge.address + "/page/")
    await page.get_by_role("button", name=scenes.PATIENT).click()
    await scenes.settled(page)
    await page.get_by_role("button", name="Step in").click()
    await expect(page.get_by_text("1 change waits for the gateway")).to_be_visible()
    await page.clock.fast_forward(25_000)
    await expect(page.get_by_role("button", name="Step out")).to_be_visible()
    await scenes.settled(page)
    assert len(taken) == 2
    assert Moment.PROVIDER_IN in world.record.moments


async def test_a_second_tab_does_not_write_beside_the_first(browsing: Browsing, world: World) -> None:
    page = await scenes.open_visit(browsing)
    second = await browsing.open("/page/")
    await expect(second.get_by_text("This page is open in another tab")).to_be_visible()
    await scenes.settled(page)
