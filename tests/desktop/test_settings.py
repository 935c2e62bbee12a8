"""Settings and policy: who overrides whom, and what becomes of files that cannot be used."""

import os
import sys
from pathlib import Path

import pytest

from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import stage
from desktop.settings import LoadedSettings, SettingsProblem, load_settings, save_user_settings
from desktop.ui.words import say

ADDRESS = "https://alcove.practice.example"
WITH_POLICY = """
import os, pathlib, sys
import desktop.settings as settings
settings.load_settings.__defaults__ = (pathlib.Path(sys.argv.pop(1)), os.geteuid())
from desktop.__main__ import main
sys.exit(main())
"""
"""Starts the unchanged program with another place and owner of the policy."""


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def load(user_file: Path, policy_file: Path, env: dict[str, str] | None = None, **given: object) -> LoadedSettings:
    return load_settings(given, env or {}, user_file, policy_file, os.geteuid())


def test_without_files_everything_has_its_default(user_file: Path, policy_file: Path) -> None:
    loaded = load(user_file, policy_file)
    assert (loaded.settings.gateway, loaded.settings.appearance, loaded.problem) == ("", "system", None)


def test_policy_over_command_line_over_environment_over_user(user_file: Path, policy_file: Path) -> None:
    user_file.write_text('appearance = "dark"\nfont_pixels = 15\ngateway = "https://user.example"\n')
    environment = {"ALCOVE_APPEARANCE": "light", "ALCOVE_GATEWAY": "https://environment.example"}
    loaded = load(user_file, policy_file, environment, gateway="https://line.example")
    assert loaded.settings.gateway == "https://line.example"
    assert loaded.settings.appearance == "light"
    assert loaded.settings.font_pixels == 15
    assert not loaded.locked("gateway")
    policy_file.write_text(f'gateway = "{ADDRESS}"\n')
    loaded = load(user_file, policy_file, environment, gateway="https://line.example")
    assert loaded.settings.gateway == ADDRESS
    assert loaded.locked("gateway")


BAD = ("gateway = ", "gateway = 3", "colour = 'red'", "font_pixels = 99", "appearance = 'pink'", "\udcff", "#" * 70_000)


@pytest.mark.parametrize("text", BAD)
def test_a_policy_that_cannot_be_used_is_a_problem_and_so_is_a_users_file(
    user_file: Path, policy_file: Path, text: str
) -> None:
    data = text.encode("utf-8", "surrogateescape")
    user_file.write_bytes(data)
    loaded = load(user_file, policy_file)
    assert (loaded.problem, loaded.policy_problem) == (SettingsProblem.USER_FILE_INVALID, None)
    policy_file.write_bytes(data)
    loaded = load(user_file, policy_file)
    assert (loaded.problem, loaded.policy_problem) == (SettingsProblem.POLICY_INVALID, SettingsProblem.POLICY_INVALID)


def test_a_recovery_key_is_the_policys_alone_and_must_be_one(user_file: Path, policy_file: Path) -> None:
    """Another program of this user must not name who can open the vault."""
    key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    loaded = load(user_file, policy_file, {"ALCOVE_RECOVERY_KEY": key})
    assert (loaded.settings.recovery_key, loaded.problem) == ("", SettingsProblem.USER_FILE_INVALID)
    policy_file.write_text(f'recovery_key = "{key}"\nlock_minutes = 5\nkeep_signed_days = 0\n')
    settings = load(user_file, policy_file, {"ALCOVE_LOCK_MINUTES": "200"}).settings
    assert (settings.recovery_key, settings.lock_minutes, settings.keep_signed_days) == (key, 5, 0)
    for wrong in ('recovery_key = "AQE="', 'recovery_key = "?"', "lock_minutes = 0", "keep_signed_days = -1"):
        policy_file.write_text(f"{wrong}\n")
        assert load(user_file, policy_file).policy_problem is SettingsProblem.POLICY_INVALID


def test_a_bad_environment_is_told_and_not_followed(user_file: Path, policy_file: Path) -> None:
    loaded = load(user_file, policy_file, {"ALCOVE_FONT_PIXELS": "large"})
    assert (loaded.settings.font_pixels, loaded.problem) == (13, SettingsProblem.USER_FILE_INVALID)


def test_a_policy_that_others_may_write_is_not_followed(user_file: Path, policy_file: Path) -> None:
    policy_file.write_text(f'gateway = "{ADDRESS}"\n')
    policy_file.chmod(0o666)
    loaded = load(user_file, policy_file)
    assert (loaded.settings.gateway, loaded.policy_problem) == ("", SettingsProblem.POLICY_UNSAFE)
    policy_file.chmod(0o644)
    loaded = load_settings({}, {}, user_file, policy_file, os.geteuid() + 1)
    assert (loaded.settings.gateway, loaded.policy_problem) == ("", SettingsProblem.POLICY_UNSAFE)


def test_what_the_user_changes_is_kept_beside_the_rest(user_file: Path, policy_file: Path) -> None:
    save_user_settings(user_file, {"appearance": "dark"})
    save_user_settings(user_file, {"font_pixels": 16, "data_dir": 'a "quoted" \\ path'})
    settings = load(user_file, policy_file).settings
    assert (settings.appearance, settings.font_pixels, settings.data_dir) == ("dark", 16, 'a "quoted" \\ path')
    assert user_file.stat().st_mode & 0o777 == 0o600


def test_the_program_opens_nothing_under_a_policy_that_cannot_be_used(tmp_path: Path, policy_file: Path) -> None:
    policy_file.write_text("gateway = 3\n")
    program = (sys.executable, "-c", WITH_POLICY, str(policy_file))
    data = tmp_path / "alcove"
    with stage() as place, ScribeHand(place, DesktopPlan(data, program=program)) as hand:
        hand.find(say("policy.policy_invalid"))
        hand.find(say("policy.do"))
        assert not data.exists()
        hand.press(say("vault.again"))
        hand.find(say("policy.policy_invalid"))
        policy_file.write_text(f'gateway = "{ADDRESS}"\n')
        policy_file.chmod(0o644)
        hand.press(say("vault.again"))
        address = hand.find(say("first_run.address"), "text")
        assert address.text == ADDRESS
        hand.find(say("first_run.by_policy"))
        assert hand.close() == 0
