"""Opus for the line to the room (RFC 6716): one voice, 20 ms a packet, with in-band FEC against the loss of one."""

import ctypes
from functools import cache
from typing import Any

from desktop.av.opus import MAX_PACKET_BYTES, RATE, library

FRAME_SAMPLES = 960
"""20 ms."""
FRAME_BYTES = 2 * FRAME_SAMPLES
"""16-bit mono."""
_VOIP = 2048
_RESET = 4028
_SETTINGS = ((4002, 32_000), (4012, 1), (4014, 10), (4024, 3001))
"""Bits a second; in-band FEC for one packet in ten lost; the signal is a voice (opus_defines.h)."""


class OpusEncoder:
    """One stream's encoder. Not thread-safe."""

    def __init__(self) -> None:
        self._library = _encoding()
        failed = ctypes.c_int()
        self._state = self._library.opus_encoder_create(RATE, 1, _VOIP, ctypes.byref(failed))
        if failed.value != 0 or not self._state:
            raise MemoryError("libopus gave no encoder")
        for request, value in _SETTINGS:
            self._library.opus_encoder_ctl(self._state, request, ctypes.c_int32(value))
        self._room = ctypes.create_string_buffer(MAX_PACKET_BYTES)

    def encode(self, samples: bytes) -> bytes:
        """A packet of FRAME_BYTES of 16-bit mono sound at 48 kHz."""
        if len(samples) != FRAME_BYTES:
            raise ValueError("20 ms of sound at a time")
        made = self._library.opus_encode(self._state, samples, FRAME_SAMPLES, self._room, MAX_PACKET_BYTES)
        if made <= 0:
            raise ValueError(f"libopus: {made}")
        return self._room.raw[:made]

    def reset(self) -> None:
        """Forget what was encoded: the next press begins with nothing of the last one."""
        self._library.opus_encoder_ctl(self._state, _RESET)

    def close(self) -> None:
        """Free the encoder."""
        state, self._state = self._state, None
        if state:
            self._library.opus_encoder_destroy(state)


@cache
def _encoding() -> Any:  # noqa: ANN401  # a C library
    loaded = library()
    loaded.opus_encoder_create.argtypes = [ctypes.c_int32, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
    loaded.opus_encoder_create.restype = ctypes.c_void_p
    loaded.opus_encoder_destroy.argtypes = [ctypes.c_void_p]
    loaded.opus_encoder_destroy.restype = None
    loaded.opus_encoder_ctl.argtypes = [ctypes.c_void_p, ctypes.c_int]  # the value is variadic
    loaded.opus_encoder_ctl.restype = ctypes.c_int
    parts: list[Any] = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int32]
    loaded.opus_encode.argtypes = parts
    loaded.opus_encode.restype = ctypes.c_int
    return loaded
