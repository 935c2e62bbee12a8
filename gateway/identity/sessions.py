"""Cookie sessions of the page: a random secret in the browser, its hash and owner in the store."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.identity.codes import new_secret
from gateway.ports import Clock
from gateway.store import session_rows
from gateway.store.database import Database, Transaction
from gateway.store.people_rows import person_by_id
from gateway.store.room_rows import room_by_id
from gateway.store.session_rows import SessionRow
from wire.people import Principal, Role


@dataclass(frozen=True, slots=True)
class PageSession:
    """Who a cookie belongs to, and how long."""

    principal: Principal
    expires_at: datetime
    auth_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, finds and ends sessions of providers and rooms."""

    database: Database
    clock: Clock
    life: timedelta

    async def open(self, tx: Transaction, role: Role, owner: str, auth_time: datetime | None = None) -> str:
        """A new session's secret, for the cookie."""
        secret = new_secret()
        await session_rows.put_session(tx, secret, SessionRow(role, owner, auth_time, tx.now + self.life))
        return secret

    async def find(self, untrusted_secret: str, role: Role) -> PageSession | None:
        """The session of a cookie, when it holds and its owner is still what the session says."""
        async with self.database.read() as connection:
            row = await session_rows.load_session(connection, untrusted_secret, role, self.clock())
            if row is None:
                return None
            if role is Role.ROOM:
                room = await room_by_id(connection, row.owner)
                name = room.name if room is not None and room.jkt is not None else None
            else:
                person = await person_by_id(connection, row.owner)
                name = person.name if person is not None and person.role is role else None
        if name is None:
            return None
        return PageSession(Principal(role=role, id=row.owner, name=name), row.expires_at, row.auth_time)

    async def end(self, secret: str, principal: Principal) -> None:
        """End a session."""
        async with self.database.write(self.clock()) as tx:
            await session_rows.end_session(tx, secret)
            await tx.audit(f"{principal.role.value}:{principal.id}", "signed_out")
