"""For every test: a property takes the time it needs, since a busy machine is no fault of what is tested.

Tests that hear, see or time something real are marked `alone`: they have the machine to themselves, after all others.
"""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("alcove", deadline=None)
settings.load_profile("alcove")

HERE = Path(__file__).parent
ALONE = tuple(HERE / folder for folder in ("together", "bench", "demo", "desktop/av"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what must run alone."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in ALONE):
            item.add_marker("alone")
