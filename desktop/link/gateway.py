"""HTTP calls to the practice's gateway. Implements ports.Gateway on the asyncio thread."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import httpx2
from pydantic import TypeAdapter, ValidationError

from desktop.link.address import checked_address
from desktop.link.proofs import make_proof
from desktop.link.sign_in import fetch_id_token
from desktop.ports import LinkFailed, LinkProblem, Refused, Session, Signer
from wire.base import DEFERRED, Model
from wire.earlier import EarlierNote, EarlierNoteText
from wire.http import (
    EnrollReply,
    EnrollRequest,
    GatewayInfo,
    Jwk,
    NonceReply,
    RefreshRequest,
    RefusalReply,
    SignInRequest,
    TokenReply,
    WipedReport,
    WipeOrderReply,
    WipeOrderRequest,
)
from wire.people import Role
from wire.phrases import PhrasePage
from wire.posture import AdmissionDecision, Challenge, SignedReport
from wire.protocol import negotiate
from wire.refusals import Refusal, RefusalCode
from wire.versions import NoteVersion, VersionComparison, VersionText
from wire.visits import VisitSummary

T = TypeVar("T")
MAX_REPLY_BYTES = 4 * 1024 * 1024
TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
RENEW_BEFORE = timedelta(seconds=60)
VERSIONS: TypeAdapter[list[NoteVersion]] = TypeAdapter(list[NoteVersion], config=DEFERRED)
VISITS: TypeAdapter[list[VisitSummary]] = TypeAdapter(list[VisitSummary], config=DEFERRED)
EARLIER: TypeAdapter[list[EarlierNote]] = TypeAdapter(list[EarlierNote], config=DEFERRED)


class GatewayClient:
    """One gateway, one device key, at most one session."""

    def __init__(self, address: str, signer: Signer, proxy: str | None = None) -> None:
        self._untrusted_address = address
        self._signer = signer
        self._proxy = proxy
        self._http: httpx2.AsyncClient | None = None
        self._session: Session | None = None
        self._info: GatewayInfo | None = None
        self._offset: float | None = None
        self._renewing = asyncio.Lock()
        self.on_session: Callable[[Session], None] = lambda _: None
        """Called on the asyncio thread whenever the refresh token is rotated."""

    # --- ports.Gateway ---------------------------------------------------------------------------------------

    async def info(self) -> GatewayInfo:
        """What the gateway is; LinkFailed(NOT_ALCOVE) when it is something else, PROTOCOL when we cannot talk."""
        sent = time.time()
        try:
            info = await self._call("GET", "/.well-known/alcove", None, GatewayInfo)
        except Refused:
            raise LinkFailed(LinkProblem.NOT_ALCOVE) from None
        if negotiate(info.protocols) is None:
            raise LinkFailed(LinkProblem.PROTOCOL)
        self._measure_clock(sent, info.server_time)
        self._info = info
        return info

    async def enroll(self, code: str, device_name: str) -> str:
        """Spend a one-time code; the device id."""
        proof = self._proof("POST", self._url("/v1/devices/enroll"))
        body = EnrollRequest(code=code, device_name=device_name, proof=proof)
        return (await self._call("POST", "/v1/devices/enroll", body, EnrollReply)).device_id

    async def sign_in(self, open_browser: Callable[[str], None], device_id: str) -> Session:
        """Sign in through the system browser; the identity provider's token is posted once and forgotten."""
        info = self._info or await self.info()
        nonce = await self._call("POST", "/v1/sign-in/nonce", None, NonceReply)
        id_token = await fetch_id_token(self._client(), info, nonce.nonce, open_browser)
        body = SignInRequest(id_token=id_token, device_id=device_id)
        return self._keep(await self._call("POST", "/v1/sign-in", body, TokenReply, proof=True))

    async def refresh(self, refresh_token: str) -> Session:
        """A new session for a refresh token, which is spent by it."""
        body = RefreshRequest(refresh_token=refresh_token)
        return self._keep(await self._call("POST", "/v1/sign-in/refresh", body, TokenReply, proof=True))

    async def sign_out(self) -> None:
        """End the session at the gateway."""
        try:
            await self._call("POST", "/v1/sign-out", None, None, token=True)
        finally:
            self._session = None  # signed out here, also when the gateway is not reached

    async def wipe_order(self, device_id: str, gateway_jwk: Jwk) -> bool:
        """Whether the practice took this device out, by an order that its key signed."""
        from desktop.link.wipe_orders import is_wipe_order

        body = WipeOrderRequest(device_id=device_id)
        reply = await self._call("POST", "/v1/devices/wipe-order", body, WipeOrderReply, proof=True)
        return is_wipe_order(reply.order, gateway_jwk, device_id, self._signer.public_jwk)

    async def report_wiped(self, report: WipedReport) -> None:
        """Say what was done with the order."""
        await self._call("POST", "/v1/devices/wiped", report, None, proof=True)

    async def visits(self) -> list[VisitSummary]:
        """The day's visits."""
        return await self._call("GET", "/v1/visits", None, VISITS, token=True)

    async def earlier_notes(self, visit_id: str) -> list[EarlierNote]:
        """The earlier signed notes of a visit's patient, the newest first."""
        return await self._call("GET", f"/v1/visits/{visit_id}/earlier-notes", None, EARLIER, token=True)

    async def earlier_note(self, visit_id: str, note_id: str) -> EarlierNoteText:
        """One of them with its text."""
        path = f"/v1/visits/{visit_id}/earlier-notes/{note_id}"
        return await self._call("GET", path, None, EarlierNoteText, token=True)

    async def practice_phrases(self, after: int) -> PhrasePage:
        """The practice's phrases that changed after a revision."""
        return await self._call("GET", f"/v1/phrases?after={after}", None, PhrasePage, token=True)

    async def provider_phrases(self, visit_id: str, after: int) -> PhrasePage:
        """The same of a visit's provider."""
        path = f"/v1/visits/{visit_id}/phrases?after={after}"
        return await self._call("GET", path, None, PhrasePage, token=True)

    async def challenge(self, visit_id: str) -> Challenge:
        """A nonce for a posture report; it also measures this machine's clock."""
        sent = time.time()
        path = f"/v1/visits/{visit_id}/admission/challenge"
        challenge = await self._call("POST", path, None, Challenge, token=True)
        self._measure_clock(sent, challenge.gateway_time)
        return challenge

    async def admit(self, visit_id: str, report: SignedReport) -> AdmissionDecision:
        """The policy's decision on a report."""
        return await self._call("POST", f"/v1/visits/{visit_id}/admission", report, AdmissionDecision, token=True)

    async def versions(self, visit_id: str) -> list[NoteVersion]:
        """Every version of a visit's note, oldest first."""
        return await self._call("GET", f"/v1/visits/{visit_id}/versions", None, VERSIONS, token=True)

    async def version(self, visit_id: str, seq: int) -> VersionText:
        """One version with its text."""
        return await self._call("GET", f"/v1/visits/{visit_id}/versions/{seq}", None, VersionText, token=True)

    async def compared(self, visit_id: str, left: int, right: int) -> VersionComparison:
        """Two versions side by side."""
        path = f"/v1/visits/{visit_id}/versions/{left}/compared/{right}"
        return await self._call("GET", path, None, VersionComparison, token=True)

    def clock_offset_seconds(self) -> float | None:
        """This machine's clock minus the gateway's at the newest call's midpoint; None before the first."""
        return self._offset

    async def close(self) -> None:
        """Close connections."""
        if self._http is not None:
            await self._http.aclose()

    # --- for the live channel ----------------------------------------------------------------------------------

    async def live_headers(self, url: str) -> dict[str, str]:
        """Headers that open the live channel, with a token that is fresh."""
        token = await self._fresh_token()
        http_url = "http" + url.removeprefix("ws")
        return {
            "Authorization": f"DPoP {token}",
            "DPoP": self._proof("GET", http_url, token),
        }

    def address(self) -> str:
        """The checked address."""
        return checked_address(self._untrusted_address)

    # --- inside ------------------------------------------------------------------------------------------------

    def _url(self, path: str) -> str:
        return self.address() + path

    def _client(self) -> httpx2.AsyncClient:
        if self._http is None:
            # The environment's proxies and certificate files are the user's to set, not ours to trust.
            self._http = httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False, proxy=self._proxy)
        return self._http

    def _gateway_time(self) -> float:
        """The gateway's clock as far as it is known: a wrong clock here is the gate's to show, not sign-in's."""
        return time.time() - (self._offset or 0.0)

    def _proof(self, method: str, url: str, access_token: str = "") -> str:
        return make_proof(self._signer, method, url, access_token, now=self._gateway_time())

    async def _fresh_token(self) -> str:
        async with self._renewing:
            session = self._session
            if session is None:
                raise Refused(Refusal(code=RefusalCode.NOT_SIGNED_IN))
            if session.access_expires_at.timestamp() - self._gateway_time() < RENEW_BEFORE.total_seconds():
                session = await self.refresh(session.refresh_token)
                self.on_session(session)
            return session.access_token

    async def _call(  # noqa: PLR0913
        self,
        method: str,
        path: str,
        body: Model | None,
        kind: "type[T] | TypeAdapter[T] | None",
        *,
        token: bool = False,
        proof: bool = False,
    ) -> T:
        url = self._url(path)
        headers = {"Accept": "application/json"}
        if token:
            access = await self._fresh_token()
            headers["Authorization"] = f"DPoP {access}"
            headers["DPoP"] = self._proof(method, url, access)
        elif proof:
            headers["DPoP"] = self._proof(method, url)
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else body.model_dump_json()
        status, data = await self._exchange(method, url, headers, content)
        if status >= 400:
            raise _refused(status, data)
        if kind is None:
            return None  # type: ignore[return-value]
        adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
        try:
            return adapter.validate_json(data)
        except ValidationError:
            raise LinkFailed(LinkProblem.NOT_ALCOVE) from None

    async def _exchange(self, method: str, url: str, headers: dict[str, str], content: str | None) -> tuple[int, bytes]:
        """One request; the reply's size is bounded while it is read."""
        try:
            async with self._client().stream(method, url, headers=headers, content=content) as reply:
                data = bytearray()
                async for chunk in reply.aiter_bytes():
                    data += chunk
                    if len(data) > MAX_REPLY_BYTES:
                        raise LinkFailed(LinkProblem.NOT_ALCOVE)
                return reply.status_code, bytes(data)
        except httpx2.TimeoutException:
            raise LinkFailed(LinkProblem.TIMED_OUT) from None
        except httpx2.ConnectError as problem:
            tls = "CERTIFICATE" in str(problem).upper() or "SSL" in str(problem).upper()
            raise LinkFailed(LinkProblem.TLS_FAILED if tls else LinkProblem.UNREACHABLE) from None
        except httpx2.HTTPError:
            raise LinkFailed(LinkProblem.UNREACHABLE) from None

    def _keep(self, reply: TokenReply) -> Session:
        if reply.role is not Role.SCRIBE:
            raise Refused(Refusal(code=RefusalCode.ROLE_NOT_ALLOWED))
        self._session = Session(reply.person, reply.access_token, reply.access_expires_at, reply.refresh_token)
        return self._session

    def _measure_clock(self, sent: float, gateway_time: datetime) -> None:
        middle = (sent + time.time()) / 2
        self._offset = middle - gateway_time.timestamp()


def _refused(status: int, data: bytes) -> Refused | LinkFailed:
    try:
        return Refused(RefusalReply.model_validate_json(data).refusal)
    except ValidationError:
        return LinkFailed(LinkProblem.NOT_ALCOVE if status < 500 else LinkProblem.UNREACHABLE, str(status))
