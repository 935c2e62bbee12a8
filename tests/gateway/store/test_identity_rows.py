"""People, devices, rooms, codes and sessions as rows, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.store import code_rows, people_rows, room_rows, session_rows
from gateway.store.database import Database
from gateway.store.people_rows import NewPerson
from gateway.store.session_rows import SessionRow, TokenRow
from wire.people import Role

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
JWK = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}


async def add(database: Database, subject: str = "santos", role: Role = Role.SCRIBE, ehr: str | None = None) -> str:
    async with database.write(NOW) as tx:
        return await people_rows.put_person(tx, NewPerson("issuer", subject, subject.title(), role, ehr))


async def test_a_person_is_renewed_not_doubled(database: Database) -> None:
    first = await add(database)
    assert await add(database, role=Role.PROVIDER) == first
    async with database.read() as connection:
        person = await people_rows.person_by_subject(connection, "issuer", "santos")
        assert person == await people_rows.person_by_id(connection, first)
        assert person is not None
        assert (person.role, person.name) == (Role.PROVIDER, "Santos")
        assert await people_rows.person_by_subject(connection, "elsewhere", "santos") is None


async def test_two_people_are_never_made_one(database: Database) -> None:
    await add(database, "a", Role.PROVIDER, "Practitioner/a")
    await add(database, "b", Role.PROVIDER)
    for subject in ("b", "c"):
        with pytest.raises(ValueError, match="another account"):
            await add(database, subject, Role.PROVIDER, "Practitioner/a")


async def test_a_device_keeps_its_id_with_its_key_and_counts_upwards(database: Database) -> None:
    async with database.write(NOW) as tx:
        device_id = await people_rows.put_device(tx, JWK, "jkt", "laptop", None)
        assert device_id is not None
        assert await people_rows.put_device(tx, JWK, "jkt", "renamed", None) == device_id
        counted = [await people_rows.advance_counter(tx, device_id, number) for number in (5, 5, 4, 2**52)]
        found = await people_rows.device_by_id(tx, device_id)
    assert counted == [True, False, False, True]
    assert found is not None
    assert (found.jwk, found.jkt, found.revoked) == (JWK, "jkt", False)


async def test_codes_and_nonces_work_once_in_their_time(database: Database) -> None:
    person = await add(database)
    async with database.write(NOW) as tx:
        room = await room_rows.put_room(tx, "Room 2", "Location/2")
        await code_rows.put_enrolment_code(tx, "A", person, LATER)
        await code_rows.put_pairing_code(tx, "B", room, person, LATER)
        await code_rows.put_nonce(tx, "sign_in", "C", "bound", LATER)
        assert await code_rows.spend_nonce(tx, "admission", "C") is None
        assert [await code_rows.spend_enrolment_code(tx, "A") for _ in range(2)] == [(True, person), (False, None)]
        assert [await code_rows.spend_pairing_code(tx, "B") for _ in range(2)] == [(room, person), None]
        assert [await code_rows.spend_nonce(tx, "sign_in", "C") for _ in range(2)] == ["bound", None]
        await code_rows.put_enrolment_code(tx, "D", None, LATER)
        await code_rows.put_nonce(tx, "sign_in", "E", "", LATER)
    async with database.write(LATER) as tx:
        assert await code_rows.spend_enrolment_code(tx, "D") == (False, None)
        assert await code_rows.spend_nonce(tx, "sign_in", "E") is None


async def test_a_room_is_renamed_by_its_reference_and_paired_anew(database: Database) -> None:
    async with database.write(NOW) as tx:
        first = await room_rows.put_room(tx, "Room 2", "Location/2")
        assert await room_rows.put_room(tx, "Exam 2", "Location/2") == first
        second = await room_rows.put_room(tx, "Room 4", None)
        await room_rows.pair_room(tx, first, JWK, "jkt")
        await room_rows.pair_room(tx, second, JWK, "jkt")
        rooms = [await room_rows.room_by_id(tx, room_id) for room_id in (first, second)]
    assert [(room.name, room.jkt) for room in rooms if room] == [("Exam 2", None), ("Room 4", "jkt")]


async def test_a_family_of_tokens_ends_as_one(database: Database) -> None:
    person = await add(database)
    async with database.write(NOW) as tx:
        device = await people_rows.put_device(tx, JWK, "jkt", "laptop", None)
        row = TokenRow("family", person, device or "", NOW, LATER)
        await session_rows.put_token(tx, "one", row)
        await session_rows.spend_token(tx, "one")
        await session_rows.put_token(tx, "two", row)
        spent, fresh = [await session_rows.load_token(tx, each) for each in ("one", "two")]
        assert spent is not None
        assert fresh is not None
        assert (spent.spent, fresh.spent, fresh.auth_time) == (True, False, NOW)
        assert await session_rows.family_end(tx, "family") == LATER
        await session_rows.end_family(tx, "family")
        assert await session_rows.family_end(tx, "family") is None
        ended = await session_rows.load_token(tx, "two")
        assert ended is not None
        assert ended.ended


async def test_a_session_is_of_its_role_and_time(database: Database) -> None:
    async with database.write(NOW) as tx:
        for secret in ("one", "two"):
            await session_rows.put_session(tx, secret, SessionRow(Role.PROVIDER, "p", NOW, LATER))
        await session_rows.end_session(tx, "two")

    async def found(secret: str, role: Role, now: datetime) -> bool:
        async with database.read() as connection:
            return await session_rows.load_session(connection, secret, role, now) is not None

    assert await found("one", Role.PROVIDER, NOW)
    assert not await found("one", Role.ROOM, NOW)
    assert not await found("one", Role.PROVIDER, LATER)
    assert not await found("two", Role.PROVIDER, NOW)
    async with database.write(NOW) as tx:
        await session_rows.end_sessions_of(tx, Role.PROVIDER, "p")
    assert not await found("one", Role.PROVIDER, NOW)
