"""Admission: a nonce, a signed report, the practice's policy, and a grant that both peers of the feed check."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.identity.codes import new_secret
from gateway.identity.desktop_sign_in import SignedIn
from gateway.identity.ice import IceServers
from gateway.identity.keys import PublicKey, SigningKey
from gateway.ledger import VisitState
from gateway.policy import PolicyInForce
from gateway.ports import NewAdmission
from gateway.rules.admission import AdmissionPolicy, admits, decide, failed_checks
from gateway.rules.situation import refuse
from gateway.services import Services
from gateway.store import code_rows
from gateway.store.people_rows import advance_counter
from gateway.store.room_rows import RoomRow, room_by_id
from visit.canonical import canonical_bytes, canonical_sha256
from wire.ids import new_id
from wire.people import Person, Principal
from wire.posture import AdmissionDecision, Challenge, CheckId, CheckVerdict, PostureReport, SignedReport
from wire.refusals import Refusal, RefusalCode
from wire.signalling import GrantClaims

GRANT_TYPE = "alcove-grant+jwt"
NONCE_PURPOSE = "admission"
NONCE_LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A report whose signature, nonce and number are in order."""

    who: SignedIn
    visit: VisitState
    report: PostureReport
    policy: AdmissionPolicy
    now: datetime

    @property
    def person(self) -> Person:
        """The scribe."""
        return Person(person_id=self.who.principal.id, name=self.who.principal.name)


class Admitting:
    """Decides on reports; the admissions themselves are kept by `Services.admissions`."""

    def __init__(
        self, services: Services, policy: PolicyInForce, key: SigningKey, ice: IceServers, practice: str
    ) -> None:
        self._services = services
        self._policy = policy
        self._key = key
        self._ice = ice
        self._practice = practice
        # Two reports at once must not become two admissions.
        self._lock = asyncio.Lock()

    async def challenge(self, who: SignedIn, visit_id: str) -> Challenge | Refusal:
        """A nonce for one report of this person on this device about this visit, for 60 s."""
        visit = await self._visit(who.principal, visit_id)
        if isinstance(visit, Refusal):
            return visit
        nonce, now, policy = new_secret(), self._services.clock(), self._policy.admission
        async with self._services.database.write(now) as tx:
            await code_rows.put_nonce(tx, NONCE_PURPOSE, nonce, _binding(who, visit_id), now + NONCE_LIFE)
        return Challenge(
            nonce=nonce,
            gateway_time=now,
            policy_version=policy.version,
            practice=self._practice,
            requirements={check: policy.requirement(check) for check in CheckId},
            params=dict(policy.params),
        )

    async def admit(self, who: SignedIn, visit_id: str, signed: SignedReport) -> AdmissionDecision | Refusal:
        """The decision on a report; a Refusal when it is no valid report, which decides nothing."""
        visit = await self._visit(who.principal, visit_id)
        if isinstance(visit, Refusal):
            return visit
        policy, now = self._policy.admission, self._services.clock()
        problem = await self._check(who, visit_id, signed, policy)
        if problem is not None:
            return problem
        async with self._lock:
            return await self._decide(_Asked(who, visit, signed.report, policy, now))

    async def _visit(self, principal: Principal, visit_id: str) -> VisitState | Refusal:
        state = await self._services.visits.get(visit_id)
        if state is None:
            return refuse(RefusalCode.VISIT_UNKNOWN)
        return state if principal.id in state.facts.assigned else refuse(RefusalCode.NOT_ASSIGNED)

    async def _check(
        self, who: SignedIn, visit_id: str, signed: SignedReport, policy: AdmissionPolicy
    ) -> Refusal | None:
        """Whether the report is this device's, about this visit, made now, and was never seen before."""
        report = signed.report
        if not PublicKey(who.device.jwk).verifies(canonical_bytes(report), signed.signature):
            return await self._invalid(who, visit_id, refuse(RefusalCode.REPORT_INVALID, reason="signature"))
        meant = (report.person_id, report.device_id, report.visit_id)
        if meant != (who.principal.id, who.device.device_id, visit_id):
            return await self._invalid(who, visit_id, refuse(RefusalCode.REPORT_INVALID, reason="subject"))
        async with self._services.database.write(self._services.clock()) as tx:
            bound_to = await code_rows.spend_nonce(tx, NONCE_PURPOSE, report.nonce)
            in_order = await advance_counter(tx, who.device.device_id, report.counter)
        if bound_to != _binding(who, visit_id):
            return await self._invalid(who, visit_id, refuse(RefusalCode.NONCE_SPENT))
        if not in_order:
            return await self._invalid(who, visit_id, refuse(RefusalCode.REPORT_INVALID, reason="counter"))
        if report.policy_version != policy.version:
            return await self._invalid(who, visit_id, refuse(RefusalCode.REPORT_INVALID, reason="policy_version"))
        return None

    async def _decide(self, asked: _Asked) -> AdmissionDecision:
        verdicts = decide(asked.policy, asked.report.results, asked.now)
        async with self._services.database.read() as connection:
            room = await room_by_id(connection, asked.visit.facts.room.room_id)
        if not admits(verdicts):
            return await self._refuse(asked, verdicts, refuse(RefusalCode.POSTURE_FAILED))
        if room is None or room.jkt is None:
            return await self._refuse(asked, verdicts, refuse(RefusalCode.ROOM_NOT_PAIRED))
        return await self._admit(asked, verdicts, room)

    async def _admit(self, asked: _Asked, verdicts: tuple[CheckVerdict, ...], room: RoomRow) -> AdmissionDecision:
        admissions, visit_id = self._services.admissions, asked.visit.facts.visit_id
        sha256, expires_at = canonical_sha256(asked.report), asked.now + asked.policy.grant
        admission_id = self._live(asked)
        if admission_id is None or not await admissions.renew(admission_id, expires_at, sha256):
            admission_id = new_id()
            new = NewAdmission(
                admission_id=admission_id,
                visit_id=visit_id,
                person=asked.person,
                device_id=asked.who.device.device_id,
                counter=asked.report.counter,
                report_sha256=sha256,
                policy_version=asked.policy.version,
                expires_at=expires_at,
                replay_seconds=asked.policy.replay_seconds,
            )
            refusal = await admissions.admit(new)
            if refusal is not None:
                return await self._refuse(asked, verdicts, refusal)
        return AdmissionDecision(
            admitted=True,
            admission_id=admission_id,
            verdicts=verdicts,
            grant=self._grant(asked, admission_id, room, expires_at),
            expires_at=expires_at,
            report_sha256=sha256,
            ice_servers=self._ice.for_user(asked.who.device.device_id, asked.now),
            relay_only=self._ice.relay_only,
            relay_authority=self._ice.authority,
        )

    async def _refuse(self, asked: _Asked, verdicts: tuple[CheckVerdict, ...], refusal: Refusal) -> AdmissionDecision:
        """Record the refusal; a feed that runs goes on for the policy's grace only."""
        admissions = self._services.admissions
        checks = failed_checks(verdicts)
        await admissions.refuse(asked.visit.facts.visit_id, asked.person, refusal.code, checks)
        admission_id = self._live(asked)
        if admission_id is not None:
            await admissions.limit(admission_id, asked.now + asked.policy.mid_visit_grace)
        return AdmissionDecision(
            admitted=False,
            admission_id=admission_id or new_id(),
            verdicts=verdicts,
            report_sha256=canonical_sha256(asked.report),
            refusal=refusal.model_copy(update={"params": {**refusal.params, "checks": " ".join(checks)}}),
        )

    def _live(self, asked: _Asked) -> str | None:
        """This device's admission to the visit that still lives: the new report renews or limits it."""
        visit_id, device_id = asked.visit.facts.visit_id, asked.who.device.device_id
        return min(self._services.admissions.live_of(visit_id, asked.who.principal.id, device_id), default=None)

    def _grant(self, asked: _Asked, admission_id: str, room: RoomRow, expires_at: datetime) -> str:
        told_to_the_room = asked.visit.record.may_replay.get(admission_id, 0)
        claims = GrantClaims(
            admission_id=admission_id,
            visit_id=asked.visit.facts.visit_id,
            person_id=asked.person.person_id,
            person_name=asked.person.name,
            device_id=asked.who.device.device_id,
            device_jkt=asked.who.device.jkt,
            room_id=room.room_id,
            room_jkt=room.jkt or "",
            nonce=new_secret(),
            issued_at=asked.now,
            expires_at=expires_at,
            replay_seconds=min(asked.policy.replay_seconds, told_to_the_room),
        )
        return self._key.sign(GRANT_TYPE, claims.model_dump(mode="json"))

    async def _invalid(self, who: SignedIn, visit_id: str, refusal: Refusal) -> Refusal:
        """A report that decides nothing is told to the audit alone: anybody's bytes do not fill a visit's record."""
        subject = {"visit_id": visit_id, "device_id": who.device.device_id}
        details = {"code": refusal.code.value, "reason": refusal.params.get("reason", "")}
        async with self._services.database.write(self._services.clock()) as tx:
            await tx.audit(f"scribe:{who.principal.id}", "report_refused", subject, details)
        return refusal


def _binding(who: SignedIn, visit_id: str) -> str:
    return json.dumps([who.principal.id, who.device.device_id, visit_id])
