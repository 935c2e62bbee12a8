"""Freezes the desktop program into dist/alcove (PyInstaller, one folder)."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Build; the exit code is PyInstaller's."""
    command = [
        sys.executable,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--log-level=WARN",
        f"--distpath={ROOT / 'dist'}",
        f"--workpath={ROOT / 'build'}",
        str(ROOT / "installers" / "alcove.spec"),
    ]
    code = subprocess.run(command, cwd=ROOT / "installers", check=False).returncode
    if code == 0:
        size = sum(path.stat().st_size for path in (ROOT / "dist" / "alcove").rglob("*") if path.is_file())
        print(f"dist/alcove: {size / 1e6:.0f} MB")
    return code


if __name__ == "__main__":
    sys.exit(main())
