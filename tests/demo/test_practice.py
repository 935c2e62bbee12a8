"""The whole practice starts in one line, with the real gateway, and people really sign in to it."""

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx2
import pytest

from demo.gateway_program import CommandFailed
from demo.identity.browser import sign_in_over_http
from demo.practice import Practice, PracticeSettings, start_practice
from wire.posture import Requirement
from wire.visits import VisitSummary

pytestmark = pytest.mark.together


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    with start_practice(PracticeSettings(people=("santos", "okafor"))) as practice:
        yield practice


@contextmanager
def signed_in_to_page(practice: Practice, username: str) -> Iterator[httpx2.Client]:
    """A browser that is signed in to the practice's page, as far as the gateway lets it."""
    with httpx2.Client(base_url=practice.gateway.address) as browser:
        asked = browser.get("/page/sign-in")
        assert asked.is_redirect
        answer = browser.get(sign_in_over_http(asked.headers["location"], username))
        while answer.is_redirect:
            answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
        yield browser


def test_gateway_tells_where_to_sign_in(practice: Practice) -> None:
    info = httpx2.get(f"{practice.gateway.address}/.well-known/alcove").json()
    assert info["issuer"] == practice.identity.address
    assert info["client_id"] == "alcove-desktop"


def test_provider_sees_the_visit_that_the_record_holds(practice: Practice) -> None:
    with signed_in_to_page(practice, "okafor") as browser:
        visits = [VisitSummary.model_validate(each) for each in browser.get("/page/visits").raise_for_status().json()]
    assert [visit.patient.name for visit in visits] == ["Rivera, Ana M"]
    assert visits[0].provider.name == "Dr. A. Okafor"
    assert visits[0].room.name == "Room 4"
    assert visits[0].patient.allergies == ("Penicillin (hives)",)


def test_scribe_has_no_place_on_the_providers_page(practice: Practice) -> None:
    with signed_in_to_page(practice, "santos") as browser:
        assert browser.get("/page/visits").status_code in (401, 403)


def test_enrolment_codes_are_for_people_of_the_practice(practice: Practice) -> None:
    code = practice.enrolment_code("santos")
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", code)
    with pytest.raises(CommandFailed):
        practice.enrolment_code("nobody")


def test_record_can_be_looked_at(practice: Practice) -> None:
    with practice.record() as record:
        assert record.get("/Patient/rivera").raise_for_status().json()["id"] == "rivera"
        assert httpx2.get(f"{practice.ehr.address}/Patient/rivera").status_code == 401


def test_policy_is_changed_in_its_file(practice: Practice) -> None:
    before = practice.gateway.command("policy", "check")
    assert "firewall: advisory" in before
    practice.gateway.set_policy(firewall=Requirement.REQUIRE)
    after = practice.gateway.command("policy", "check")
    assert "firewall: require" in after
    assert "disk_encryption: advisory" in after
    assert before.splitlines()[0] != after.splitlines()[0]


def test_restart_keeps_address_and_sessions(practice: Practice) -> None:
    with signed_in_to_page(practice, "okafor") as browser:
        practice.gateway.kill()
        with pytest.raises(httpx2.TransportError):
            browser.get("/page/visits")
        practice.gateway.start()
        assert browser.get("/page/visits").status_code == 200


def test_lost_record_comes_back_at_its_address(practice: Practice) -> None:
    address = practice.ehr.address
    practice.lose_record()
    with signed_in_to_page(practice, "okafor") as browser:
        assert len(browser.get("/page/visits").raise_for_status().json()) == 1
    practice.bring_record_back()
    assert practice.ehr.address == address
    with practice.record() as record:
        assert record.get("/Patient/rivera").status_code == 200


def test_folder_of_another_practice_is_not_taken_over(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), start_practice(PracticeSettings(folder=tmp_path)):
        pass


def test_secrets_are_private_and_not_in_logs(practice: Practice) -> None:
    folder = practice.gateway.plan.folder
    secrets = [(folder / name).read_text() for name in ("page-secret", "ehr-token")]
    for name in ("page-secret", "ehr-token", "store.key", "signing-key.pem", "gateway.toml"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    for log in practice.logs():
        text = log.read_text()
        assert not any(secret in text for secret in (*secrets, "Rivera", "30014471"))


def test_audit_chain_holds(practice: Practice) -> None:
    assert "unbroken" in practice.gateway.command("audit", "verify")


def test_people_are_imported_all_or_none(practice: Practice, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("subject,name,role,ehr\nadeyemi,K. Adeyemi,scribe,\nhaddad,Dr. R. Haddad,boss,\n")
    with pytest.raises(CommandFailed, match="line 3"):
        practice.gateway.command("people", "import", str(file))
    with pytest.raises(CommandFailed):
        practice.enrolment_code("adeyemi")
    file.write_text("subject,name,role,ehr\nadeyemi,K. Adeyemi,scribe,\n")
    assert practice.gateway.command("people", "import", str(file)).strip() == "1"
