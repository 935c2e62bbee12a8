"""Checks of Linux."""

from desktop.posture.checks import Check, shared
from desktop.posture.checks.linux import disk_encryption, firewall, screen_lock, updates

CHECKS: tuple[Check, ...] = (
    disk_encryption.CHECK,
    firewall.CHECK,
    updates.CHECK,
    screen_lock.CHECK,
    *shared.CHECKS,
)
