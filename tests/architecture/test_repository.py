"""What the repository must never hold: download addresses, and broad `except` outside its named boundaries."""

import ast
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOUNDARIES = {
    # the bridge's job, the gateway's outer middleware, the start-up runner
    "desktop/ui/bridge.py",
    "desktop/startup.py",
    "gateway/app.py",
    # the gateway's background jobs: one that fails is begun again
    "gateway/services.py",
    # a keyring backend's failure, carried to the thread that asked
    "desktop/secure_store/keyring_process.py",
    # aiortc's parser meets a stranger's text in the media process: the feed is refused, nothing more
    "desktop/av/feed.py",
}


def node_locks() -> list[Path]:
    return [path for path in ROOT.rglob("package-lock.json") if "node_modules" not in path.parts]


def test_lock_files_hold_no_addresses() -> None:
    locks = [*ROOT.glob("requirements/*.txt"), *node_locks()]
    assert len(locks) >= 5
    for lock in locks:
        text = lock.read_text()
        assert '"resolved"' not in text, lock
        assert not re.search(r"^\s*(-i|--index-url|--find-links|--extra-index-url)", text, re.M), lock
        if lock.suffix == ".txt":
            assert "://" not in text, lock


def test_npm_omits_download_addresses() -> None:
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text()


def test_every_python_requirement_is_hashed() -> None:
    for name in ("bootstrap.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        pins = re.findall(r"^[A-Za-z0-9_.\[\]-]+==[^\s]+.*$", text, re.M)
        assert pins
        assert all(pin.rstrip().endswith("\\") for pin in pins)


def test_exact_pins_of_the_media_libraries() -> None:
    text = (ROOT / "requirements" / "dev.txt").read_text()
    for pin in ("aiortc==1.16.0", "aioice==0.13.0", "av==18.1.0"):
        assert pin in text
    version = re.search(r"^pyside6-essentials==(\d+)\.(\d+)", text, re.M)
    assert version is not None
    assert (6, 8) <= (int(version[1]), int(version[2])) < (6, 12)


def test_broad_except_only_at_the_named_boundaries() -> None:
    found = set()
    for package in ("wire", "visit", "desktop", "gateway"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name | type(None)):
                    name = node.type.id if isinstance(node.type, ast.Name) else "bare"
                    if name in ("Exception", "BaseException", "bare"):
                        found.add(str(path.relative_to(ROOT)))
    assert found <= BOUNDARIES


def test_node_packages_are_locked_with_hashes() -> None:
    for lock in node_locks():
        packages = json.loads(lock.read_text())["packages"]
        # A bundled package comes inside its parent's archive, which has the hash.
        own = {name: entry for name, entry in packages.items() if name and not entry.get("inBundle")}
        assert all("integrity" in entry for entry in own.values() if not entry.get("link"))
        bundled = [name.partition("/node_modules/")[0] for name in packages if name and name not in own]
        assert all("integrity" in packages[parent] for parent in bundled)
