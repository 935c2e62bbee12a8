"""Versions on both databases: every sent, returned and signed state stays readable as it was, also after a restart."""

import pytest

from tests.gateway.world import COMPLETE, OTHER_SCRIBE, SCRIBE, World, open_world
from visit.snapshot import make_snapshot, snapshot_sha256
from wire.commands import (
    EditText,
    MarkReady,
    OpenNote,
    RecallNote,
    RecordConsent,
    ReturnNote,
    SendNote,
    SignNote,
)
from wire.live import CommandAccepted
from wire.people import Principal, Role
from wire.record import ConsentBy, ConsentDecision, ConsentHow
from wire.refusals import Refusal, RefusalCode
from wire.versions import NoteVersion, RunKind, VersionComparison, VersionState, VersionText

pytestmark = pytest.mark.anyio

AGREE = RecordConsent(decision=ConsentDecision.AGREED, by=ConsentBy.PATIENT, how=ConsentHow.VERBAL)


async def send_complete(world: World) -> None:
    """A complete note, sent for signature."""
    await world.in_room(AGREE)
    await world.admit()
    document = await world.write(COMPLETE)
    await world.scribe(MarkReady())
    sha256 = snapshot_sha256(make_snapshot(world.visit_id, document.texts()))
    sent = SendNote(sha256=sha256, state_vector=document.state_vector())
    assert isinstance(await world.scribe(sent), CommandAccepted)


async def returned_and_signed(world: World) -> None:
    """Sent, changed and returned by the provider, sent again and signed."""
    await send_complete(world)
    note = await world.services.documents.opened(world.visit_id)
    shown = note.version
    await world.provide(OpenNote(version=shown))
    await world.provide(EditText(section="hpi", base_version=shown, start=0, end=5, text="Four"))
    assert isinstance(await world.provide(ReturnNote(version=shown, comment="Which leg?")), CommandAccepted)
    resent = SendNote(sha256=note.note_text().sha256, state_vector=note.document.state_vector())
    assert isinstance(await world.scribe(resent), CommandAccepted)
    sign = SignNote(version=note.version, sha256=note.note_text().sha256)
    assert isinstance(await world.provide(sign), CommandAccepted)


async def listed(world: World, principal: Principal = SCRIBE) -> tuple[NoteVersion, ...]:
    versions = await world.services.versions.listed(principal, world.visit_id)
    assert isinstance(versions, tuple)
    return versions


async def text_of(world: World, seq: int) -> dict[str, str]:
    version = await world.services.versions.text(world.provider, world.visit_id, seq)
    assert isinstance(version, VersionText)
    return {section.key: section.text for section in version.sections}


async def test_each_state_is_kept_as_it_was(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
    async with open_world(database_url, world.clock) as again:
        versions = await listed(again, again.provider)
        assert [(one.state, one.author.id) for one in versions] == [
            (VersionState.SENT, SCRIBE.id),
            (VersionState.RETURNED, again.provider.id),
            (VersionState.SENT, SCRIBE.id),
            (VersionState.SIGNED, again.provider.id),
        ]
        assert await listed(again) == versions
        hpi = [(await text_of(again, one.seq))["hpi"] for one in versions]
        assert hpi == ["Three weeks of it.", *["Four weeks of it."] * 3]


async def test_two_versions_stand_side_by_side(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        first, *_, signed = await listed(world)
        compared = await world.services.versions.compared(SCRIBE, world.visit_id, first.seq, signed.seq)
        assert isinstance(compared, VersionComparison)
        assert (compared.left, compared.right) == (first, signed)
        hpi = next(section for section in compared.sections if section.key == "hpi")
        assert [(run.kind, run.text) for run in hpi.runs] == [
            (RunKind.REMOVED, "Three"),
            (RunKind.ADDED, "Four"),
            (RunKind.EQUAL, " weeks of it."),
        ]


async def test_only_who_may_see_the_visit_reads_its_versions(database_url: str) -> None:
    async with open_world(database_url) as world:
        await send_complete(world)
        versions, visit_id = world.services.versions, world.visit_id
        seq = (await listed(world))[0].seq
        other = Principal(role=Role.PROVIDER, id="omar", name="Dr. Omar Other")
        for principal, code in (
            (OTHER_SCRIBE, RefusalCode.NOT_ASSIGNED),
            (other, RefusalCode.NOT_ASSIGNED),
            (world.room, RefusalCode.ROLE_NOT_ALLOWED),
        ):
            refusal = Refusal(code=code)
            assert await versions.listed(principal, visit_id) == refusal
            assert await versions.text(principal, visit_id, seq) == refusal
            assert await versions.compared(principal, visit_id, seq, seq) == refusal
        unknown = Refusal(code=RefusalCode.VERSION_UNKNOWN)
        assert await versions.text(SCRIBE, visit_id, seq + 1) == unknown
        assert await versions.compared(SCRIBE, visit_id, seq, 999) == unknown
        assert await versions.compared(SCRIBE, visit_id, 999, seq) == unknown
        assert await versions.listed(SCRIBE, "none") == Refusal(code=RefusalCode.VISIT_UNKNOWN)


async def test_a_recalled_version_stays_readable(database_url: str) -> None:
    async with open_world(database_url) as world:
        await send_complete(world)
        assert isinstance(await world.scribe(RecallNote(version=world.record.note_version)), CommandAccepted)
        assert [one.state for one in await listed(world)] == [VersionState.SENT]
        actions = [row.entry.action for row in await world.services.database.audit_rows()]
        assert actions[-1] == "note_recalled"
