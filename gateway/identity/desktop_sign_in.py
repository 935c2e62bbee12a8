"""The desktop's sign-in: a nonce, the identity provider's ID token once, then own tokens bound to the device key."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.identity.access_tokens import AccessClaims, AccessTokens
from gateway.identity.codes import new_secret
from gateway.identity.id_tokens import IdTokenChecker
from gateway.identity.keys import PublicKey, TokenInvalid
from gateway.identity.provider import ProviderUnreachable
from gateway.ports import Clock
from gateway.rules.situation import refuse
from gateway.store import code_rows, session_rows
from gateway.store.database import Database, Transaction
from gateway.store.people_rows import DeviceRow, PersonRow, device_by_id, person_by_id, person_by_subject
from wire.http import NonceReply, RefreshRequest, SignInRequest, TokenReply
from wire.ids import new_id
from wire.people import Person, Principal, Role
from wire.refusals import Refusal, RefusalCode

NONCE_PURPOSE = "sign_in"
NONCE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DesktopTerms:
    """Whose ID tokens count, for whom they must be, and how long a sign-in holds."""

    issuer: str
    client_id: str
    session: timedelta


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A desktop's principal with what its tokens say."""

    principal: Principal
    device: DeviceRow
    family: str
    auth_time: datetime
    expires_at: datetime
    """When the sign-in is over, however often it was refreshed."""


@dataclass(frozen=True, slots=True)
class FamilyEnded:
    """A refusal that ended a sign-in: whoever is connected by it must go."""

    refusal: Refusal
    person_id: str
    device_id: str


class DesktopSignIn:
    """Signs desktops in, keeps them signed in, signs them out."""

    def __init__(
        self, database: Database, tokens: AccessTokens, id_tokens: IdTokenChecker, terms: DesktopTerms, clock: Clock
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._id_tokens = id_tokens
        self._terms = terms
        self._clock = clock

    async def nonce(self) -> NonceReply:
        """A nonce for one authorization request."""
        nonce, now = new_secret(), self._clock()
        async with self._database.write(now) as tx:
            await code_rows.put_nonce(tx, NONCE_PURPOSE, nonce, "", now + NONCE_LIFE)
        return NonceReply(nonce=nonce, expires_at=now + NONCE_LIFE)

    async def sign_in(self, request: SignInRequest, key: PublicKey) -> TokenReply | Refusal:
        """Own tokens for an ID token that was never seen before; `key` proved this call."""
        now = self._clock()
        try:
            identity = await self._id_tokens.check(request.id_token, self._terms.client_id, now)
        except TokenInvalid as problem:
            return await self._refused(refuse(RefusalCode.IDENTITY_REFUSED, reason=problem.reason), request.device_id)
        except ProviderUnreachable:
            return refuse(RefusalCode.IDENTITY_REFUSED, reason="provider_unreachable")
        async with self._database.write(now) as tx:
            if await code_rows.spend_nonce(tx, NONCE_PURPOSE, identity.nonce) is None:
                answer: TokenReply | Refusal = refuse(RefusalCode.NONCE_SPENT)
            else:
                answer = await self._admit(tx, request.device_id, key, identity.subject, identity.auth_time)
            if isinstance(answer, Refusal):
                details = {"code": answer.code.value}
                await tx.audit("gateway", "sign_in_refused", {"device_id": request.device_id}, details)
        return answer

    async def _admit(
        self, tx: Transaction, device_id: str, key: PublicKey, subject: str, auth_time: datetime
    ) -> TokenReply | Refusal:
        device = await device_by_id(tx, device_id)
        person = await person_by_subject(tx, self._terms.issuer, subject)
        if device is None:
            return refuse(RefusalCode.DEVICE_NOT_ENROLLED)
        if device.revoked:
            return refuse(RefusalCode.DEVICE_NOT_ENROLLED, reason="revoked")
        if device.jkt != key.jkt:
            return refuse(RefusalCode.PROOF_INVALID, reason="key")
        if person is None:
            return refuse(RefusalCode.IDENTITY_REFUSED, reason="unknown_person")
        if person.role is not Role.SCRIBE:
            return refuse(RefusalCode.ROLE_NOT_ALLOWED)
        if device.person_id not in (None, person.person_id):
            return refuse(RefusalCode.DEVICE_NOT_ENROLLED, reason="another_person")
        row = session_rows.TokenRow(
            family=new_id(),
            person_id=person.person_id,
            device_id=device_id,
            auth_time=auth_time,
            expires_at=tx.now + self._terms.session,
        )
        await tx.audit(f"scribe:{person.person_id}", "signed_in", {"device_id": device_id, "sign_in": row.family})
        return await self._issue(tx, row, person, key.jkt)

    async def refresh(self, request: RefreshRequest, key: PublicKey) -> TokenReply | Refusal | FamilyEnded:
        """New tokens for a refresh token, which is spent; a token that comes twice ends the sign-in."""
        async with self._database.write(self._clock()) as tx:
            row = await session_rows.load_token(tx, request.refresh_token)
            if row is None or row.ended or row.expires_at <= tx.now:
                return refuse(RefusalCode.NOT_SIGNED_IN)
            device, person = await device_by_id(tx, row.device_id), await person_by_id(tx, row.person_id)
            if device is not None and device.revoked and device.jkt == key.jkt:
                return refuse(RefusalCode.DEVICE_NOT_ENROLLED, reason="revoked")
            if device is None or person is None or device.revoked or person.role is not Role.SCRIBE:
                return refuse(RefusalCode.NOT_SIGNED_IN)
            if device.jkt != key.jkt:
                return refuse(RefusalCode.PROOF_INVALID, reason="key")
            if row.spent:
                await session_rows.end_family(tx, row.family)
                await tx.audit(f"scribe:{row.person_id}", "refresh_token_reused", {"sign_in": row.family})
                return FamilyEnded(
                    refuse(RefusalCode.NOT_SIGNED_IN, reason="token_reused"), row.person_id, row.device_id
                )
            await session_rows.spend_token(tx, request.refresh_token)
            return await self._issue(tx, row, person, key.jkt)

    async def sign_out(self, who: SignedIn) -> None:
        """End the sign-in."""
        async with self._database.write(self._clock()) as tx:
            await session_rows.end_family(tx, who.family)
            await tx.audit(f"scribe:{who.principal.id}", "signed_out", {"sign_in": who.family})

    async def principal(self, untrusted_token: str, key: PublicKey) -> SignedIn | Refusal:
        """Who calls with this access token; `key` proved the call."""
        try:
            claims = self._tokens.check(untrusted_token, self._clock())
        except TokenInvalid as problem:
            return refuse(RefusalCode.TOKEN_EXPIRED if problem.expired else RefusalCode.NOT_SIGNED_IN)
        if claims.jkt != key.jkt:
            return refuse(RefusalCode.PROOF_INVALID, reason="key")
        async with self._database.read() as connection:
            expires_at = await session_rows.family_end(connection, claims.family)
            device = await device_by_id(connection, claims.device_id)
            person = await person_by_id(connection, claims.person_id)
        if expires_at is None or device is None or person is None:
            return refuse(RefusalCode.NOT_SIGNED_IN)
        if device.jkt != claims.jkt:
            return refuse(RefusalCode.DEVICE_NOT_ENROLLED)
        if device.revoked:
            return refuse(RefusalCode.DEVICE_NOT_ENROLLED, reason="revoked")
        if person.role is not Role.SCRIBE:
            return refuse(RefusalCode.ROLE_NOT_ALLOWED)
        principal = Principal(role=Role.SCRIBE, id=person.person_id, name=person.name, device_id=device.device_id)
        return SignedIn(principal, device, claims.family, claims.auth_time, expires_at)

    async def _issue(self, tx: Transaction, row: session_rows.TokenRow, person: PersonRow, jkt: str) -> TokenReply:
        refresh_token = new_secret()
        await session_rows.put_token(tx, refresh_token, replace(row, spent=False, ended=False))
        claims = AccessClaims(row.person_id, row.device_id, row.family, jkt, row.auth_time)
        access_token, expires_at = self._tokens.issue(claims, tx.now)
        return TokenReply(
            access_token=access_token,
            access_expires_at=expires_at,
            refresh_token=refresh_token,
            person=Person(person_id=person.person_id, name=person.name),
            role=person.role,
        )

    async def _refused(self, refusal: Refusal, device_id: str) -> Refusal:
        async with self._database.write(self._clock()) as tx:
            details = {"code": refusal.code.value, "reason": refusal.params.get("reason", "")}
            await tx.audit("gateway", "sign_in_refused", {"device_id": device_id}, details)
        return refusal
