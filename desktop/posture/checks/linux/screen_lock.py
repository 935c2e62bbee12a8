"""Whether the screen locks by itself in time, by the settings of the desktop that runs, while its locker runs."""

import json
import re

from desktop.ports import PostureFacts
from desktop.posture.checks import Check
from desktop.posture.machine import Machine
from desktop.posture.reading import (
    Finding,
    Raw,
    Reading,
    failed,
    is_absent,
    limit_of,
    not_readable,
    passed,
    text_of,
    unknown,
)
from wire.posture import CheckId

SESSION = "session"
GNOME_KEYS = {
    "lock-enabled": ("org.gnome.desktop.screensaver", "lock-enabled"),
    "lock-delay": ("org.gnome.desktop.screensaver", "lock-delay"),
    "idle-delay": ("org.gnome.desktop.session", "idle-delay"),
    "disable-lock-screen": ("org.gnome.desktop.lockdown", "disable-lock-screen"),
}
KDE_KEYS = ("Autolock", "Timeout", "LockGrace")
LOCKERS = {"GNOME": "org.gnome.Shell", "KDE": "org.kde.screensaver"}


def collect(machine: Machine, facts: PostureFacts) -> Raw:
    """The session, the settings of its desktop, and whether the desktop's locker is on the session bus."""
    del facts
    session = machine.setting("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE")
    raw = {SESSION: session}
    desktop = _desktop(raw)
    if desktop == "GNOME":
        for name, (schema, key) in GNOME_KEYS.items():
            raw[name] = machine.run("/usr/bin/gsettings", "get", schema, key)
    elif desktop == "KDE":
        for key in KDE_KEYS:
            raw[key] = _kde_setting(machine, key)
    if desktop is not None:
        raw[LOCKERS[desktop]] = machine.run(
            *("/usr/bin/busctl", "--user", "--json=short", "call"),
            *("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner"),
            *("s", LOCKERS[desktop]),
        )
    return raw


def parse(raw: Raw, facts: PostureFacts) -> Finding:
    """Pass when the settings lock within `screen_lock_max_seconds` and the locker runs."""
    most = limit_of(facts, "screen_lock_max_seconds")
    if most is None:
        return unknown("limit_missing", limit="screen_lock_max_seconds")
    desktop = _desktop(raw)
    if desktop is None:
        return unknown("desktop_not_known", (text_of(raw, SESSION) or "")[:100])
    # Without a desktop the settings are defaults that nobody applies.
    running = text_of(raw, LOCKERS[desktop])
    if running is None:
        return not_readable(raw, LOCKERS[desktop])
    finding = _gnome(raw, most) if desktop == "GNOME" else _kde(raw, most)
    if '"data":[true]' not in re.sub(r"\s", "", running):
        return unknown("locker_not_running", f"{finding.raw}; {LOCKERS[desktop]} absent", desktop=desktop)
    return finding


def _gnome(raw: Raw, most: int) -> Finding:
    values = {name: text_of(raw, name) for name in GNOME_KEYS}
    if any(value is None for value in values.values()):
        return not_readable(raw, *GNOME_KEYS)
    evidence = "; ".join(f"{name} {str(value).strip()}" for name, value in values.items())
    enabled, disabled = _boolean(values["lock-enabled"]), _boolean(values["disable-lock-screen"])
    delay, idle = _unsigned(values["lock-delay"]), _unsigned(values["idle-delay"])
    if enabled is None or disabled is None or delay is None or idle is None:
        return unknown("not_understood", evidence)
    if not enabled or disabled:
        return failed("lock_off", evidence, desktop="GNOME")
    return _in_time(idle, delay, most, evidence)


def _kde(raw: Raw, most: int) -> Finding:
    values = {key: text_of(raw, key) for key in KDE_KEYS}
    if any(value is None for value in values.values()):
        return not_readable(raw, *KDE_KEYS)
    evidence = "; ".join(f"{key} {str(value).strip()}" for key, value in values.items())
    enabled = _boolean(values["Autolock"])
    minutes, grace = _unsigned(values["Timeout"]), _unsigned(values["LockGrace"])
    # An unset key is empty here: what this version of the desktop takes for it cannot be read.
    if enabled is None or minutes is None or grace is None:
        return unknown("not_understood", evidence)
    if not enabled:
        return failed("lock_off", evidence, desktop="KDE")
    return _in_time(minutes * 60, grace, most, evidence)


def _in_time(idle: int, delay: int, most: int, evidence: str) -> Finding:
    """Zero idle seconds mean `never`."""
    if idle == 0:
        return failed("never_locks", evidence, max_seconds=most)
    if idle + delay > most:
        return failed("lock_too_slow", evidence, seconds=idle + delay, max_seconds=most)
    return passed("locks_in_time", evidence, seconds=idle + delay, max_seconds=most)


def _desktop(raw: Raw) -> str | None:
    """GNOME or KDE when one of them runs a graphical session here."""
    try:
        session = json.loads(text_of(raw, SESSION) or "{}")
    except ValueError:
        return None
    if not isinstance(session, dict) or session.get("XDG_SESSION_TYPE") not in ("x11", "wayland"):
        return None
    names = str(session.get("XDG_CURRENT_DESKTOP", "")).split(":")
    found = [name for name in LOCKERS if name in names]
    return found[0] if len(found) == 1 else None


def _kde_setting(machine: Machine, key: str) -> Reading:
    arguments = ("--file", "kscreenlockerrc", "--group", "Daemon", "--key", key)
    reading = machine.run("/usr/bin/kreadconfig6", *arguments)
    return machine.run("/usr/bin/kreadconfig5", *arguments) if is_absent({key: reading}, key) else reading


def _boolean(value: str | None) -> bool | None:
    return {"true\n": True, "false\n": False}.get(value or "")


def _unsigned(value: str | None) -> int | None:
    found = re.fullmatch(r"(?:uint32 )?([0-9]{1,9})\n", value or "")
    return int(found[1]) if found else None


CHECK = Check(CheckId.SCREEN_LOCK, "desktop settings and session bus", collect, parse)
