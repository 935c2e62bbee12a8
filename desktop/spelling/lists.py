"""Word lists as files: Alcove's own clinical words, and one that a person may have installed."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"
OWN = ("medical.txt", "drugs.txt", "abbreviations.txt")
INSTALLED = (Path("/usr/share/hunspell/en_med_glut.dic"),)
"""Debian's package hunspell-en-med (GPL-3): read where a person installed it, never shipped by us."""
MOST_INSTALLED_BYTES = 8 * 1024 * 1024
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def own_entries(names: Iterable[str] = OWN) -> Iterator[str]:
    """The entries of our lists, each a word with or without `/` and the letters of its suffixes."""
    for name in names:
        for line in (DATA / name).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                yield from line.split()


def installed_words(paths: Iterable[Path] = INSTALLED) -> frozenset[str]:
    """The words of the lists that are there, casefolded; lines that are no word alone are passed over.

    A list that is missing, unreadable or too large gives none: it is a person's own, and not needed.
    """
    found: set[str] = set()
    for path in paths:
        found.update(word.casefold() for word in _lines(path) if _WORD.fullmatch(word))
    return frozenset(found)


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MOST_INSTALLED_BYTES:
            return []
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line.partition("/")[0].strip() for line in text.splitlines()]
