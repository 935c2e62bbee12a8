"""The visits: taken over from the EHR's schedule, and listed for each principal."""

from collections.abc import Callable
from datetime import timedelta

from gateway.ledger import Change, Ledger, VisitState
from gateway.ports import GATEWAY, EhrVisit, Policy
from gateway.store.layer_rows import load_layers
from gateway.store.visit_rows import fill_patients, upsert_visit, visit_ids_between
from gateway.summaries import day_bounds, is_listed, summarize
from visit.template_choice import choose_template, chosen_fact
from wire.people import Principal
from wire.record import Fact, MomentMarked, VisitOpened
from wire.visits import VisitSummary


class VisitService:
    """What everybody's Today is made of; `changed` is called when the schedule brought something."""

    def __init__(self, ledger: Ledger, policy: Policy) -> None:
        self._ledger = ledger
        self._policy = policy
        self.changed: Callable[[], None] = lambda: None

    async def upsert_from_ehr(self, visit: EhrVisit) -> str:
        """Take over one encounter, its provider and its room; the visit's id. Repeating it changes nothing twice."""
        visit_id, is_changed = await self._ledger.run(self._upsert(visit))
        if is_changed:
            self.changed()
        return visit_id

    async def get(self, visit_id: str) -> VisitState | None:
        """One visit as it stands, or None."""
        return await self._ledger.state(visit_id)

    async def listed_for(self, principal: Principal) -> tuple[VisitSummary, ...]:
        """The visits that this principal sees now, in the order of their times."""
        now = self._ledger.clock()
        begin, _ = day_bounds(now, self._policy.zone)
        states = [state for state in await self._recent() if is_listed(state, principal, begin)]
        return tuple(summarize(state, principal.role, now) for state in states)

    async def load(self) -> None:
        """Bring the recent visits to memory: rules look across the visits of a room. Older rows get what they lack."""
        async with self._ledger.database.write(self._ledger.clock()) as tx:
            await fill_patients(tx, self._ledger.envelope)
        await self._recent()

    async def _recent(self) -> list[VisitState]:
        begin, end = day_bounds(self._ledger.clock(), self._policy.zone)
        begin -= timedelta(days=self._policy.days_kept_open)
        async with self._ledger.database.read() as connection:
            visit_ids = await visit_ids_between(connection, begin, end)
        states = [await self._ledger.state(visit_id) for visit_id in visit_ids]
        return [state for state in states if state is not None]

    async def _upsert(self, visit: EhrVisit) -> tuple[str, bool]:
        async with self._ledger.changing() as change:
            visit_id, is_new = await upsert_visit(change.tx, self._ledger.envelope, visit)
            if is_new:
                await change.tx.audit(GATEWAY.id, "visit_taken_over", {"visit_id": visit_id})
        state = await self._ledger.state(visit_id)
        if state is None:
            raise KeyError(visit_id)
        before = state.facts
        await self._ledger.refresh_facts(visit_id)
        new = [item for item in visit.moments if item[0] not in state.record.moments]
        facts: list[Fact] = [MomentMarked(moment=moment, at=at) for moment, at in new]
        if facts or not state.entries:
            async with self._ledger.changing() as change:
                opened = await self._opened(change, visit, state) if not state.entries else []
                await change.append(visit_id, GATEWAY, [*opened, *facts])
        return visit_id, is_new or state.facts != before

    async def _opened(self, change: Change, visit: EhrVisit, state: VisitState) -> list[Fact]:
        """A visit begins with the template for its specialty and reason, as its provider wants that one."""
        template = choose_template(visit.banner.specialty, visit.banner.reason)
        layers = await load_layers(change.tx, self._ledger.envelope, state.facts.provider.person_id)
        return [VisitOpened(encounter=visit.encounter), chosen_fact(template, layers)]
