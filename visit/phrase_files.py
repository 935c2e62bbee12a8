"""Phrases as a file that people pass on: one JSON object with its format's name and version, checked as a whole.

`{"format": "alcove phrases", "version": 1, "phrases": [{"name": "hpi", "text": "..."}]}`, in UTF-8. A file with any
problem is taken over not at all.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from visit.phrases import MAX_PHRASES, OwnerKind, Phrase, PhraseLibrary, PhraseProblem, phrase_problem
from visit.triggers import folded

FORMAT = "alcove phrases"
VERSION = 1
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_PROBLEMS = 100
"""A file that has more is not worth a longer list."""


class FileProblem(StrEnum):
    """Why a file cannot be taken over; a phrase's own problems are `PhraseProblem`."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_PHRASES = "not_phrases"
    NEWER_VERSION = "newer_version"
    TOO_MANY = "too_many"
    WRONG_FIELDS = "wrong_fields"
    DUPLICATE_NAME = "duplicate_name"


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A problem of the whole file, or of its phrase number `number` (from 1)."""

    kind: FileProblem | PhraseProblem
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """What a file holds: names with texts, or problems; never both."""

    phrases: tuple[tuple[str, str], ...] = ()
    problems: tuple[ImportProblem, ...] = ()


def export_phrases(phrases: Iterable[Phrase]) -> bytes:
    """The file's bytes; it holds names and texts, nothing about their owner."""
    listed = [{"name": phrase.name, "text": phrase.text} for phrase in phrases]
    whole = {"format": FORMAT, "version": VERSION, "phrases": listed}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def read_phrases(untrusted: bytes) -> Import:
    """Check a file; its phrases when there is no problem at all."""
    whole = _read_json(untrusted)
    phrases = whole if isinstance(whole, FileProblem) else _phrases_of(whole)
    return Import(problems=(ImportProblem(phrases),)) if isinstance(phrases, FileProblem) else _checked(phrases)


def take_over(
    library: PhraseLibrary, owner: OwnerKind, imported: Import, now: datetime
) -> tuple[Phrase, ...] | FileProblem:
    """Save an import's phrases as that owner's and give those that changed; TOO_MANY, and nothing saved, when they
    do not fit."""
    fresh = sum(1 for name, _ in imported.phrases if not library.versions(owner, name))
    if library.names_of(owner) + fresh > MAX_PHRASES:
        return FileProblem.TOO_MANY
    changed = []
    for name, text in imported.phrases:
        before = library.own(owner, name)
        saved = library.save(owner, name, text, now)
        if isinstance(saved, Phrase) and saved is not before:
            changed.append(saved)
    return tuple(changed)


class _TwiceError(ValueError):
    """A JSON object names a field twice: readers would disagree about its value."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _TwiceError
    return fields


def _read_json(untrusted: bytes) -> dict[str, object] | FileProblem:
    if len(untrusted) > MAX_FILE_BYTES:
        return FileProblem.TOO_LARGE
    try:
        whole = json.loads(untrusted.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):  # bad UTF-8, bad JSON, a field twice, a nesting bomb
        return FileProblem.NOT_JSON
    return whole if isinstance(whole, dict) else FileProblem.NOT_PHRASES


def _phrases_of(whole: dict[str, object]) -> list[object] | FileProblem:
    version = whole.get("version")
    if whole.get("format") != FORMAT or type(version) is not int or version < 1:
        return FileProblem.NOT_PHRASES
    if version > VERSION:
        return FileProblem.NEWER_VERSION
    phrases = whole.get("phrases")
    if set(whole) != {"format", "version", "phrases"} or not isinstance(phrases, list):
        return FileProblem.WRONG_FIELDS
    return FileProblem.TOO_MANY if len(phrases) > MAX_PHRASES else phrases


def _checked(untrusted_phrases: Sequence[object]) -> Import:
    phrases: dict[str, str] = {}
    problems = []
    for number, entry in enumerate(untrusted_phrases, 1):
        read = _name_and_text(entry)
        if not isinstance(read, tuple):
            problems.append(ImportProblem(read, number))
        elif read[0] in phrases:
            problems.append(ImportProblem(FileProblem.DUPLICATE_NAME, number))
        else:
            phrases[read[0]] = read[1]
    return Import(problems=tuple(problems[:MAX_PROBLEMS])) if problems else Import(tuple(phrases.items()))


def _name_and_text(entry: object) -> tuple[str, str] | FileProblem | PhraseProblem:
    if not isinstance(entry, dict) or set(entry) != {"name", "text"}:
        return FileProblem.WRONG_FIELDS
    name, text = entry["name"], entry["text"]
    if not isinstance(name, str) or not isinstance(text, str):
        return FileProblem.WRONG_FIELDS
    text = text.replace("\r\n", "\n")
    return phrase_problem(name, text) or (folded(name), text)
