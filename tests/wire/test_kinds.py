"""The bounded kinds of field, and the few functions of `wire`."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from wire.base import MAX_TEXT_CHARS, MAX_UPDATE_BYTES, Count, Fingerprint, Id, Jws, Line, Sha256, Text, Time
from wire.ids import new_id
from wire.live import DocumentUpdate
from wire.protocol import CURRENT, SPOKEN, negotiate
from wire.signalling import fingerprints_in

PAIRS = ":".join(["A7"] * 32)


Kind = TypeAdapter[Any]


def taken(kind: Kind, value: object) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (TypeAdapter(Id), ["a", "x" * 80, "A.b_c:d|e-1"], ["", "x" * 81, "a b", "a/b", "a\n", "é", None, 5]),
        (TypeAdapter(Line), ["", "x" * 300], ["x" * 301, None]),
        (TypeAdapter(Text), ["x", "é" * MAX_TEXT_CHARS], ["", "x" * (MAX_TEXT_CHARS + 1)]),
        (TypeAdapter(Sha256), ["0a" * 32], ["0A" * 32, "0a" * 31, "0a" * 33, "0g" * 32, "0a" * 32 + "\n"]),
        (TypeAdapter(Fingerprint), [PAIRS], [PAIRS.lower(), PAIRS[:-3], PAIRS + ":A7", PAIRS.replace(":", "")]),
        (TypeAdapter(Jws), ["a.b.c", "a-_.b.c"], ["a.b", "a.b.", "a.b.c.d", "a.b.c\n", "a.b.c=", "a" * 8_190 + ".b.c"]),
        (TypeAdapter(Count), [0, 2**53 - 1], [-1, 2**53, 10**40, 1.5, "x", None]),
        (
            TypeAdapter(Time),
            ["2026-11-23T14:00:00Z", "2026-11-23T08:00:00-06:00"],
            ["2026-11-23T14:00:00", "soon", None],
        ),
    ],
    ids=["id", "line", "text", "sha256", "fingerprint", "jws", "count", "time"],
)
def test_a_kind_takes_what_fits_and_nothing_else(kind: Kind, good: list[object], bad: list[object]) -> None:
    assert [value for value in good if not taken(kind, value)] == []
    assert [value for value in bad if taken(kind, value)] == []


def test_bytes_travel_as_url_safe_base64_and_are_bounded() -> None:
    def frame(update: bytes) -> str:
        return DocumentUpdate.model_construct(
            type="document_update", visit_id="v1", update_id="u1", client_id=5, update=update
        ).model_dump_json()

    assert base64.urlsafe_b64encode(b"\xfb\xff\xfe?").decode() in frame(b"\xfb\xff\xfe?")
    full = b"\xff" * MAX_UPDATE_BYTES
    assert DocumentUpdate.model_validate_json(frame(full)).update == full
    with pytest.raises(ValidationError, match="too_long"):
        DocumentUpdate.model_validate_json(frame(full + b"\xff"))


@pytest.mark.parametrize("client_id", [0, -1, 2**53])
def test_a_client_id_is_one_that_pycrdt_keeps(client_id: int) -> None:
    with pytest.raises(ValidationError, match="client_id"):
        DocumentUpdate(visit_id="v1", update_id="u1", client_id=client_id, update=b"")


def test_new_ids_are_ids_and_differ() -> None:
    ids = {new_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(taken(TypeAdapter(Id), each) for each in ids)


def test_the_newest_common_version_is_spoken() -> None:
    assert negotiate(SPOKEN) == CURRENT == max(SPOKEN)
    assert negotiate([*SPOKEN, 99]) == CURRENT
    assert negotiate([99, 0, -1]) is None
    assert negotiate([]) is None


def test_fingerprints_of_an_sdp() -> None:
    sdp = f"v=0\r\na=fingerprint:sha-256 {PAIRS.lower()}\r\nm=audio 9\r\na=fingerprint:SHA-256 {PAIRS}\r\n"
    assert fingerprints_in(sdp) == {PAIRS}
    assert fingerprints_in("v=0\r\n") == frozenset()
    other = sdp + "a=fingerprint:sha-1 AA:BB\r\n"
    assert len(fingerprints_in(other)) == 2  # so it is not the one that was bound


def test_times_are_written_in_utc() -> None:
    written = TypeAdapter(Time).dump_json(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    assert written == b'"2026-11-23T14:00:00Z"'
