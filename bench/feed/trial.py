"""One trial: a receiver joins, settles, meets a scenario's network, and has a clean one again; everything is kept."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.feed.arms import RECEIVER_CORE, Arm
from bench.feed.watch import HeadsetWatch, OthersWatch, ScreenWatch, cpu_seconds, find_barcode, pin
from bench.feed.world import World
from bench.report import say

SETTLE_SECONDS = 10.0
TAIL_SECONDS = 10.0
FIRST_PICTURE_SECONDS = 30.0
OTHERS_SHARE = 0.12
STALL_SECONDS = 0.25
QUIET_LOOK_SECONDS = 2.0
QUIET_WAIT_SECONDS = 60.0


@dataclass(slots=True)
class Raw:
    """What a trial left; times are Unix seconds, those of the sender's page too."""

    scenario: str
    receiver: str
    asked_at: float
    first_seen_at: float
    trouble_from: float
    trouble_to: float
    over_at: float
    cpu_s: float
    """Of all processes of the receiver, between the ends of the trouble."""
    others: float
    """The share of all cores that something else used meanwhile."""
    seen: list[tuple[float, int]]
    unreadable: int
    sent: Mapping[str, Any]
    """The page's own log: `drawn`, `clock`, `sent`, `started_at`."""
    recorded_from: float
    levels: bytes = field(repr=False)
    """The headset, 16-bit mono at watch.RATE."""

    @property
    def stalls(self) -> float:
        """The longest time between two frames that the sender drew during the trouble, seconds."""
        times = [ms / 1000 for _, ms in self.sent["drawn"] if self.trouble_from <= ms / 1000 < self.trouble_to]
        return max((later - sooner for sooner, later in zip(times, times[1:], strict=False)), default=0.0)

    @property
    def disturbed(self) -> bool:
        """Whether the machine was too busy with something else, or the sender stood still: no receiver's fault."""
        return self.others > OTHERS_SHARE or self.stalls > STALL_SECONDS


@dataclass(frozen=True, slots=True)
class Plan:
    """What a trial shall be."""

    scenario: str
    seconds: float
    """Of trouble."""
    seed: int
    tries: int
    """A disturbed trial is done again, whoever received; the last one counts, and is marked."""


def undisturbed_trial(world: World, arm: Arm, plan: Plan) -> Raw:
    """A trial, done again when something else disturbed it."""
    for _ in range(plan.tries - 1):
        _wait_for_quiet(world)
        raw = run_trial(world, arm, plan)
        if not raw.disturbed:
            return raw
        say(f"{plan.scenario} {arm.name}: others used {raw.others:.0%}, sender stood {raw.stalls:.2f} s; once more")
    return run_trial(world, arm, plan)


def _wait_for_quiet(world: World) -> None:
    """Until nothing else is busy on the machine, for a while at most."""
    until = time.monotonic() + QUIET_WAIT_SECONDS
    while time.monotonic() < until:
        others = OthersWatch()
        world.sender.wait_for_timeout(QUIET_LOOK_SECONDS * 1000)
        if others.share() <= OTHERS_SHARE / 2:
            return


def run_trial(world: World, arm: Arm, plan: Plan) -> Raw:
    """Join, settle, suffer for some seconds, recover, leave."""
    world.network("clean", plan.seed)
    world.sender.evaluate("() => bench.take()")
    asked_at = arm.join()
    first_seen_at, found = find_barcode(world.probe, FIRST_PICTURE_SECONDS)
    pin(arm.pids(), RECEIVER_CORE)
    with ScreenWatch(world.display, found.strip) as screen, HeadsetWatch(world.stage_env) as headset:
        world.sender.wait_for_timeout(SETTLE_SECONDS * 1000)
        trouble_from = world.network(plan.scenario, plan.seed)
        cpu, others = cpu_seconds(arm.pids()), OthersWatch()
        world.sender.wait_for_timeout(plan.seconds * 1000)
        cpu = cpu_seconds(arm.pids()) - cpu
        others_share = others.share()
        trouble_to = world.network("clean", plan.seed)
        world.sender.wait_for_timeout(TAIL_SECONDS * 1000)
        over_at = time.time()
    sent = world.sender.evaluate("() => bench.take()")
    arm.leave()
    return Raw(
        scenario=plan.scenario,
        receiver=arm.name,
        asked_at=asked_at,
        first_seen_at=first_seen_at,
        trouble_from=trouble_from,
        trouble_to=trouble_to,
        over_at=over_at,
        cpu_s=cpu,
        others=others_share,
        seen=screen.seen,
        unreadable=screen.unreadable,
        sent=sent,
        recorded_from=headset.started_at,
        levels=bytes(headset.levels),
    )
