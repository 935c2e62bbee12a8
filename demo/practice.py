"""A whole practice on loopback for demo and tests: identity provider, record and the real gateway, ready to be joined.

with start_practice() as practice:
    ...  # practice.gateway.address, practice.enrolment_code("santos"), practice.record()
"""

import csv
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from demo import identity, validator
from demo.ehr import DEMO_ZONE, EhrSettings, start_ehr
from demo.gateway_program import DEMO_REQUIREMENTS, GatewayPlan, GatewayProgram, free_port, init_gateway
from demo.identity import PEOPLE, PERSON_BY_USERNAME, DemoPerson, IdentitySettings, start_identity
from demo.processes import Running
from wire.people import Role
from wire.posture import CheckId, Requirement

FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class PracticeSettings:
    """What a demo or a test may want otherwise."""

    zone: str = DEMO_ZONE
    day: date | None = None
    """The visits' day; today in the zone when None."""
    requirements: Mapping[CheckId, Requirement] = field(default_factory=lambda: DEMO_REQUIREMENTS)
    database_url: str = "sqlite+aiosqlite:///gateway.db"
    mid_visit_grace_seconds: int = 30
    tries_per_minute: int | None = None
    """One-time codes and sign-ins from one address; the gateway's own bounds when None."""
    people: tuple[str, ...] = tuple(person.username for person in PEOPLE)
    """User names of those whom the gateway is told about."""
    folder: Path | None = None
    """A new folder in which configuration, database and logs are kept; a temporary one that goes away when None."""


@dataclass(slots=True)
class Practice:
    """The running practice. Everything in it ends with the `with` block."""

    folder: Path
    identity: Running
    ehr: Running
    gateway: GatewayProgram
    people: Mapping[str, DemoPerson]
    """Those whom the gateway knows, by user name; each signs in at the identity provider with its password."""
    ehr_settings: EhrSettings = field(repr=False)

    def enrolment_code(self, username: str) -> str:
        """A new one-time code for a device of this person, from the gateway's command line."""
        return self.gateway.command("enroll", "--for", username).strip()

    @contextmanager
    def record(self) -> Iterator[httpx2.Client]:
        """A client of the practice's record with its token: for looking at what really was written."""
        headers = {"authorization": f"Bearer {self.ehr_settings.token}", "content-type": FHIR_JSON, "accept": FHIR_JSON}
        with httpx2.Client(base_url=self.ehr.address, headers=headers) as client:
            yield client

    def lose_record(self) -> None:
        """The record goes down, and what it held in memory is gone."""
        self.ehr.stop()

    def bring_record_back(self) -> None:
        """The record comes back at its address with its first content."""
        self.ehr.stop()
        self.ehr = start_ehr(self.ehr_settings)

    def logs(self) -> tuple[Path, ...]:
        """The log files of the gateway and of the practice's programs."""
        return self.gateway.log, self.identity.log, self.ehr.log


@contextmanager
def start_practice(settings: PracticeSettings | None = None) -> Iterator[Practice]:
    """Start the practice and wait until all of it answers; it ends with the block, its data too unless kept."""
    settings = settings or PracticeSettings()
    identity.install()
    validator.install()
    with ExitStack() as stack:
        practice = _start_around(stack, settings, _folder(stack, settings))
        stack.callback(practice.lose_record)
        stack.enter_context(practice.gateway)
        _introduce(practice)
        practice.gateway.start()
        yield practice


def _folder(stack: ExitStack, settings: PracticeSettings) -> Path:
    if settings.folder is not None:
        # An old gateway would know its people by an identity provider that is gone.
        settings.folder.mkdir(mode=0o700, parents=True)
        return settings.folder
    folder = Path(tempfile.mkdtemp(prefix="alcove-practice-"))
    stack.callback(shutil.rmtree, folder)
    return folder


def _start_around(stack: ExitStack, settings: PracticeSettings, folder: Path) -> Practice:
    """Start what the gateway needs, side by side, and prepare the gateway itself."""
    token, page_secret, port = secrets.token_urlsafe(32), secrets.token_urlsafe(32), free_port()
    callback = f"http://127.0.0.1:{port}/page/callback"
    about_record = EhrSettings(zone=settings.zone, day=settings.day, token=token, log=folder / "ehr.log")
    about_identity = IdentitySettings(
        page_redirect_uris=(callback,), page_secret=page_secret, log=folder / "identity.log"
    )
    with ThreadPoolExecutor() as pool:
        starting = (pool.submit(start_ehr, about_record), pool.submit(start_identity, about_identity))
        making = pool.submit(init_gateway, folder / "gateway")
    for start in starting:
        # Whatever came up is ended, also when the other one did not.
        if start.exception() is None:
            stack.enter_context(start.result())
    making.result()
    ehr, provider = (start.result() for start in starting)
    plan = GatewayPlan(
        folder=folder / "gateway",
        issuer=provider.address,
        ehr_base=ehr.address,
        zone=settings.zone,
        page_secret=page_secret,
        ehr_token=token,
        port=port,
        database_url=settings.database_url,
        requirements=settings.requirements,
        mid_visit_grace_seconds=settings.mid_visit_grace_seconds,
        tries_per_minute=settings.tries_per_minute,
    )
    people = {username: PERSON_BY_USERNAME[username] for username in settings.people}
    kept_address = replace(about_record, port=urlsplit(ehr.address).port or 0)
    return Practice(folder, provider, ehr, GatewayProgram(plan), people, kept_address)


def _introduce(practice: Practice) -> None:
    """Tell the gateway who its people are; visits and rooms it learns from the record."""
    file = practice.folder / "people.csv"
    with file.open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(("subject", "name", "role", "ehr"))
        for person in practice.people.values():
            ehr = f"Practitioner/{person.username}" if person.role == Role.PROVIDER else ""
            rows.writerow((person.username, person.name, person.role, ehr))
    practice.gateway.command("people", "import", str(file))
