"""Phrases that a provider or the practice keeps at the gateway, for the scribes who write for them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from wire.base import Count, Model, Time

MAX_PHRASE_CHARS = 20_000

PhraseName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
"""What follows the dot; which letters it may have is checked by `visit.phrases`."""
PhraseText = Annotated[str, StringConstraints(max_length=MAX_PHRASE_CHARS)]


class SharedPhrase(Model):
    """One version of a phrase. A removed one has no text."""

    name: PhraseName
    text: PhraseText
    version: Annotated[int, Field(ge=1, lt=2**31)]
    updated_at: Time
    removed: bool = False


class PhrasePage(Model):
    """Versions in the order in which they were made, after the revision that was asked for.

    `revision` is that of the last one: what to ask for next; `complete` when there are no more.
    """

    phrases: tuple[SharedPhrase, ...]
    revision: Count
    complete: bool


class PutPhrase(Model):
    """A new version of a provider's own phrase, or its removal: over `expected_version`, 0 for a new name."""

    text: PhraseText
    expected_version: Count
    removed: bool = False
