"""The benchmarks of the vault: short runs measure what they say, and a loss without a word would be counted."""

import json
import shutil
from pathlib import Path

import pytest

from bench import crash, vault
from desktop.ports import JournalRow
from tests.desktop.secure_store.crash import VISIT, Tally, Writer, check, new_place


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, dict[str, float]]]:
    said: dict[str, dict[str, dict[str, float]]] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return said


def test_a_short_run_of_the_vault_has_every_goal(capsys: pytest.CaptureFixture[str]) -> None:
    assert vault.main(["--keys", "30", "--commits", "200", "--visits", "50"]) == 0
    said = last_line(capsys)
    assert set(said["goals"]) == {"key_to_durable_p99_ms", "commit_p99_ratio_vs_sqlite", "open_50_visits_s"}
    assert said["figures"]["key_to_durable_ms"]["n"] == 30
    assert said["figures"]["commit_ms"]["n"] == said["figures"]["commit_sqlite_ms"]["n"] == 200
    assert all(goal["value"] > 0 for goal in said["goals"].values())


def test_a_short_run_of_crashes_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = ["--kills", "20", "--torn", "20", "--full", "4", "--log-bits", "10", "--file-bits", "10"]
    assert crash.main(rounds) == 0
    said = last_line(capsys)
    assert set(said["goals"]) == {"edits_lost", "vaults_unreachable"}
    assert [goal["value"] for goal in said["goals"].values()] == [0, 0]
    figures = said["figures"]
    assert sum(figures["rounds"].values()) == 64
    assert not figures["journals_not_proven"]


def test_a_silent_loss_and_an_unreachable_vault_are_counted(tmp_path: Path) -> None:
    place, words = new_place(tmp_path, "v", 6, snapshot=False)
    tally = Tally()
    check(place, [*words, "[never typed]"], tally, "x")
    assert (tally.lost, tally.absent, tally.reported, tally.unreachable) == (1, 1, 0, 0)
    place.secrets.write_text("[]")
    check(place, words, tally, "x")
    assert tally.unreachable == 1
    assert (tally.rounds["x"], tally.shown) == (2, 13)
    assert len(tally.problems) == 2


def test_a_loss_that_is_said_is_none_without_a_word(tmp_path: Path) -> None:
    place, words = new_place(tmp_path, "v", 6, snapshot=False)
    older = tmp_path / "older.db"
    shutil.copy(place.folder / "vault.db", older)
    writer = Writer(place.folder, place.ring(), "w")
    words += writer.type(4)
    writer.vault.append([JournalRow("x", VISIT, 1, b"x")])
    writer.vault.close()
    shutil.copy(older, place.folder / "vault.db")
    tally = Tally()
    check(place, words, tally, "x")
    assert (tally.lost, tally.absent, tally.reported, tally.rescues) == (0, 4, 5, 1)
