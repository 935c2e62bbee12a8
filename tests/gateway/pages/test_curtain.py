"""The privacy curtain and the modality: hidden at once, opened when that is recorded, kept over Stop and a reload."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.pages.test_room import WATCH, asked, start
from tests.gateway.world import World
from wire.capture import Curtain, Modality, SoundOnly
from wire.record import CurtainChanged, ModalitySet

pytestmark = pytest.mark.anyio
ENABLED = (
    "() => window.tracks.filter((track) => track.readyState === 'live').map((track) => [track.kind, track.enabled])"
)


@pytest.fixture
async def room(browsing: Browsing, edge: Edge) -> Page:
    """A paired room with a patient who agreed."""
    await browsing.context.add_init_script(WATCH)
    page = await scenes.open_room(browsing, edge)
    await scenes.choose_patient(page)
    await scenes.agree(page)
    return page


async def sent(page: Page) -> dict[str, bool]:
    """Which kinds of track let something through."""
    found: list[tuple[str, bool]] = await page.evaluate(ENABLED)
    return dict(found)


def facts(world: World, kind: type) -> list[Any]:
    entries = world.services.ledger.loaded(world.visit_id).entries
    return [entry.fact for entry in entries if isinstance(entry.fact, kind)]


def curtain(page: Page, name: str) -> Any:  # noqa: ANN401
    return page.get_by_role("group", name="Privacy curtain").get_by_role("button", name=name)


async def test_the_curtain_hides_picture_or_both_and_is_recorded(room: Page, world: World) -> None:
    await start(room)
    await expect(curtain(room, "✓ Open")).to_have_attribute("aria-pressed", "true")
    await curtain(room, "Picture off").press("Enter")
    assert await sent(room) == {"video": False, "audio": True}
    await expect(curtain(room, "✓ Picture off")).to_be_focused()
    await expect(room.locator("#on-air")).to_have_text("● Sound on, picture off")
    await expect(room.get_by_text("Nobody sees this room. The sound goes on. Since 12:00")).to_be_visible()
    await curtain(room, "Picture and sound off").click()
    assert await sent(room) == {"video": False, "audio": False}
    await expect(room.locator("#on-air")).to_have_text("● Nothing leaves this room")
    await curtain(room, "Open").click()
    await expect(room.locator("#on-air")).to_have_text("● Picture and sound on")
    assert await sent(room) == {"video": True, "audio": True}
    assert [fact.curtain for fact in facts(world, CurtainChanged)] == [
        Curtain.PICTURE_OFF,
        Curtain.ALL_OFF,
        Curtain.OPEN,
    ]
    assert [interval.curtain for interval in world.record.curtains] == [Curtain.PICTURE_OFF, Curtain.ALL_OFF]


async def test_without_the_gateway_it_is_drawn_at_once_and_opens_when_that_is_recorded(
    room: Page, world: World
) -> None:
    await start(room)
    await scenes.settled(room)
    await room.context.set_offline(True)
    await expect(room.get_by_text("Reconnecting… what you typed is kept")).to_be_visible()
    await curtain(room, "Picture and sound off").click()
    assert await sent(room) == {"video": False, "audio": False}
    await curtain(room, "Open").click()
    await expect(room.get_by_text("The curtain opens when the gateway has recorded it.")).to_be_visible()
    assert await sent(room) == {"video": False, "audio": False}
    assert facts(world, CurtainChanged) == []
    await room.context.set_offline(False)
    await expect(room.locator("#on-air")).to_have_text("● Picture and sound on")
    assert await sent(room) == {"video": True, "audio": True}
    assert [fact.curtain for fact in facts(world, CurtainChanged)] == [Curtain.ALL_OFF, Curtain.OPEN]


async def test_a_drawn_curtain_stays_drawn_over_stop_start_reload_and_another_camera(room: Page, world: World) -> None:
    await start(room)
    await curtain(room, "Picture off").click()
    await scenes.settled(room)
    await room.get_by_role("button", name="Stop").click()
    await room.get_by_role("button", name="Start", exact=True).click()
    await expect(room.locator("#on-air")).to_have_text("● Sound on, picture off")
    await curtain(room, "Picture and sound off").click()
    await scenes.settled(room)
    await room.reload()
    await expect(curtain(room, "✓ Picture and sound off")).to_be_visible()
    await room.get_by_role("button", name="Start", exact=True).click()
    await expect(room.locator("#on-air")).to_have_text("● Nothing leaves this room")
    await room.get_by_label("Microphone", exact=True).select_option(index=1)
    await room.wait_for_function("() => window.tracks.length === 3")
    await scenes.settled(room)
    assert await sent(room) == {"video": False, "audio": False}
    assert world.record.curtain is Curtain.ALL_OFF


async def test_sound_only_asks_for_no_camera_and_says_why(room: Page, world: World) -> None:
    await room.get_by_label("Phone on speaker").check()
    await room.get_by_label("Sound only").check()
    begin = room.get_by_role("button", name="Start", exact=True)
    await expect(begin).to_be_disabled()
    await expect(room.get_by_text("Say why there is no picture")).to_be_visible()
    await room.get_by_label("Nothing to see").check()
    await begin.click()
    await expect(room.locator("#on-air")).to_have_text("● Sound on, picture off")
    assert await asked(room) == 1
    assert await room.evaluate("() => window.asked[0].video") is False
    await expect(room.get_by_text("Phone on speaker · sound only: Nothing to see")).to_be_visible()
    await scenes.settled(room)
    wanted = ModalitySet(modality=Modality.PHONE, sound_only=SoundOnly.NOTHING_TO_SEE)
    assert facts(world, ModalitySet) == [wanted]
    await room.get_by_role("button", name="Stop").click()
    await expect(room.get_by_label("Phone on speaker")).to_be_checked()
    await expect(room.get_by_label("Nothing to see")).to_be_checked()


TAB = """
window.tab = new AudioContext(); window.level = 0;
navigator.mediaDevices.getDisplayMedia = async (wishes) => {
  window.shared = wishes;
  if (window.refusing) throw new DOMException('', 'NotAllowedError');
  const tone = new OscillatorNode(window.tab, { frequency: 700 });
  const target = window.tab.createMediaStreamDestination();
  tone.connect(target); tone.start();
  return window.soundless ? new MediaStream() : target.stream;
};
"""


async def test_a_shared_tab_is_mixed_with_the_microphone_and_goes_with_stop(room: Page) -> None:
    await room.evaluate(TAB)
    await room.get_by_label("Video visit").check()
    await start(room)
    add = room.get_by_role("button", name="Add the tab's sound")
    await room.evaluate("() => { window.refusing = true; }")
    await add.click()
    await expect(room.get_by_text("No tab was shared")).to_be_visible()
    await room.evaluate("() => { window.refusing = false; window.soundless = true; }")
    await add.click()
    await expect(room.get_by_text("The tab was shared without its sound.")).to_be_visible()
    await room.evaluate("() => { window.soundless = false; }")
    await add.click()
    await expect(room.get_by_text("✓ The shared tab is heard too.")).to_be_visible()
    await expect(room.get_by_text("without its sound")).to_have_count(0)
    await expect(room.locator("#on-air")).to_have_text("● Picture and sound on")
    await room.get_by_role("button", name="Stop").click()
    await expect(room.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert await room.evaluate("() => window.tracks.every((track) => track.readyState === 'ended')")


async def test_a_browser_that_cannot_share_a_tab_says_what_to_do(room: Page) -> None:
    await room.evaluate("() => { navigator.mediaDevices.getDisplayMedia = undefined; }")
    await room.get_by_label("Video visit").check()
    await start(room)
    await expect(room.get_by_text("Put the video visit on the loudspeaker")).to_be_visible()
    await expect(room.get_by_role("button", name="Add the tab's sound")).to_have_count(0)
