"""The page's sign-in: OpenID Connect code flow with PKCE as a confidential client, and the step-up before signing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from gateway.config import Identity
from gateway.envelope import Envelope, EnvelopeBroken
from gateway.identity.codes import new_secret
from gateway.identity.id_tokens import LEEWAY_SECONDS, IdTokenChecker, ProvenIdentity
from gateway.identity.keys import TokenInvalid
from gateway.identity.provider import CodeRefused, Provider, ProviderUnreachable
from gateway.identity.sessions import PageSession, Sessions
from gateway.ports import Clock
from gateway.rules.situation import refuse
from gateway.store import code_rows, session_rows
from gateway.store.people_rows import person_by_id, person_by_subject
from wire.base import Model, Time
from wire.people import Role
from wire.refusals import Refusal, RefusalCode

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

PURPOSE = "page_sign_in"
FLOW_LIFE = timedelta(minutes=10)


class _Flow(Model):
    """What is kept between sending the browser away and its coming back; sealed, since it holds the verifier."""

    nonce: str
    verifier: str
    return_to: str
    begun_at: Time
    step_up_for: str | None = None
    """The person who must prove again who they are; None for a plain sign-in."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the state that its cookie must bring back."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A session was opened."""

    session_secret: str
    return_to: str


@dataclass(frozen=True, slots=True)
class PageSignIn:
    """Runs the code flow; one for the process."""

    settings: Identity
    provider: Provider
    id_tokens: IdTokenChecker
    sessions: Sessions
    envelope: Envelope
    make_client: "Callable[[], AsyncOAuth2Client]"
    clock: Clock

    async def begin(self, return_to: str, step_up: PageSession | None = None) -> Begun | Refusal:
        """Begin a sign-in, or (with a session) a step-up, that comes back to `return_to`."""
        flow = _Flow(
            nonce=new_secret(),
            verifier=new_secret(),
            return_to=return_to,
            begun_at=self.clock(),
            step_up_for=step_up.principal.id if step_up else None,
        )
        state = new_secret()
        request = {"state": state, "nonce": flow.nonce, "code_verifier": flow.verifier}
        request["max_age"] = "0" if step_up else str(self.settings.max_auth_age_seconds)
        if step_up:
            request["prompt"] = "login"
            request["login_hint"] = await self._subject_of(step_up)
        if self.settings.required_acr:
            request["acr_values"] = " ".join(self.settings.required_acr)
        try:
            async with self.make_client() as oauth:
                url = await self.provider.authorization_url(oauth, request)
        except ProviderUnreachable:
            return refuse(RefusalCode.IDENTITY_REFUSED, reason="provider_unreachable")
        sealed = self.envelope.seal(flow.model_dump_json().encode(), _context(state))
        async with self.sessions.database.write(flow.begun_at) as tx:
            await code_rows.put_nonce(tx, PURPOSE, state, sealed, flow.begun_at + FLOW_LIFE)
        return Begun(url, state)

    async def finish(self, state: str, code: str, old_secret: str | None) -> Finished | Refusal:
        """Open a session for the code that came back with a state of ours; the old session ends."""
        flow = await self._spend(state)
        if flow is None:
            return refuse(RefusalCode.NONCE_SPENT)
        try:
            async with self.make_client() as oauth:
                id_token = await self.provider.exchange(oauth, code, flow.verifier)
            identity = await self.id_tokens.check(id_token, self.settings.page_client_id, self.clock())
        except (TokenInvalid, CodeRefused) as problem:
            reason = problem.reason if isinstance(problem, TokenInvalid) else "code"
            return await self._refused(refuse(RefusalCode.IDENTITY_REFUSED, reason=reason))
        except ProviderUnreachable:
            return refuse(RefusalCode.IDENTITY_REFUSED, reason="provider_unreachable")
        if identity.nonce != flow.nonce:
            return await self._refused(refuse(RefusalCode.IDENTITY_REFUSED, reason="nonce"))
        return await self._open(flow, identity, old_secret)

    async def _subject_of(self, session: PageSession) -> str:
        """Who must prove it, so that the provider need not ask for the name."""
        async with self.sessions.database.read() as connection:
            person = await person_by_id(connection, session.principal.id)
        return person.subject or "" if person is not None else ""

    async def _spend(self, state: str) -> _Flow | None:
        async with self.sessions.database.write(self.clock()) as tx:
            sealed = await code_rows.spend_nonce(tx, PURPOSE, state)
        if sealed is None:
            return None
        try:
            return _Flow.model_validate_json(self.envelope.open(sealed, _context(state)))
        except (EnvelopeBroken, ValidationError):
            return None

    async def _open(self, flow: _Flow, identity: ProvenIdentity, old_secret: str | None) -> Finished | Refusal:
        async with self.sessions.database.write(self.clock()) as tx:
            person = await person_by_subject(tx, self.settings.issuer, identity.subject)
            if person is None:
                refusal = refuse(RefusalCode.IDENTITY_REFUSED, reason="unknown_person")
            elif person.role is not Role.PROVIDER:
                refusal = refuse(RefusalCode.ROLE_NOT_ALLOWED)
            elif flow.step_up_for not in (None, person.person_id):
                refusal = refuse(RefusalCode.IDENTITY_REFUSED, reason="another_person")
            elif flow.step_up_for is not None and not _is_fresh(identity.auth_time, flow.begun_at):
                refusal = refuse(RefusalCode.IDENTITY_REFUSED, reason="auth_time")
            else:
                if old_secret is not None:
                    await session_rows.end_session(tx, old_secret)
                secret = await self.sessions.open(tx, Role.PROVIDER, person.person_id, identity.auth_time)
                action = "signed_in" if flow.step_up_for is None else "stepped_up"
                await tx.audit(f"provider:{person.person_id}", action)
                return Finished(secret, flow.return_to)
            details = {"code": refusal.code.value, "reason": refusal.params.get("reason", "")}
            await tx.audit("gateway", "page_sign_in_refused", {}, details)
        return refusal

    async def _refused(self, refusal: Refusal) -> Refusal:
        async with self.sessions.database.write(self.clock()) as tx:
            details = {"code": refusal.code.value, "reason": refusal.params.get("reason", "")}
            await tx.audit("gateway", "page_sign_in_refused", {}, details)
        return refusal


def _is_fresh(auth_time: datetime, begun_at: datetime) -> bool:
    """Whether the person proved who they are since the step-up began, clocks apart."""
    return (begun_at - auth_time).total_seconds() <= LEEWAY_SECONDS


def _context(state: str) -> str:
    return f"nonces/{PURPOSE}/{code_rows.digest(state)}"
