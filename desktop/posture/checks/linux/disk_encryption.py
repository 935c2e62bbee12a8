"""Whether everything that keeps patient data lies on LUKS: root, home, the data folder and swap, down to every disk."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from desktop.ports import PostureFacts
from desktop.posture.checks import Check
from desktop.posture.checks.linux.block_devices import (
    BlockDevice,
    Place,
    read_block_devices,
    read_btrfs,
    read_device_numbers,
    read_place,
)
from desktop.posture.machine import Machine
from desktop.posture.reading import Finding, Problem, Raw, Reading, failed, not_readable, passed, text_of, unknown
from wire.posture import CheckId

MOUNTS = "/proc/self/mountinfo"
SWAPS = "/proc/swaps"
MEMORY = "/proc/meminfo"
TREE = "/sys/dev/block"
SOURCES = (MOUNTS, SWAPS, MEMORY, TREE)

_MAX_DEPTH = 16


def collect(machine: Machine, facts: PostureFacts) -> Raw:
    """The mounts, the swaps, the tree of block devices, and where our paths lie by the kernel's own word."""
    raw = {path: machine.read(path) for path in (MOUNTS, SWAPS, MEMORY)}
    home = json.loads(machine.setting("HOME").text or "{}").get("HOME", "")
    paths = {"system": "/", "home": home or "/root", "data": facts.data_dir or home or "/"}
    raw[TREE] = _tree(paths, raw)
    return raw


def _tree(paths: dict[str, str], raw: Raw) -> Reading:
    sources = {mount.source for mount in _mounts(text_of(raw, MOUNTS) or "") if mount.source.startswith("/")}
    sources |= {swap.path for swap in _swaps(text_of(raw, SWAPS) or "")}
    sys = Path("/sys")
    try:
        tree = {
            "devices": read_block_devices(sys),
            "btrfs": read_btrfs(sys),
            "places": {label: read_place(path) for label, path in paths.items()},
            "numbers": read_device_numbers(sorted(sources)),
        }
    except PermissionError:
        return Reading(problem=Problem.DENIED)
    except OSError:
        return Reading(problem=Problem.FAILED)
    return Reading(json.dumps(tree))


@dataclass(frozen=True, slots=True)
class _Mount:
    device: str
    point: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class _Swap:
    path: str
    kilobytes: int


@dataclass(frozen=True, slots=True)
class _Tree:
    devices: dict[str, BlockDevice]
    btrfs: dict[str, list[str]]
    places: dict[str, Place]
    numbers: dict[str, str]


def parse(raw: Raw, facts: PostureFacts) -> Finding:
    """Pass when every way from each place down to a disk crosses a LUKS mapping."""
    del facts
    mounts, swaps = text_of(raw, MOUNTS), text_of(raw, SWAPS)
    total = re.search(r"^SwapTotal: +(\d+) kB$", text_of(raw, MEMORY) or "", re.MULTILINE)
    tree = _read_tree(text_of(raw, TREE))
    if mounts is None or swaps is None or total is None or tree is None:
        return not_readable(raw, *SOURCES)
    found = [_place(label, place, _mounts(mounts), tree) for label, place in tree.places.items()]
    found.append(_swap(_swaps(swaps), int(total[1]), tree))
    evidence = "; ".join(each.raw for each in found)
    for state in ("fail", "unknown"):
        first = next((each for each in found if each.state == state), None)
        if first is not None:
            return Finding(first.state, first.reason, first.params, evidence)
    return passed("luks_everywhere", evidence)


def _place(label: str, place: Place, mounts: list[_Mount], tree: _Tree) -> Finding:
    """One path: the mount that holds it by the mount table and by the kernel's answer must be the same."""
    holding = [mount for mount in mounts if _holds(mount.point, place["path"])]
    if not holding:
        return unknown("sources_disagree", f"{label} no mount", place=label)
    mount = max(enumerate(holding), key=lambda each: (len(each[1].point), each[0]))[1]
    if mount.kind == "btrfs":
        if mount.point != place["mount_point"]:
            return unknown("sources_disagree", f"{label} mount", place=label)
        number = tree.numbers.get(mount.source, "")
        group = next((devices for devices in tree.btrfs.values() if number in devices), [])
        return _devices(label, group, tree)
    if mount.device != place["device"]:
        return unknown("sources_disagree", f"{label} {mount.device} or {place['device']}", place=label)
    if mount.device not in tree.devices:
        return unknown("file_system_not_known", f"{label} {mount.kind}", place=label, kind=mount.kind)
    return _devices(label, [mount.device], tree)


def _swap(swaps: list[_Swap], total: int, tree: _Tree) -> Finding:
    """All swaps; what /proc/swaps lists must add up to what the memory's own figures say."""
    if sum(swap.kilobytes for swap in swaps) != total:
        return unknown("sources_disagree", f"swap {total} kB", place="swap")
    worst = passed("luks_everywhere", "swap none" if not swaps else "swap encrypted")
    for swap in swaps:
        finding = _devices("swap", [tree.numbers.get(swap.path, "")], tree)
        if finding.state == "fail" or (finding.state != "pass" and worst.state == "pass"):
            worst = finding
    return worst


def _devices(label: str, numbers: list[str], tree: _Tree) -> Finding:
    verdicts = {_crosses_luks(number, tree, label == "swap", 0) for number in numbers} or {"unknown"}
    evidence = f"{label} {'+'.join(sorted(verdicts))}"
    if "plain" in verdicts:
        return failed("volume_not_encrypted", evidence, place=label)
    if "converting" in verdicts:
        return failed("encryption_in_progress", evidence, place=label)
    if verdicts <= {"luks", "memory"}:
        return passed("luks_everywhere", evidence)
    return unknown("mapping_not_known", evidence, place=label)


def _crosses_luks(number: str, tree: _Tree, is_swap: bool, depth: int) -> str:
    """luks, memory, converting, plain or unknown: the worst of all ways down from a device."""
    device = tree.devices.get(number)
    if device is None or depth > _MAX_DEPTH:
        return "unknown"
    uuid = device["dm_uuid"]
    if re.match(r"CRYPT-LUKS[12]-", uuid):
        below = [tree.devices[slave] for slave in device["slaves"] if slave in tree.devices]
        return "converting" if any(_is_temporary(each) for each in below) else "luks"
    if is_swap and uuid.startswith("CRYPT-PLAIN-"):
        return "luks"  # a random key at each start, as crypttab's `swap` makes it
    if uuid.startswith("CRYPT-") or device["name"].startswith("loop"):
        return "unknown"
    if device["name"].startswith("zram"):
        return "memory" if is_swap and device["backing"] in ("", "none") else "unknown"
    if not device["slaves"]:
        # a mapping without anything below it was not read whole
        return "unknown" if uuid else "plain"
    ways = {_crosses_luks(slave, tree, is_swap, depth + 1) for slave in device["slaves"]}
    return next(verdict for verdict in ("plain", "converting", "unknown", "memory", "luks") if verdict in ways)


def _is_temporary(device: BlockDevice) -> bool:
    """A helper mapping of cryptsetup while it encrypts, decrypts or re-encrypts in place."""
    return device["dm_uuid"].startswith(("CRYPT-SUBDEV-", "CRYPT-TEMP-")) or bool(
        re.search(r"-(hotzone-(forward|backward)|overlay)$", device["dm_name"])
    )


def _mounts(text: str) -> list[_Mount]:
    """Lines of mountinfo (man 5 proc): ids, device, root, mount point, options, `-`, type, source."""
    found = []
    for line in text.splitlines():
        left, dash, right = line.partition(" - ")
        head, tail = left.split(" "), right.split(" ")
        if dash and len(head) >= 6 and len(tail) >= 2:
            found.append(_Mount(head[2], _unescaped(head[4]), tail[0], _unescaped(tail[1])))
    return found


def _swaps(text: str) -> list[_Swap]:
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 3 and fields[2].isdigit():
            found.append(_Swap(_unescaped(fields[0]), int(fields[2])))
    return found


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), field)


def _holds(point: str, path: str) -> bool:
    return point == "/" or path == point or path.startswith(point + "/")


def _read_tree(text: str | None) -> _Tree | None:
    try:
        found = json.loads(text or "")
        return _Tree(found["devices"], found["btrfs"], found["places"], found["numbers"])
    except (ValueError, KeyError, TypeError):
        return None


CHECK = Check(CheckId.DISK_ENCRYPTION, "mountinfo, swaps, /sys/dev/block", collect, parse)
