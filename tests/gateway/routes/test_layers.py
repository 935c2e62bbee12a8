"""A provider's layers over HTTP: the provider's own alone, from the page alone."""

import httpx2
import pytest

from tests.gateway.routes.browser import provider_client
from tests.gateway.routes.desktop import Desktop
from tests.gateway.routes.practice import Practice
from wire.people import Role
from wire.refusals import RefusalCode

PATH = "/page/layers"


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["refusal"]["code"]


def layer(provider_id: str, version: int = 1, **changes: object) -> dict[str, object]:
    values: dict[str, object] = {"provider_id": provider_id, "version": version, "required": ["ros"]}
    return values | changes


@pytest.fixture
def okafor(practice: Practice) -> tuple[str, httpx2.Client]:
    person_id = practice.add_person("okafor", Role.PROVIDER, "Practitioner/okafor")
    return person_id, provider_client(practice, person_id)


def test_a_provider_reads_and_replaces_the_own_layers(practice: Practice, okafor: tuple[str, httpx2.Client]) -> None:
    person_id, client = okafor
    assert client.get(PATH).json() == []
    put = client.put(PATH, json=layer(person_id))
    assert put.status_code == 200, put.text
    assert refusal(client.put(PATH, json=layer(person_id))) == (409, RefusalCode.CHANGED_MEANWHILE)
    knee = layer(person_id, template_id="orthopedics.knee", macros=[{"name": "mine", "text": "My *** words."}])
    assert client.put(PATH, json=knee).status_code == 200
    kept = client.get(PATH).json()
    assert [(one["template_id"], one["version"], one["required"]) for one in kept] == [
        (None, 1, ["ros"]),
        ("orthopedics.knee", 1, ["ros"]),
    ]
    assert kept[1]["macros"] == [{"name": "mine", "text": "My *** words."}]
    assert practice.actions().count("layer_put") == 2


def test_another_providers_layer_is_neither_read_nor_written(
    practice: Practice, okafor: tuple[str, httpx2.Client]
) -> None:
    person_id, client = okafor
    assert client.put(PATH, json=layer(person_id)).status_code == 200
    other = provider_client(practice, practice.add_person("other", Role.PROVIDER, "Practitioner/other"))
    assert other.get(PATH).json() == []
    assert refusal(other.put(PATH, json=layer(person_id, 2))) == (403, RefusalCode.ROLE_NOT_ALLOWED)


def test_what_cannot_take_effect_is_refused_with_its_place(okafor: tuple[str, httpx2.Client]) -> None:
    person_id, client = okafor
    for body, where in (
        (layer(person_id, required=["nowhere"]), "required.nowhere"),
        (layer(person_id, version=0), "version"),
        (layer(person_id, headings=[{"section": "hpi", "heading": " "}]), "headings.hpi"),
    ):
        answer = client.put(PATH, json=body)
        assert refusal(answer) == (400, RefusalCode.LAYER_INVALID)
        assert answer.json()["refusal"]["params"]["where"] == where
    assert refusal(client.put(PATH, json=layer(person_id, template_id="none.such"))) == (
        400,
        RefusalCode.TEMPLATE_UNKNOWN,
    )
    form = client.put(PATH, content=b"{}", headers={"Content-Type": "text/plain"})
    assert refusal(form) == (400, RefusalCode.MALFORMED)


def test_neither_a_scribe_nor_a_stranger_nor_another_site_comes_in(
    desktop: Desktop, okafor: tuple[str, httpx2.Client]
) -> None:
    person_id, client = okafor
    with desktop.practice.client() as stranger:
        assert refusal(stranger.get(PATH)) == (401, RefusalCode.NOT_SIGNED_IN)
        assert refusal(stranger.put(PATH, json=layer(person_id), headers={"Origin": desktop.practice.address})) == (
            401,
            RefusalCode.NOT_SIGNED_IN,
        )
    assert refusal(desktop.get(PATH)) == (401, RefusalCode.NOT_SIGNED_IN)
    elsewhere = client.put(PATH, json=layer(person_id), headers={"Origin": "https://elsewhere.example"})
    assert refusal(elsewhere) == (403, RefusalCode.ROLE_NOT_ALLOWED)
