"""Starts the frozen program on a private stage and asserts that it is whole: `python -m installers.smoke_test`.

Version, spelling process, first-run screen, sign-in at a real practice, encrypted vault with its key in the keyring,
media child, end by closing the window. Any failure raises.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from demo.practice import start_practice
from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import Stage, stage
from desktop.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "dist" / "alcove"
PROGRAM = FOLDER / "alcove"
PLAIN_HEADER = b"SQLite format 3\0"
CHILD_SECONDS = 20.0
MUST_HOLD = (
    "LICENSE",
    "THIRD-PARTY.md",
    "desktop/ui/words/en.json",
    "desktop/ui/keymap.toml",
    "visit/data/vitals.json",
    "desktop/spelling/data/medical.txt",
    "spylls/hunspell/data/en/en_US.aff",
    "spylls/hunspell/data/en/en_US.dic",
)
MUST_NOT_HOLD = ("gateway", "demo", "tests", "bench")


def main() -> int:
    """Run all of it; 0 when everything held."""
    started = time.monotonic()
    check_content()
    with tempfile.TemporaryDirectory(prefix="alcove-smoke-") as data, stage() as theatre, start_practice() as practice:
        check_version(theatre)
        check_spelling()
        plan = DesktopPlan(Path(data) / "data", program=(str(PROGRAM),))
        with ScribeHand(theatre, plan) as hand:
            hand.find("One-time code", "text")
            _picture(hand, "frozen-first-run")
            hand.enroll(practice.gateway.address, practice.enrolment_code("santos"))
            hand.sign_in()
            _picture(hand, "frozen-today")
            check_vault(theatre, plan.data_dir / "vault" / "vault.db")
            wait_for_media(hand.process.pid)
            children = children_of(hand.process.pid)
            code = hand.close()
        expect(code == 0, f"the program ended with {code}: {hand.log.read_text()[-2000:]}")
        left = [pid for pid in children if Path(f"/proc/{pid}").exists()]
        expect(not left, f"these children outlived the program: {left}")
    print(f"smoke test: passed in {time.monotonic() - started:.0f} s")
    return 0


def expect(holds: bool, otherwise: str) -> None:
    """Raise with these words unless it holds."""
    if not holds:
        raise AssertionError(otherwise)


def check_content() -> None:
    """Licences, words and keys are in the folder; the repository's other programs are not."""
    inside = FOLDER / "_internal"
    missing = [name for name in MUST_HOLD if not (inside / name).is_file()]
    expect(not missing, f"not in the frozen folder: {missing}")
    from PyInstaller.archive.readers import CArchiveReader  # type: ignore[import-untyped]

    modules = CArchiveReader(str(PROGRAM)).open_embedded_archive("PYZ.pyz").toc
    wrong = [name for name in modules if name.split(".")[0] in MUST_NOT_HOLD]
    wrong += [name for name in MUST_NOT_HOLD if (inside / name).exists()]
    expect("desktop.app" in modules and not wrong, f"in the frozen program by mistake: {wrong}")


def check_version(theatre: Stage) -> None:
    """It names its version."""
    said = theatre.run(str(PROGRAM), "--version").strip()
    expect(said == f"Alcove {VERSION}", f"--version said {said!r}")


def check_spelling() -> None:
    """The spelling process starts from the frozen program, and knows English and clinical words."""
    asked = json.dumps({"n": 1, "look_up": ["fever", "fevr", "hepatosplenomegaly", "metoprolol"]})
    command = [str(PROGRAM), "--spelling"]
    done = subprocess.run(
        command, input=f"{asked}\n", capture_output=True, text=True, timeout=CHILD_SECONDS, check=False
    )
    expect(done.returncode == 0, f"the spelling process ended with {done.returncode}: {done.stderr[-2000:]}")
    said = json.loads(done.stdout)
    expect(said == {"n": 1, "unknown": ["fevr"]}, f"the spelling process said {said}")


def check_vault(theatre: Stage, file: Path) -> None:
    """The vault lies there encrypted, its key in the real keyring."""
    header = file.read_bytes()[: len(PLAIN_HEADER)]
    expect(len(header) == len(PLAIN_HEADER) and header != PLAIN_HEADER, f"{file.name} is not encrypted: {header!r}")
    found = theatre.run(
        "gdbus", "call", "--session", "--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets",
        "--method", "org.freedesktop.Secret.Service.SearchItems", "{'service': 'Alcove vault'}",
    )  # fmt: skip
    expect("/org/freedesktop/secrets/collection/" in found, f"no vault key in the keyring: {found}")


def children_of(parent: int) -> list[int]:
    """The process ids of its children, whichever thread started them."""
    files = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(word) for file in files for word in file.read_text().split()]


def wait_for_media(parent: int) -> None:
    """Wait until the media process runs as the program's child, its decoder loaded from the frozen folder."""
    until = time.monotonic() + CHILD_SECONDS
    while time.monotonic() < until:
        for child in children_of(parent):
            if is_media(child):
                return
        time.sleep(0.05)
    listed = subprocess.run(
        ["ps", "--ppid", str(parent), "-o", "pid,args"], capture_output=True, text=True, check=False
    )
    raise AssertionError(f"no whole media process under {parent}: {listed.stdout}")


def is_media(child: int) -> bool:
    """Whether it is the media process with FFmpeg in its memory: one that dies at an import never gets there."""
    try:
        words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        maps = Path(f"/proc/{child}/maps").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False  # it ended meanwhile
    decoder = f"{FOLDER}/_internal/av.libs/libavcodec"
    return words[0] == str(PROGRAM).encode() and b"--media" in words and decoder in maps


def _picture(hand: ScribeHand, name: str) -> None:
    folder = ROOT / "test-output"
    folder.mkdir(exist_ok=True)
    hand.screenshot(folder / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
