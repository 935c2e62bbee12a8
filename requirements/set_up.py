"""Makes a fresh machine ready: Debian packages, the virtual environment, the Node packages.

Standard library only, since it runs before anything is installed. Each step leaves a stamp and is skipped
while what it read is unchanged, so a second run takes a fraction of a second.
Exit codes: 0 ready, 3 somebody with root's rights must install Debian packages first.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / "set-up"
PYTHON = VENV / "bin" / "python"
SYSTEM_PACKAGES = ROOT / "requirements" / "system-packages.txt"


def main() -> int:
    """Run every step that is not done yet."""
    if sys.version_info < (3, 11):  # noqa: UP036  # an older python3 runs this file too
        print("Alcove needs Python 3.11 or newer.", file=sys.stderr)
        return 3
    if not install_system_packages():
        return 3
    make_environment()
    unpack_qt_support()
    install_node_packages()
    return 0


def install_system_packages() -> bool:
    """Install missing Debian packages as root; otherwise print the one line that does, and say no."""
    if shutil.which("dpkg-query") is None:
        print("Not a Debian system: install the equivalents of requirements/system-packages.txt by hand.")
        return True
    lines = SYSTEM_PACKAGES.read_text().splitlines()
    wanted = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    installed = {line.split()[0] for line in answer.stdout.splitlines() if line.endswith(" installed")}
    missing = [name for name in wanted if name not in installed]
    if not missing:
        return True
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        print("Some Debian packages are missing. Run this line, then the same command again:\n")
        print("  sudo apt-get update && sudo " + " ".join(command))
        return False
    say(f"Installing {len(missing)} Debian packages")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    subprocess.run([command[0], "-qq", *command[1:]], check=True, env=environment, stdout=subprocess.DEVNULL)
    return True


def make_environment() -> None:
    """Make .venv and install the hashed requirements and Alcove itself (editable) into it."""
    read = [ROOT / "requirements" / "bootstrap.txt", ROOT / "requirements" / "dev.txt", ROOT / "pyproject.toml"]
    if is_done("python", read) and PYTHON.exists():
        return
    if not PYTHON.exists():
        say("Making the virtual environment")
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    say("Installing the Python packages (hash-checked)")
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", str(read[0])], check=True)
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "-q", "--python", str(PYTHON)]
    subprocess.run([*uv, "--require-hashes", "-r", str(read[1])], check=True)
    subprocess.run([*uv, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)
    mark_done("python", read)


def unpack_qt_support() -> None:
    """Let PySide6 unpack the Python files that it carries inside a library, so that their bytecode is kept.

    Without it they are compiled at each start (10 ms and more). SBK_EMBED is PySide6's own switch for this.
    """
    read = [ROOT / "requirements" / "dev.txt"]
    if is_done("qt", read):
        return
    switch = {**os.environ, "SBK_EMBED": "0"}
    switch.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([str(PYTHON), "-c", "import PySide6.QtCore"], check=True, env=switch)
    mark_done("qt", read)


def install_node_packages() -> None:
    """Install the locked npm packages: identity provider, FHIR validator, the page's accessibility checker."""
    read = [*sorted((ROOT / "demo").glob("*/package-lock.json")), ROOT / "tests/gateway/pages/axe/package-lock.json"]
    if is_done("node", read) and all((lock.parent / "node_modules").is_dir() for lock in read):
        return
    say("Installing the Node packages")
    subprocess.run([str(PYTHON), "-m", "demo.node", "install"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    mark_done("node", read)


def digest(read: list[Path]) -> str:
    """What a step's stamp holds: a hash over all that the step read."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in read) + str(ROOT).encode()).hexdigest()


def is_done(step: str, read: list[Path]) -> bool:
    """Whether the step ran on exactly these files."""
    stamp = STAMPS / step
    return stamp.is_file() and stamp.read_text() == digest(read)


def mark_done(step: str, read: list[Path]) -> None:
    """Leave the step's stamp."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / step).write_text(digest(read))


def say(line: str) -> None:
    """Tell the person what takes time."""
    print(f"[set-up] {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
