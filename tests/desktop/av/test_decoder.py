"""The decoder's thread: pictures in order with their times, a broken frame is said and the next ones go on."""

import asyncio
import queue
import threading
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from aiortc.codecs import CODECS
from aiortc.jitterbuffer import JitterFrame

from desktop.av.decoder import decode_all
from desktop.av.rtc_receiver import install

pytestmark = pytest.mark.anyio
SIZE = (320, 180)
VP8 = next(codec for codec in CODECS["video"] if codec.name == "VP8")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def encoded(count: int) -> list[bytes]:
    """A grey that gets lighter, as VP8 frames; the first one alone is a key frame."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt, encoder.time_base, encoder.bit_rate = "yuv420p", Fraction(1, 30), 500_000
    encoder.options = {"deadline": "realtime", "lag-in-frames": "0", "g": "3000"}
    made: list[bytes] = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.full((SIZE[1], SIZE[0], 3), 40 + 5 * number, np.uint8), format="rgb24")
        frame.pts = number
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made


async def decoded(frames: list[bytes]) -> tuple[list[Any], threading.Event]:
    """What the thread passes on of these frames, up to the end, and whether it said that one failed."""
    install()
    given: queue.Queue[Any] = queue.Queue()
    taken: asyncio.Queue[Any] = asyncio.Queue()
    failed = threading.Event()
    for number, data in enumerate(frames):
        given.put((VP8, JitterFrame(data=data, timestamp=3_000 * number)))
    given.put(None)
    thread = threading.Thread(target=decode_all, args=(asyncio.get_running_loop(), given, taken, failed))
    thread.start()
    pictures = []
    async with asyncio.timeout(20):
        while (picture := await taken.get()) is not None:
            pictures.append(picture)
    thread.join(10)
    assert not thread.is_alive()
    return pictures, failed


async def test_every_frame_gives_its_picture_at_once_with_its_time() -> None:
    pictures, failed = await decoded(encoded(12))
    assert [picture.pts for picture in pictures] == [3_000 * number for number in range(12)]
    lightness = [float(picture.to_ndarray(format="gray").mean()) for picture in pictures]
    assert lightness == pytest.approx([40 + 5 * number for number in range(12)], abs=4)
    assert not failed.is_set()


async def test_a_frame_that_is_none_is_said_and_the_next_ones_are_decoded() -> None:
    frames = encoded(4)
    pictures, failed = await decoded([frames[0], b"\x01", *frames[1:]])
    assert failed.is_set()
    assert [picture.pts // 3_000 for picture in pictures][-3:] == [2, 3, 4]


async def test_a_loop_that_was_closed_ends_the_thread() -> None:
    install()
    loop = asyncio.new_event_loop()
    loop.close()
    given: queue.Queue[Any] = queue.Queue()
    given.put((VP8, JitterFrame(data=encoded(1)[0], timestamp=0)))
    thread = threading.Thread(target=decode_all, args=(loop, given, asyncio.Queue(), threading.Event()))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
