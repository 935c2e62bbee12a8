"""Whether the picture or the sound of a live feed stands still, from the figures of each second. Pure."""

from dataclasses import dataclass

from desktop.ports import LinkQuality
from wire.capture import Lost

NOTICED_SECONDS = 2
"""So many seconds in a row must be without it."""
SILENCED = 0.9
"""A second of which so much had to be made up was not heard."""


@dataclass(slots=True)
class LossJudge:
    """One feed's losses; a room that never sent a picture lacks none."""

    _had_pictures: bool = False
    _without_pictures: int = 0
    _without_sound: int = 0

    def judge(self, quality: LinkQuality) -> Lost | None:
        """Take the figures of one more second; what is missing now."""
        if quality.fps is not None:
            self._had_pictures |= quality.fps > 0
            self._without_pictures = self._without_pictures + 1 if quality.fps == 0 and self._had_pictures else 0
        silenced = quality.concealed is not None and quality.concealed >= SILENCED
        self._without_sound = self._without_sound + 1 if silenced else 0
        return both(
            Lost.PICTURE if self._without_pictures >= NOTICED_SECONDS else None,
            Lost.SOUND if self._without_sound >= NOTICED_SECONDS else None,
        )


def both(one: Lost | None, other: Lost | None) -> Lost | None:
    """What is missing when each of them is."""
    if one is None or other is None or one is other:
        return one or other
    return Lost.BOTH
