"""One loader for settings and policy: policy > command line > environment > user's file > default.

A value that the organisation's policy sets is locked. A policy file that cannot be trusted or read is a
problem that the program says, never a silent default.
"""

import os
import stat
import tomllib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

POLICY_FILE = Path("/etc/alcove/policy.toml")
PREFIX = "ALCOVE_"
ROOT = 0
"""Who must own the policy file on POSIX, so that no user can change it."""
MAX_BYTES = 64 * 1024
RECOVERY_KEY_BYTES = 32
APPEARANCES = ("system", "light", "dark")
RANGES = {"font_pixels": (11, 26), "lock_minutes": (1, 240), "keep_signed_days": (0, 3650)}
POLICY_ALONE = ("recovery_key", "passphrase")
"""A person's own program, or another one of theirs, must not name who can open the vault."""


class SettingsProblem(StrEnum):
    """Why a file of settings was not taken."""

    POLICY_UNREADABLE = "policy_unreadable"
    POLICY_UNSAFE = "policy_unsafe"
    POLICY_INVALID = "policy_invalid"
    USER_FILE_INVALID = "user_file_invalid"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force."""

    gateway: str = ""
    appearance: str = "system"
    font_pixels: int = 13
    loopback_candidates: bool = False
    """Offer 127.0.0.1 to WebRTC: for a room on this very machine (demo, tests). Sends nothing outside."""
    output_device: str = ""
    """The sound device by its name; empty: the system's default."""
    speech_boost: bool = False
    """Make soft voices louder."""
    data_dir: str = ""
    lock_minutes: int = 10
    """After so long without input the vault is closed and the screen hidden; never while listening to a visit."""
    keep_signed_days: int = 1
    """So long a signed visit stays on this laptop that the gateway has whole."""
    recovery_key: str = ""
    """The organisation's public recovery key (X25519, base64), from policy alone: its other half opens a vault."""
    passphrase: bool = True
    """Whether a passphrase may keep the vault's key where no keyring answers."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, where each came from, and what was wrong with a file."""

    settings: Settings
    sources: Mapping[str, str] = field(default_factory=dict)
    problem: SettingsProblem | None = None

    @property
    def policy_problem(self) -> SettingsProblem | None:
        """What is wrong with the organisation's policy: the program then opens nothing and connects to nobody."""
        return None if self.problem is SettingsProblem.USER_FILE_INVALID else self.problem

    def locked(self, name: str) -> bool:
        """Whether the organisation's policy sets it."""
        return self.sources.get(name) == "policy"


def load_settings(
    command_line: Mapping[str, object],
    environment: Mapping[str, str],
    user_file: Path,
    policy_file: Path = POLICY_FILE,
    policy_owner: int = ROOT,
) -> LoadedSettings:
    """The layers, merged. A problem with the policy is reported before one with the user's file."""
    policy, policy_problem = _read_policy(policy_file, policy_owner)
    user, problem = _read_toml(user_file, SettingsProblem.USER_FILE_INVALID)
    layers: list[tuple[str, Mapping[str, object]]] = [
        ("user", user),
        ("environment", _from_environment(environment)),
        ("command line", {name: value for name, value in command_line.items() if value is not None}),
        ("policy", policy),
    ]
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, layer in layers:
        for name, value in layer.items():
            checked = _checked(name, value)
            if checked is not None and (source == "policy" or name not in POLICY_ALONE):
                values[name], sources[name] = checked, source
            elif source == "policy":
                policy_problem = SettingsProblem.POLICY_INVALID
            else:
                problem = SettingsProblem.USER_FILE_INVALID
    return LoadedSettings(Settings(**values), sources, policy_problem or problem)


def save_user_settings(user_file: Path, changes: Mapping[str, str | int | bool]) -> None:
    """Merge changes into the user's file, replaced atomically."""
    known, _ = _read_toml(user_file, SettingsProblem.USER_FILE_INVALID)
    merged = {**known, **changes}
    user_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = user_file.with_suffix(".new")
    temporary.write_text("".join(f"{name} = {_as_toml(value)}\n" for name, value in sorted(merged.items())))
    temporary.chmod(0o600)
    temporary.replace(user_file)


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read_policy(path: Path, owner: int) -> tuple[Mapping[str, object], SettingsProblem | None]:
    try:
        state = path.stat()
    except FileNotFoundError:
        return {}, None
    except OSError:
        return {}, SettingsProblem.POLICY_UNREADABLE
    others_write = state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if os.name == "posix" and (state.st_uid != owner or others_write):
        return {}, SettingsProblem.POLICY_UNSAFE
    return _read_toml(path, SettingsProblem.POLICY_INVALID)


def _read_toml(path: Path, problem: SettingsProblem) -> tuple[Mapping[str, object], SettingsProblem | None]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            return {}, problem
        return tomllib.loads(data.decode()), None
    except FileNotFoundError:
        return {}, None
    except (OSError, ValueError):
        return {}, problem


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for entry in fields(Settings):
        text = environment.get(PREFIX + entry.name.upper())
        if text is None:
            continue
        if entry.type in (bool, "bool"):
            found[entry.name] = text.lower() in ("1", "true", "yes")
        elif entry.type in (int, "int"):
            found[entry.name] = int(text) if text.isdecimal() else text
        else:
            found[entry.name] = text
    return found


def _checked(name: str, value: object) -> object | None:
    """The value when the name is known and the value is of its kind and in its range; else None."""
    kinds = {entry.name: type(entry.default) for entry in fields(Settings)}
    if type(value) is not kinds.get(name):
        return None
    if name == "appearance" and value not in APPEARANCES:
        return None
    if isinstance(value, int) and name in RANGES and not RANGES[name][0] <= value <= RANGES[name][1]:
        return None
    if name == "recovery_key" and not _is_key(str(value)):
        return None
    return value


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == RECOVERY_KEY_BYTES
    except ValueError:
        return False
