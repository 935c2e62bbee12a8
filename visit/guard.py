"""The guard before every document: an iterative check of a foreign Yjs update before pycrdt may see it.

pycrdt dies with SIGSEGV on a small, deeply nested update, so nothing foreign reaches a `Doc` unchecked.
Format: Yjs update encoding v1 (github.com/yjs/yjs, structs then delete set, lib0 variable-length integers).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class GuardProblem(StrEnum):
    """Why an update was not accepted."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    UNKNOWN_ROOT = "unknown_root"
    WRONG_CONTENT = "wrong_content"
    TOO_DEEP = "too_deep"
    FOREIGN_CLIENT = "foreign_client"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class CheckedUpdate:
    """An update that passed the guard; the only thing `VisitDocument.apply` takes."""

    data: bytes
    client_ids: frozenset[int]
    """The clients that authored new structs in it; empty for a delete-only update."""


def check_update(
    untrusted_update: bytes, known: Mapping[int, int], allowed: Collection[int] | None
) -> CheckedUpdate | GuardProblem:
    """Accept or refuse a foreign update for a document.

    `known` is the document's state vector (client id to clock): the update may leave no gap over it, and its
    delete set may name no clock that would be unknown after it. `allowed` are the client ids that the sender
    may author new structs with; None allows any (a reply of the gateway, which guarded each part before).
    """
    raise NotImplementedError


def read_state_vector(untrusted_vector: bytes) -> dict[int, int] | GuardProblem:
    """Decode a Yjs state vector, bounded; the GuardProblem when it is not one."""
    raise NotImplementedError
