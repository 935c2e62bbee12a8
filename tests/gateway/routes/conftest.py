"""Fixtures of the edges' tests: an issuer, a gateway, and a scribe's desktop that is signed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.identity.issuer import Issuer, running_issuer
from tests.gateway.routes.desktop import Desktop
from tests.gateway.routes.practice import Practice, running_gateway
from wire.people import Role


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture
def practice(tmp_path: Path, issuer: Issuer) -> Iterator[Practice]:
    with running_gateway(tmp_path / "gateway", issuer.url) as running:
        yield running


@pytest.fixture
def enrolled(practice: Practice) -> Desktop:
    """A laptop that is enrolled, of a practice with the scribe Santos."""
    practice.add_person("santos", Role.SCRIBE)
    desktop = Desktop(practice)
    assert desktop.enroll().status_code == 200
    return desktop


@pytest.fixture
def desktop(enrolled: Desktop, issuer: Issuer) -> Desktop:
    """The same, signed in."""
    assert enrolled.sign_in_at(issuer).status_code == 200
    return enrolled
