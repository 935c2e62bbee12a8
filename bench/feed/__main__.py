"""Alcove and Chromium as receivers of the same exam room: delay, missing speech, freezes, recovery and CPU time.

Everything is real: gateway, identity provider, EHR, the room's page in Chromium (its camera a 1280x720 canvas at
30 frames a second with a barcode of the frame's number, its microphone voiced lines), the desktop on a virtual screen,
and Chromium as a receiver on the same screen with a picture of the same size. Media of both goes through one forwarder
on loopback that makes the scenario's network. Pixels are read by one screen grabber, sound from the monitor of a
PulseAudio null sink. The sender, the forwarder and the grabber are kept on one core; the receiver, the X server and the
sound server on the other.

`make bench NAME=feed`; shorter, and only some scenarios, with everything kept for tuning:
`make bench NAME=feed ARGS="--scenario clean --scenario loss5 --length 20 --repeats 1 --keep FOLDER"`.
"""

import argparse
import json
import os
import socket
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.feed import speech
from bench.feed.arms import FASTER, VARIANTS, AlcoveArm, Arm, ChromiumArm
from bench.feed.figures import row_of
from bench.feed.goals import FLOORS, Rows, figures_of, goals_of, table_of
from bench.feed.trial import FIRST_PICTURE_SECONDS, Plan, Raw, undisturbed_trial
from bench.feed.watch import find_barcode
from bench.feed.world import ABROAD, World, start_world
from bench.impair import SCENARIOS
from bench.report import Goal, finish, say

SEED = 20_260
DEAD_TURN = "dead_turn"
"""No network of the forwarder's: the practice names a TURN server that does not answer."""
DEAD_TURN_JOINS = 5


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What to run."""
    parser = argparse.ArgumentParser(prog="python -m bench.feed", description=__doc__)
    parser.add_argument("--scenario", action="append", choices=[*SCENARIOS, DEAD_TURN])
    parser.add_argument("--length", type=float, default=30.0, help="seconds of trouble")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--tries", type=int, default=3, help="how often a disturbed trial is done")
    parser.add_argument("--receiver", choices=("alcove", "chromium"), help="one alone, for tuning")
    parser.add_argument("--variant", choices=VARIANTS, default=FASTER, help="how Chromium is started as a receiver")
    parser.add_argument("--keep", type=Path, help="a folder for everything that was measured, sound included")
    return parser.parse_args(arguments)


def main() -> int:
    """Measure, print the table, and one JSON line last."""
    chosen = options()
    before = os.getloadavg()
    source = speech.voice()
    scenarios = chosen.scenario or [*SCENARIOS, DEAD_TURN]
    rows: Rows = defaultdict(list)
    _trials(chosen, [name for name in scenarios if name not in (DEAD_TURN, ABROAD)], source, rows)
    _trials(chosen, [name for name in scenarios if name == ABROAD], source, rows, way=ABROAD)
    dead_turn = _first_pictures(source) if DEAD_TURN in scenarios and chosen.receiver != "chromium" else []
    print(table_of(rows))
    figures = figures_of(rows) | {
        "length_s": chosen.length,
        "repeats": chosen.repeats,
        "chromium_flags": list(VARIANTS[chosen.variant]),
        "floors": FLOORS,
        "missing_below": speech.MISSING_BELOW,
        "cpus": os.cpu_count(),
        "load_before": round(before[0], 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    goals = goals_of(rows)
    if dead_turn:
        figures["first_frame_dead_turn_s"] = [round(seconds, 3) for seconds in dead_turn]
        goals["first_frame_dead_turn_s"] = Goal(max(dead_turn), 3.0)
    return finish("feed", figures, goals)


def _trials(
    chosen: argparse.Namespace, scenarios: Sequence[str], source: speech.Sound, rows: Rows, way: str = "forwarder"
) -> None:
    """Every scenario, the receivers in turn, their order rotated."""
    if not scenarios:
        return
    with start_world(source, way) as (world, hand, theatre):
        alcove = AlcoveArm(hand, world.probe)
        both: list[Arm] = [alcove, ChromiumArm(world.sender, theatre, alcove.place, world.receiver, chosen.variant)]
        arms = [arm for arm in both if chosen.receiver in (None, arm.name)]
        for repeat in range(chosen.repeats):
            for number, scenario in enumerate(scenarios):
                for arm in arms if (repeat + number) % 2 == 0 else reversed(arms):
                    plan = Plan(scenario, chosen.length, SEED + repeat, chosen.tries)
                    raw = undisturbed_trial(world, arm, plan)
                    row = row_of(raw, source)
                    rows[scenario, arm.name].append(row)
                    say(json.dumps({name: _short(value) for name, value in asdict(row).items()}))
                    if chosen.keep:
                        _keep(chosen.keep / f"{scenario}-{arm.name}-{repeat}", raw)
        hand.close()


def _first_pictures(source: speech.Sound) -> list[float]:
    """Seconds from the key that joins to the first picture, while the practice's TURN server does not answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with start_world(source, turn_port=silent.getsockname()[1]) as (world, hand, _):
            arm = AlcoveArm(hand, world.probe)
            return [_first_picture(world, arm) for _ in range(DEAD_TURN_JOINS)]


def _first_picture(world: World, arm: AlcoveArm) -> float:
    asked_at = arm.join()
    seen_at, _ = find_barcode(world.probe, FIRST_PICTURE_SECONDS)
    arm.leave()
    say(f"dead TURN server: first picture after {seen_at - asked_at:.3f} s")
    return seen_at - asked_at


def _short(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def _keep(name: Path, raw: Raw) -> None:
    name.parent.mkdir(parents=True, exist_ok=True)
    name.with_suffix(".s16").write_bytes(raw.levels)
    kept = {field: value for field, value in asdict(raw).items() if field != "levels"}
    name.with_suffix(".json").write_text(json.dumps(kept))


if __name__ == "__main__":
    sys.exit(main())
