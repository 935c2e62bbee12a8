"""Which words are misspelled and what may have been meant: spylls with US English and Alcove's clinical words."""

import io
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import spylls.hunspell
from spylls.hunspell import Dictionary
from spylls.hunspell.readers import read_aff, read_dic
from spylls.hunspell.readers.file_reader import BaseReader

from desktop.spelling.lists import installed_words, own_entries

ENGLISH = Path(spylls.hunspell.__file__).parent / "data" / "en" / "en_US"
MOST_LETTERS = 40
"""A longer word is looked up, but nothing is offered for it: that takes too long."""
OFFERED = 5
_LOOKED_THROUGH = 15
JOINED = ("infra", "intra", "non", "peri", "post", "retro", "supra")
"""What clinical prose puts before any word; not `pre`, which would make "presure" a word."""
LEAST_JOINED = 5
"""Letters of a word that one of them may stand before."""


class Checker:
    """Knows words. One caller at a time: spylls is plain Python and takes its time."""

    def __init__(self, installed: frozenset[str] = frozenset()) -> None:
        entries = tuple(own_entries())
        self._installed = installed
        self._first = frozenset(entry.partition("/")[0].casefold() for entry in entries)
        aff, context = read_aff(_Lines(ENGLISH.with_suffix(".aff").read_bytes()))
        general = ENGLISH.with_suffix(".dic").read_bytes()
        whole = b"\n".join([general, *(entry.encode() for entry in _missing(entries, general))])
        dic = read_dic(_Lines(whole, context.encoding), aff=aff, context=context)
        self._dictionary = Dictionary(aff, dic)

    def misspelled(self, words: Sequence[str]) -> list[str]:
        """Those of the words that nobody knows, as they were given."""
        return [word for word in words if not self._knows(word)]

    def suggest(self, word: str) -> list[str]:
        """At most five words that may have been meant, those that notes are made of first; none for a long one."""
        if len(word) > MOST_LETTERS:
            return []
        found = list(dict.fromkeys(islice(self._dictionary.suggest(word), _LOOKED_THROUGH)))
        return sorted(found, key=lambda it: it.casefold() not in self._first)[:OFFERED]

    def _knows(self, word: str) -> bool:
        word = word.replace("\u2019", "'")
        bare = word.removesuffix("'s")
        if bare.casefold() in self._installed:
            return True
        return any(self._dictionary.lookup(it) for it in (word, bare, *_joined(bare)))


def load() -> Checker:
    """The checker with everything that is there."""
    return Checker(installed_words())


def _joined(word: str) -> list[str]:
    """What is left of a word without what clinical prose puts before it."""
    rests = (word[len(start) :] for start in JOINED if word[: len(start)].lower() == start)
    return [rest for rest in rests if len(rest) >= LEAST_JOINED and rest.islower()]


def _missing(entries: Sequence[str], general: bytes) -> list[str]:
    """The entries that the general dictionary lacks, or that bring suffixes of their own."""
    known = {line.partition("/")[0] for line in general.decode().splitlines()}
    return [entry for entry in dict.fromkeys(entries) if "/" in entry or entry not in known]


class _Lines(BaseReader):  # type: ignore[misc]  # untyped library
    """A dictionary file's lines from memory: spylls' own reader leaves its file open."""

    def __init__(self, data: bytes, encoding: str = "Windows-1252") -> None:
        self._data = data
        super().__init__(self._text(encoding))

    def reset_encoding(self, encoding: str) -> None:
        """The file says what it is written in."""
        self.reset_io(self._text(encoding))

    def _text(self, encoding: str) -> io.StringIO:
        return io.StringIO(self._data.decode(encoding, "surrogateescape"))
