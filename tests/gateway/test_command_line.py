"""`alcove-gateway` as IT runs it: what it prints, its exit codes, and a server that starts, reloads and stops."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from gateway.__main__ import cli
from tests.gateway.routes.practice import config_text, free_port, write_practice

ROOT = Path(__file__).parents[2]
ISSUER = "http://127.0.0.1:9"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_practice(tmp_path / "practice", config_text(ISSUER, free_port()))


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, list(arguments))
    return done.exit_code, done.stdout.strip(), done.stderr


def program(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The same as a process of its own."""
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_set_up_people_rooms_and_codes(config: Path) -> None:
    file = ("--config", str(config))
    person = ("--subject", "santos", "--name", "J. Santos", "--role", "scribe")
    code, first, _ = run("people", "add", *person, *file)
    assert code == 0
    assert run("people", "add", *person, *file)[:2] == (0, first)
    assert run("rooms", "add", "--name", "Room 2", "--ehr", "Location/room-2", *file)[0] == 0
    code, printed, hint = run("enroll", "--for", "santos", *file)
    assert (code, len(printed)) == (0, 14)
    assert "once" in hint
    assert run("enroll", "--for", "nobody", *file)[0] == 5
    assert run("people", "add", "--subject", "r", "--name", "r", "--role", "room", *file)[0] == 2
    code, said, _ = run("audit", "verify", *file)
    assert code == 0
    assert said.startswith("4 entries, unbroken.")


def test_it_gives_a_provider_a_layer_from_a_file(config: Path, tmp_path: Path) -> None:
    file = ("--config", str(config))
    doctor = ("--subject", "okafor", "--name", "Dr. A", "--role", "provider", "--ehr", "Practitioner/a")
    person_id = run("people", "add", *doctor, *file)[1]
    layer = tmp_path / "layer.json"
    layer.write_text('{"required": ["ros"], "template_id": "orthopedics.knee"}')
    assert run("layers", "import", person_id, str(layer), *file)[:2] == (0, "1")
    assert run("layers", "import", person_id, str(layer), *file)[:2] == (0, "2")
    code, shown, _ = run("layers", "show", person_id, *file)
    assert code == 0
    assert json.loads(shown) == {
        "provider_id": person_id,
        "version": 2,
        "template_id": "orthopedics.knee",
        "required": ["ros"],
    }
    layer.write_text(shown)
    assert run("layers", "import", person_id, str(layer), *file)[:2] == (0, "3")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no JSON", "layer_invalid (problem malformed)"),
        ("[1]", "layer_invalid (problem malformed)"),
        ('{"required": ["nowhere"]}', "where required.nowhere"),
        ('{"template_id": "none.such"}', "template_unknown"),
        ('{"provider_id": "somebody"}', "role_not_allowed"),
    ],
)
def test_a_layers_file_that_is_refused_says_why(config: Path, tmp_path: Path, text: str, said: str) -> None:
    file = ("--config", str(config))
    doctor = ("--subject", "okafor", "--name", "Dr. A", "--role", "provider", "--ehr", "Practitioner/a")
    person_id = run("people", "add", *doctor, *file)[1]
    layer = tmp_path / "layer.json"
    layer.write_text(text)
    code, _, error = run("layers", "import", person_id, str(layer), *file)
    assert code == 9
    assert said in error
    assert run("layers", "show", person_id, *file)[:2] == (0, "")


def test_only_a_provider_of_the_practice_gets_a_layer(config: Path, tmp_path: Path) -> None:
    file = ("--config", str(config))
    scribe = run("people", "add", "--subject", "s", "--name", "S", "--role", "scribe", *file)[1]
    layer = tmp_path / "layer.json"
    layer.write_text("{}")
    for person_id in (scribe, "nobody"):
        assert run("layers", "import", person_id, str(layer), *file)[0] == 5
    assert run("layers", "import", scribe, str(tmp_path / "none.json"), *file)[0] == 9


def test_a_lost_device_is_listed_and_revoked_once(config: Path) -> None:
    file = ("--config", str(config))
    assert run("devices", "list", *file)[:2] == (0, "")
    with sqlite3.connect(config.parent / "gateway.db") as database:
        database.execute(
            "INSERT INTO devices (device_id, jkt, jwk, name, enrolled_at)"
            " VALUES ('d1', 'j', '{}', 'laptop', '2026-11-23 12:00:00.000000')"
        )
    database.close()
    assert run("devices", "list", *file)[1] == "d1\tsince 2026-11-23\tlaptop\tanybody"
    assert run("devices", "revoke", "d1", *file)[0] == 0
    assert run("devices", "revoke", "d1", *file)[0] == 5
    assert "revoked" in run("devices", "list", *file)[1]


def test_a_provider_of_the_schedule_is_given_an_account(config: Path) -> None:
    file = ("--config", str(config))
    run("people", "add", "--subject", "x", "--name", "X", "--role", "scribe", *file)
    with sqlite3.connect(config.parent / "gateway.db") as database:
        database.execute(
            "INSERT INTO people (person_id, name, role, ehr_practitioner)"
            " VALUES ('p1', 'A', 'provider', 'Practitioner/a')"
        )
    database.close()
    doctor = ("--subject", "okafor", "--name", "Dr. A", "--role", "provider", "--ehr", "Practitioner/a")
    assert run("people", "add", *doctor, *file)[:2] == (0, "p1")


def test_phrases_are_taken_over_whole_and_given_out(config: Path, tmp_path: Path) -> None:
    file = ("--config", str(config))
    given, back = tmp_path / "phrases.json", tmp_path / "back.json"
    entries = '{"name": "a", "text": "A."}, {"name": "b", "text": "{x|y}"}'
    given.write_text('{"format": "alcove phrases", "version": 1, "phrases": [' + entries + "]}")
    assert run("phrases", "import", str(given), *file)[:2] == (0, "2 saved, 0 removed")
    assert run("phrases", "import", str(given), *file)[:2] == (0, "0 saved, 0 removed")
    assert run("phrases", "export", str(back), *file)[0] == 0
    assert '"name": "a"' in back.read_text()
    assert run("phrases", "export", str(back), *file)[0] == 5, "never over a file that is there"
    doctor = ("--subject", "okafor", "--name", "Dr. A", "--role", "provider")
    run("people", "add", *doctor, *file)
    assert run("phrases", "import", str(given), "--provider", "okafor", *file)[1] == "2 saved, 0 removed"
    code, _, said = run("phrases", "import", str(given), "--provider", "nobody", *file)
    assert (code, "no provider of that account" in said) == (5, True)
    given.write_text(given.read_text().replace('"a"', '"1"').replace("{x|y}", "{x|"))
    code, _, said = run("phrases", "import", str(given), *file)
    assert (code, "phrase 1: bad name; phrase 2: bad list" in said) == (5, True)
    assert run("phrases", "import", str(tmp_path / "none.json"), *file)[0] == 5
    assert run("audit", "verify", *file)[0] == 0


def test_a_changed_audit_entry_is_named(config: Path) -> None:
    file = ("--config", str(config))
    for subject in ("a", "b", "c"):
        run("people", "add", "--subject", subject, "--name", subject, "--role", "scribe", *file)
    with sqlite3.connect(config.parent / "gateway.db") as database:
        database.execute("UPDATE audit SET actor = 'somebody' WHERE seq = 2")
    database.close()
    code, _, said = run("audit", "verify", *file)
    assert code == 6
    assert "entry 2 of 3" in said


def test_the_policy_is_printed_or_refused(config: Path) -> None:
    code, said, _ = run("policy", "check", "--config", str(config))
    assert code == 0
    assert "disk_encryption: require" in said
    config.write_text("[practice]\n")
    code, _, said = run("policy", "check", "--config", str(config))
    assert code == 3
    assert "practice.name" in said


def test_what_cannot_be_used_has_its_own_exit_code(config: Path, tmp_path: Path) -> None:
    assert run("audit", "verify", "--config", str(tmp_path / "none.toml"))[0] == 3
    (config.parent / "signing-key.pem").chmod(0o644)
    done = program("serve", "--config", str(config))
    assert done.returncode == 4
    assert "readable by others" in done.stderr


def test_a_database_that_cannot_be_used_is_said_in_words(config: Path) -> None:
    config.write_text(config.read_text().replace(":///gateway.db", ":///no/such/folder/gateway.db"))
    for _ in range(3):  # nothing of the driver's own is left to complain after its event loop
        done = program("audit", "verify", "--config", str(config))
        assert done.returncode == 7
        assert done.stderr == "alcove-gateway: the database cannot be used (OperationalError)\n"


def test_init_says_what_it_made_and_never_twice(tmp_path: Path) -> None:
    code, said, _ = run("init", str(tmp_path / "new"))
    assert code == 0
    assert "gateway.toml" in said
    assert run("init", str(tmp_path / "new"))[0] == 5


# --- serving -----------------------------------------------------------------------------------------------


@contextmanager
def serving(config: Path) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """The program itself; its log lines gather in the list."""
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    log: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=log.extend, args=(process.stderr,), name="log")
    reader.start()
    try:
        yield process, log
    finally:
        process.kill()
        process.wait(10)
        reader.join(10)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2_000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen")


def test_it_says_ready_reloads_on_hangup_and_stops_when_told(config: Path) -> None:
    with serving(config) as (process, log):
        assert process.stdout is not None
        address = process.stdout.readline().removeprefix("ready ").strip()
        assert httpx2.get(f"{address}/healthz", trust_env=False).json() == {"ok": True}
        stamp = config.stat()
        config.write_text(config.read_text().replace('version = "7"', 'version = "8"'))
        os.utime(config, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # what the watcher alone would not see
        process.send_signal(signal.SIGHUP)
        until(lambda: any('"policy_in_force"' in line and '"8"' in line for line in log))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert any('"stopped"' in line for line in log)
    assert all(line.startswith("{") for line in log), log


def test_a_port_that_is_taken_is_said_so(config: Path) -> None:
    port = int(config.read_text().split("port = ")[1].split()[0])
    with socket.create_server(("127.0.0.1", port)), serving(config) as (process, log):
        assert process.wait(30) == 8
    assert any('"port_not_free"' in line for line in log)


def test_a_database_that_cannot_be_opened_is_said_so(config: Path) -> None:
    config.write_text(config.read_text().replace(":///gateway.db", ":///no/such/folder/gateway.db"))
    with serving(config) as (process, log):
        assert process.wait(30) == 8
    assert any('"not_started"' in line and "OperationalError" in line for line in log)
