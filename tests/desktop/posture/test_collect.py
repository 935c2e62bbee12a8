"""What each check asks the machine, word for word, and that it judges the answers as its corpus says."""

import json
from pathlib import Path

import pytest

from desktop.ports import PostureFacts
from desktop.posture.checks import checks_here
from desktop.posture.checks.linux import disk_encryption, firewall, screen_lock, updates
from desktop.posture.checks.linux.block_devices import read_block_devices, read_btrfs, read_device_numbers, read_place
from desktop.posture.checks.shared import clock
from desktop.posture.reading import Problem, Reading
from tests.desktop.posture.corpus import CASES, Case
from tests.desktop.posture.fakes import MISSING, ListedMachine
from wire.posture import CheckId

FACTS = PostureFacts({"screen_lock_max_seconds": "600", "updates_max_days": "30", "clock_max_seconds": "60"}, 0.0)
BUS = "/usr/bin/busctl --system --json=short --allow-interactive-authorization=no"
FIREWALLD = "org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1"
SYSTEMCTL = "/usr/bin/systemctl show --property=Id,LoadState,ActiveState firewalld.service ufw.service nftables.service"
OWNER = (
    "/usr/bin/busctl --user --json=short call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus"
    " NameHasOwner s"
)


def case(name: str) -> Case:
    return next(each for each in CASES if each.name == name)


def test_firewalld_is_asked_over_the_bus_only_while_it_is_active() -> None:
    raw = case("firewall/pass_firewalld").raw
    machine = ListedMachine(
        {
            SYSTEMCTL: raw["units"],
            "read /etc/ufw/ufw.conf": MISSING,
            "read /etc/default/ufw": MISSING,
            f"{BUS} get-property {FIREWALLD} org.fedoraproject.FirewallD1 state": raw["FirewallD1 state"],
            f"{BUS} call {FIREWALLD} org.fedoraproject.FirewallD1 getDefaultZone": raw["FirewallD1 default zone"],
            f"{BUS} call {FIREWALLD} org.fedoraproject.FirewallD1.zone getZoneSettings2 s public": raw[
                "FirewallD1 target"
            ],
        }
    )
    assert firewall.collect(machine, FACTS) == raw
    stopped = ListedMachine(
        {
            SYSTEMCTL: case("firewall/fail_firewalld_stopped").raw["units"],
            "read /etc/ufw/ufw.conf": MISSING,
            "read /etc/default/ufw": MISSING,
        }
    )
    assert firewall.collect(stopped, FACTS) == case("firewall/fail_firewalld_stopped").raw


@pytest.mark.parametrize("zone", ["", "a b", "x; rm -rf /", "-x" * 40, "$(id)"])
def test_a_hostile_zone_name_reaches_no_command(zone: str) -> None:
    raw = case("firewall/pass_firewalld").raw
    machine = ListedMachine(
        {
            SYSTEMCTL: raw["units"],
            "read /etc/ufw/ufw.conf": MISSING,
            "read /etc/default/ufw": MISSING,
            f"{BUS} get-property {FIREWALLD} org.fedoraproject.FirewallD1 state": raw["FirewallD1 state"],
            f"{BUS} call {FIREWALLD} org.fedoraproject.FirewallD1 getDefaultZone": json.dumps(
                {"type": "s", "data": [zone]}
            ),
        }
    )
    assert firewall.parse(firewall.collect(machine, FACTS), FACTS).reason == "not_readable"


def test_apt_is_simulated_from_local_lists() -> None:
    raw = case("updates/pass_waiting_since_today").raw
    machine = ListedMachine(
        {
            "now": raw["now"],
            "read /etc/os-release": raw["/etc/os-release"],
            "listing /var/lib/apt/lists": raw["/var/lib/apt/lists"],
            "modified /var/lib/apt/lists": raw["lists fetched"],
            "/usr/bin/apt-get --simulate -o Debug::NoLocking=1 -o APT::Get::Show-User-Simulation-Note=0"
            " dist-upgrade": raw["apt-get --simulate dist-upgrade"],
            "read /var/log/apt/history.log": raw["/var/log/apt/history.log"],
            "modified /run/reboot-required": raw["/run/reboot-required"],
        }
    )
    assert updates.collect(machine, FACTS) == raw


def test_dnf_is_not_run() -> None:
    raw = case("updates/unknown_dnf_fresh").raw
    machine = ListedMachine(
        {
            "now": raw["now"],
            "read /etc/os-release": raw["/etc/os-release"],
            "modified /var/cache/libdnf5": raw["/var/cache/libdnf5"],
            "modified /var/cache/dnf": MISSING,
        }
    )
    assert updates.collect(machine, FACTS) == raw


def test_gnome_is_asked_for_each_setting_and_its_shell() -> None:
    raw = case("screen_lock/pass_gnome").raw
    machine = ListedMachine(
        {
            "/usr/bin/gsettings get org.gnome.desktop.screensaver lock-enabled": raw["lock-enabled"],
            "/usr/bin/gsettings get org.gnome.desktop.screensaver lock-delay": raw["lock-delay"],
            "/usr/bin/gsettings get org.gnome.desktop.session idle-delay": raw["idle-delay"],
            "/usr/bin/gsettings get org.gnome.desktop.lockdown disable-lock-screen": raw["disable-lock-screen"],
            f"{OWNER} org.gnome.Shell": raw["org.gnome.Shell"],
        },
        {"XDG_CURRENT_DESKTOP": "GNOME", "XDG_SESSION_TYPE": "wayland"},
    )
    assert screen_lock.collect(machine, FACTS) == raw


def test_an_older_plasma_is_asked_when_the_newer_tool_is_missing() -> None:
    raw = case("screen_lock/pass_kde").raw
    words = "--file kscreenlockerrc --group Daemon --key"
    answers: dict[str, Reading | str] = {f"{OWNER} org.kde.screensaver": raw["org.kde.screensaver"]}
    for key in ("Autolock", "Timeout", "LockGrace"):
        answers[f"/usr/bin/kreadconfig6 {words} {key}"] = MISSING
        answers[f"/usr/bin/kreadconfig5 {words} {key}"] = raw[key]
    machine = ListedMachine(answers, {"XDG_CURRENT_DESKTOP": "KDE", "XDG_SESSION_TYPE": "wayland"})
    assert screen_lock.collect(machine, FACTS) == raw


@pytest.mark.parametrize(
    "environment", [{}, {"XDG_CURRENT_DESKTOP": "GNOME"}, {"XDG_CURRENT_DESKTOP": "XFCE", "XDG_SESSION_TYPE": "x11"}]
)
def test_without_a_known_desktop_nothing_is_run(environment: dict[str, str]) -> None:
    machine = ListedMachine({}, environment)
    assert screen_lock.parse(screen_lock.collect(machine, FACTS), FACTS).reason == "desktop_not_known"
    assert machine.asked == []


def test_the_clock_asks_nothing() -> None:
    assert clock.collect(ListedMachine({}), FACTS) == {}


def fake_sys(root: Path) -> Path:
    """A /sys with a disk, its partition, LUKS on it and a volume on that, as the kernel links them."""
    devices = root / "devices"
    tree = {
        "8:0": ("sda", {}, []),
        "8:3": ("sda/sda3", {}, []),
        "253:0": ("virtual/block/dm-0", {"name": "crypt", "uuid": "CRYPT-LUKS2-aa-crypt"}, ["8:3"]),
        "253:1": ("virtual/block/dm-1", {"name": "vg-root", "uuid": "LVM-bb"}, ["253:0"]),
    }
    (root / "dev/block").mkdir(parents=True)
    for number, (place, mapping, _) in tree.items():
        folder = devices / place
        folder.mkdir(parents=True)
        (folder / "dev").write_text(number + "\n")
        for name, value in mapping.items():
            (folder / "dm").mkdir(exist_ok=True)
            (folder / "dm" / name).write_text(value + "\n")
        (root / "dev/block" / number).symlink_to(folder)
    for number, (place, mapping, slaves) in tree.items():
        if number == "8:0" or mapping:
            (devices / place / "slaves").mkdir()
        for slave in slaves:
            below = devices / tree[slave][0]
            (devices / place / "slaves" / below.name).symlink_to(below)
    return root


def test_the_tree_of_block_devices_is_read(tmp_path: Path) -> None:
    found = read_block_devices(fake_sys(tmp_path))
    assert {number: (each["name"], each["slaves"]) for number, each in found.items()} == {
        "8:0": ("sda", []),
        "8:3": ("sda3", []),
        "253:0": ("dm-0", ["8:3"]),
        "253:1": ("dm-1", ["253:0"]),
    }
    assert found["253:0"]["dm_uuid"] == "CRYPT-LUKS2-aa-crypt"
    assert found["253:1"]["dm_name"] == "vg-root"


def test_the_devices_of_a_btrfs_are_read(tmp_path: Path) -> None:
    assert read_btrfs(tmp_path) == {}
    devices = tmp_path / "fs/btrfs/a1b2/devices"
    devices.mkdir(parents=True)
    (tmp_path / "fs/btrfs/features").mkdir()
    for name, number in (("dm-0", "253:0"), ("sdb1", "8:17")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "dev").write_text(number + "\n")
        (devices / name).symlink_to(tmp_path / name)
    assert read_btrfs(tmp_path) == {"a1b2": ["253:0", "8:17"]}


def test_a_place_is_what_the_kernel_says(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    place = read_place(str(tmp_path / "link"))
    assert place["path"] == str(tmp_path.resolve())
    number = tmp_path.stat().st_dev
    assert read_device_numbers([str(tmp_path), "/does/not/exist"]) == {str(tmp_path): place["device"]}
    assert place["device"] == f"{number >> 8 & 0xFFF}:{number & 0xFF | number >> 12 & 0xFFF00}"
    assert str(tmp_path.resolve()).startswith(place["mount_point"])
    assert read_place("/proc")["mount_point"] == "/proc"


def test_a_missing_data_folder_makes_the_disk_unknown() -> None:
    answers: dict[str, Reading | str] = {
        f"read {path}": reading
        for path, reading in case("disk_encryption/pass_lvm_on_luks").raw.items()
        if path.startswith("/proc")
    }
    facts = PostureFacts(data_dir="/does/not/exist")
    raw = disk_encryption.collect(ListedMachine(answers, {"HOME": "/"}), facts)
    assert raw["/sys/dev/block"].problem is Problem.FAILED
    assert disk_encryption.parse(raw, facts).reason == "not_readable"


@pytest.mark.parametrize(
    ("platform", "checks"),
    [
        ("linux", set(CheckId)),
        ("darwin", {CheckId.CLOCK}),
        ("win32", {CheckId.CLOCK}),
        ("freebsd14", {CheckId.CLOCK}),
    ],
)
def test_each_system_has_its_checks(platform: str, checks: set[CheckId]) -> None:
    found = [check.check for check in checks_here(platform)]
    assert set(found) == checks
    assert len(found) == len(checks)
