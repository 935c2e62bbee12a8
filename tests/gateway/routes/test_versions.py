"""The versions over HTTP: who is not signed in, and a visit or version that is not there."""

import httpx2
import pytest

from tests.gateway.routes.desktop import Desktop
from wire.people import Role
from wire.refusals import RefusalCode

PATHS = ("", "/3", "/3/compared/4")


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["refusal"]["code"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("door", ["/v1", "/page"])
def test_who_is_not_signed_in_reads_nothing(desktop: Desktop, door: str, path: str) -> None:
    visit_id = desktop.practice.add_visit()
    with desktop.practice.client() as client:
        answer = client.get(f"{door}/visits/{visit_id}/versions{path}")
    assert refusal(answer) == (401, RefusalCode.NOT_SIGNED_IN)


def test_a_scribe_reads_what_there_is(desktop: Desktop) -> None:
    visit_id = desktop.practice.add_visit()
    listed = desktop.get(f"/v1/visits/{visit_id}/versions")
    assert (listed.status_code, listed.json()) == (200, [])
    for path in PATHS[1:]:
        missing = desktop.get(f"/v1/visits/{visit_id}/versions{path}")
        assert refusal(missing) == (404, RefusalCode.VERSION_UNKNOWN)
    assert refusal(desktop.get("/v1/visits/none/versions")) == (404, RefusalCode.VISIT_UNKNOWN)
    assert refusal(desktop.get(f"/v1/visits/{visit_id}/versions/-1")) == (400, RefusalCode.MALFORMED)


def test_a_visit_of_other_scribes_is_closed(desktop: Desktop) -> None:
    other = desktop.practice.add_person("other", Role.SCRIBE)
    visit_id = desktop.practice.add_visit("Encounter/7", scribes=(other,))
    assert refusal(desktop.get(f"/v1/visits/{visit_id}/versions")) == (403, RefusalCode.NOT_ASSIGNED)
