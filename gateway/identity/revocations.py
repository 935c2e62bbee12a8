"""Shows devices out that IT revoked meanwhile, by the command line or another process of the gateway."""

import asyncio

from gateway.admissions import AdmissionService
from gateway.live.connection import Closing
from gateway.live.hub import Hub
from gateway.store.database import Database
from gateway.store.people_rows import revoked_devices

REVOKED = Closing(1008, "device revoked")
_LOOK_SECONDS = 3.0


class Revocations:
    """Calls are refused at once by the store; this ends what was opened before: channels and feeds."""

    def __init__(self, database: Database, hub: Hub, admissions: AdmissionService) -> None:
        self._database = database
        self._hub = hub
        self._admissions = admissions

    async def run(self) -> None:
        """Look every three seconds, until cancelled."""
        while True:
            async with self._database.read() as connection:
                revoked = frozenset(await revoked_devices(connection))
            for device_id in revoked:
                await self._admissions.revoke_of(device_id, REVOKED.reason)
            self._hub.disconnect(lambda principal, gone=revoked: principal.device_id in gone, REVOKED)  # type: ignore[misc]
            await asyncio.sleep(_LOOK_SECONDS)
