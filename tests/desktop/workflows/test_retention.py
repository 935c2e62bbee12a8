"""What is signed long enough ago and whole at the gateway leaves the laptop; nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest

from desktop.ports import JournalRow, OutboxRow
from desktop.workflows.open_visit import ENTRIES
from desktop.workflows.retention import LOOK_EVERY_SECONDS, Retention, is_due, purge_if_due
from desktop.workflows.stored_visit import CARET, CHAT_DRAFT
from desktop.workflows.sync import LAST_VISIT
from tests.desktop.workflows.doubles import MemoryVault, SteppedJobs
from wire.people import Author, Role
from wire.record import Fact, NoteAddended, NoteReturned, NoteSent, NoteSigned, RecordEntry

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
OKAFOR = Author(role=Role.PROVIDER, id="p-okafor", name="Dr. A. Okafor")
SHA = "0" * 64
SENT = NoteSent(version=1, sha256=SHA)
SIGNED = NoteSigned(version=1, sha256=SHA, auth_time=NOON)


def record(*facts: tuple[Fact, float], visit_id: str = "v1") -> str:
    """A record with facts so many hours before noon."""
    entries = tuple(
        RecordEntry(visit_id=visit_id, seq=seq, at=NOON - timedelta(hours=hours), author=OKAFOR, fact=fact)
        for seq, (fact, hours) in enumerate(facts, 1)
    )
    return ENTRIES.dump_json(entries).decode()


ADDENDUM = NoteAddended(number=1, version=1, text="More.", sha256=SHA, signed_sha256=SHA, auth_time=NOON)


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        ([(SENT, 30.0), (SIGNED, 25.0)], True),
        ([(SENT, 30.0), (SIGNED, 23.0)], False),
        ([(SENT, 30.0)], False),
        ([(SENT, 60.0), (SIGNED, 50.0), (ADDENDUM, 2.0)], False),
        ([(SENT, 60.0), (SIGNED, 50.0), (ADDENDUM, 26.0)], True),
        ([(SENT, 60.0), (NoteReturned(version=1, comment="note_signed"), 50.0)], False),
        ([], False),
    ],
)
def test_a_visit_is_due_so_long_after_its_last_signature(facts: list[tuple[Fact, float]], due: bool) -> None:
    assert is_due("v1", record(*facts), NOON - timedelta(days=1)) is due


def signed_visit(vault: MemoryVault, visit_id: str) -> None:
    vault.kept[visit_id] = ("{}", record((SENT, 30.0), (SIGNED, 25.0), visit_id=visit_id))
    vault.rows.append(JournalRow(f"{visit_id}-a", visit_id, 1, b"a", acknowledged=True))
    for name in (CARET, CHAT_DRAFT):
        vault.values[name + visit_id] = "hpi 3"


def test_of_a_visit_that_is_due_nothing_stays() -> None:
    vault = MemoryVault()
    signed_visit(vault, "v1")
    vault.values[LAST_VISIT] = "v1"
    assert purge_if_due(vault, "v1", NOON - timedelta(days=1))
    assert (vault.rows, vault.kept, vault.values) == ([], {}, {})
    assert not purge_if_due(vault, "v1", NOON)


@pytest.mark.parametrize("waiting", ["edit", "command"])
def test_what_the_gateway_has_not_confirmed_stays_however_old(waiting: str) -> None:
    vault = MemoryVault()
    signed_visit(vault, "v1")
    if waiting == "edit":
        vault.rows.append(JournalRow("late", "v1", 1, b"late"))
    else:
        vault.outbox.append(OutboxRow("c", "v1", "{}"))
    assert not purge_if_due(vault, "v1", NOON)
    assert "v1" in vault.kept


def pauses(jobs: SteppedJobs) -> None:
    """The pauses between one visit and the next."""
    for _ in range(6):
        jobs.advance(1.0)


def test_every_kept_visit_is_looked_at_but_for_those_that_are_open_and_again_later() -> None:
    vault = MemoryVault()
    for visit_id in ("v1", "v2", "v3"):
        signed_visit(vault, visit_id)
    vault.rows.append(JournalRow("x", "v3", 1, b"x"))
    jobs, clock, is_open = SteppedJobs(vault), [NOON - timedelta(days=1)], {"v2"}
    retention = Retention(jobs, 1, is_open.__contains__, lambda: clock[0])
    retention.start()
    jobs.run()
    pauses(jobs)
    assert sorted(vault.kept) == ["v1", "v2", "v3"], "a day has not passed"
    clock[0] = NOON
    jobs.advance(LOOK_EVERY_SECONDS)
    pauses(jobs)
    assert (sorted(vault.kept), retention.removed) == (["v2", "v3"], 1)
    is_open.clear()
    vault.broken = True
    jobs.advance(LOOK_EVERY_SECONDS)
    pauses(jobs)
    vault.broken = False
    jobs.advance(LOOK_EVERY_SECONDS)
    pauses(jobs)
    assert sorted(vault.kept) == ["v3"], "a disk that refused is asked again"
