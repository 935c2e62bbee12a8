"""The thread that decodes pictures, in place of aiortc's: FFmpeg's own VP8 decoder, and one step to the event loop.

aiortc 1.16 decodes by libvpx, whose frames FFmpeg copies, and wraps each frame in a coroutine for the event loop.
"""

import asyncio
import contextlib
import queue
import threading
from fractions import Fraction
from typing import Any

import av
from aiortc.codecs import get_decoder as aiortc_decoder
from av.video.codeccontext import VideoCodecContext

TICK = Fraction(1, 90_000)


class Vp8Decoder:
    """One stream's decoder; whole frames in order, from a key frame on."""

    def __init__(self) -> None:
        self._context = VideoCodecContext.create("vp8", "r")
        self._context.thread_count = 1  # more threads only keep frames back

    def decode(self, untrusted_frame: Any) -> list[Any]:  # noqa: ANN401  # aiortc's JitterFrame
        """The pictures (av.VideoFrame) that a frame gives; av.FFmpegError when it is none."""
        packet = av.Packet(untrusted_frame.data)
        packet.pts, packet.time_base = untrusted_frame.timestamp, TICK
        return list(self._context.decode(packet))


def decoder_of(codec: Any) -> Any:  # noqa: ANN401  # aiortc's codec parameters
    """What decodes a codec's frames."""
    return Vp8Decoder() if codec.name == "VP8" else aiortc_decoder(codec)


def decode_all(
    loop: asyncio.AbstractEventLoop,
    encoded: "queue.Queue[tuple[Any, Any] | None]",
    decoded: "asyncio.Queue[Any]",
    failed: threading.Event,
) -> None:
    """Run until `encoded` gives None, which is passed on; a frame that cannot be decoded sets `failed`."""
    import aiortc.rtcrtpreceiver  # the decoder is looked up there, as aiortc's own thread does

    name = ""
    decoder: Any = None
    with contextlib.suppress(RuntimeError):  # the loop was closed first: nobody waits
        while (task := encoded.get()) is not None:
            codec, frame = task
            if codec.name != name:
                name, decoder = codec.name, aiortc.rtcrtpreceiver.get_decoder(codec)  # type: ignore[attr-defined]
            try:
                pictures = decoder.decode(frame)
            except av.FFmpegError:
                failed.set()
                continue
            for picture in pictures:
                loop.call_soon_threadsafe(decoded.put_nowait, picture)
        loop.call_soon_threadsafe(decoded.put_nowait, None)
