"""Who is admitted to listen now: kept, renewed, revoked and ended on time; the record says so."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from gateway.ledger import Change, Ledger
from gateway.ports import GATEWAY, LiveAdmission, NewAdmission
from gateway.store import admission_rows as rows
from gateway.store.visit_rows import visit_ids_between
from wire.people import Author, Person, Role
from wire.record import ListeningStopped, ScribeAdmitted, ScribeRefused
from wire.refusals import Refusal, RefusalCode

EndedListener = Callable[[LiveAdmission, str], None]
_LOOK_BACK = timedelta(days=2)


class AdmissionService:
    """The live admissions. Whether somebody is admitted is decided before, by rules/admission."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._live: dict[str, LiveAdmission] = {}
        self._changed = asyncio.Event()
        self._listeners: list[EndedListener] = []

    def listen(self, listener: EndedListener) -> None:
        """Call `listener(admission, reason)` when an admission ended; it must not fail."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Take over what lived before a restart; listening under what did not is ended in the record."""
        now = self._ledger.clock()
        async with self._ledger.database.read() as connection:
            self._live = {a.admission_id: a for a in await rows.load_live(connection, now)}
            recent = await visit_ids_between(connection, now - _LOOK_BACK, now + _LOOK_BACK)
        for visit_id in recent:
            state = await self._ledger.state(visit_id)
            for admission_id in list(state.record.listening) if state is not None else ():
                if admission_id not in self._live:
                    await self._ledger.run(self._stop_listening(visit_id, admission_id, "admission expired"))

    def live(self, visit_id: str) -> frozenset[str]:
        """The ids of a visit's live admissions."""
        return frozenset(a.admission_id for a in self._alive() if a.visit_id == visit_id)

    def live_of(self, visit_id: str, person_id: str, device_id: str | None = None) -> frozenset[str]:
        """The ids of one person's live admissions to a visit, on one device or (None) on any."""
        return frozenset(
            a.admission_id
            for a in self._alive()
            if a.visit_id == visit_id and a.person_id == person_id and device_id in (None, a.device_id)
        )

    def get(self, admission_id: str) -> LiveAdmission | None:
        """A live admission, or None."""
        return next((a for a in self._alive() if a.admission_id == admission_id), None)

    async def admit(self, new: NewAdmission) -> Refusal | None:
        """Keep an admission and record ScribeAdmitted; a refusal when the visit is unknown or not this scribe's."""
        state = await self._ledger.state(new.visit_id)
        if state is None:
            return Refusal(code=RefusalCode.VISIT_UNKNOWN)
        if new.person.person_id not in state.facts.assigned:
            return Refusal(code=RefusalCode.NOT_ASSIGNED)
        await self._ledger.run(self._admit(new))
        return None

    async def renew(self, admission_id: str, expires_at: datetime, report_sha256: str) -> bool:
        """A new report satisfied the policy: the same admission lives on; False when it had ended."""
        admission = self.get(admission_id)
        if admission is None:
            return False
        details = {"report_sha256": report_sha256}
        return await self._ledger.run(self._extend(admission, expires_at, "admission_renewed", details))

    async def limit(self, admission_id: str, expires_at: datetime) -> None:
        """A report no longer satisfied the policy: the admission ends by then unless a new one renews it."""
        admission = self.get(admission_id)
        if admission is not None and expires_at < admission.expires_at:
            await self._ledger.run(self._extend(admission, expires_at, "admission_limited", {}))

    async def refuse(self, visit_id: str, person: Person, code: RefusalCode, checks: tuple[str, ...]) -> None:
        """Record that a scribe was refused, with the failed checks."""
        if await self._ledger.state(visit_id) is not None:
            fact = ScribeRefused(code=code, checks=checks)
            await self._ledger.run(self._append(visit_id, _scribe(person), fact))

    async def revoke(self, admission_id: str, reason: str) -> None:
        """End an admission before its time: the feed is closed on both sides, listening ends in the record."""
        admission = self._live.get(admission_id)
        if admission is not None:
            await self._ledger.run(self._end(admission, reason, revoked=True))

    async def revoke_of(self, device_id: str, reason: str, person_id: str | None = None) -> None:
        """End every admission on one device, of one person or (None) of anybody."""
        for admission in self._alive():
            if admission.device_id == device_id and person_id in (None, admission.person_id):
                await self.revoke(admission.admission_id, reason)

    async def run(self) -> None:
        """End each admission when its time is over; until cancelled."""
        while True:
            self._changed.clear()
            now = self._ledger.clock()
            for admission in list(self._live.values()):
                if admission.expires_at <= now:
                    await self._ledger.run(self._end(admission, "admission expired", revoked=False))
            soonest = min((a.expires_at for a in self._live.values()), default=None)
            timeout = max(0.0, (soonest - now).total_seconds()) if soonest is not None else None
            try:
                await asyncio.wait_for(self._changed.wait(), timeout)
            except TimeoutError:
                continue

    def _alive(self) -> list[LiveAdmission]:
        now = self._ledger.clock()
        return [a for a in self._live.values() if a.expires_at > now]

    async def _admit(self, new: NewAdmission) -> None:
        live = LiveAdmission(new.admission_id, new.visit_id, new.person.person_id, new.device_id, new.expires_at)
        fact = ScribeAdmitted(
            admission_id=new.admission_id,
            device_id=new.device_id,
            report_sha256=new.report_sha256,
            policy_version=new.policy_version,
            replay_seconds=new.replay_seconds,
        )
        async with self._ledger.changing() as change:
            await rows.keep_admission(change.tx, new)
            await change.append(new.visit_id, _scribe(new.person), [fact])
            change.after.append(lambda: self._put(live))

    async def _extend(
        self, admission: LiveAdmission, expires_at: datetime, action: str, details: Mapping[str, str]
    ) -> bool:
        live = LiveAdmission(
            admission.admission_id, admission.visit_id, admission.person_id, admission.device_id, expires_at
        )
        subject = {"visit_id": admission.visit_id, "admission_id": admission.admission_id}
        async with self._ledger.changing() as change:
            if self.get(admission.admission_id) is None:
                return False  # ended meanwhile, and what ended stays so
            await rows.extend_admission(change.tx, admission.admission_id, expires_at)
            actor = f"{Role.SCRIBE.value}:{admission.person_id}"
            await change.tx.audit(actor, action, subject, details)
            change.after.append(lambda: self._put(live))
        return True

    async def _end(self, admission: LiveAdmission, reason: str, *, revoked: bool) -> None:
        await self._ledger.state(admission.visit_id)
        async with self._ledger.changing() as change:
            current = self._live.get(admission.admission_id)
            if current is None or (not revoked and current.expires_at > change.now):
                return  # ended or renewed meanwhile
            if revoked:
                await rows.revoke_admission(change.tx, admission.admission_id)
            subject = {"visit_id": admission.visit_id, "admission_id": admission.admission_id}
            await change.tx.audit(GATEWAY.id, "admission_revoked" if revoked else "admission_expired", subject)
            await self._append_stopped(change, admission.visit_id, admission.admission_id, reason)
            change.after.append(lambda: self._drop(admission, reason))

    async def _stop_listening(self, visit_id: str, admission_id: str, reason: str) -> None:
        async with self._ledger.changing() as change:
            await self._append_stopped(change, visit_id, admission_id, reason)

    async def _append_stopped(self, change: Change, visit_id: str, admission_id: str, reason: str) -> None:
        if admission_id in self._ledger.loaded(visit_id).record.listening:
            await change.append(visit_id, GATEWAY, [ListeningStopped(admission_id=admission_id, reason=reason)])

    async def _append(self, visit_id: str, author: Author, fact: ScribeRefused) -> None:
        async with self._ledger.changing() as change:
            await change.append(visit_id, author, [fact])

    def _put(self, admission: LiveAdmission) -> None:
        self._live[admission.admission_id] = admission
        self._changed.set()

    def _drop(self, admission: LiveAdmission, reason: str) -> None:
        self._live.pop(admission.admission_id, None)
        self._changed.set()
        for listener in self._listeners:
            listener(admission, reason)


def _scribe(person: Person) -> Author:
    return Author(role=Role.SCRIBE, id=person.person_id, name=person.name)
