"""Whether the wall clock agrees with the gateway's, measured at the midpoint of a call."""

import math

from desktop.ports import PostureFacts
from desktop.posture.checks import Check
from desktop.posture.machine import Machine
from desktop.posture.reading import Finding, Raw, failed, limit_of, passed, unknown
from wire.posture import CheckId


def collect(machine: Machine, facts: PostureFacts) -> Raw:
    """Nothing of the machine: the gateway's answers have measured it."""
    del machine, facts
    return {}


def parse(raw: Raw, facts: PostureFacts) -> Finding:
    """Pass within `clock_max_seconds` of the gateway's clock."""
    del raw
    most = limit_of(facts, "clock_max_seconds")
    if most is None:
        return unknown("limit_missing", limit="clock_max_seconds")
    offset = facts.clock_offset_seconds
    if offset is None or not math.isfinite(offset):
        return unknown("not_measured")
    evidence = f"offset {offset:+.1f} s"
    seconds = math.ceil(abs(offset))
    if abs(offset) <= most:
        return passed("clock_agrees", evidence, seconds=seconds, max_seconds=most)
    return failed("clock_off", evidence, seconds=seconds, max_seconds=most)


CHECK = Check(CheckId.CLOCK, "the gateway's time", collect, parse)
