"""A time in the visit that a note, an order or a question can point to: what was said then can be heard again."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

IN_TEXT = re.compile(r"\[[^\[\]\d]{0,20}(?P<marked>\d[\d:]*)\]|▸ ?(?P<time>\d[\d:]*)")
WRITTEN = re.compile(r"^(?:(\d{1,2}):)?([0-9]{1,2}):([0-5]\d)$")


@dataclass(frozen=True, slots=True, order=True)
class TimeAnchor:
    """Milliseconds since the room first pressed Start."""

    ms: int

    @classmethod
    def of(cls, at: datetime, started: datetime) -> Self:
        """The anchor of an instant; what was before Start is at Start."""
        return cls(max(0, round((at - started) / timedelta(milliseconds=1))))

    @classmethod
    def read(cls, untrusted_text: str) -> Self | None:
        """An anchor as it is written, `12:41` or `1:02:03`; None for anything else."""
        found = WRITTEN.match(untrusted_text.strip())
        if found is None or (found[1] and int(found[2]) > 59):
            return None
        return cls((int(found[1] or 0) * 3_600 + int(found[2]) * 60 + int(found[3])) * 1_000)

    @classmethod
    def at_place(cls, text: str, place: int) -> Self | None:
        """The anchor that is written in a line around a place, brackets and the word before it included."""
        for found in IN_TEXT.finditer(text):
            if found.start() <= place <= found.end():
                return cls.read(found["marked"] or found["time"])
        return None

    def at(self, started: datetime) -> datetime:
        """The instant."""
        return started + timedelta(milliseconds=self.ms)

    def __str__(self) -> str:
        """As it is written: minutes and seconds, with hours where there are any."""
        minutes, seconds = divmod(self.ms // 1_000, 60)
        hours, rest = divmod(minutes, 60)
        return f"{hours}:{rest:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
