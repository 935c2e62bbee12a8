"""The room's half: pairing, consent, Start and Stop; nothing is captured before Start and nothing resumes by itself."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.world import World, ehr_visit, patient
from wire.commands import MarkReady
from wire.record import CaptureStopped, ConsentDecision
from wire.visits import VisitPhase

pytestmark = pytest.mark.anyio

WATCH = """
window.asked = []; window.tracks = [];
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wishes) => {
  window.asked.push(wishes);
  if (window.failing) throw new DOMException('', window.failing);
  const stream = await real(wishes);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
LIVE_TRACKS = "() => window.tracks.filter((track) => track.readyState === 'live').length"


@pytest.fixture
async def room(browsing: Browsing, edge: Edge) -> Page:
    """A paired room whose calls for camera and microphone are counted."""
    await browsing.context.add_init_script(WATCH)
    return await scenes.open_room(browsing, edge)


def capturing(world: World) -> bool:
    """What the record says now."""
    return world.record.capturing


async def asked(page: Page) -> Any:  # noqa: ANN401
    return await page.evaluate("() => window.asked.length")


async def live_tracks(page: Page) -> Any:  # noqa: ANN401
    return await page.evaluate(LIVE_TRACKS)


async def start(page: Page) -> None:
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await expect(page.locator("#on-air")).to_have_text("● Picture and sound on")


async def test_pairing_keeps_a_key_that_cannot_leave(browsing: Browsing, edge: Edge) -> None:
    page = await browsing.open("/room/")
    await page.get_by_label("Code").fill("WRONG")
    await page.get_by_role("button", name="Pair").click()
    await expect(page.get_by_text("This code is wrong, used or too old.")).to_be_visible()
    await page.get_by_label("Code").fill(edge.new_code().lower())
    await page.get_by_role("button", name="Pair").click()
    await expect(page.get_by_role("heading", name="Who is in this room?")).to_be_visible()
    script = """async () => {
      const { load_room } = await import('/static/room/key_store.js');
      const { keys } = await load_room();
      const out = await crypto.subtle.exportKey('jwk', keys.privateKey).then(() => 'exported', () => 'refused');
      return [keys.privateKey.extractable, out, keys.privateKey.algorithm.namedCurve];
    }"""
    assert await page.evaluate(script) == [False, "refused", "P-256"]
    await page.reload()
    await expect(page.get_by_role("heading", name="Who is in this room?")).to_be_visible()
    assert len(edge.requests) == 2  # a session by the kept key, no second pairing


async def test_the_list_names_the_patient_and_nothing_of_the_chart(room: Page) -> None:
    row = room.locator("#visits li")
    await expect(row).to_contain_text("12:00")
    await expect(row).to_contain_text("Okafor, Adaeze")
    await expect(row).to_contain_text("1958-03-14 · ··4471")
    assert "Shortness of breath" not in await room.content()
    assert "Hypertension" not in await room.content()


async def test_nothing_is_captured_before_start(room: Page, world: World) -> None:
    await scenes.choose_patient(room)
    begin = room.get_by_role("button", name="Start", exact=True)
    await expect(begin).to_be_disabled()
    await expect(room.get_by_text("Record that the patient agreed, then Start is possible.")).to_be_visible()
    assert await room.locator("#consent-form input:checked").count() == 0
    await room.get_by_role("button", name="Record the consent").click()
    assert world.record.consent is None  # nothing chosen, nothing recorded
    await scenes.agree(room)
    await expect(begin).to_be_enabled()
    assert await room.locator("select, video").count() == 0
    assert await asked(room) == 0
    await start(room)
    assert await asked(room) == 1
    await expect(room.get_by_label("What the camera sees")).to_be_visible()
    await expect(room.get_by_label("Camera", exact=True)).to_be_visible()
    assert capturing(world)


async def test_stop_ends_every_track(room: Page, world: World) -> None:
    await scenes.choose_patient(room)
    await scenes.agree(room)
    await start(room)
    assert await live_tracks(room) == 2
    await room.get_by_role("button", name="Stop").click()
    assert await live_tracks(room) == 0
    await expect(room.locator("#on-air")).to_have_text("○ Camera and microphone off")
    await scenes.settled(room)
    assert not capturing(world)


async def test_consent_withdrawn_ends_every_track(room: Page, world: World) -> None:
    await scenes.choose_patient(room)
    await scenes.agree(room)
    await start(room)
    await room.get_by_role("button", name="Change").click()
    await expect(room.get_by_label("Withdrawn")).to_be_focused()
    await room.keyboard.press("Space")
    await room.get_by_label("Patient", exact=True).check()
    await room.get_by_label("Verbally").check()
    await room.get_by_role("button", name="Record the consent").click()
    assert await live_tracks(room) == 0
    await expect(room.get_by_text("Patient withdrew the consent verbally").first).to_be_visible()
    await expect(room.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    assert world.record.consent is not None
    assert world.record.consent.decision is ConsentDecision.WITHDRAWN


async def test_another_patient_ends_every_track_and_asks_anew(room: Page, world: World) -> None:
    other = ehr_visit("Encounter/2")
    banner = other.banner.model_copy(update={"patient": patient("Berg, Nils").model_copy(update={"patient_id": "p2"})})
    await world.services.visits.upsert_from_ehr(ehr_visit("Encounter/2", banner=banner))
    await scenes.choose_patient(room)
    await scenes.agree(room)
    await start(room)
    await room.get_by_role("button", name="Patients").click()
    assert await live_tracks(room) == 0
    await room.get_by_role("button", name="Berg, Nils").click()
    await expect(room.get_by_test_id("banner")).to_contain_text("Berg, Nils")
    await expect(room.get_by_test_id("listening")).to_contain_text("No consent is recorded yet.")
    await expect(room.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    assert await asked(room) == 1
    await scenes.settled(room)
    stopped = [
        e.fact for e in world.services.ledger.loaded(world.visit_id).entries if isinstance(e.fact, CaptureStopped)
    ]
    assert [fact.reason for fact in stopped] == ["visit_changed"]


async def test_a_reload_never_resumes_by_itself(room: Page, world: World) -> None:
    await scenes.choose_patient(room)
    await scenes.agree(room)
    await start(room)
    await room.reload()
    await expect(room.get_by_test_id("banner")).to_contain_text(scenes.PATIENT)
    await expect(room.get_by_text("Picture and sound stopped when this page was loaded again.")).to_be_visible()
    await scenes.settled(room)
    assert await asked(room) == 0
    assert not capturing(world)
    await start(room)
    assert capturing(world)
    assert world.record.phase is VisitPhase.LIVE


async def test_capture_goes_on_over_a_short_loss_of_the_gateway(room: Page, edge: Edge, world: World) -> None:
    await scenes.choose_patient(room)
    await scenes.agree(room)
    await start(room)
    edge.disconnect_all()
    await scenes.settled(room)
    assert await live_tracks(room) == 2
    assert capturing(world)
    await room.context.set_offline(True)
    await expect(room.get_by_text("Reconnecting… what you typed is kept")).to_be_visible()
    await room.get_by_role("button", name="Stop").click()
    assert await live_tracks(room) == 0
    await expect(room.get_by_text("1 change waits for the gateway")).to_be_visible()
    await room.context.set_offline(False)
    await scenes.settled(room)
    assert not capturing(world)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("NotAllowedError", "The browser may not use camera and microphone here."),
        ("NotReadableError", "Another program uses the camera or the microphone."),
        ("NotFoundError", "No camera was found."),
        ("TypeError", "Camera and microphone could not be started."),
    ],
)
async def test_a_camera_that_fails_is_said_in_words(room: Page, world: World, error: str, sentence: str) -> None:
    await scenes.choose_patient(room)
    await scenes.agree(room)
    await room.evaluate("(name) => { window.failing = name; }", error)
    await room.get_by_role("button", name="Start", exact=True).click()
    await expect(room.get_by_text(sentence)).to_be_visible()
    assert not capturing(world)
    await room.evaluate("() => { window.failing = ''; }")
    if error == "NotFoundError":
        await room.get_by_label("Sound only").check()
        await room.get_by_label("No camera", exact=True).check()
        await room.get_by_role("button", name="Start", exact=True).click()
        await expect(room.get_by_text("Sound on, picture off").first).to_be_visible()
        assert await live_tracks(room) == 1
    else:
        await start(room)
        assert await live_tracks(room) == 2


async def test_a_refused_start_lets_go_of_the_camera(room: Page, world: World) -> None:
    await scenes.choose_patient(room)
    await scenes.agree(room)
    admission_id = await world.admit()
    assert admission_id
    scenes.accepted(await world.scribe(MarkReady()))  # the note is no draft any more
    await room.get_by_role("button", name="Start", exact=True).click()
    await expect(room.get_by_text("That is not possible any more as things stand.")).to_be_visible()
    assert await asked(room) == 1
    assert await live_tracks(room) == 0


async def test_another_microphone_takes_the_place_of_the_first(room: Page) -> None:
    await scenes.choose_patient(room)
    await scenes.agree(room)
    await start(room)
    choice = room.get_by_label("Microphone", exact=True)
    await choice.select_option(index=1)
    await room.wait_for_function(f"() => window.tracks.length === 3 && ({LIVE_TRACKS})() === 2")


async def test_a_room_that_is_not_paired_any_more_is_asked_for_a_code(room: Page, edge: Edge) -> None:
    edge.room_paired = False
    edge.disconnect_all()
    await expect(room.get_by_text("This browser is not paired as a room any more.")).to_be_visible()
    await expect(room.get_by_label("Code")).to_be_visible()


async def test_a_second_tab_does_not_take_the_room(room: Page, browsing: Browsing) -> None:
    await scenes.choose_patient(room)
    second = await browsing.open("/room/")
    await expect(second.get_by_text("This room is open in another tab")).to_be_visible()
    await expect(room.locator("#link-state")).to_have_text("✓ Connected")


async def test_without_the_gateway_the_room_says_so_and_goes_on_by_itself(browser: Browser, edge: Edge) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    down = True

    async def answer(route: Any) -> None:  # noqa: ANN401
        await (route.abort() if down else route.continue_())

    await page.route("**/.well-known/alcove", answer)
    await page.goto(edge.address + "/room/")
    await expect(page.get_by_text("The practice's gateway does not answer.")).to_be_visible()
    down = False
    await expect(page.get_by_label("Code")).to_be_visible()
    await context.close()
