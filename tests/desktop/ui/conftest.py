"""Qt without a screen, for every test of the screens."""

import pytest


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["alcove", "-platform", "offscreen"]
