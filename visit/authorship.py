"""Who wrote which part of a section, kept by following the text's deltas with the sender's stamp."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from visit.indexes import NotABoundary, utf8_to_utf16, utf16_length, utf16_to_utf8

UNNAMED = "gateway"
"""The author of what came from the gateway with everybody's words in it, until its writers are known."""


class AuthorRuns:
    """Run-length list of (UTF-8 bytes, author id) over one section's text."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, str]] = []

    def apply(self, delta: Sequence[Mapping[str, Any]], author: str) -> None:
        """Follow one text delta (lengths in UTF-8 bytes); what it inserts is the author's."""
        rest = list(self._runs)
        done: list[tuple[int, str]] = []
        for part in delta:
            if "insert" in part:
                _append(done, len(str(part["insert"]).encode()), author)
            else:
                taken, rest = _split(rest, int(part.get("retain", part.get("delete", 0))))
                if "retain" in part:
                    for length, who in taken:
                        _append(done, length, who)
        for length, who in rest:
            _append(done, length, who)
        self._runs = done

    def in_utf16(self, text: str) -> list[tuple[int, str]]:
        """The runs with lengths in UTF-16 units of `text`."""
        runs: list[tuple[int, str]] = []
        offset = 0
        begin = 0
        for length, who in self._runs:
            offset += length
            end = utf8_to_utf16(text, offset)
            runs.append((end - begin, who))
            begin = end
        return runs

    def replace_from_utf16(self, text: str, runs: Iterable[tuple[int, str]]) -> bool:
        """Take over runs with lengths in UTF-16 units; False (and unchanged) when they do not cover `text`."""
        taken: list[tuple[int, str]] = []
        position = 0
        begin = 0
        for length, who in runs:
            if length <= 0:
                return False
            position += length
            try:
                end = utf16_to_utf8(text, position)
            except NotABoundary:
                return False
            _append(taken, end - begin, who)
            begin = end
        if position != utf16_length(text):
            return False
        self._runs = taken
        return True


def named(
    runs: Iterable[tuple[int, str]], written: Iterable[tuple[int, int]], writers: Mapping[int, str]
) -> list[tuple[int, str]]:
    """Runs of which the unnamed parts have the names of their writers, as far as those are known.

    `written` are the same characters as (client id, units) in order; `writers` says whose a client id is.
    """
    done: list[tuple[int, str]] = []
    clients = iter(written)
    client, left = 0, 0
    for length, author in runs:
        while length > 0:
            if left == 0:
                client, left = next(clients, (0, length))
                continue
            units = min(length, left)
            _append(done, units, writers.get(client, author) if author == UNNAMED else author)
            length, left = length - units, left - units
    return done


def _append(runs: list[tuple[int, str]], length: int, author: str) -> None:
    if length <= 0:
        return
    if runs and runs[-1][1] == author:
        runs[-1] = (runs[-1][0] + length, author)
    else:
        runs.append((length, author))


def _split(runs: list[tuple[int, str]], length: int) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    taken: list[tuple[int, str]] = []
    for index, (size, who) in enumerate(runs):
        if length <= 0:
            return taken, runs[index:]
        if size > length:
            taken.append((length, who))
            return taken, [(size - length, who), *runs[index + 1 :]]
        taken.append((size, who))
        length -= size
    return taken, []
