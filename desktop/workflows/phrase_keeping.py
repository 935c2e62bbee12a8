"""How phrases lie in the vault's settings: each owner's names spread over buckets, so that a change rewrites a few."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from zlib import crc32

from desktop.ports import Vault
from visit.phrases import KEPT_VERSIONS, OwnerKind, Phrase, PhraseLibrary, phrase_problem
from wire.phrases import SharedPhrase

BUCKETS = 64
USER = "user"
PRACTICE = "practice"
"""Owners of buckets; every other is `provider.` and a provider's id."""
REVISION = "revision"


def provider_key(provider_id: str) -> str:
    """The owner of a provider's buckets."""
    return f"provider.{provider_id}"


def bucket_of(name: str) -> int:
    """Where a name lies."""
    return crc32(name.encode()) % BUCKETS


def read_phrases(vault: Vault, owner: str, kind: OwnerKind) -> list[Phrase]:
    """Every kept version of an owner's phrases; store thread. What is no phrase is passed over."""
    found: list[Phrase] = []
    for bucket in range(BUCKETS):
        for name, versions in _bucket(vault, owner, bucket).items():
            found += _read_versions(kind, name, versions)
    return found


def bucket_values(library: PhraseLibrary, owner: str, kind: OwnerKind, names: Iterable[str]) -> dict[str, str]:
    """The vault's settings that hold these names, and what is to be kept there."""
    wanted = {bucket_of(name) for name in names}
    values: dict[int, dict[str, list[object]]] = {bucket: {} for bucket in wanted}
    for name in library.names(kind):
        if bucket_of(name) in wanted:
            values[bucket_of(name)][name] = [_written(it) for it in library.versions(kind, name)]
    return {_key(owner, bucket): json.dumps(value, ensure_ascii=False) for bucket, value in values.items()}


def put_shared(vault: Vault, owner: str, phrases: Iterable[SharedPhrase], revision: int) -> None:
    """Keep what the gateway sent, then up to where it was read; store thread."""
    by_bucket: dict[int, list[SharedPhrase]] = {}
    for phrase in phrases:
        by_bucket.setdefault(bucket_of(phrase.name), []).append(phrase)
    for bucket, new in by_bucket.items():
        kept = {name: list(versions) for name, versions in _bucket(vault, owner, bucket).items()}
        for phrase in new:
            written = [phrase.version, phrase.updated_at.isoformat(), phrase.removed, phrase.text]
            others = [it for it in kept.get(phrase.name, []) if not (isinstance(it, list) and it[:1] == written[:1])]
            kept[phrase.name] = [*others, written][-KEPT_VERSIONS:]
        vault.put(_key(owner, bucket), json.dumps(kept, ensure_ascii=False))
    vault.put(f"phrases.{owner}.{REVISION}", str(revision))


def revision_of(vault: Vault, owner: str) -> int:
    """Up to where an owner's phrases were read from the gateway."""
    kept = vault.get(f"phrases.{owner}.{REVISION}") or ""
    return int(kept) if kept.isdecimal() else 0


def _key(owner: str, bucket: int) -> str:
    return f"phrases.{owner}.{bucket:02}"


def _bucket(vault: Vault, owner: str, bucket: int) -> Mapping[str, list[object]]:
    try:
        kept = json.loads(vault.get(_key(owner, bucket)) or "{}")
    except ValueError:
        return {}
    return {name: it for name, it in kept.items() if isinstance(it, list)} if isinstance(kept, dict) else {}


def _written(phrase: Phrase) -> list[object]:
    return [phrase.version, phrase.updated_at.astimezone(UTC).isoformat(), phrase.removed, phrase.text]


def _read_versions(kind: OwnerKind, name: str, versions: list[object]) -> list[Phrase]:
    found = []
    for entry in versions:
        match entry:
            case [int(version), str(at), bool(removed), str(text)] if removed or phrase_problem(name, text) is None:
                try:
                    found.append(Phrase(kind, name, "" if removed else text, version, _time(at), removed))
                except ValueError:
                    continue  # no time
            case _:
                continue
    return found


def _time(at: str) -> datetime:
    read = datetime.fromisoformat(at)
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
