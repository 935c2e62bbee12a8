"""The admission rule: only `pass` passes what is required, whatever a report says or leaves out."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.admission import AdmissionPolicy, admits, decide, failed_checks
from wire.posture import CheckId, CheckResult, CheckState, Requirement

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
EVERYTHING_OFF = dict.fromkeys(CheckId, Requirement.OFF)


def result(check: CheckId, state: CheckState) -> CheckResult:
    return CheckResult(check=check, state=state, reason="r", source="s", collected_at=NOW, duration_ms=1)


def results(state: CheckState) -> tuple[CheckResult, ...]:
    return tuple(result(check, state) for check in CheckId)


@pytest.mark.parametrize(("requirement", "state"), list(product(Requirement, CheckState)))
def test_every_requirement_with_every_state(requirement: Requirement, state: CheckState) -> None:
    policy = AdmissionPolicy("1", {**EVERYTHING_OFF, CheckId.FIREWALL: requirement})
    verdicts = decide(policy, [result(CheckId.FIREWALL, state)], NOW)
    verdict = next(each for each in verdicts if each.check is CheckId.FIREWALL)
    expected = requirement is not Requirement.REQUIRE or state is CheckState.PASS
    assert (verdict.state, verdict.admits, admits(verdicts)) == (state, expected, expected)


def test_a_check_that_is_missing_is_unknown_and_does_not_admit() -> None:
    policy = AdmissionPolicy("1", {**EVERYTHING_OFF, CheckId.CLOCK: Requirement.REQUIRE})
    verdicts = decide(policy, [], NOW)
    assert {verdict.state for verdict in verdicts} == {CheckState.UNKNOWN}
    assert failed_checks(verdicts) == ("clock",)


def test_a_check_that_the_policy_forgot_is_required() -> None:
    assert failed_checks(decide(AdmissionPolicy("1"), results(CheckState.UNKNOWN), NOW)) == tuple(CheckId)
    assert admits(decide(AdmissionPolicy("1"), results(CheckState.PASS), NOW))


def test_two_answers_to_one_check_are_none() -> None:
    twice = [*results(CheckState.PASS), result(CheckId.FIREWALL, CheckState.PASS)]
    verdicts = decide(AdmissionPolicy("1"), twice, NOW)
    assert failed_checks(verdicts) == ("firewall",)


def test_grace_is_for_what_fails_until_its_date_and_never_for_what_is_unknown() -> None:
    until = NOW + timedelta(days=3)
    policy = AdmissionPolicy("1", EVERYTHING_OFF | {CheckId.UPDATES: Requirement.REQUIRE}, {}, {CheckId.UPDATES: until})
    failing, unknown = ([result(CheckId.UPDATES, state)] for state in (CheckState.FAIL, CheckState.UNKNOWN))
    graced = next(each for each in decide(policy, failing, NOW) if each.check is CheckId.UPDATES)
    assert (graced.admits, graced.grace_until) == (True, until)
    assert not admits(decide(policy, failing, until))
    assert not admits(decide(policy, unknown, NOW))


@given(st.lists(st.tuples(st.sampled_from(CheckId), st.sampled_from(CheckState)), max_size=12))
def test_nobody_is_admitted_without_one_pass_of_each_required_check(found: list[tuple[CheckId, CheckState]]) -> None:
    verdicts = decide(AdmissionPolicy("1"), [result(check, state) for check, state in found], NOW)
    assert [verdict.check for verdict in verdicts] == list(CheckId)
    passed_once = all([state for each, state in found if each is check] == [CheckState.PASS] for check in CheckId)
    assert admits(verdicts) == passed_once
