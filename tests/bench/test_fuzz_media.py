"""The benchmark of hostile media: runs add up, a death is counted and its inputs are kept, the room's packets fit."""

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from bench import fuzz_media
from bench.fuzz_media import RUN_INPUTS, Run, Tally, coverage, has_udp, planned, play_one
from bench.hostile_room import payload_types, under_names
from tests.desktop.av.kept import kept_in
from tests.desktop.av.mutations import Kind, recording

DYING = """
import os, signal, sys
from pathlib import Path
from tests.desktop.av.kept import Keeper
from tests.desktop.av.mutations import Input, Kind
keeper = Keeper(Path(sys.argv[1]))
for number in range(40):
    keeper.keep(Input(Kind.PIPE, bytes([number])))
os.kill(os.getpid(), signal.SIGSEGV)
"""


def test_runs_hold_every_input_and_every_fourth_is_chosen_by_coverage() -> None:
    runs = planned(RUN_INPUTS * 8 + 1, seed=3)
    assert sum(run.inputs for run in runs) == RUN_INPUTS * 8 + 1
    assert [run.guided for run in runs] == [False, False, False, True] * 2 + [False]
    assert len({run.seed for run in runs}) == len(runs)


@pytest.mark.parametrize("guided", [False, True])
def test_a_run_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guided: bool) -> None:
    monkeypatch.setattr(fuzz_media, "OUTPUT", tmp_path)
    tally = Tally()
    play_one(Run(600, 5, guided), tally, threading.Lock())
    assert sum(tally.inputs.values()) >= 600
    assert tally.faults == tally.hangs == 0
    assert (tally.guided > 0) is guided
    assert (tally.coverage > 0) is guided
    assert tally.pictures > 0
    assert not list(tmp_path.iterdir())


def test_a_death_is_counted_its_inputs_are_kept_and_the_rest_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz_media, "OUTPUT", tmp_path)
    real, started = fuzz_media.worker, []

    def first_dies(run: Run, inputs: int, seed: int, kept: Path) -> list[str]:
        started.append(inputs)
        return [sys.executable, "-c", DYING, str(kept)] if len(started) == 1 else real(run, inputs, seed, kept)

    monkeypatch.setattr(fuzz_media, "worker", first_dies)
    tally = Tally()
    play_one(Run(140, 5, False), tally, threading.Lock())
    assert tally.deaths == ["pipe"]
    assert started == [140, 100]
    assert sum(tally.inputs.values()) == 140
    (kept,) = tmp_path.iterdir()
    count, last = kept_in(kept)
    assert (count, len(last), last[-1].kind, last[-1].data) == (40, 32, Kind.PIPE, bytes([39]))


def test_the_coverage_is_the_last_that_was_said() -> None:
    assert coverage("#2 INITED\n#3 NEW    cov: 159 ft: 1\n#9 REDUCE cov: 1254 ft: 7 corp: 2\nbye") == 1_254
    assert coverage("") == 0


def test_a_socket_for_datagrams_is_seen() -> None:
    before = has_udp(os.getpid())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        assert has_udp(os.getpid())
    assert has_udp(os.getpid()) is before


def test_hostile_packets_bear_what_was_negotiated() -> None:
    sdp = "a=rtpmap:96 opus/48000/2\r\na=rtpmap:100 VP8/90000\r\na=rtpmap:101 rtx/90000\r\n"
    types = payload_types(sdp)
    assert types == {96: 100, 97: 101, 111: 96}
    packet = recording().video[0]
    bent = under_names(packet, types, 7)
    assert bent[1] & 0x7F == 100
    assert bent[1] & 0x80 == packet[1] & 0x80
    assert bent[8:12] == b"\0\0\0\x07"
    assert under_names(packet, types, None)[8:] == packet[8:]
