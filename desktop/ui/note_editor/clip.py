"""Marks that go with copied text. The clipboard holds the plain text and a number; the marks stay in this program.

A copy from elsewhere, or one that another program changed, has no number that is known here, and so no marks.
"""

import secrets
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QMimeData

from visit.marks import MarkedText
from visit.moved_marks import elsewhere

FORMAT = "application/x-alcove-copy"


class MarkedWords(Protocol):
    """Knows a note's marks, and writes text that brings its own."""

    @property
    def visit_id(self) -> str:
        """Whose note it is."""

    def copied(self, section: str, start: int, end: int) -> MarkedText:
        """Units [start, end) of a section with their marks."""

    def put(self, section: str, start: int, end: int, marked: MarkedText) -> None:
        """Put text into the document in the place of units [start, end), and show it."""


@dataclass(slots=True)
class _Copy:
    number: bytes = b""
    visit_id: str = ""
    marked: MarkedText | None = None


_newest = _Copy()
"""What was copied last in this program: one, as there is one clipboard."""


def remember(mime: QMimeData, visit_id: str, marked: MarkedText) -> None:
    """Keep the marks of what is copied now."""
    _newest.number, _newest.visit_id, _newest.marked = secrets.token_hex(16).encode(), visit_id, marked
    mime.setData(FORMAT, _newest.number)


def recall(mime: QMimeData, visit_id: str) -> MarkedText | None:
    """What is pasted, with the marks that it has in this visit's note; None when nothing is known of it."""
    marked = _newest.marked
    known = marked is not None and mime.hasFormat(FORMAT) and bytes(mime.data(FORMAT).data()) == _newest.number
    if marked is None or not known or mime.text() != marked.text:
        return None
    return marked if visit_id == _newest.visit_id else elsewhere(marked)
