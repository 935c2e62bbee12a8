"""First run, enrolment, sign-in and sign-out. Notes stay editable whatever happens here."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from desktop.ports import Gateway, Jobs, LinkFailed, LinkProblem, Refused, Session, Vault, owner_tag
from desktop.workflows.screen import Notice, Screen
from desktop.workflows.sync import LiveLine
from wire.http import GatewayInfo, Jwk
from wire.people import Person, Role
from wire.refusals import Refusal, RefusalCode

GATEWAY = "gateway_address"
DEVICE = "device_id"
REFRESH = "refresh_token"
PERSON = "person"
GATEWAY_KEY = "gateway_key"
RETRY_SECONDS = 3.0


class SessionPhase(StrEnum):
    """Where the sign-in stands."""

    STARTING = "starting"
    FIRST_RUN = "first_run"
    ENROLLING = "enrolling"
    SIGNED_OUT = "signed_out"
    SIGNING_IN = "signing_in"
    REFRESHING = "refreshing"
    OFFLINE = "offline"
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """What the vault remembers of enrolment and sign-in."""

    address: str | None
    device_id: str | None
    refresh_token: str | None
    person: Person | None
    gateway_key: Jwk | None = None
    """The gateway's public key at the last sign-in: what a wipe order is checked with."""


def read_known(vault: Vault) -> KnownDevice:
    """Read it; store thread."""
    person, key = vault.get(PERSON), vault.get(GATEWAY_KEY)
    return KnownDevice(
        vault.get(GATEWAY),
        vault.get(DEVICE),
        vault.get(REFRESH),
        Person.model_validate_json(person) if person else None,
        json.loads(key) if key else None,
    )


class SessionFlow:
    """Who is signed in, through which gateway."""

    def __init__(
        self, jobs: Jobs, screen: Screen, make_gateway: Callable[[str], Gateway], open_browser: Callable[[str], None]
    ) -> None:
        self._jobs = jobs
        self._screen = screen
        self._make_gateway = make_gateway
        self._open_browser = open_browser
        self.phase = SessionPhase.STARTING
        self.gateway: Gateway | None = None
        self.info: GatewayInfo | None = None
        self.address = ""
        self.device_id = ""
        self.person: Person | None = None
        self.problem: LinkProblem | None = None
        self.refusal: Refusal | None = None
        self.policy_address = ""
        self.gateway_key: Jwk | None = None
        self.on_elsewhere: Callable[[str, dict[str, str]], None] | None = None
        """Called with an owner and settings that belong into another vault than the open one: everybody meets only
        their own. The program goes on there."""
        self.on_device_refused: Callable[[], None] = lambda: None
        """The gateway does not let this device in."""
        self._known = KnownDevice(None, None, None, None)
        self.line: LiveLine | None = None
        self._attempt = 0

    def start(self, known: KnownDevice, policy_address: str = "", *, other: bool = False) -> None:
        """Go on from what the vault remembers; a gateway address set by policy overrides it.

        `other`: somebody else wants to sign in; the sign-in that the vault remembers stays untouched in it.
        """
        self.policy_address = policy_address
        self._known, self.gateway_key = known, known.gateway_key
        self.person = known.person
        self.device_id = known.device_id or ""
        self.address = policy_address or known.address or ""
        if not self.address or not self.device_id:
            self._set(SessionPhase.FIRST_RUN)
            return
        self.gateway = self._make_gateway(self.address)
        if known.refresh_token is None or other:
            self._set(SessionPhase.SIGNED_OUT)
            self._fetch_info()
        else:
            self._refresh(known.refresh_token)

    # --- first run ---------------------------------------------------------------------------------------------

    def enroll(self, address: str, code: str, device_name: str) -> None:
        """Check the gateway's address, then spend the one-time code."""
        self.address = self.policy_address or address.strip().rstrip("/")
        gateway = self.gateway = self._make_gateway(self.address)
        self._set(SessionPhase.ENROLLING)

        async def work() -> tuple[GatewayInfo, str]:
            info = await gateway.info()
            return info, await gateway.enroll(code.strip(), device_name)

        def done(result: tuple[GatewayInfo, str]) -> None:
            self.info, self.device_id = result
            address_kept, device_id = self.address, self.device_id
            known = self._known
            if known.person is not None and known.address != address_kept and self.on_elsewhere is not None:
                self.on_elsewhere("", {GATEWAY: address_kept, DEVICE: device_id})  # another practice
                return

            def keep(vault: Vault) -> None:
                vault.put(GATEWAY, address_kept)
                vault.put(DEVICE, device_id)

            self._jobs.on_store(keep, lambda _: None, lambda _: self._screen.noticed(Notice.VAULT_FAILED, None))
            self._set(SessionPhase.SIGNED_OUT)

        self._jobs.on_link(work, done, lambda problem: self._fail(problem, SessionPhase.FIRST_RUN))

    def set_up_again(self) -> None:
        """The practice does not know this laptop any more: its address stays, a new one-time code is asked for."""
        self._set(SessionPhase.FIRST_RUN)

    # --- sign-in -----------------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        """Open the system browser at the practice's identity provider."""
        gateway = self.gateway
        if gateway is None:
            return
        self._attempt += 1
        attempt = self._attempt
        self._set(SessionPhase.SIGNING_IN)

        async def work() -> tuple[GatewayInfo, Session]:
            info = await gateway.info()
            return info, await gateway.sign_in(self._open_browser, self.device_id)

        def done(result: tuple[GatewayInfo, Session]) -> None:
            if attempt == self._attempt:
                self.info = result[0]
                self._signed_in(result[1])

        def failed(problem: LinkFailed | Refused) -> None:
            if attempt == self._attempt:
                self._fail(problem, SessionPhase.SIGNED_OUT)

        self._jobs.on_link(work, done, failed)

    def cancel_sign_in(self) -> None:
        """The person gave up waiting for the browser; a late answer is not taken."""
        self._attempt += 1
        self._set(SessionPhase.SIGNED_OUT)

    def sign_out(self) -> None:
        """End the session here and at the gateway; drafts stay."""
        gateway = self.gateway
        if self.line is not None:
            self.line.stop()
        self._forget_session()
        if gateway is not None:
            self._jobs.on_link(gateway.sign_out, lambda _: None, lambda _: None)

    def session_ended(self, code: RefusalCode) -> None:
        """The gateway no longer takes this session."""
        self.refusal = Refusal(code=code)
        self._forget_session()
        self._screen.noticed(Notice.SIGNED_OUT, self.refusal)
        if code is RefusalCode.DEVICE_NOT_ENROLLED:
            self.on_device_refused()

    # --- inside ------------------------------------------------------------------------------------------------

    def _refresh(self, refresh_token: str) -> None:
        gateway = self.gateway
        if gateway is None:
            return
        self._set(SessionPhase.REFRESHING)

        async def work() -> tuple[GatewayInfo, Session]:
            info = await gateway.info()
            return info, await gateway.refresh(refresh_token)

        def done(result: tuple[GatewayInfo, Session]) -> None:
            self.info = result[0]
            self._signed_in(result[1])

        def failed(problem: LinkFailed | Refused) -> None:
            if isinstance(problem, Refused):
                self.session_ended(problem.refusal.code)
            else:
                self._fail(problem, SessionPhase.OFFLINE)
                self._jobs.later(RETRY_SECONDS, lambda: self._refresh(refresh_token))

        self._jobs.on_link(work, done, failed)

    def _fetch_info(self) -> None:
        gateway = self.gateway
        if gateway is None:
            return

        def done(info: GatewayInfo) -> None:
            self.info = info
            self._screen.session_changed()

        self._jobs.on_link(gateway.info, done, lambda problem: self._fail(problem, SessionPhase.SIGNED_OUT))

    def _signed_in(self, session: Session) -> None:
        known = self._known.person
        if self.info is not None:
            self.gateway_key = self.info.gateway_jwk
        if known is not None and known.person_id != session.person.person_id and self.on_elsewhere is not None:
            owner = owner_tag(self.address, session.person.person_id)
            self.on_elsewhere(owner, {GATEWAY: self.address, DEVICE: self.device_id, **self._kept(session)})
            return
        self.person = session.person
        self._known = replace(self._known, person=session.person)
        self.keep_session(session)
        self.problem, self.refusal = None, None
        self._set(SessionPhase.SIGNED_IN)
        if self.line is not None:
            self.line.start()

    def keep_session(self, session: Session) -> None:
        """Keep the refresh token in the vault, which is this person's from now on; again whenever it is rotated."""
        owner, kept = owner_tag(self.address, session.person.person_id), self._kept(session)

        def keep(vault: Vault) -> None:
            for name, value in kept.items():
                vault.put(name, value)
            if not vault.owner():
                vault.claim(owner)

        self._jobs.on_store(keep, lambda _: None, lambda _: self._screen.noticed(Notice.VAULT_FAILED, None))

    def _kept(self, session: Session) -> dict[str, str]:
        kept = {REFRESH: session.refresh_token, PERSON: session.person.model_dump_json()}
        return kept | ({GATEWAY_KEY: json.dumps(self.gateway_key)} if self.gateway_key is not None else {})

    def _forget_session(self) -> None:
        self._jobs.on_store(lambda vault: vault.delete(REFRESH), lambda _: None, lambda _: None)
        self._set(SessionPhase.SIGNED_OUT)

    def _fail(self, problem: LinkFailed | Refused, phase: SessionPhase) -> None:
        self.problem = problem.problem if isinstance(problem, LinkFailed) else None
        self.refusal = problem.refusal if isinstance(problem, Refused) else None
        self._set(phase)
        if self.refusal is not None and self.refusal.code is RefusalCode.DEVICE_NOT_ENROLLED:
            self.on_device_refused()

    def _set(self, phase: SessionPhase) -> None:
        self.phase = phase
        if phase in (SessionPhase.ENROLLING, SessionPhase.SIGNING_IN):
            self.problem, self.refusal = None, None
        self._screen.session_changed()

    @property
    def role(self) -> Role:
        """The desktop signs in scribes."""
        return Role.SCRIBE
