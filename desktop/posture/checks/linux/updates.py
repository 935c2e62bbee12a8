"""Whether the system's security updates are in, from what apt or dnf left on this machine; never over the network."""

import json
import re
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from time import strptime

from desktop.ports import PostureFacts
from desktop.posture.checks import Check
from desktop.posture.machine import Machine
from desktop.posture.reading import (
    Finding,
    Raw,
    failed,
    is_absent,
    limit_of,
    not_readable,
    passed,
    text_of,
    unknown,
)
from wire.posture import CheckId

NOW = "now"
OS_RELEASE = "/etc/os-release"
LISTS = "/var/lib/apt/lists"
FETCHED = "lists fetched"
SIMULATION = "apt-get --simulate dist-upgrade"
HISTORY = "/var/log/apt/history.log"
RESTART = "/run/reboot-required"
DNF_CACHES = ("/var/cache/libdnf5", "/var/cache/dnf")

_DAY = 86_400
_SLACK_SECONDS = 15 * 3_600
"""A moment this far ahead may come from a local time; what lies beyond is in the future."""
_SECURITY = re.compile(r"Debian-Security:|-security\b")
_INSTALL = re.compile(r"^Inst \S+ (?:\[[^\]]*\] )?\(\S+ (.+) \[[^\]]*\]\)(?: \[.*\])?$", re.MULTILINE)
"""`Inst name [installed] (candidate origins [architecture])`."""
_SUMMARY = re.compile(
    r"^(\d+) upgraded, (\d+) newly installed, (?:(\d+) reinstalled, )?(?:(\d+) downgraded, )?"
    r"\d+ to remove and (\d+) not upgraded\.$",
    re.MULTILINE,
)


def collect(machine: Machine, facts: PostureFacts) -> Raw:
    """The system's name, the dates of its package lists, and what apt would install from them."""
    del facts
    raw = {NOW: machine.now(), OS_RELEASE: machine.read(OS_RELEASE)}
    match _package_system(raw):
        case "apt":
            raw[LISTS] = machine.listing(LISTS)
            raw[FETCHED] = machine.modified(LISTS)
            raw[SIMULATION] = machine.run(
                *("/usr/bin/apt-get", "--simulate", "-o", "Debug::NoLocking=1"),
                *("-o", "APT::Get::Show-User-Simulation-Note=0", "dist-upgrade"),
            )
            raw[HISTORY] = machine.read(HISTORY)
            raw[RESTART] = machine.modified(RESTART)
        case "dnf":
            for path in DNF_CACHES:
                raw[path] = machine.modified(path)
        case _:
            pass
    return raw


@dataclass(frozen=True, slots=True)
class _Ages:
    """Days before now, by the gateway's clock where it was measured."""

    now: float
    limit: int

    def days(self, moment: int) -> int:
        """Whole days since then; negative when it lies in the future."""
        if moment > self.now + _SLACK_SECONDS:
            return -1
        return max(0, int((self.now - moment) // _DAY))


def parse(raw: Raw, facts: PostureFacts) -> Finding:
    """Pass when fresh lists name no security update that waits longer than `updates_max_days`, and no restart does."""
    limit = limit_of(facts, "updates_max_days")
    if limit is None:
        return unknown("limit_missing", limit="updates_max_days")
    now, system = text_of(raw, NOW), text_of(raw, OS_RELEASE)
    if now is None or not now.isdigit() or system is None:
        return not_readable(raw, NOW, OS_RELEASE)
    ages = _Ages(int(now) - (facts.clock_offset_seconds or 0.0), limit)
    ended = _support_end(system)
    if ended is not None and ended < ages.now:
        return failed("system_unsupported", f"SUPPORT_END {_day(ended)}", date=_day(ended))
    match _package_system(raw):
        case "apt":
            return _apt(raw, ages)
        case "dnf":
            return _dnf(raw, ages)
        case _:
            return unknown("package_system_not_known", _fields(system).get("ID", ""))


def _apt(raw: Raw, ages: _Ages) -> Finding:
    listed = _newest_security_list(text_of(raw, LISTS))
    if listed is None:
        return not_readable(raw, LISTS)
    if listed == 0:
        return failed("no_security_source", "no list of a security suite")
    age = ages.days(listed)
    waiting = _waiting(text_of(raw, SIMULATION))
    evidence = f"lists {age} d; waiting {waiting if waiting is not None else '?'}"
    if age < 0:
        return unknown("dates_in_future", evidence)
    if age > ages.limit:
        return failed("lists_too_old", evidence, days=age, max_days=ages.limit)
    if waiting is None:
        unread = text_of(raw, SIMULATION) is None
        return not_readable(raw, SIMULATION) if unread else unknown("not_understood", evidence)
    restart = _restart(raw, ages)
    if restart is not None:
        return restart
    return _judge_waiting(raw, ages, waiting, evidence)


def _judge_waiting(raw: Raw, ages: _Ages, waiting: int, evidence: str) -> Finding:
    if waiting == 0:
        return passed("up_to_date", evidence)
    fetched, upgraded = text_of(raw, FETCHED), _last_upgrade(text_of(raw, HISTORY))
    if fetched is None or not fetched.isdigit():
        return not_readable(raw, FETCHED)
    age = ages.days(upgraded) if upgraded is not None else None
    evidence = f"{evidence}; last upgrade {age if age is not None else '?'} d"
    # An upgrade since the lists came has left these out; one before could not know of them.
    if upgraded is not None and age is not None and 0 <= age <= ages.limit and upgraded <= int(fetched):
        return passed("updates_wait_within_limit", evidence, number=waiting, days=age, max_days=ages.limit)
    return failed("security_updates_wait", evidence, number=waiting, max_days=ages.limit)


def _restart(raw: Raw, ages: _Ages) -> Finding | None:
    """Why a restart that an update asked for keeps the check from passing, if it does."""
    if is_absent(raw, RESTART):
        return None
    asked = text_of(raw, RESTART)
    if asked is None or not asked.isdigit():
        return not_readable(raw, RESTART)
    days = ages.days(int(asked))
    if days < 0:
        return unknown("dates_in_future", "reboot-required")
    if days > ages.limit:
        return failed("restart_needed", f"reboot-required {days} d", days=days, max_days=ages.limit)
    return None


def _dnf(raw: Raw, ages: _Ages) -> Finding:
    """Old lists fail; with fresh ones, what waits is in a format that this version does not read."""
    seen = [int(text) for path in DNF_CACHES if (text := text_of(raw, path)) is not None and text.isdigit()]
    if not seen:
        return not_readable(raw, *DNF_CACHES)
    age = ages.days(max(seen))
    if age > ages.limit:
        return failed("lists_too_old", f"lists {age} d", days=age, max_days=ages.limit)
    return unknown("dates_in_future" if age < 0 else "waiting_not_readable", f"lists {age} d")


def _fields(os_release: str) -> dict[str, str]:
    """os-release's assignments (man 5 os-release)."""
    lines = (line.partition("=") for line in os_release.splitlines() if not line.startswith("#"))
    return {name: value.strip().strip("\"'") for name, _, value in lines}


def _package_system(raw: Raw) -> str | None:
    fields = _fields(text_of(raw, OS_RELEASE) or "")
    names = {fields.get("ID", ""), *fields.get("ID_LIKE", "").split()}
    if names & {"debian", "ubuntu"}:
        return "apt"
    return "dnf" if names & {"fedora", "rhel"} else None


def _support_end(os_release: str) -> int | None:
    try:
        return timegm(strptime(_fields(os_release).get("SUPPORT_END", ""), "%Y-%m-%d"))
    except ValueError:
        return None


def _newest_security_list(listing: str | None) -> int | None:
    """When the newest index of a security suite was made: apt keeps the server's date. 0 without one."""
    try:
        found = json.loads(listing or "")
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    suites = [name for name in found if name.endswith(("_InRelease", "_Release")) and "security" in name]
    return max((int(found[name]) for name in suites), default=0)


def _waiting(simulation: str | None) -> int | None:
    """How many security updates apt would install; None when its summary does not fit what it would do."""
    summaries = _SUMMARY.findall(simulation or "")
    if simulation is None or len(summaries) != 1 or "have been kept back" in simulation:
        return None
    *counts, _ = summaries[0]
    origins = _INSTALL.findall(simulation)
    configured = re.findall(r"^Conf .*\n", simulation, re.MULTILINE)
    if not len(origins) == len(configured) == sum(int(count or 0) for count in counts):
        return None
    return sum(1 for origin in origins if _SECURITY.search(origin))


def _last_upgrade(history: str | None) -> int | None:
    """When apt last upgraded anything, by its history (local time is taken as UTC: days are what counts)."""
    found = None
    for block in (history or "").split("\n\n"):
        start = re.search(r"^Start-Date: (\d{4}-\d{2}-\d{2}) +(\d{2}:\d{2}:\d{2})$", block, re.MULTILINE)
        if start and re.search(r"^Upgrade: ", block, re.MULTILINE):
            found = int(datetime.fromisoformat(f"{start[1]}T{start[2]}+00:00").timestamp())
    return found


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


CHECK = Check(CheckId.UPDATES, "os-release, package lists and history", collect, parse)
