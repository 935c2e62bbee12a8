"""Characters to type: no two alike in one schedule, so that each one that is lost or doubled has a name."""

import random

RANGES = (
    (0x00C0, 0x024F),  # Latin with signs
    (0x0300, 0x036F),  # combining
    (0x0391, 0x03A1),  # Greek
    (0x0400, 0x04FF),
    (0x05D0, 0x05EA),  # Hebrew: right to left
    (0x0620, 0x064A),  # Arabic
    (0x064B, 0x0652),  # combining, right to left
    (0x0904, 0x0939),
    (0x0E01, 0x0E30),
    (0x2190, 0x21FF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xE000, 0xF8FF),  # private use
    (0xFE20, 0xFE2F),  # combining half marks
    (0x10A00, 0x10A03),
    (0x1D400, 0x1D454),
    (0x1E900, 0x1E943),  # right to left beyond the BMP
    (0x1F300, 0x1F5FF),
    (0x1F3FB, 0x1F3FF),  # skin tones
    (0x1F600, 0x1F64F),
    (0x20000, 0x2A6DF),
    (0x30000, 0x3134A),
    *((plane << 16, (plane << 16) + 0xFFFD) for plane in range(4, 14)),  # nothing assigned: text all the same
    (0xE0020, 0xE007E),  # tags
    (0xE0100, 0xE01EF),  # variation selectors
    (0xF0000, 0xFFFFD),
    (0x100000, 0x10FFFD),
)
JOINER = "\u200d"
FILLERS = (JOINER, "\ufe0f", "\u0301", "\u200f", "\u2067", "\u2069", "\n", "\r\n", "\u2028", " ")
"""Not counted: they may come twice."""


class Characters:
    """Hands out pieces of text whose counted characters were never handed out before."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._used: set[str] = set()

    def one(self) -> str:
        """A new character of any plane."""
        while True:
            first, last = self._chance.choice(RANGES)
            char = chr(self._chance.randint(first, last))
            if char not in self._used and char not in FILLERS:
                self._used.add(char)
                return char

    def piece(self) -> str:
        """A few characters, or a sequence that is one sign on the screen."""
        chance = self._chance
        match chance.randrange(4):
            case 0:
                return JOINER.join(self.one() for _ in range(chance.randint(2, 4)))
            case 1:
                return self.one() + chance.choice(FILLERS) + self.one()
            case _:
                return "".join(self.one() for _ in range(chance.randint(1, 6)))

    def counted(self, text: str) -> set[str]:
        """The characters of a text that were handed out."""
        return self._used.intersection(text)
