"""What the picture gives up on a narrow uplink: first its smoothness, then, when the rate stays low, its size."""

import pytest
from playwright.async_api import Page

from tests.gateway.pages.test_modules import call, page

__all__ = ["page"]
pytestmark = pytest.mark.anyio
WALK = """a.reduce((states, share) => [...states, m.after_look(states.at(-1), share)], [m.SHARP])
  .map((one) => one.preference)"""
WHOLE, SMALL = "maintain-resolution", "balanced"
SENT = """async () => {
  const { add_tracks } = await import("/static/room/lines.js");
  const pc = new RTCPeerConnection();
  add_tracks(pc, new MediaStream());
  await new Promise((resolve) => setTimeout(resolve, 50));
  const video = pc.getTransceivers().find((one) => one.receiver.track.kind === "video");
  const found = video.sender.getParameters().degradationPreference;
  pc.close();
  return found;
}"""


@pytest.mark.parametrize(
    ("shares", "preference"),
    [
        ([1.0, 0.9, 0.6], WHOLE),
        ([0.1, 0.1], WHOLE),
        ([0.1, 0.1, 0.1], SMALL),
        ([0.1, 0.1, 0.4, 0.1, 0.1], WHOLE),
        ([0.1] * 3 + [0.4] * 20, SMALL),
        ([0.1] * 3 + [0.6] * 4, SMALL),
        ([0.1] * 3 + [0.6] * 4 + [0.3] + [0.6] * 4, SMALL),
        ([0.1] * 3 + [0.6] * 5, WHOLE),
    ],
)
async def test_the_size_goes_only_when_the_rate_stays_low(page: Page, shares: list[float], preference: str) -> None:
    assert (await call(page, "room/sharpness.js", WALK, shares))[-1] == preference


async def test_a_room_sends_a_picture_that_can_be_read_from_the_start(page: Page) -> None:
    assert await page.evaluate(SENT) == WHOLE
