"""Reads the kernel's tree of block devices: what each one is called, what maps it, and what it lies on."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict


class BlockDevice(TypedDict):
    """One device of /sys/dev/block by its `major:minor`."""

    name: str
    dm_name: str
    dm_uuid: str
    backing: str
    """Where a zram device writes what does not fit into memory, or the file of a loop device."""
    slaves: list[str]
    """`major:minor` of the devices that it lies on."""


class Place(TypedDict):
    """Where a path lies, by the kernel's own word."""

    path: str
    device: str
    mount_point: str


def read_block_devices(sys: Path) -> dict[str, BlockDevice]:
    """Every block device below a /sys; OSError when it cannot be listed."""
    return {number: _block_device(sys / "dev/block" / number) for number in sorted(os.listdir(sys / "dev/block"))}


def read_btrfs(sys: Path) -> dict[str, list[str]]:
    """The devices of each btrfs by its id; empty without btrfs."""
    root = sys / "fs/btrfs"
    if not root.is_dir():
        return {}
    found = {}
    for file_system in sorted(os.listdir(root)):
        devices = root / file_system / "devices"
        if devices.is_dir():
            found[file_system] = [_line(devices / name / "dev") for name in sorted(os.listdir(devices))]
    return found


def read_place(path: str) -> Place:
    """The device and mount point of a path; OSError when it does not exist."""
    real = os.path.realpath(path)
    top = real
    device = os.stat(real).st_dev
    while top != "/" and os.stat(os.path.dirname(top)).st_dev == device:
        top = os.path.dirname(top)
    return Place(path=real, device=_number(device), mount_point=top)


def read_device_numbers(paths: Iterable[str]) -> dict[str, str]:
    """`major:minor` of device files, or of the device below an ordinary file; unreadable ones are left out."""
    found = {}
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        found[path] = _number(status.st_rdev or status.st_dev)
    return found


def _block_device(path: Path) -> BlockDevice:
    slaves = path / "slaves"
    names = sorted(os.listdir(slaves)) if slaves.is_dir() else []
    return BlockDevice(
        name=path.resolve().name,
        dm_name=_line(path / "dm/name"),
        dm_uuid=_line(path / "dm/uuid"),
        backing=_line(path / "backing_dev") or _line(path / "loop/backing_file"),
        slaves=[_line(slaves / name / "dev") for name in names],
    )


def _line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _number(device: int) -> str:
    return f"{os.major(device)}:{os.minor(device)}"
