"""Letters on both databases: in one transaction with their audit entry, sealed, whole again after a restart."""

from datetime import date

import pytest
from sqlalchemy import select

from gateway.store import tables
from tests.gateway.test_versions import send_complete
from tests.gateway.world import SCRIBE, World, open_world
from visit.letter_content import LetterName, PracticeHead, letter_content, letter_head, letter_sha256
from wire.commands import MarkWrongPatient, ReturnLetter, ScribeCommand, SendLetter, SignLetter
from wire.letters import DischargeFields, LetterContent, LetterFields, LetterKind, LetterState, WorkNoteFields
from wire.live import CommandAccepted, CommandRefused
from wire.refusals import RefusalCode

pytestmark = pytest.mark.anyio
WORK = WorkNoteFields(kind=LetterKind.WORK_NOTE, may_return=date(2026, 11, 25), restrictions=("No lifting.",))
HOME = DischargeFields(sections=("instructions",))


async def seen(world: World, fields: LetterFields, version: int = 1, letter_id: str = "letter-1") -> LetterContent:
    """The letter as the scribe's laptop makes it, of what every desktop is told."""
    policy, facts = world.services.policy, world.services.ledger.loaded(world.visit_id).facts
    practice = PracticeHead(policy.practice, policy.phone, policy.zone)
    head = letter_head(practice, facts.banner.patient, facts.provider.name, facts.scheduled_at)
    made = letter_content(LetterName(world.visit_id, letter_id, version), fields, head, await world.texts())
    assert isinstance(made, LetterContent)
    return made


async def send_letter(
    world: World, fields: LetterFields = WORK, version: int = 1, letter_id: str = "letter-1"
) -> LetterContent:
    made = await seen(world, fields, version, letter_id)
    command: ScribeCommand = SendLetter(
        letter_id=letter_id, expected_version=version - 1, fields=fields, sha256=letter_sha256(made)
    )
    assert isinstance(await world.scribe(command), CommandAccepted)
    return made


def sign(content: LetterContent) -> SignLetter:
    return SignLetter(letter_id=content.letter_id, version=content.version, sha256=letter_sha256(content))


async def test_a_letter_is_sent_returned_changed_signed_and_there_after_a_restart(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        await world.write({"instructions": "Ice, 20 minutes."})
        first = await send_letter(world, HOME)
        back = ReturnLetter(letter_id="letter-1", version=1, comment="Say when to come back")
        assert isinstance(await world.provide(back), CommandAccepted)
        assert world.record.letters["letter-1"].returned_because == "Say when to come back"
        second = await send_letter(world, WORK, version=2)
        stale = await world.provide(sign(first))
        assert isinstance(stale, CommandRefused)
        assert stale.refusal.code is RefusalCode.CHANGED_MEANWHILE
        assert isinstance(await world.provide(sign(second)), CommandAccepted)
    async with open_world(database_url, world.clock) as again:
        line = again.record.letters["letter-1"]
        assert (line.state, line.content, line.fields) == (LetterState.SIGNED, second, WORK)
        assert (line.sent_by.id, line.sha256) == (SCRIBE.id, letter_sha256(second))
        assert line.signed_by is not None
        assert line.signed_by.id == again.provider.id


async def test_each_step_is_in_the_audit_without_a_word_of_the_letter(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        made = await send_letter(world)
        await world.provide(sign(made))
        rows = [row.entry for row in await world.services.database.audit_rows()]
        steps = [row for row in rows if row.action.startswith("letter_")]
        assert [(row.action, row.actor) for row in steps] == [
            ("letter_sent", f"scribe:{SCRIBE.id}"),
            ("letter_signed", f"provider:{world.provider.id}"),
        ]
        for row in steps:
            assert {"letter_id": "letter-1", "version": 1, "sha256": letter_sha256(made)}.items() <= row.details.items()
        assert "lifting" not in str([(row.subject, row.details) for row in rows])


async def test_a_letter_rests_sealed(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        await send_letter(world)
        async with world.services.database.read() as connection:
            kept = (await connection.execute(select(tables.record_entries.c.sealed_fact))).scalars().all()
        assert kept
        assert not any("lifting" in one or "Okafor" in one for one in kept)


async def test_a_letter_may_be_made_at_any_time_but_not_of_the_wrong_patient(database_url: str) -> None:
    async with open_world(database_url) as world:
        await send_complete(world)
        made = await send_letter(world)
        await world.scribe(MarkWrongPatient(reason="Another patient"))
        refused = await world.provide(sign(made))
        assert isinstance(refused, CommandRefused)
        assert refused.refusal.code is RefusalCode.VISIT_FROZEN
        assert world.record.letters["letter-1"].state is LetterState.SENT
