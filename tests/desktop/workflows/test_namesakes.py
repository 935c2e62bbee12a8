"""`Wrong patient` from the scribe's desk, with two patients of one name, over the real gateway."""

from pathlib import Path

import pytest

from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.put_right import PutRight
from desktop.workflows.versions import HERE, VersionsFlow
from tests.desktop.workflows.namesakes import Day, Laptop, two_okafors
from visit.provenance import Finding
from wire.commands import MarkWrongPatient, MoveContent, OpenNote, SignNote, UnfreezeVisit
from wire.live import CommandAccepted
from wire.refusals import RefusalCode
from wire.versions import RunKind, VersionState
from wire.visits import NoteState

pytestmark = pytest.mark.anyio
NOTE = {
    "chief_complaint": "Leg swelling.",
    "hpi": "Three weeks of it.",
    "vital_signs": "BP 128/82, HR 76.",
    "assessment_and_plan": "Heart failure?",
}
FREEZE = MarkWrongPatient(reason="Another Okafor")
RIGHT_AFTER_ALL = UnfreezeVisit(reason="It is her")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def written(day: Day, laptop: Laptop) -> None:
    """The note and a question, in the wrong patient's visit."""
    await laptop.connect()
    for section, text in NOTE.items():
        laptop.type(day.wrong, section, text)
    laptop.open(day.wrong).ask("Which leg?", (), "hpi")
    await laptop.exchange()


async def test_what_was_written_for_the_namesake_is_moved_with_what_was_typed_offline(tmp_path: Path) -> None:
    async with two_okafors(tmp_path) as day:
        await written(day, day.sam)
        names = {summary.patient.name for summary in day.sam.sync.visits.values()}
        assert len(names) == 1
        await day.sam.cut()
        day.sam.type(day.wrong, "hpi", " Worse at night.")
        assert isinstance(await day.provide(FREEZE, day.wrong), CommandAccepted)
        visit = day.sam.open(day.wrong)
        assert visit.waiting_for_gateway == 1
        await day.sam.connect()
        assert visit.record.frozen is not None
        assert visit.waiting_for_gateway == 0
        assert day.sam.vault.pending_updates() == []
        assert await day.texts(day.wrong) == NOTE
        assert "late_edit_kept" in await day.actions()
        assert [one.frozen for one in day.sam.sync.visits.values() if one.visit_id == day.wrong] == [True]
        flow = PutRight(visit)
        (target,) = flow.targets()
        assert target.visit_id == day.right
        assert flow.may_move(target, day.sam.person)
        flow.move(day.right)
        day.sam.jobs.run()
        assert not flow.may_move(target, day.sam.person)  # it is asked for once
        await day.sam.exchange()
        moved = NOTE | {"hpi": "Three weeks of it. Worse at night."}
        assert await day.texts(day.right) == moved
        assert visit.record.moved_to == day.right
        there = day.sam.open(day.right)
        await day.sam.exchange()
        assert {key: text for key, text in there.document.texts().items() if text} == moved
        assert [line.text for line in there.record.open_questions()] == ["Which leg?"]


async def test_words_that_came_after_the_move_are_copied_once_with_their_marks(tmp_path: Path) -> None:
    async with two_okafors(tmp_path) as day:
        await written(day, day.sam)
        await day.uma.connect()
        day.uma.open(day.wrong)
        await day.uma.exchange()
        await day.uma.cut()
        day.uma.type(day.wrong, "physical_exam", "Heart: regular.")
        day.uma.open(day.wrong).document.add_mark("physical_exam", 0, 15, Finding(macro_id="normal-heart"))
        day.uma.jobs.run()
        await day.provide(FREEZE, day.wrong)
        await day.provide(MoveContent(to_visit_id=day.right), day.wrong)
        await day.uma.restart()
        visit, told = day.uma.open(day.wrong), list[int | None]()
        flow = PutRight(visit)
        await day.uma.connect()
        assert visit.record.moved_to == day.right
        assert visit.waiting_for_gateway == 0
        assert "physical_exam" not in await day.texts(day.right)  # kept beside the frozen note, and not moved
        flow.copy(day.right, told.append)
        day.uma.jobs.run()
        assert told == [None]  # what was moved is not here yet: it would stand there twice
        await day.uma.exchange()
        flow.copy(day.right, told.append)
        day.uma.jobs.run()
        assert told == [None, 1]
        assert ("adopted", day.right) in day.uma.screen.told
        flow.copy(day.right, told.append)
        assert told == [None, 1, 0]
        await day.uma.exchange()
        assert await day.texts(day.right) == NOTE | {"physical_exam": "Heart: regular."}
        note = await day.practice.services.documents.opened(day.right)
        (mark,) = note.document.marks("physical_exam")
        assert mark.unheard
        assert note.document.author_runs("physical_exam") == [(15, day.uma.who.id)]


async def test_edits_that_the_gateway_never_got_are_copied_without_it(tmp_path: Path) -> None:
    async with two_okafors(tmp_path) as day:
        await day.sam.connect()
        day.sam.open(day.right)
        day.sam.open(day.wrong)
        await day.sam.exchange()
        await day.sam.cut()
        day.sam.type(day.wrong, "hpi", "Only here.")
        told = list[int | None]()
        PutRight(day.sam.open(day.wrong)).copy(day.right, told.append)
        day.sam.jobs.run()
        assert told == [1]
        assert day.sam.open(day.right).waiting_for_gateway == 1
        await day.sam.restart()
        assert day.sam.open(day.right).document.text("hpi") == "Only here."
        assert day.sam.open(day.wrong).document.text("hpi") == "Only here."
        await day.sam.connect()
        assert await day.texts(day.right) == {"hpi": "Only here."}


async def test_a_freeze_that_was_a_mistake_costs_no_word_on_either_laptop(tmp_path: Path) -> None:
    async with two_okafors(tmp_path) as day:
        await written(day, day.sam)
        await day.uma.connect()
        day.uma.open(day.wrong)
        await day.uma.exchange()
        await day.sam.cut()
        await day.uma.cut()
        await day.provide(FREEZE, day.wrong)
        day.sam.type(day.wrong, "hpi", " Sam offline.")
        day.uma.type(day.wrong, "hpi", " Uma offline.")
        await day.sam.connect()
        assert day.sam.open(day.wrong).record.frozen is not None
        assert isinstance(await day.provide(RIGHT_AFTER_ALL, day.wrong), CommandAccepted)
        await day.uma.connect()
        day.sam.type(day.wrong, "hpi", " And on.")
        await day.sam.exchange()
        await day.uma.exchange()
        whole = (await day.texts(day.wrong))["hpi"]
        for word in ("Three weeks of it.", " Sam offline.", " Uma offline.", " And on."):
            assert whole.count(word) == 1
        for laptop in (day.sam, day.uma):
            visit = laptop.open(day.wrong)
            assert visit.record.frozen is None
            assert visit.document.text("hpi") == whole
            assert visit.waiting_for_gateway == 0
            assert laptop.vault.pending_updates() == []


async def sent_and_signed(day: Day) -> None:
    """Sent by the scribe, opened and signed by the provider."""
    visit = day.sam.open(day.wrong)
    visit.mark_ready()
    visit.send_note()
    await day.sam.exchange()
    note = await day.practice.services.documents.opened(day.wrong)
    await day.provide(OpenNote(version=note.version), day.wrong)
    answer = await day.provide(SignNote(version=note.version, sha256=note.note_text().sha256), day.wrong)
    assert isinstance(answer, CommandAccepted)


def differs(visit: OpenVisit) -> bool:
    """As it is at this moment."""
    return visit.differs_from_signed


async def test_what_was_signed_is_the_providers_to_retract(tmp_path: Path) -> None:
    async with two_okafors(tmp_path) as day:
        await written(day, day.sam)
        await sent_and_signed(day)
        await day.provide(FREEZE, day.wrong)
        await day.sam.exchange()
        visit = day.sam.open(day.wrong)
        PutRight(visit).retract()
        await day.sam.exchange()
        refusals = [refusal.code for _, refusal in day.sam.screen.notices if refusal is not None]
        assert refusals == [RefusalCode.ROLE_NOT_ALLOWED]
        assert not visit.record.retracted
        stale = await day.provide(RIGHT_AFTER_ALL, day.wrong, fresh=False)
        assert not isinstance(stale, CommandAccepted)


async def test_a_scribe_who_was_not_admitted_there_cannot_move_but_copies(tmp_path: Path) -> None:
    async with two_okafors(tmp_path) as day:
        await written(day, day.sam)
        await day.provide(FREEZE, day.wrong)
        await day.uma.connect()
        visit = day.uma.open(day.wrong)
        await day.uma.exchange()
        (target,) = PutRight(visit).targets()
        assert target.scribe is not None
        assert target.scribe.person_id == day.sam.who.id
        assert not PutRight(visit).may_move(target, day.uma.person)  # as far as this laptop knows
        day.uma.open(day.right)
        await day.uma.exchange()
        assert PutRight(visit).may_move(target, day.uma.person)  # its record says that she was


async def test_versions_are_compared_and_late_words_are_seen_beside_the_signed_note(tmp_path: Path) -> None:
    async with two_okafors(tmp_path) as day:
        await written(day, day.sam)
        await sent_and_signed(day)
        visit = day.sam.open(day.wrong)
        await day.sam.cut()
        assert not differs(visit)
        visit.edit("hpi", 0, 5, "Four")
        day.sam.jobs.run()
        await day.sam.connect()
        assert visit.record.note_state is NoteState.SIGNED
        assert differs(visit)
        day.sam.jobs.advance(1.0)
        await day.sam.restart()
        visit = day.sam.open(day.wrong)
        assert differs(visit)  # also without the gateway
        changes: list[int] = []
        flow = VersionsFlow(visit, lambda: changes.append(1))
        flow.open()
        await day.sam.jobs.link()
        assert [one.state for one in flow.versions] == [VersionState.SENT, VersionState.SIGNED]
        assert (flow.left, flow.right) == (flow.versions[-1].seq, HERE)
        assert flow.comparison is not None
        hpi = next(one for one in flow.comparison.sections if one.key == "hpi")
        assert [(run.kind, run.text) for run in hpi.runs][:2] == [(RunKind.REMOVED, "Three"), (RunKind.ADDED, "Four")]
        flow.choose(flow.versions[0].seq, flow.versions[1].seq)
        await day.sam.jobs.link()
        assert {run.kind for one in flow.comparison.sections for run in one.runs} == {RunKind.EQUAL}
        assert {"version_read", "versions_compared"} <= set(await day.actions())
        flow.close()
        left: list[object] = [flow.versions, flow.comparison]
        assert left == [(), None]
        kept = " ".join([*day.sam.vault.values.values(), *(record for _, record in day.sam.vault.kept.values())])
        assert "Three weeks" not in kept
