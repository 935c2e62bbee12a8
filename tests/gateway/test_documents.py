"""The document service: guarded, stamped, idempotent, rebuilt from the store, closed by the signature."""

import asyncio

import pytest

from gateway.documents import MAX_CLIENT_IDS, MAX_DOCUMENT_BYTES, Merged
from gateway.store.database import Database
from gateway.store.document_rows import load_late_updates
from tests.gateway.world import COMPLETE, OTHER_SCRIBE, SCRIBE, World, ehr_visit, open_world
from visit.document import VisitDocument, merge
from visit.guard import CheckedUpdate
from visit.snapshot import make_snapshot, snapshot_sha256
from visit.templates import DEFAULT_KEYS
from wire.commands import EditText, MarkReady, SendNote, SignNote
from wire.live import CommandAccepted
from wire.refusals import RefusalCode

pytestmark = pytest.mark.anyio

SECOND_SCRIBE = OTHER_SCRIBE.model_copy(update={"id": "uma"})


def make_updates(document: VisitDocument, *edits: tuple[str, int, int, str]) -> list[bytes]:
    made: list[bytes] = []
    document.on_update = made.append
    for section, start, end, text in edits:
        document.replace(section, start, end, text)
    document.on_update = None
    return made


async def sign(world: World, document: VisitDocument) -> None:
    await world.scribe(MarkReady())
    sha256 = snapshot_sha256(make_snapshot(world.visit_id, document.texts()))
    await world.scribe(SendNote(sha256=sha256, state_vector=document.state_vector()))
    answer = await world.provide(SignNote(version=world.record.note_version, sha256=sha256))
    assert isinstance(answer, CommandAccepted), answer


async def test_text_and_authors_come_back_after_a_restart(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        await world.write({"hpi": "Swollen légs 😀 today"})
        note = await world.services.documents.opened(world.visit_id)
        edit = EditText(section="hpi", base_version=note.version, start=15, end=15, text="!!")
        assert isinstance(await world.provide(edit), CommandAccepted)
        before = note.note_text()
        clocks = note.clocks()
    async with open_world(database_url, world.clock) as again:
        note = await again.services.documents.opened(again.visit_id)
        assert note.note_text() == before
        assert note.clocks() == clocks
        section = before.sections[1]
        assert section.text == "Swollen légs 😀!! today"
        assert [(run.length, run.author.id) for run in section.authors] == [
            (15, SCRIBE.id),
            (2, world.provider.id),
            (6, SCRIBE.id),
        ]


async def test_an_update_is_saved_once_however_often_it_comes(world: World) -> None:
    await world.admit()
    document = VisitDocument()
    (data,) = make_updates(document, ("hpi", 0, 0, "once"))
    assert await world.send(data, document.client_id, "update-1") is None
    assert await world.send(data, document.client_id, "update-1") is None
    assert await world.send(data, document.client_id, "update-2") is None  # the same bytes under another id
    note = await world.services.documents.opened(world.visit_id)
    assert (note.position, note.version, note.document.text("hpi")) == (1, 1, "once")


async def test_a_client_that_missed_the_answer_sends_more_under_the_same_id(database_url: str) -> None:
    """The desktop names a batch by its first edit; after a drop the batch has grown."""
    async with open_world(database_url) as world:
        await world.admit()
        document = VisitDocument()
        first, second = make_updates(document, ("hpi", 0, 0, "once"), ("hpi", 4, 4, " more"))
        assert await world.send(first, document.client_id, "update-1") is None
        assert await world.send(merge([first, second]), document.client_id, "update-1") is None
        assert (await world.texts())["hpi"] == "once more"
    async with open_world(database_url, world.clock) as again:
        assert (await again.texts())["hpi"] == "once more"


async def test_a_client_id_belongs_to_who_claimed_it_first(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.services.visits.upsert_from_ehr(ehr_visit(scribes=(SCRIBE.id, SECOND_SCRIBE.id)))
        await world.admit()
        await world.admit(SECOND_SCRIBE)
        document = VisitDocument()
        first, second = make_updates(document, ("hpi", 0, 0, "a"), ("hpi", 1, 1, "b"))
        assert await world.send(first, document.client_id) is None
    async with open_world(database_url, world.clock) as again:
        stolen = await again.send(second, document.client_id, principal=SECOND_SCRIBE)
        assert stolen is not None
        assert stolen.code is RefusalCode.UPDATE_HOSTILE
        forged = await again.send(second, document.client_id + 1, principal=SECOND_SCRIBE)
        assert forged is not None
        assert forged.code is RefusalCode.UPDATE_HOSTILE
        assert await again.send(second, document.client_id) is None
        assert (await again.texts())["hpi"] == "ab"


async def test_a_gap_is_refused_and_heals_when_the_rest_comes(world: World) -> None:
    await world.admit()
    document = VisitDocument()
    first, second = make_updates(document, ("hpi", 0, 0, "a"), ("hpi", 1, 1, "b"))
    refusal = await world.send(second, document.client_id)
    assert refusal is not None
    assert refusal.code is RefusalCode.UPDATE_GAP
    assert await world.send(first, document.client_id) is None
    assert await world.send(second, document.client_id) is None
    assert (await world.texts())["hpi"] == "ab"


async def test_only_an_assigned_and_admitted_scribe_writes(world: World) -> None:
    document = VisitDocument()
    (data,) = make_updates(document, ("hpi", 0, 0, "a"))
    for principal, code in ((SCRIBE, RefusalCode.NOT_ADMITTED), (OTHER_SCRIBE, RefusalCode.NOT_ASSIGNED)):
        refusal = await world.send(data, document.client_id, principal=principal)
        assert refusal is not None
        assert refusal.code is code
    assert (await world.services.documents.opened(world.visit_id)).position == 0


@pytest.mark.parametrize("garbage", [b"", b"\x00", b"\xff" * 64, b"\x01\x01\x01", bytes(range(256))])
async def test_garbage_is_refused_and_the_document_lives(sqlite_world: World, garbage: bytes) -> None:
    world = sqlite_world
    await world.admit()
    refusal = await world.send(garbage, 77)
    assert refusal is not None
    assert refusal.code in (RefusalCode.UPDATE_HOSTILE, RefusalCode.UPDATE_GAP)
    await world.write({"hpi": "still here"})
    assert (await world.texts())["hpi"] == "still here"


async def test_a_bulky_update_goes_through_a_process_of_its_own(sqlite_world: World) -> None:
    world = sqlite_world
    await world.admit()
    text = "word " * 10_000
    await world.write({"hpi": text})
    assert (await world.texts())["hpi"] == text


async def test_after_the_signature_edits_are_kept_apart_and_never_merged(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        document = await world.write(COMPLETE)
        first, second = make_updates(document, ("hpi", 0, 0, "Late: "), ("hpi", 0, 0, "Very "))
        signed = VisitDocument()
        signed.apply(CheckedUpdate((await _whole(world)), frozenset()), "x")
        await sign(world, signed)
        for update_id, data in (("late-1", first), ("late-2", second), ("late-1", first)):
            refusal = await world.send(data, document.client_id, update_id)
            assert refusal is not None
            assert refusal.code is RefusalCode.DOCUMENT_CLOSED
        assert (await world.texts())["hpi"] == COMPLETE["hpi"]
    async with open_world(database_url, world.clock) as again:
        note = await again.services.documents.opened(again.visit_id)
        assert note.document.text("hpi") == COMPLETE["hpi"]
        assert note.late is not None
        assert note.late.text("hpi") == "Very Late: " + COMPLETE["hpi"]
        await _expect_late(again.services.database, again, ["late-1", "late-2"])


async def _whole(world: World) -> bytes:
    return (await world.services.documents.opened(world.visit_id)).document.update_since()


async def _expect_late(database: Database, world: World, update_ids: list[str]) -> None:
    async with database.read() as connection:
        late = await load_late_updates(connection, world.services.envelope, world.visit_id)
    assert [update.update_id for update in late] == update_ids


async def test_an_edit_and_typing_at_the_same_time_both_stay(world: World) -> None:
    await world.admit()
    document = await world.write({"hpi": "pain"})
    news: list[Merged] = []
    world.services.documents.listen(news.append)
    (typed,) = make_updates(document, ("hpi", 4, 4, " in leg"))
    edit = EditText(section="ros", base_version=1, start=0, end=0, text="Negative.")
    refusal, answer = await asyncio.gather(world.send(typed, document.client_id), world.provide(edit))
    assert refusal is None
    assert isinstance(answer, CommandAccepted)
    for merged in news:
        document.apply(CheckedUpdate(merged.update, frozenset()), merged.author.id)
    texts = await world.texts()
    assert texts == document.texts()
    assert (texts["hpi"], texts["ros"]) == ("pain in leg", "Negative.")


async def test_an_edit_that_was_not_kept_leaves_no_trace(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit fails after the edit was made in the provider's own replica: the next edit starts from a new one."""
    world = sqlite_world
    await world.admit()
    await world.write({"hpi": "pain"})

    async def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    edit = EditText(section="hpi", base_version=1, start=0, end=0, text="Leg ")
    with monkeypatch.context() as patch:
        patch.setattr("gateway.commands.keep_answer", fail)
        with pytest.raises(OSError, match="the disk is gone"):
            await world.provide(edit)
    assert (await world.texts())["hpi"] == "pain"
    assert isinstance(await world.provide(edit), CommandAccepted)
    assert (await world.texts())["hpi"] == "Leg pain"


async def test_a_document_stays_small_enough_to_be_sent_whole(sqlite_world: World) -> None:
    """Words beyond the bound are refused as such; taking words away is possible again at once."""
    world = sqlite_world
    await world.admit()
    document = VisitDocument()
    made: list[bytes] = []
    document.on_update = made.append
    refusal = None
    while refusal is None:
        document.replace("hpi", 0, 0, "x" * 30_000)
        refusal = await world.send(made[-1], document.client_id)
    assert refusal.code is RefusalCode.TOO_LARGE
    note = await world.services.documents.opened(world.visit_id)
    assert MAX_DOCUMENT_BYTES // 2 < len(note.document.update_since()) <= MAX_DOCUMENT_BYTES


async def test_small_edits_beyond_the_bound_in_sum_are_fine_while_the_text_is_small(sqlite_world: World) -> None:
    world = sqlite_world
    await world.admit()
    document = VisitDocument()
    made: list[bytes] = []
    document.on_update = made.append
    for number in range(30):
        document.replace("hpi", 0, 10_000 if number else 0, "x" * 10_000)
        assert await world.send(made[-1], document.client_id) is None
    assert sum(map(len, made)) > MAX_DOCUMENT_BYTES


async def test_one_visit_has_a_bounded_number_of_client_ids(sqlite_world: World) -> None:
    world = sqlite_world
    await world.admit()
    note = await world.services.documents.opened(world.visit_id)
    note.owners.update(dict.fromkeys(range(1, MAX_CLIENT_IDS + 1), "scribe:sam"))
    document = VisitDocument()
    (data,) = make_updates(document, ("hpi", 0, 0, "a"))
    refusal = await world.send(data, document.client_id)
    assert refusal is not None
    assert refusal.code is RefusalCode.UPDATE_HOSTILE


async def test_a_section_outside_the_template_is_shown_signed_and_kept_when_it_is_emptied(world: World) -> None:
    await world.admit()
    await world.write({**COMPLETE, "instructions": "Rest.", "allergies": "Latex."})
    note = await world.services.documents.opened(world.visit_id)
    shown = {section.section: section.text for section in note.note_text().sections}
    keys = [*DEFAULT_KEYS[:2], "allergies", *DEFAULT_KEYS[2:], "instructions"]
    assert list(shown) == keys
    assert {key: text for key, text in shown.items() if text} == {
        section.key: section.text for section in note.snapshot().sections
    }
    empty = EditText(section="allergies", base_version=note.version, start=0, end=6, text="")
    assert isinstance(await world.provide(empty), CommandAccepted)
    assert {section.section: section.text for section in note.note_text().sections} == {**shown, "allergies": ""}
    assert [section.key for section in note.snapshot().sections] == [*COMPLETE, "instructions"]


async def test_a_late_edit_of_another_section_is_shown_beside_the_note(world: World) -> None:
    await world.admit()
    document = await world.write({**COMPLETE, "allergies": "Latex."})
    signed = VisitDocument()
    signed.apply(CheckedUpdate((await _whole(world)), frozenset()), "x")
    late = make_updates(document, ("allergies", 0, 6, ""), ("goals", 0, 0, "Walk."))
    await sign(world, signed)
    for number, data in enumerate(late):
        assert await world.send(data, document.client_id, f"late-{number}") is not None
    note = (await world.services.documents.opened(world.visit_id)).note_text()
    assert {section.section: section.text for section in note.late} == {"allergies": "", "goals": "Walk."}
    assert {section.section: section.text for section in note.sections}["allergies"] == "Latex."
