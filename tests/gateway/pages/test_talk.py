"""Talk-back on the page: what an answer may send, who is said to speak, and what the scribe is told of it."""

import asyncio
import math
from array import array

import pytest
from aiortc import RTCSessionDescription
from playwright.async_api import Page, expect

from desktop.av.talk import TalkLine, awake
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.test_media import Listener, listener, loopback, room
from tests.gateway.pages.test_modules import call, page

__all__ = ["listener", "loopback", "page", "room"]
pytestmark = pytest.mark.anyio
HEAD = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
AUDIO, VIDEO = "m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=video 9 UDP/TLS/RTP/SAVPF 96"


def sdp(audio: list[str], video: list[str], session: list[str] | None = None, more: list[str] | None = None) -> str:
    return "\r\n".join([*HEAD, *(session or []), AUDIO, *audio, VIDEO, *video, *(more or [])]) + "\r\n"


ALLOWED = {
    "both receive": sdp(["a=recvonly"], ["a=recvonly"]),
    "sound is sent": sdp(["a=mid:0", "a=sendrecv"], ["a=mid:1", "a=recvonly"]),
    "no picture at all": sdp(["a=sendrecv"], ["a=inactive"]),
    "nothing at all": sdp(["a=inactive"], ["a=inactive"]),
    "video first": "\r\n".join([*HEAD, VIDEO, "a=recvonly", AUDIO, "a=sendrecv", ""]),
    "bare line ends": sdp(["a=sendrecv"], ["a=recvonly"]).replace("\r\n", "\n"),
}
REFUSED = {
    "a picture is sent": sdp(["a=sendrecv"], ["a=sendrecv"]),
    "only a picture is sent": sdp(["a=recvonly"], ["a=sendonly"]),
    "sound is only sent": sdp(["a=sendonly"], ["a=recvonly"]),
    "the video line says nothing, which means both": sdp(["a=sendrecv"], ["a=mid:1"]),
    "the audio line says nothing": sdp(["a=mid:0"], ["a=recvonly"]),
    "said twice": sdp(["a=sendrecv"], ["a=recvonly", "a=sendrecv"]),
    "said twice, alike": sdp(["a=sendrecv"], ["a=recvonly", "a=recvonly"]),
    "said for all": sdp(["a=sendrecv"], ["a=recvonly"], session=["a=sendrecv"]),
    "something follows the word": sdp(["a=sendrecv"], ["a=recvonly", "a=sendrecv:x"]),
    "a blank follows the word": sdp(["a=sendrecv"], ["a=recvonly", "a=sendrecv "]),
    "in capitals": sdp(["a=sendrecv"], ["a=RECVONLY"]),
    "a lone carriage return": sdp(["a=sendrecv"], ["a=recvonly\ra=sendrecv"]),
    "a second video line": sdp(["a=sendrecv"], ["a=recvonly"], more=[VIDEO, "a=recvonly"]),
    "a second audio line": sdp(["a=sendrecv"], ["a=recvonly"], more=[AUDIO, "a=sendrecv"]),
    "a data channel": sdp(["a=sendrecv"], ["a=recvonly"], more=["m=application 9 UDP/DTLS/SCTP webrtc-datachannel"]),
    "no video line": "\r\n".join([*HEAD, AUDIO, "a=sendrecv", ""]),
    "empty": "",
}


async def test_an_answer_may_send_sound_and_never_a_picture(page: Page) -> None:
    said = {"allowed": list(ALLOWED.values()), "refused": list(REFUSED.values())}
    script = "({allowed: a.allowed.map(m.sends_sound_at_most), refused: a.refused.map(m.sends_sound_at_most)})"
    ours = await call(page, "room/binding.js", script, said)
    assert [name for name, taken in zip(ALLOWED, ours["allowed"], strict=True) if not taken] == []
    assert [name for name, taken in zip(REFUSED, ours["refused"], strict=True) if taken] == []


def tone(start: int) -> bytes:
    """20 ms of 600 Hz."""
    return array("h", (round(12_000 * math.sin(math.tau * 600 * (start + n) / 48_000)) for n in range(960))).tobytes()


async def talk(line: TalkLine, seconds: float) -> None:
    line.begin(awake())
    for number in range(round(seconds / 0.02)):
        line.put(tone(number * 960))
        await asyncio.sleep(0.02)


async def heard(listener: Listener) -> bool:
    signal = await listener.signal()
    assert signal["type"] == "talk_heard", signal
    assert signal["connection_id"] == listener.connection_id
    return bool(signal["heard"])


@pytest.fixture
async def line(listener: Listener) -> TalkLine:
    """A line to the room, negotiated with the connection."""
    made = TalkLine()
    listener.pc.addTransceiver(made, direction="sendrecv")
    await listener.ready()
    offer = await listener.offer()
    await listener.pc.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
    await listener.pc.setLocalDescription(await listener.pc.createAnswer())
    await listener.send(listener.signed(listener.claims(offer), listener.pc.localDescription.sdp))
    return made


async def test_the_room_is_told_who_speaks_while_sound_comes_and_the_scribe_that_she_is_heard(
    room: Page, listener: Listener, line: TalkLine, browsing: Browsing
) -> None:
    async with asyncio.timeout(15):
        while listener.pc.connectionState != "connected":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    banner = room.get_by_test_id("talk")
    await expect(banner).to_be_hidden()
    talking = asyncio.create_task(talk(line, 2.0))
    assert await heard(listener)
    await expect(banner).to_have_text("● Sam Scribe is speaking to the room")
    await expect(banner).to_be_visible()
    await talking
    assert not await heard(listener)
    await expect(banner).to_be_hidden()


async def test_nobody_speaks_any_more_when_the_room_stops(
    room: Page, listener: Listener, line: TalkLine, browsing: Browsing
) -> None:
    talking = asyncio.create_task(talk(line, 4.0))
    assert await heard(listener)
    await room.get_by_role("button", name="Stop").click()
    await expect(room.get_by_test_id("talk")).to_be_hidden()
    talking.cancel()
