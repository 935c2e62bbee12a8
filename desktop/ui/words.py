"""Every sentence of the desktop, by key, from one catalogue (English now)."""

import json
import re
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).parent / "words" / "en.json"
PLACE = re.compile(r"\{(\w+)\}")


@cache
def _catalogue() -> dict[str, str]:
    words: dict[str, str] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return words


def say(key: str, **values: object) -> str:
    """The sentence of a key, its `{name}` places filled; with `count`, `.one` or `.other` is added to the key."""
    words = _catalogue()
    if "count" in values:
        key = f"{key}.{'one' if values['count'] == 1 else 'other'}"
    return PLACE.sub(lambda place: str(values.get(place[1], place[0])), words[key])


def has(key: str) -> bool:
    """Whether the catalogue has a key."""
    return key in _catalogue()
