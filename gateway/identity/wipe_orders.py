"""What a device that IT took out is told: a signed order to erase what the gateway has, and what it reports back."""

from gateway.identity.keys import PublicKey, SigningKey
from gateway.ports import Clock
from gateway.rules.situation import refuse
from gateway.store.database import Database
from gateway.store.people_rows import device_by_id
from wire.http import WIPE_ORDER, WipedReport, WipeOrder, WipeOrderReply
from wire.refusals import Refusal, RefusalCode


class WipeOrders:
    """Orders for revoked devices alone; the device proves its key and needs no token."""

    def __init__(self, database: Database, key: SigningKey, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._clock = clock

    async def order(self, device_id: str, key: PublicKey) -> WipeOrderReply | Refusal:
        """The order for a device that is let in no more; WRONG_STATE while it is let in."""
        async with self._database.read() as connection:
            device = await device_by_id(connection, device_id)
        if device is None or device.jkt != key.jkt:
            return refuse(RefusalCode.DEVICE_NOT_ENROLLED)
        if not device.revoked:
            return refuse(RefusalCode.WRONG_STATE)
        claims = WipeOrder(device_id=device_id, device_jkt=key.jkt, issued_at=self._clock())
        return WipeOrderReply(order=self._key.sign(WIPE_ORDER, claims.model_dump(mode="json")))

    async def report(self, report: WipedReport, key: PublicKey) -> Refusal | None:
        """Put into the audit chain what a device did with the order."""
        async with self._database.write(self._clock()) as tx:
            device = await device_by_id(tx, report.device_id)
            if device is None or device.jkt != key.jkt or not device.revoked:
                return refuse(RefusalCode.DEVICE_NOT_ENROLLED)
            details: dict[str, str | int] = {"outcome": report.outcome.value, "unsent": report.unsent}
            await tx.audit("gateway", "device_wiped", {"device_id": report.device_id}, details)
        return None
