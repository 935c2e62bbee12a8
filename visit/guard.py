"""The guard before every document: an iterative check of a foreign Yjs update before pycrdt may see it.

pycrdt dies with SIGSEGV on a small, deeply nested update, so nothing foreign reaches a `Doc` unchecked.
What it cannot know is the order of the text: an update whose right neighbour stands before its left one passes, and
may leave replicas with different texts. Sending compares the snapshot's hash and so shows it.
Format: Yjs update encoding v1 (github.com/yjs/yjs, structs then delete set, lib0 variable-length integers).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from visit.integration import Misfit, integrate
from visit.lib0 import Malformed
from visit.shape import Shape
from visit.update_format import ForeignContent, NestedValue, Update, read_update, read_vector
from wire.base import MAX_FRAME_BYTES, MAX_UPDATE_BYTES

MAX_VECTOR_BYTES = 64 * 1024


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
    delete set may name no clock that would be unknown after it. When it is the document's `Shape`, no struct may
    lie between two roots and no character may be cut either. `allowed` are the client ids that the sender
    may author new structs with; None allows any (a reply of the gateway, which guarded each part before).
    """
    if len(untrusted_update) > (MAX_FRAME_BYTES if allowed is None else MAX_UPDATE_BYTES):
        return GuardProblem.TOO_LARGE
    try:
        update = read_update(untrusted_update)
    except Malformed:
        return GuardProblem.MALFORMED
    except ForeignContent:
        return GuardProblem.WRONG_CONTENT
    except NestedValue:
        return GuardProblem.TOO_DEEP
    authors = frozenset(client for client, structs in update.structs.items() if structs[-1].end > known.get(client, 0))
    if allowed is not None and not authors.issubset(allowed):
        return GuardProblem.FOREIGN_CLIENT
    misfit = integrate(update, Shape(known))
    return CheckedUpdate(untrusted_update, authors) if misfit is None else _problem(misfit)


def read_state_vector(untrusted_vector: bytes) -> dict[int, int] | GuardProblem:
    """Decode a Yjs state vector, bounded; the GuardProblem when it is not one."""
    if len(untrusted_vector) > MAX_VECTOR_BYTES:
        return GuardProblem.TOO_LARGE
    try:
        return read_vector(untrusted_vector)
    except Malformed:
        return GuardProblem.MALFORMED


def extend_shape(shape: Shape, own_update: bytes) -> Update:
    """Follow an update of our own pycrdt into its document's shape; RuntimeError when it does not fit."""
    update = read_update(own_update)
    misfit = integrate(update, shape)
    if misfit is not None:
        raise RuntimeError(misfit)
    return update


def _problem(misfit: Misfit) -> GuardProblem:
    match misfit:
        case Misfit.GAP:
            return GuardProblem.GAP
        case Misfit.UNKNOWN_ROOT:
            return GuardProblem.UNKNOWN_ROOT
        case Misfit.WRONG_CONTENT:
            return GuardProblem.WRONG_CONTENT
        case Misfit.TORN:
            return GuardProblem.MALFORMED
