"""Freezes the desktop program into dist/alcove (PyInstaller, one folder)."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAME_EVERY_TIME = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "315532800"}
"""So that two builds of one commit on one machine hold the same bytes; the date is zip's first day."""


def main() -> int:
    """Build; the exit code is PyInstaller's."""
    command = [
        sys.executable,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--clean",
        "--log-level=WARN",
        f"--distpath={ROOT / 'dist'}",
        f"--workpath={ROOT / 'build'}",
        str(ROOT / "installers" / "alcove.spec"),
    ]
    env = os.environ | SAME_EVERY_TIME
    code = subprocess.run(command, cwd=ROOT / "installers", env=env, check=False).returncode
    if code == 0:
        size = sum(
            path.stat().st_size
            for path in (ROOT / "dist" / "alcove").rglob("*")
            if path.is_file() and not path.is_symlink()
        )
        print(f"dist/alcove: {size / 1e6:.0f} MB")
    return code


if __name__ == "__main__":
    sys.exit(main())
