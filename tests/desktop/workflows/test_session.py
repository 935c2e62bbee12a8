"""Whose sign-in it is: another person's or practice's goes into a vault of its own, never into the open one."""

from collections.abc import Callable
from datetime import UTC, datetime

from desktop.ports import Session, owner_tag
from desktop.workflows.session import (
    DEVICE,
    GATEWAY,
    GATEWAY_KEY,
    PERSON,
    REFRESH,
    KnownDevice,
    SessionFlow,
    SessionPhase,
    read_known,
)
from tests.desktop.workflows.doubles import MemoryVault, RecordingLine, RememberingScreen, SteppedJobs
from wire.http import GatewayInfo
from wire.people import Person

ADDRESS, KEY = "https://alcove.lakeside.example", {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}
SANTOS, OTHER = Person(person_id="p-santos", name="J. Santos"), Person(person_id="p-adeyemi", name="T. Adeyemi")
NOW = datetime(2026, 11, 27, tzinfo=UTC)
INFO = GatewayInfo(
    practice="Lakeside Clinic", zone="America/Chicago", protocols=(1,), issuer="https://idp", client_id="c",
    scope="openid", gateway_jwk=KEY, server_time=NOW, version="0.1.0",
)  # fmt: skip


class OneGateway:
    """A gateway at which one person signs in."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.refreshed: list[str] = []

    async def info(self) -> GatewayInfo:
        return INFO

    async def enroll(self, code: str, device_name: str) -> str:
        return "d2"

    async def sign_in(self, open_browser: Callable[[str], None], device_id: str) -> Session:
        return Session(self.person, "access", NOW, "new token")

    async def refresh(self, refresh_token: str) -> Session:
        self.refreshed.append(refresh_token)
        return Session(self.person, "access", NOW, "rotated")


class Laptop:
    """An enrolled laptop whose vault is Santos's."""

    def __init__(self, signs_in: Person, *, claimed: bool = True) -> None:
        self.vault = MemoryVault()
        self.vault.values = {GATEWAY: ADDRESS, DEVICE: "d1"}
        if claimed:
            self.vault.values |= {PERSON: SANTOS.model_dump_json(), REFRESH: "kept token"}
            self.vault.claimed = owner_tag(ADDRESS, SANTOS.person_id)
        self.jobs, self.gateway, self.line = SteppedJobs(self.vault), OneGateway(signs_in), RecordingLine()
        self.session = SessionFlow(self.jobs, RememberingScreen(), lambda _a: self.gateway, lambda _u: None)  # type: ignore[arg-type, return-value]
        self.session.line = self.line
        self.elsewhere: list[tuple[str, dict[str, str]]] = []
        self.session.on_elsewhere = lambda owner, settings: self.elsewhere.append((owner, settings))

    def start(self, *, other: bool = False) -> None:
        self.session.start(read_known(self.vault), other=other)
        self.jobs.run()

    def sign_in(self) -> None:
        self.session.sign_in()
        self.jobs.run()


def test_the_first_who_signs_in_owns_the_vault() -> None:
    laptop = Laptop(SANTOS, claimed=False)
    laptop.start()
    laptop.sign_in()
    assert laptop.vault.owner() == owner_tag(ADDRESS, SANTOS.person_id)
    assert read_known(laptop.vault) == KnownDevice(ADDRESS, "d1", "new token", SANTOS, KEY)
    assert (laptop.elsewhere, laptop.session.phase) == ([], SessionPhase.SIGNED_IN)


def test_the_owner_goes_on_in_it() -> None:
    laptop = Laptop(SANTOS)
    laptop.start()
    assert laptop.gateway.refreshed == ["kept token"]
    assert laptop.vault.values[REFRESH] == "rotated"
    assert laptop.elsewhere == []


def test_somebody_elses_sign_in_goes_into_their_own_vault_and_nothing_of_it_into_this_one() -> None:
    laptop = Laptop(OTHER)
    laptop.start(other=True)
    assert laptop.gateway.refreshed == [], "the owner's sign-in is not touched"
    before = dict(laptop.vault.values)
    laptop.sign_in()
    ((owner, settings),) = laptop.elsewhere
    assert owner == owner_tag(ADDRESS, OTHER.person_id)
    assert settings[REFRESH] == "new token"
    assert (settings[GATEWAY], settings[DEVICE]) == (ADDRESS, "d1")
    assert Person.model_validate_json(settings[PERSON]) == OTHER
    assert GATEWAY_KEY in settings
    assert laptop.vault.values == before
    assert not laptop.line.running, "no visit of the owner's is sent in another's name"
    assert laptop.session.person == SANTOS


def test_the_owner_who_signs_in_where_somebody_else_was_expected_goes_on() -> None:
    laptop = Laptop(SANTOS)
    laptop.start(other=True)
    laptop.sign_in()
    assert laptop.elsewhere == []
    assert laptop.vault.values[REFRESH] == "new token"


def test_another_practice_gets_a_vault_of_its_own() -> None:
    laptop = Laptop(SANTOS)
    laptop.start()
    before = dict(laptop.vault.values)
    laptop.session.set_up_again()
    laptop.session.enroll("https://other.example", "code", "laptop")
    laptop.jobs.run()
    assert laptop.elsewhere == [("", {GATEWAY: "https://other.example", DEVICE: "d2"})]
    assert laptop.vault.values == before
    laptop.session.enroll(ADDRESS, "code", "laptop")
    laptop.jobs.run()
    assert laptop.vault.values[DEVICE] == "d2", "the same practice again stays in this one"
