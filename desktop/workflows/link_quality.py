"""How good the connection to the room is, in one of three words that do not flicker. Pure: one call a second."""

from dataclasses import dataclass, field
from enum import StrEnum

from desktop.ports import LinkQuality

WORSE_AFTER, BETTER_AFTER = 2, 5
"""So many seconds in a row must say so before the word changes."""
RETURN = 0.8
"""A word gets better only when the figures are this much inside its limits."""


class LinkGrade(StrEnum):
    """From best to worst."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class Weakness(StrEnum):
    """What is worst about it."""

    NONE = "none"
    CONCEALED = "concealed"
    """Speech had to be made up."""
    LOSS = "loss"
    SLOW = "slow"
    FEW_PICTURES = "few_pictures"
    EASING = "easing"
    """It has got better; the word follows when it stays so."""


LIMITS = {
    Weakness.CONCEALED: (0.005, 0.03),
    Weakness.LOSS: (0.02, 0.10),
    Weakness.SLOW: (250.0, 500.0),
}
"""Beyond the first it is fair, beyond the second poor; speech that is made up counts long before lost packets do."""
FEW_PICTURES = (15.0, 5.0)
ORDER = list(LinkGrade)


@dataclass(slots=True)
class LinkJudge:
    """One feed's word."""

    grade: LinkGrade = LinkGrade.GOOD
    weakness: Weakness = Weakness.NONE
    _candidate: LinkGrade = LinkGrade.GOOD
    _seconds: int = field(default=0)

    def judge(self, quality: LinkQuality) -> None:
        """Take the figures of one more second."""
        found, weakness = worst(quality)
        if ORDER.index(found) < ORDER.index(self.grade):
            found, weakness = worst(quality, RETURN)
        if found is self.grade:
            self._seconds = 0
            self.weakness = weakness
            return
        self._seconds = self._seconds + 1 if found is self._candidate else 1
        self._candidate = found
        if ORDER.index(found) < ORDER.index(self.grade):
            self.weakness = Weakness.EASING
        needed = WORSE_AFTER if ORDER.index(found) > ORDER.index(self.grade) else BETTER_AFTER
        if self._seconds >= needed:
            self.grade, self.weakness, self._seconds = found, weakness, 0


def worst(quality: LinkQuality, share: float = 1.0) -> tuple[LinkGrade, Weakness]:
    """The grade of one second, and what makes it so; with a smaller share the limits are stricter."""
    figures = {
        Weakness.CONCEALED: quality.concealed,
        Weakness.LOSS: quality.loss,
        Weakness.SLOW: quality.rtt_ms,
    }
    found = [(_grade(figures[name], LIMITS[name], share), name) for name in LIMITS]
    found.append((_picture_grade(quality, share), Weakness.FEW_PICTURES))
    grade, weakness = max(found, key=lambda one: ORDER.index(one[0]))
    return grade, Weakness.NONE if grade is LinkGrade.GOOD else weakness


def _grade(figure: float | None, limits: tuple[float, float], share: float) -> LinkGrade:
    if figure is None or figure <= limits[0] * share:
        return LinkGrade.GOOD
    return LinkGrade.FAIR if figure <= limits[1] * share else LinkGrade.POOR


def _picture_grade(quality: LinkQuality, share: float) -> LinkGrade:
    """A room without a picture is not judged by it: its figure is None or its size unknown."""
    if quality.fps is None or quality.width == 0 or quality.fps >= FEW_PICTURES[0] / share:
        return LinkGrade.GOOD
    return LinkGrade.FAIR if quality.fps >= FEW_PICTURES[1] / share else LinkGrade.POOR
