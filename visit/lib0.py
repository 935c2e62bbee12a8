"""Reads lib0's binary primitives (github.com/dmonad/lib0: variable-length integers and strings), bounded."""

MAX_CLIENT_ID = 2**53 - 1
MAX_CLOCK = 2**31 - 1
_MAX_VARINT_BYTES = 8


class Malformed(Exception):
    """The bytes are not what a lib0 encoder writes; caught where the reading began."""


class Reader:
    """A cursor over untrusted bytes. Every read is bounded by what is there; Malformed when it does not fit."""

    __slots__ = ("_data", "_position")

    def __init__(self, untrusted: bytes) -> None:
        self._data = untrusted
        self._position = 0

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._position == len(self._data)

    def byte(self) -> int:
        """One byte."""
        if self._position >= len(self._data):
            raise Malformed
        self._position += 1
        return self._data[self._position - 1]

    def uint(self, largest: int = MAX_CLOCK) -> int:
        """A variable-length unsigned integer in its shortest form, at most `largest`."""
        value = self.byte()
        if value >= 0x80:
            value = self._long_uint(value & 0x7F)
        if value > largest:
            raise Malformed
        return value

    def string(self, most_bytes: int) -> str:
        """A string behind its length in bytes: strict UTF-8, so no surrogate halves."""
        length = self.uint(most_bytes)
        end = self._position + length
        if end > len(self._data):
            raise Malformed
        taken = self._data[self._position : end]
        self._position = end
        try:
            return taken.decode()
        except UnicodeDecodeError:
            raise Malformed from None

    def _long_uint(self, value: int) -> int:
        for shift in range(7, 7 * _MAX_VARINT_BYTES, 7):
            more = self.byte()
            value |= (more & 0x7F) << shift
            if more < 0x80:
                if more == 0:  # a longer form of a smaller number: no encoder writes it
                    raise Malformed
                return value
        raise Malformed
