"""What the practice's policy makes of a device's report: a verdict for each check, and who is admitted by them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wire.posture import CheckId, CheckResult, CheckState, CheckVerdict, Requirement


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """What the practice demands of a device, and how long an admission holds."""

    version: str
    requirements: Mapping[CheckId, Requirement] = field(default_factory=dict)
    """A check that is not named is required."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Limits that the checks measure by, as the desktop is told them."""
    grace_until: Mapping[CheckId, datetime] = field(default_factory=dict)
    """Until when a required check that fails still admits; never one that is unknown."""
    grant: timedelta = timedelta(minutes=5)
    mid_visit_grace: timedelta = timedelta(seconds=30)
    """How long a feed goes on after a report that no longer admits."""
    replay_seconds: int = 60
    """How much of what was heard a scribe may hear again; 0: nothing."""

    def requirement(self, check: CheckId) -> Requirement:
        """What is demanded of a check; a check that the policy forgot is required."""
        return self.requirements.get(check, Requirement.REQUIRE)


def decide(policy: AdmissionPolicy, results: Iterable[CheckResult], now: datetime) -> tuple[CheckVerdict, ...]:
    """One verdict for every check there is, in CheckId order, whatever the report left out or said twice."""
    results = tuple(results)
    counts = Counter(result.check for result in results)
    states = {result.check: result.state for result in results}
    return tuple(_verdict(policy, check, _state(states.get(check), counts[check]), now) for check in CheckId)


def admits(verdicts: Iterable[CheckVerdict]) -> bool:
    """Whether every verdict admits."""
    return all(verdict.admits for verdict in verdicts)


def failed_checks(verdicts: Iterable[CheckVerdict]) -> tuple[str, ...]:
    """The checks that stand in the way, by name."""
    return tuple(verdict.check.value for verdict in verdicts if not verdict.admits)


def _state(state: CheckState | None, count: int) -> CheckState:
    if state is None:
        return CheckState.UNKNOWN
    # Two answers to one question are none.
    return state if count == 1 else CheckState.ERROR


def _verdict(policy: AdmissionPolicy, check: CheckId, state: CheckState, now: datetime) -> CheckVerdict:
    requirement = policy.requirement(check)
    grace_until: datetime | None = None
    match requirement:
        case Requirement.REQUIRE:
            passes = state is CheckState.PASS
            until = policy.grace_until.get(check)
            if state is CheckState.FAIL and until is not None and now < until:
                grace_until = until
            admitted = passes or grace_until is not None
        case Requirement.WARN | Requirement.ADVISORY | Requirement.OFF:
            admitted = True
    return CheckVerdict(check=check, requirement=requirement, state=state, admits=admitted, grace_until=grace_until)
