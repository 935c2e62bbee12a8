"""What the room says of itself in an offer: lost sound is sent again, whichever way its codecs are numbered."""

import pytest
from playwright.async_api import Page

from tests.gateway.pages.test_modules import call, page

__all__ = ["page"]
pytestmark = pytest.mark.anyio
OFFERED = """async () => {
  const { add_tracks, make_offer } = await import("/static/room/lines.js");
  const pc = new RTCPeerConnection();
  add_tracks(pc, new MediaStream());
  const offer = await make_offer(pc);
  await pc.setLocalDescription(offer);
  const { sdp } = pc.localDescription;
  pc.close();
  return sdp;
}"""


async def test_each_sound_codec_that_we_take_says_so_and_no_other_line_changes(page: Page) -> None:
    lines = (
        "m=audio 9 X 7 8 9",
        "a=rtpmap:7 opus/48000/2",
        "a=fmtp:7 x",
        "a=rtpmap:8 red/48000/2",
        "a=rtpmap:9 G722/8000",
    )
    plain = "\r\n".join((*lines, ""))
    said = await call(page, "room/lines.js", "m.with_repeated_sound(a)", plain)
    assert said.split("\r\n") == [
        "m=audio 9 X 7 8 9", "a=rtpmap:7 opus/48000/2", "a=rtcp-fb:7 nack", "a=fmtp:7 x", "a=rtpmap:8 red/48000/2",
        "a=rtcp-fb:8 nack", "a=rtpmap:9 G/8", "",
    ]  # fmt: skip


async def test_the_browser_takes_such_an_offer_as_its_own(page: Page) -> None:
    sdp = await page.evaluate(OFFERED)
    sound = sdp[sdp.index("m=audio") : sdp.index("m=video")]
    numbers = [line.split(":")[1].split(" ")[0] for line in sound.split("\r\n") if line.endswith("/48000/2")]
    assert len(numbers) == 2
    assert all(f"a=rtcp-fb:{number} nack\r\n" in sound for number in numbers)
