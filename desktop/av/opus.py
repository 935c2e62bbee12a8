"""Opus by libopus itself (RFC 6716): FFmpeg's decoder has no call for a packet that did not come.

The library is the one that PyAV brings, else the system's. It is called through ctypes, which lets other threads run.
"""

import ctypes
import ctypes.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Sound at 48 kHz: (count, 2), -1..1."""
Packet = bytes | NDArray[np.uint8]
"""One packet; as an array it is decoded where it lies, without a copy."""

RATE = 48_000
CHANNELS = 2
MAX_SAMPLES = 5_760
"""120 ms, the longest packet."""
MAX_PACKET_BYTES = 1_500
_OK = 0


class OpusError(ValueError):
    """The packet is not Opus: our fault never, the sender's or the network's."""


class OpusDecoder:
    """One stream's decoder; a packet leaves traces in it, so they are given in order. Not thread-safe."""

    def __init__(self) -> None:
        self._library = library()
        failed = ctypes.c_int()
        self._state = self._library.opus_decoder_create(RATE, CHANNELS, ctypes.byref(failed))
        if failed.value != _OK or not self._state:
            raise MemoryError("libopus gave no decoder")
        self._room = np.zeros((MAX_SAMPLES, CHANNELS), np.float32)
        self._place = self._room.ctypes.data_as(ctypes.POINTER(ctypes.c_float))

    def decode(self, untrusted_packet: Packet) -> Samples:
        """The packet's sound; OpusError when it is none."""
        return self._decode(untrusted_packet, MAX_SAMPLES, fec=0)

    def recover(self, untrusted_next_packet: Packet, samples: int) -> Samples:
        """The sound of the packet before, from its coarse copy in the next one (in-band FEC); concealed without one."""
        return self._decode(untrusted_next_packet, samples, fec=1)

    def conceal(self, samples: int) -> Samples:
        """Sound for a packet that is lost: what was heard goes on, and fades. A multiple of 2.5 ms (120 samples)."""
        return self._decode(None, samples, fec=0)

    def close(self) -> None:
        """Free the decoder."""
        state, self._state = self._state, None
        if state:
            self._library.opus_decoder_destroy(state)

    def _decode(self, packet: Packet | None, samples: int, fec: int) -> Samples:
        if packet is not None and not 0 < len(packet) <= MAX_PACKET_BYTES:
            raise OpusError("size")
        length = 0 if packet is None else len(packet)
        data = packet.ctypes.data if isinstance(packet, np.ndarray) else packet
        made = self._library.opus_decode_float(self._state, data, length, self._place, samples, fec)
        if made < 0:
            raise OpusError(str(made))
        return self._room[:made].copy()


def samples_in(untrusted_packet: bytes) -> int:
    """How many samples at 48 kHz a packet holds; 0 when it is not Opus."""
    if not untrusted_packet:
        return 0
    return max(0, int(library().opus_packet_get_nb_samples(untrusted_packet, len(untrusted_packet), RATE)))


@cache
def library() -> Any:  # noqa: ANN401  # a C library
    """libopus; OSError when there is none."""
    import av

    found = sorted(Path(av.__file__).parent.parent.joinpath("av.libs").glob("*opus*"))
    loaded = ctypes.CDLL(str(found[0]) if found else ctypes.util.find_library("opus") or "libopus.so.0")
    loaded.opus_decoder_create.argtypes = [ctypes.c_int32, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
    loaded.opus_decoder_create.restype = ctypes.c_void_p
    loaded.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
    loaded.opus_decoder_destroy.restype = None
    floats = ctypes.POINTER(ctypes.c_float)
    parts: list[Any] = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, floats, ctypes.c_int, ctypes.c_int]
    loaded.opus_decode_float.argtypes = parts
    loaded.opus_decode_float.restype = ctypes.c_int
    loaded.opus_packet_get_nb_samples.argtypes = [ctypes.c_char_p, ctypes.c_int32, ctypes.c_int32]
    loaded.opus_packet_get_nb_samples.restype = ctypes.c_int
    return loaded
