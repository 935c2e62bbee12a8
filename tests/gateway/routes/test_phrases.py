"""Phrases over HTTP: nobody without a sign-in; a scribe the practice's and a provider's, a provider their own."""

import httpx2
import pytest

from tests.gateway.routes.browser import provider_client
from tests.gateway.routes.desktop import Desktop
from wire.people import Role
from wire.refusals import RefusalCode


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["refusal"]["code"]


@pytest.mark.parametrize("path", ["/v1/phrases", "/v1/visits/none/phrases", "/page/phrases"])
def test_who_is_not_signed_in_reads_nothing(desktop: Desktop, path: str) -> None:
    with desktop.practice.client() as client:
        assert refusal(client.get(path)) == (401, RefusalCode.NOT_SIGNED_IN)
        assert client.put("/page/phrases/x", json={"text": "x", "expected_version": 0}).status_code in (401, 403)


def test_a_scribe_reads_the_practices_and_their_providers(desktop: Desktop) -> None:
    visit_id = desktop.practice.add_visit(scribes=(desktop.person_id,))
    empty = {"phrases": [], "revision": 0, "complete": True}
    for path in ("/v1/phrases", f"/v1/visits/{visit_id}/phrases"):
        answer = desktop.get(path)
        assert (answer.status_code, answer.json()) == (200, empty)
    assert refusal(desktop.get("/v1/visits/none/phrases")) == (404, RefusalCode.VISIT_UNKNOWN)
    other = desktop.practice.add_visit("Encounter/7", scribes=(desktop.practice.add_person("other", Role.SCRIBE),))
    assert refusal(desktop.get(f"/v1/visits/{other}/phrases")) == (403, RefusalCode.NOT_ASSIGNED)
    assert refusal(desktop.get("/page/phrases")) == (401, RefusalCode.NOT_SIGNED_IN)


def test_a_provider_replaces_their_own_and_the_scribe_gets_it(desktop: Desktop) -> None:
    practice = desktop.practice
    doctor = practice.add_person("okafor", Role.PROVIDER, "Practitioner/9")
    visit_id = practice.add_visit(scribes=(desktop.person_id,), practitioner="Practitioner/9")
    page = provider_client(practice, doctor)
    made = page.put("/page/phrases/Knee", json={"text": "{left|right} knee.", "expected_version": 0})
    assert (made.status_code, made.json()["name"], made.json()["version"]) == (200, "knee", 1)
    assert page.get("/page/phrases").json()["phrases"] == [made.json()]
    got = desktop.get(f"/v1/visits/{visit_id}/phrases?after=0").json()
    assert (got["phrases"], got["revision"], got["complete"]) == ([made.json()], 1, True)
    assert desktop.get(f"/v1/visits/{visit_id}/phrases?after=1").json()["phrases"] == []
    assert "phrase_put" in practice.actions()
    again = page.put("/page/phrases/knee", json={"text": "x", "expected_version": 0})
    assert refusal(again) == (409, RefusalCode.CHANGED_MEANWHILE)
    gone = page.put("/page/phrases/knee", json={"text": "", "expected_version": 1, "removed": True})
    assert (gone.json()["removed"], gone.json()["version"]) == (True, 2)


def test_another_sites_page_changes_nothing(desktop: Desktop) -> None:
    page = provider_client(desktop.practice, desktop.practice.add_person("okafor", Role.PROVIDER))
    page.headers["Origin"] = "https://elsewhere.example"
    answer = page.put("/page/phrases/knee", json={"text": "x", "expected_version": 0})
    assert refusal(answer) == (403, RefusalCode.ROLE_NOT_ALLOWED)
    assert page.get("/page/phrases").json()["phrases"] == []


@pytest.mark.parametrize("path", ["/v1/phrases?after=-1", "/v1/phrases?after=x"])
def test_a_revision_that_is_none_is_malformed(desktop: Desktop, path: str) -> None:
    assert refusal(desktop.get(path)) == (400, RefusalCode.MALFORMED)
