"""Enrolling a device: a one-time code from the practice's IT makes the proven key one of the practice's devices."""

from datetime import datetime, timedelta

from gateway.identity.codes import new_code, typed_code
from gateway.identity.keys import PublicKey
from gateway.ports import Clock
from gateway.rules.situation import refuse
from gateway.store import code_rows
from gateway.store.database import Database
from gateway.store.people_rows import person_by_subject, put_device
from wire.http import EnrollReply
from wire.refusals import Refusal, RefusalCode

CODE_LIFE = timedelta(minutes=15)


class UnknownPerson(Exception):
    """The practice has nobody of that account: tell the operator."""


async def make_enrolment_code(
    database: Database, now: datetime, issuer: str, subject: str | None
) -> tuple[str, datetime]:
    """A code for one device of one person (None: of anybody), and when it stops working."""
    code, expires_at = new_code(), now + CODE_LIFE
    async with database.write(now) as tx:
        person_id = None
        if subject is not None:
            person = await person_by_subject(tx, issuer, subject)
            if person is None:
                raise UnknownPerson(subject)
            person_id = person.person_id
        await code_rows.put_enrolment_code(tx, code, person_id, expires_at)
        await tx.audit("operator", "enrolment_code_made", {"person_id": person_id} if person_id else {})
    return code, expires_at


class Enrolment:
    """Spends enrolment codes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def enroll(self, untrusted_code: str, device_name: str, key: PublicKey) -> EnrollReply | Refusal:
        """Make the proven key a device of the practice, for a code that works once."""
        async with self._database.write(self._clock()) as tx:
            worked, person_id = await code_rows.spend_enrolment_code(tx, typed_code(untrusted_code))
            if not worked:
                await tx.audit("gateway", "enrolment_refused")
                return refuse(RefusalCode.CODE_INVALID)
            device_id = await put_device(tx, key.jwk, key.jkt, device_name, person_id)
            if device_id is None:
                return refuse(RefusalCode.DEVICE_NOT_ENROLLED, reason="revoked")
            await tx.audit("gateway", "device_enrolled", {"device_id": device_id})
            return EnrollReply(device_id=device_id)
