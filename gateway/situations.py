"""Makes what the rules look at out of the gateway's state."""

from dataclasses import replace

from gateway.admissions import AdmissionService
from gateway.ledger import Ledger
from gateway.note import OpenNote
from gateway.ports import Policy, SessionInfo
from gateway.rules.situation import Situation
from visit.letter_content import PracticeHead, letter_head
from wire.people import Principal, Role


class Situations:
    """One principal's view of one loaded visit, now."""

    def __init__(self, ledger: Ledger, admissions: AdmissionService, policy: Policy) -> None:
        self._ledger = ledger
        self._admissions = admissions
        self._policy = policy

    def of(self, principal: Principal, visit_id: str, note: OpenNote) -> Situation:
        """The situation without the session's own facts."""
        state = self._ledger.loaded(visit_id)
        facts, policy = state.facts, self._policy
        practice = PracticeHead(policy.practice, policy.phone, policy.zone)
        room_id = state.facts.room.room_id
        is_scribe = principal.role is Role.SCRIBE
        return Situation(
            principal=principal,
            now=self._ledger.clock(),
            record=state.record,
            provider_id=state.facts.provider.person_id,
            room_id=room_id,
            assigned=state.facts.assigned,
            specialty=state.facts.banner.specialty,
            reason=state.facts.banner.reason,
            note=note.now_for(principal.id),
            letter_head=letter_head(practice, facts.banner.patient, facts.provider.name, facts.scheduled_at),
            live_admissions=self._admissions.live_of(visit_id, principal.id, principal.device_id)
            if is_scribe and principal.device_id is not None
            else frozenset(),
            other_visit_live=any(
                other.record.capturing and other.facts.room.room_id == room_id
                for other in self._ledger.loaded_visits()
                if other.facts.visit_id != visit_id
            ),
            step_up_seconds=self._policy.step_up_seconds,
        )

    def with_session(self, situation: Situation, session: SessionInfo) -> Situation:
        """The situation with what the session knows: when the person last authenticated."""
        return replace(situation, auth_time=session.auth_time)
