"""No plain text ever: a canary is typed into every feature, the program is killed, and every file is searched."""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from demo.stage import Stage, stage
from desktop.no_dumps import PR_SET_DUMPABLE, keep_out_of_dumps
from desktop.secure_store.keys import SystemRing
from desktop.secure_store.vault import open_vault
from desktop.workflows.session import DEVICE, GATEWAY, PERSON, REFRESH
from desktop.workflows.stored_visit import read_stored, replay
from desktop.workflows.sync import LAST_VISIT
from tests.desktop.canary_program import CANARY
from visit.document import VisitDocument
from wire.people import Person, Room
from wire.visits import Patient, VisitSummary

ROOT = Path(__file__).resolve().parents[2]
PR_GET_DUMPABLE = 3
SUMMARY = VisitSummary(
    visit_id="v1",
    patient=Patient(
        patient_id="1", name=f"{CANARY}name, Ana", birth_date=date(1972, 3, 11), sex="female", mrn_tail="4471"
    ),
    provider=Person(person_id="p-okafor", name="Dr. A. Okafor"),
    room=Room(room_id="r4", name="Room 4"),
    scheduled_at=datetime(2026, 11, 27, tzinfo=UTC),
    reason="Knee injury",
    specialty="orthopedics",
)


@pytest.fixture(scope="module")
def place() -> Iterator[Stage]:
    with stage(virtual_screen=False) as opened:
        yield opened


@pytest.fixture
def on_stage(place: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    for name, value in place.env.items():
        if name.startswith(("DBUS_", "XDG_", "HOME")):
            monkeypatch.setenv(name, value)
    return place


def signed_in_vault(data: Path) -> None:
    """A vault as a scribe left it: a draft open, the gateway away."""
    vault = open_vault(data / "vault", SystemRing(seconds=60.0))
    vault.put(GATEWAY, "http://127.0.0.1:9")
    vault.put(DEVICE, "d1")
    vault.put(REFRESH, "token")
    vault.put(PERSON, Person(person_id="p-santos", name="J. Santos").model_dump_json())
    vault.put(LAST_VISIT, "v1")
    vault.put_visit("v1", SUMMARY.model_dump_json(), "[]")
    vault.close()


def found_in(*folders: Path) -> list[str]:
    """Every file with the canary in it, in UTF-8, UTF-16 of both orders, or UTF-32; and every name."""
    wanted = [CANARY.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")]
    wanted += [CANARY.upper().encode()]
    hits = []
    for folder in folders:
        for path in folder.rglob("*"):
            if CANARY in path.name:
                hits.append(str(path))
            if path.is_file() and not path.is_symlink() and any(word in path.read_bytes() for word in wanted):
                hits.append(str(path))
    return hits


def limits() -> None:
    """As on a machine that writes core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def killed_program(place: Stage, tmp_path: Path, end: signal.Signals) -> tuple[Path, list[list[str]]]:
    data, temporary, output = tmp_path / "data", tmp_path / "tmp", tmp_path / "output"
    for folder in (data, temporary, output):
        folder.mkdir()
    signed_in_vault(data)
    env = {
        **os.environ, **place.env, "QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT),
        "PYTHONFAULTHANDLER": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.desktop.canary_program", str(data), end.name]
    with (output / "errors").open("wb") as errors:
        done = subprocess.run(
            command, env=env, cwd=temporary, stdout=subprocess.PIPE, stderr=errors, timeout=280, preexec_fn=limits
        )
    assert done.returncode == -end, (output / "errors").read_text()[-2000:]
    return data, [line.split() for line in done.stdout.decode().splitlines()]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV])
def test_nothing_that_was_typed_lies_readable_anywhere(on_stage: Stage, tmp_path: Path, end: signal.Signals) -> None:
    data, said = killed_program(on_stage, tmp_path, end)
    typed = {words[1].strip("./") for words in said if words[0] == "typed"}
    assert len(typed) >= 7
    assert ["core", "0", "0"] in said, "a crash leaves no core dump"
    assert found_in(data, tmp_path / "tmp", tmp_path / "output", on_stage.folder) == []
    assert not list(tmp_path.rglob("core*"))
    vault = open_vault(data / "vault", SystemRing(seconds=60.0))
    document = VisitDocument()
    replay(document, read_stored(vault, "v1").journal)
    commands = " ".join(row.command_json for row in vault.commands())
    text = " ".join(document.texts().values())
    vault.close()
    assert f"{CANARY}note" in text, "and everything is there"
    assert f"{CANARY}chat" in commands
    assert f"{CANARY}question" in commands


def test_the_search_would_find_it(tmp_path: Path) -> None:
    for number, code in enumerate(("utf-8", "utf-16-le", "utf-16-be")):
        (tmp_path / f"{number}").write_bytes(b"\0\1" + f"x{CANARY}y".encode(code))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f"{CANARY}.txt").write_text(json.dumps({}))
    assert len(found_in(tmp_path)) == 4


def test_a_process_is_kept_out_of_dumps() -> None:
    """In a process of its own: it cannot be taken back."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            keep_out_of_dumps()
            dumpable = ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)
            code = 0 if dumpable == 0 and resource.getrlimit(resource.RLIMIT_CORE) == (0, 0) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert PR_SET_DUMPABLE == PR_GET_DUMPABLE + 1
