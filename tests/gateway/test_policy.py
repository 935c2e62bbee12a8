"""The policy in force: read anew, and kept when the new one cannot be used."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.config import load_config
from gateway.policy import PolicyInForce
from tests.gateway.routes.practice import config_text, write_practice
from wire.posture import CheckId, Requirement

TEXT = config_text("http://127.0.0.1:9", 8080)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_practice(tmp_path, TEXT)


def test_a_changed_policy_is_taken_over_by_everyone_who_holds_it(file: Path) -> None:
    policy = PolicyInForce(load_config(file))
    held = policy.visits
    changed = TEXT.replace('"7"', '"8"').replace("step_up_seconds = 600", "step_up_seconds = 90")
    file.write_text(changed.replace('disk_encryption = "require"', 'disk_encryption = "off"'))
    assert policy.reload() is None
    assert policy.admission.version == "8"
    assert policy.admission.requirement(CheckId.DISK_ENCRYPTION) is Requirement.OFF
    assert held.step_up_seconds == 90


@pytest.mark.parametrize("broken", ["", "nonsense", TEXT.replace('"require"', '"perhaps"')])
def test_a_policy_that_cannot_be_used_changes_nothing_and_says_why(file: Path, broken: str) -> None:
    policy = PolicyInForce(load_config(file))
    before = policy.admission
    file.write_text(broken)
    with capture_logs() as logs:
        assert policy.reload() is not None
    assert policy.admission is before
    assert [(each["event"], each["policy_version"]) for each in logs] == [("policy_kept", "7")]
    assert "gateway.toml" in logs[0]["problem"]
    file.write_text(TEXT.replace('"7"', '"9"'))
    assert policy.reload() is None
    assert policy.admission.version == "9"


def test_a_file_that_vanished_changes_nothing(file: Path) -> None:
    policy = PolicyInForce(load_config(file))
    file.unlink()
    assert policy.reload() is not None
    assert policy.admission.version == "7"


def test_what_needs_a_restart_is_said(file: Path) -> None:
    policy = PolicyInForce(load_config(file))
    file.write_text(TEXT.replace("Riverside", "Lakeside"))
    with capture_logs() as logs:
        assert policy.reload() is None
    assert [each["event"] for each in logs] == ["config_change_needs_restart"]
