"""What the room says of itself in an offer: lost sound is sent again, whichever way its codecs are numbered."""

import pytest
from playwright.async_api import Page

from tests.gateway.pages.test_modules import call, page

__all__ = ["page"]
pytestmark = pytest.mark.anyio
OFFERED = """async (picky) => {
  const { add_tracks, set_offer } = await import("/static/room/lines.js");
  const pc = new RTCPeerConnection();
  add_tracks(pc, new MediaStream());
  if (picky) {
    const set = pc.setLocalDescription.bind(pc);
    pc.setLocalDescription = async (description) => {
      if (/m=audio[^]*nack[^]*m=video/.test(description.sdp)) throw new TypeError("not as it was made");
      await set(description);
    };
  }
  await set_offer(pc);
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
        "a=rtpmap:9 G/8",
    )
    plain = "\r\n".join((*lines, ""))
    said = await call(page, "room/lines.js", "m.with_repeated_sound(a)", plain)
    assert said.split("\r\n") == [
        "m=audio 9 X 7 8 9", "a=rtpmap:7 opus/48000/2", "a=rtcp-fb:7 nack", "a=fmtp:7 x", "a=rtpmap:8 red/48000/2",
        "a=rtcp-fb:8 nack", "a=rtpmap:9 G/8", "",
    ]  # fmt: skip


async def test_the_browser_takes_such_an_offer_as_its_own(page: Page) -> None:
    sdp = await page.evaluate(OFFERED, False)
    sound = sdp[sdp.index("m=audio") : sdp.index("m=video")]
    numbers = [line.split(":")[1].split(" ")[0] for line in sound.split("\r\n") if line.endswith("/48000/2")]
    assert len(numbers) == 2
    assert all(f"a=rtcp-fb:{number} nack\r\n" in sound for number in numbers)


async def test_a_browser_that_takes_no_changed_offer_offers_its_own(page: Page) -> None:
    sdp = await page.evaluate(OFFERED, True)
    assert "nack" not in sdp[sdp.index("m=audio") : sdp.index("m=video")]
