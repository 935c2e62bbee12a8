"""The record's schedule becomes the gateway's visits: from the real demo record, and when it is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import validator
from demo.ehr import EhrSettings, start_ehr
from tests.gateway.routes.practice import Practice, config_text, free_port, running_gateway
from wire.people import Principal, Role

TOKEN = "a-token-for-this-test"


@pytest.fixture(scope="module")
def record() -> Iterator[str]:
    validator.install()
    with start_ehr(EhrSettings(token=TOKEN)) as running:
        yield running.address


@pytest.fixture
def practice(tmp_path: Path, record: str) -> Iterator[Practice]:
    port = free_port()
    text = config_text("http://127.0.0.1:9", port, record)
    text = text.replace("sync_seconds = 3600", 'sync_seconds = 5\nauth = "bearer"\ntoken_file = "token"')
    folder = tmp_path / "gateway"
    folder.mkdir()
    (folder / "token").touch(0o600)
    (folder / "token").write_text(TOKEN + "\n")
    with running_gateway(folder, "http://127.0.0.1:9", port, text) as running:
        yield running


def test_the_days_visits_come_by_themselves(practice: Practice) -> None:
    santos = practice.add_person("santos", Role.SCRIBE)
    services = practice.context.services
    practice.until(lambda: "visit_taken_over" in practice.actions())
    practice.until(lambda: practice.actions().count("visit_taken_over") >= 3)
    provider = {state.facts.provider.name for state in services.ledger.loaded_visits()}
    assert "Dr. A. Okafor" in provider
    scribe = Principal(role=Role.SCRIBE, id=santos, name="Santos", device_id="d")
    # Who became a scribe after the first reading is assigned by the next.
    practice.until(lambda: len(practice.run(services.visits.listed_for(scribe))) >= 3)
