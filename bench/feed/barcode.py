"""The frame's number as the bench's camera draws it: Gray code and a check, black and white cells between magenta bars.

Neighbouring numbers differ in one cell of the code, so a blend of two pictures is refused or is one of the two.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.screen_probe import Region

NUMBER_BITS = 16
CHECK_BITS = 4
CELLS = NUMBER_BITS + CHECK_BITS
DARK, BRIGHT = 90, 165
"""Grey levels between which a cell is neither black nor white."""
MIN_MARKED = 120
"""Magenta pixels in a row that belongs to a bar."""
Pixels = NDArray[np.uint8]


def cells_of(number: int) -> list[int]:
    """The cells, 1 for white, the most significant first."""
    gray = number ^ number >> 1
    word = gray << CHECK_BITS | check_of(gray)
    return [word >> CELLS - 1 - cell & 1 for cell in range(CELLS)]


def check_of(gray: int) -> int:
    """Four bits over the code."""
    return (gray ^ gray >> 4 ^ gray >> 8 ^ gray >> 12 ^ 0b0101) & 0b1111


def read(row: Pixels) -> int | None:
    """The number in one row of RGB pixels that shows exactly the barcode's width; None when it cannot be read."""
    width = row.shape[0]
    middles = ((np.arange(CELLS) + 0.5) * width / CELLS).astype(int)
    levels = row[middles].mean(axis=1)
    if np.any((levels > DARK) & (levels < BRIGHT)):
        return None
    word = 0
    for bit in levels >= BRIGHT:
        word = word << 1 | int(bit)
    gray = word >> CHECK_BITS
    if word & 0b1111 != check_of(gray):
        return None
    number = gray
    for shift in (8, 4, 2, 1):
        number ^= number >> shift
    return number


@dataclass(frozen=True, slots=True)
class Found:
    """Where the barcode is on the screen."""

    strip: Region
    """One row of pixels through the cells."""
    picture_width: int


def find(screen: Pixels) -> Found | None:
    """The barcode between its two magenta bars, in a picture of RGB rows; None when there is none."""
    red, green, blue = screen[..., 0], screen[..., 1], screen[..., 2]
    marked = (red > 170) & (blue > 170) & (green < 90)
    rows = np.flatnonzero(marked.sum(axis=1) >= MIN_MARKED)
    if len(rows) < 2 or rows[-1] - rows[0] < 3:
        return None
    edges = np.flatnonzero(marked[rows[0]])
    left, right = int(edges[0]), int(edges[-1]) + 1
    middle = int(rows[0] + rows[-1]) // 2
    return Found(Region(left, middle, right - left, 1), right - left)
