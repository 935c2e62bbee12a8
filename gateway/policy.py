"""The policy in force: read anew when its file changes, kept as it was when the new one cannot be used."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from gateway.config import Config, ConfigInvalid, PolicyTable, load_config
from gateway.ports import Policy
from gateway.rules.admission import AdmissionPolicy

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 1.0


class PolicyInForce:
    """What the practice demands now. Everything else of the configuration needs a restart."""

    def __init__(self, config: Config, load: Callable[[Path], Config] = load_config) -> None:
        self._config = config
        self._load = load
        self._seen = _stamp(config.path)
        self.admission: AdmissionPolicy = config.policy.admission()
        practice = config.practice
        self.visits = Policy(
            ZoneInfo(practice.zone), practice.name, practice.phone, step_up_seconds=config.policy.step_up_seconds
        )

    def reload(self) -> ConfigInvalid | None:
        """Read the file anew; what is wrong with it, when the old policy stays."""
        self._seen = _stamp(self._config.path)
        try:
            new = self._load(self._config.path)
        except ConfigInvalid as problem:
            _log.error("policy_kept", problem=str(problem), policy_version=self.admission.version)
            return problem
        if new.model_copy(update={"policy": self._config.policy}) != self._config:
            _log.warning("config_change_needs_restart")
        self._take(new.policy)
        return None

    async def watch(self) -> None:
        """Look at the file once a second and take a changed policy over, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if _stamp(self._config.path) != self._seen:
                self.reload()

    def _take(self, table: PolicyTable) -> None:
        if table.admission() == self.admission and table.step_up_seconds == self.visits.step_up_seconds:
            return
        self.admission = table.admission()
        self.visits.step_up_seconds = table.step_up_seconds
        _log.info("policy_in_force", policy_version=self.admission.version)


def _stamp(path: Path) -> tuple[int, int, int]:
    """What tells one state of a file from another; zeros when it is not there."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino
