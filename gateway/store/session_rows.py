"""Sign-ins as rows: rotating refresh tokens of the desktop, cookie sessions of the page. Only SHA-256s are kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from gateway.store import tables
from gateway.store.code_rows import digest
from gateway.store.database import Transaction
from gateway.store.people_rows import Reader
from wire.people import Role

_TOKENS = tables.refresh_tokens
_SESSIONS = tables.sessions


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One refresh token of a family; a family is one sign-in on one device."""

    family: str
    person_id: str
    device_id: str
    auth_time: datetime
    expires_at: datetime
    """When the sign-in is over, however often it was refreshed."""
    spent: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A cookie session of a person or a room."""

    role: Role
    owner: str
    auth_time: datetime | None
    expires_at: datetime


async def load_token(reader: Reader, token: str) -> TokenRow | None:
    """A refresh token that was issued at some time, or None."""
    row = (await reader.execute(select(_TOKENS).where(_TOKENS.c.token_sha256 == digest(token)))).one_or_none()
    if row is None:
        return None
    return TokenRow(
        family=row.family,
        person_id=row.person_id,
        device_id=row.device_id,
        auth_time=row.auth_time,
        expires_at=row.expires_at,
        spent=row.spent_at is not None,
        ended=row.ended_at is not None,
    )


async def put_token(tx: Transaction, token: str, row: TokenRow) -> None:
    """Keep a new refresh token."""
    await tx.execute(
        insert(_TOKENS).values(
            token_sha256=digest(token),
            family=row.family,
            person_id=row.person_id,
            device_id=row.device_id,
            auth_time=row.auth_time,
            issued_at=tx.now,
            expires_at=row.expires_at,
        )
    )


async def spend_token(tx: Transaction, token: str) -> None:
    """The refresh token has been used."""
    await tx.execute(update(_TOKENS).where(_TOKENS.c.token_sha256 == digest(token)).values(spent_at=tx.now))


async def end_family(tx: Transaction, family: str) -> None:
    """End a sign-in: none of its tokens works again."""
    here = (_TOKENS.c.family == family) & _TOKENS.c.ended_at.is_(None)
    await tx.execute(update(_TOKENS).where(here).values(ended_at=tx.now))


async def family_end(reader: Reader, family: str) -> datetime | None:
    """When a sign-in is over; None when it was ended before."""
    query = select(_TOKENS.c.ended_at, _TOKENS.c.expires_at).where(_TOKENS.c.family == family).limit(1)
    row = (await reader.execute(query)).one_or_none()
    return row.expires_at if row is not None and row.ended_at is None else None


async def put_session(tx: Transaction, secret: str, session: SessionRow) -> None:
    """Keep a new cookie session."""
    await tx.execute(
        insert(_SESSIONS).values(
            session_sha256=digest(secret),
            role=session.role.value,
            owner=session.owner,
            auth_time=session.auth_time,
            created_at=tx.now,
            expires_at=session.expires_at,
        )
    )


async def load_session(reader: Reader, secret: str, role: Role, now: datetime) -> SessionRow | None:
    """A session of that role that holds, or None."""
    query = select(_SESSIONS).where(
        _SESSIONS.c.session_sha256 == digest(secret),
        _SESSIONS.c.role == role.value,
        _SESSIONS.c.ended_at.is_(None),
        _SESSIONS.c.expires_at > now,
    )
    row = (await reader.execute(query)).one_or_none()
    return None if row is None else SessionRow(role, row.owner, row.auth_time, row.expires_at)


async def end_session(tx: Transaction, secret: str) -> None:
    """End one session."""
    await tx.execute(update(_SESSIONS).where(_SESSIONS.c.session_sha256 == digest(secret)).values(ended_at=tx.now))


async def end_sessions_of(tx: Transaction, role: Role, owner: str) -> None:
    """End every session of a person or room."""
    here = (_SESSIONS.c.role == role.value) & (_SESSIONS.c.owner == owner) & _SESSIONS.c.ended_at.is_(None)
    await tx.execute(update(_SESSIONS).where(here).values(ended_at=tx.now))
