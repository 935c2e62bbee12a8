"""Phrases on both databases: who reads and replaces whose, versions, pages, and what stands in the database."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.envelope import Envelope
from gateway.phrases import PAGE_CHARS, PAGE_PHRASES, Replaced, listed_phrases, replace_phrases
from gateway.store import tables
from gateway.store.database import Database
from gateway.store.phrase_rows import PRACTICE
from tests.gateway.world import KEY, NOON, OTHER_SCRIBE, SCRIBE, World
from visit.phrases import KEPT_VERSIONS
from wire.people import Principal
from wire.phrases import PhrasePage, PutPhrase, SharedPhrase
from wire.refusals import Refusal, RefusalCode

pytestmark = pytest.mark.anyio


async def put(world: World, name: str, text: str, expected: int = 0) -> SharedPhrase | Refusal:
    return await world.services.phrases.put_own(world.provider, name, PutPhrase(text=text, expected_version=expected))


async def replace(world: World, owner: str, *wanted: tuple[str, str]) -> Replaced:
    return await replace_phrases(world.services.database, Envelope(KEY), owner, wanted, world.clock())


def code(answer: object) -> str:
    assert isinstance(answer, Refusal)
    return answer.code


async def texts(world: World, principal: Principal = SCRIBE, after: int = 0) -> list[tuple[str, str, int]]:
    page = await world.services.phrases.of_visit(principal, world.visit_id, after)
    assert isinstance(page, PhrasePage)
    return [(it.name, it.text, it.version) for it in page.phrases]


async def test_a_provider_keeps_versions_and_the_scribe_gets_what_is_new(world: World) -> None:
    first = await put(world, "Knee", "{left|right} knee.\r\n***")
    assert isinstance(first, SharedPhrase)
    assert (first.name, first.text, first.version) == ("knee", "{left|right} knee.\n***", 1)
    await put(world, "knee", "Newer.", 1)
    await put(world, "exam", "Exam.")
    assert await texts(world) == [("knee", "{left|right} knee.\n***", 1), ("knee", "Newer.", 2), ("exam", "Exam.", 1)]
    assert await texts(world, after=2) == [("exam", "Exam.", 1)]
    gone = await world.services.phrases.put_own(
        world.provider, "knee", PutPhrase(text="", expected_version=2, removed=True)
    )
    assert isinstance(gone, SharedPhrase)
    assert (gone.removed, gone.version, gone.text) == (True, 3, "")
    own = await world.services.phrases.own(world.provider, 3)
    assert isinstance(own, PhrasePage)
    assert (own.phrases, own.revision, own.complete) == ((gone,), 4, True)


async def test_what_is_refused(world: World) -> None:
    await put(world, "knee", "Text.")
    assert code(await put(world, "knee", "Other.")) == RefusalCode.CHANGED_MEANWHILE
    assert code(await put(world, "new", "Other.", 3)) == RefusalCode.CHANGED_MEANWHILE
    bad = await put(world, "1", "Text.")
    assert isinstance(bad, Refusal)
    assert (bad.code, bad.params) == (RefusalCode.MALFORMED, {"field": "phrase", "kind": "bad_name"})
    assert code(await put(world, "list", "{a|b")) == RefusalCode.MALFORMED
    away = PutPhrase(text="", expected_version=0, removed=True)
    assert code(await world.services.phrases.put_own(world.provider, "none", away)) == RefusalCode.VERSION_UNKNOWN
    assert await texts(world) == [("knee", "Text.", 1)]


async def test_who_reads_and_who_replaces(world: World) -> None:
    """Every role at every door."""
    service = world.services.phrases
    principals = {"scribe": SCRIBE, "unassigned": OTHER_SCRIBE, "provider": world.provider, "room": world.room}
    allowed: dict[str, set[str]] = {"practice": set(), "visit": set(), "own": set(), "put": set()}
    for name, principal in principals.items():
        doors = {
            "practice": await service.of_practice(principal, 0),
            "visit": await service.of_visit(principal, world.visit_id, 0),
            "own": await service.own(principal, 0),
            "put": await service.put_own(principal, f"of-{name}", PutPhrase(text="x", expected_version=0)),
        }
        for door, answer in doors.items():
            if not isinstance(answer, Refusal):
                allowed[door].add(name)
    assert allowed == {
        "practice": {"scribe", "unassigned", "provider"},
        "visit": {"scribe"},
        "own": {"provider"},
        "put": {"provider"},
    }
    assert code(await service.of_visit(SCRIBE, "none", 0)) == RefusalCode.VISIT_UNKNOWN


async def test_it_replaces_the_practices_and_what_is_as_it_was_keeps_its_version(world: World) -> None:
    assert await replace(world, PRACTICE, ("a", "A."), ("b", "B.")) == Replaced(2, 0)
    world.clock.advance(60)
    assert await replace(world, PRACTICE, ("a", "A."), ("c", "C.")) == Replaced(1, 1)
    assert await replace(world, PRACTICE, ("b", "B again."), ("a", "A."), ("c", "C.")) == Replaced(1, 0)
    listed = await listed_phrases(world.services.database, Envelope(KEY), PRACTICE)
    assert [(it.name, it.text, it.version) for it in listed] == [("a", "A.", 1), ("b", "B again.", 3), ("c", "C.", 1)]
    page = await world.services.phrases.of_practice(SCRIBE, 2)
    assert isinstance(page, PhrasePage)
    assert [(it.name, it.removed) for it in page.phrases] == [("c", False), ("b", True), ("b", False)]
    assert page.phrases[0].updated_at == NOON + timedelta(seconds=60)
    assert await texts(world) == [], "a provider's are others"


async def test_pages_are_bounded_by_number_and_by_size(sqlite_world: World) -> None:
    world = sqlite_world
    long = "x" * 20_000
    wanted = [(f"n{number:04}", long if number < 40 else "x") for number in range(PAGE_PHRASES + 100)]
    await replace(world, PRACTICE, *wanted)
    got: list[SharedPhrase] = []
    after, pages, complete = 0, 0, False
    while not complete:
        page = await world.services.phrases.of_practice(SCRIBE, after)
        assert isinstance(page, PhrasePage)
        assert 0 < len(page.phrases) <= PAGE_PHRASES
        assert sum(len(it.text) for it in page.phrases) <= PAGE_CHARS
        got += page.phrases
        after, complete, pages = page.revision, page.complete, pages + 1
    assert [(it.name, it.text) for it in got] == wanted
    assert pages == 4
    last = await world.services.phrases.of_practice(SCRIBE, after)
    assert last == PhrasePage(phrases=(), revision=after, complete=True)


async def test_old_versions_are_forgotten(sqlite_world: World) -> None:
    for version in range(KEPT_VERSIONS + 3):
        await put(sqlite_world, "knee", f"Text {version}.", version)
    kept = await texts(sqlite_world)
    assert (kept[0], len(kept)) == (("knee", "Text 3.", 4), KEPT_VERSIONS)


async def test_texts_are_sealed_and_the_audit_names_no_phrase(database: Database) -> None:
    envelope = Envelope(KEY)
    await replace_phrases(database, envelope, "okafor", [("zebra", "quagga text")], NOON)
    async with database.read() as connection:
        row = (await connection.execute(select(tables.phrases))).one()
        assert "quagga" not in str(tuple(row))
    entries = [row.entry for row in await database.audit_rows()]
    assert [(it.action, it.subject, it.details) for it in entries] == [
        ("phrases_replaced", {"owner": "okafor"}, {"saved": 1, "removed": 0})
    ]


async def test_more_names_than_fit_change_nothing(sqlite_world: World) -> None:
    from visit.phrases import MAX_PHRASES

    wanted = [(f"n{number}", "x") for number in range(MAX_PHRASES + 1)]
    with pytest.raises(ValueError, match="more than"):
        await replace(sqlite_world, PRACTICE, *wanted)
    assert await listed_phrases(sqlite_world.services.database, Envelope(KEY), PRACTICE) == []
