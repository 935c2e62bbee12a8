"""What makes the start quick, each thing by what it does: the benchmark `start` has the seconds."""

import subprocess
import sys
from pathlib import Path

from desktop.own_program import own_program

LOADS_QT = """
import builtins, sys
import PySide6.QtCore
assert builtins.__import__.__name__ == "__feature_import__", "PySide6 has another hook now: look again"
import desktop.qt_imports
assert builtins.__import__.__name__ != "__feature_import__"
print(sys.modules["shibokensupport.signature"].__file__)
"""
EARLY = """
import sys
import desktop.early
print(*sorted(name for name in sys.modules if name.split(".")[0] in {"PySide6", "keyring", "cryptography", "httpx2"}))
"""


def printed(program: str) -> str:
    command, folder = [sys.executable, "-c", program], own_program()[1]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def test_no_import_hook_is_left_and_the_support_files_lie_unpacked() -> None:
    assert Path(printed(LOADS_QT)).is_file()


def test_qt_the_keyring_and_the_network_are_not_loaded_first() -> None:
    assert printed(EARLY) == ""
