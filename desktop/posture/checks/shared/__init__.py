"""Checks that are the same on every system."""

from desktop.posture.checks import Check
from desktop.posture.checks.shared import clock

CHECKS: tuple[Check, ...] = (clock.CHECK,)
