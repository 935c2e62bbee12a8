"""Whether a firewall manager (firewalld, ufw, nftables) runs and refuses what nobody allowed, by two sources."""

import json
import re

from desktop.ports import PostureFacts
from desktop.posture.checks import Check
from desktop.posture.machine import Machine
from desktop.posture.reading import Finding, Raw, failed, is_absent, not_readable, passed, text_of, unknown
from wire.posture import CheckId

UNITS = "units"
MANAGERS = ("firewalld", "ufw", "nftables")
STATE = "FirewallD1 state"
ZONE = "FirewallD1 default zone"
TARGET = "FirewallD1 target"
UFW_CONF = "/etc/ufw/ufw.conf"
UFW_DEFAULTS = "/etc/default/ufw"

_BUSCTL = ("/usr/bin/busctl", "--system", "--json=short", "--allow-interactive-authorization=no")
_FIREWALLD = ("org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1")
_REFUSING_TARGETS = ("default", "DROP", "%%REJECT%%")
_ZONE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def collect(machine: Machine, facts: PostureFacts) -> Raw:
    """The units' states, firewalld's own word over D-Bus, and ufw's two files."""
    del facts
    raw = {
        UNITS: machine.run(
            "/usr/bin/systemctl",
            "show",
            "--property=Id,LoadState,ActiveState",
            *(f"{manager}.service" for manager in MANAGERS),
        ),
        UFW_CONF: machine.read(UFW_CONF),
        UFW_DEFAULTS: machine.read(UFW_DEFAULTS),
    }
    if _units(raw).get("firewalld") == "active":
        raw[STATE] = machine.run(*_BUSCTL, "get-property", *_FIREWALLD, "org.fedoraproject.FirewallD1", "state")
        raw[ZONE] = machine.run(*_BUSCTL, "call", *_FIREWALLD, "org.fedoraproject.FirewallD1", "getDefaultZone")
        zone = str(_first(text_of(raw, ZONE)))
        if _ZONE_NAME.fullmatch(zone):
            interface = "org.fedoraproject.FirewallD1.zone"
            raw[TARGET] = machine.run(*_BUSCTL, "call", *_FIREWALLD, interface, "getZoneSettings2", "s", zone)
    return raw


def parse(raw: Raw, facts: PostureFacts) -> Finding:
    """Judge by the manager that is active; without one, only a manager that is plainly switched off fails."""
    del facts
    units = _units(raw)
    if set(units) != set(MANAGERS):
        return not_readable(raw, UNITS)
    evidence = "; ".join(f"{name} {state}" for name, state in units.items())
    if any(state in ("activating", "reloading", "deactivating") for state in units.values()):
        return unknown("changing_now", evidence)
    if units["firewalld"] == "active":
        return _firewalld(raw, evidence)
    if units["ufw"] == "active":
        return _ufw(raw, evidence, nftables=units["nftables"] == "active")
    if units["nftables"] == "active":
        # its rules are for root's eyes only, and an active unit may hold none
        return unknown("rules_not_readable", evidence, manager="nftables")
    if all(state == "absent" for state in units.values()):
        return unknown("no_known_firewall", evidence)
    return failed("firewall_off", evidence)


def _firewalld(raw: Raw, evidence: str) -> Finding:
    state, zone, settings = text_of(raw, STATE), text_of(raw, ZONE), text_of(raw, TARGET)
    if state is None or zone is None or settings is None:
        return not_readable(raw, STATE, ZONE, TARGET)
    running = _first(state)
    target = _target(settings)
    evidence = f"{evidence}; state {running}; target {target}"
    if running != "RUNNING":
        return unknown("sources_disagree", evidence, manager="firewalld")
    if target == "ACCEPT":
        return failed("accepts_by_default", evidence, manager="firewalld")
    if target in _REFUSING_TARGETS:
        return passed("firewall_on", evidence, manager="firewalld")
    return unknown("not_understood", evidence)


def _ufw(raw: Raw, evidence: str, *, nftables: bool) -> Finding:
    """The unit stays active when ufw is switched off, so the unit alone says nothing."""
    if is_absent(raw, UFW_CONF) or is_absent(raw, UFW_DEFAULTS):
        return unknown("sources_disagree", evidence, manager="ufw")
    conf, defaults = text_of(raw, UFW_CONF), text_of(raw, UFW_DEFAULTS)
    if conf is None or defaults is None:
        return not_readable(raw, UFW_CONF, UFW_DEFAULTS)
    enabled, policy = _assigned(conf, "ENABLED"), _assigned(defaults, "DEFAULT_INPUT_POLICY")
    evidence = f"{evidence}; ENABLED={enabled}; DEFAULT_INPUT_POLICY={policy}"
    if enabled == "no":
        if nftables:
            return unknown("rules_not_readable", evidence, manager="nftables")
        return failed("firewall_off", evidence)
    if enabled != "yes" or policy not in ("DROP", "REJECT", "ACCEPT"):
        return unknown("not_understood", evidence)
    if policy == "ACCEPT":
        return failed("accepts_by_default", evidence, manager="ufw")
    return passed("firewall_on", evidence, manager="ufw")


def _units(raw: Raw) -> dict[str, str]:
    """Each manager's ActiveState, or `absent`; only those of which the whole block was read."""
    found: dict[str, str] = {}
    for block in (text_of(raw, UNITS) or "").split("\n\n"):
        fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        name = fields.get("Id", "").removesuffix(".service")
        if name in MANAGERS and name not in found:
            if fields.get("LoadState") in ("not-found", "masked"):
                found[name] = "absent"
            elif fields.get("LoadState") == "loaded" and fields.get("ActiveState"):
                found[name] = fields["ActiveState"]
    return found


def _first(reply: str | None) -> object:
    """The first value of busctl's `{"type": ..., "data": ...}`; data is a list in a method's reply."""
    try:
        data = json.loads(reply or "{}").get("data")
    except (ValueError, AttributeError):
        return None
    return data[0] if isinstance(data, list) and data else data


def _target(settings: str) -> str:
    """The zone's target in busctl's form of `a{sv}`; a zone that names none has the default one."""
    values = _first(settings)
    if not isinstance(values, dict) or "short" not in values:
        return ""
    target = values.get("target", {"data": "default"})
    return str(target.get("data", "")) if isinstance(target, dict) else ""


def _assigned(text: str, name: str) -> str:
    """The value of a shell assignment that stands there exactly once; empty when it does not."""
    found = re.findall(rf"^[ \t]*(?:export[ \t]+)?{name}=(.*)$", text, re.MULTILINE)
    return found[0].strip().strip("\"'") if len(found) == 1 else ""


CHECK = Check(CheckId.FIREWALL, "systemd, FirewallD1, /etc/ufw", collect, parse)
