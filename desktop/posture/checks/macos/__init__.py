"""Checks of macOS; what is not listed here is unknown there."""

from desktop.posture.checks import Check, shared

CHECKS: tuple[Check, ...] = shared.CHECKS
