"""Every wire model with its golden message: one valid sample per type and protocol version."""

import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import wire
from wire.base import Model

GOLDEN = Path(__file__).parent / "golden"


def all_models() -> dict[str, type[Model]]:
    """Every model of `wire` by its name in snake case."""
    for module in pkgutil.iter_modules(wire.__path__):
        import_module(f"wire.{module.name}")
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower(): model
        for model in _subclasses(Model)
        if model.__module__.startswith("wire.")
    }


def golden(name: str, version: int = 1) -> dict[str, Any]:
    """The golden message of a model."""
    message: dict[str, Any] = json.loads((GOLDEN / f"v{version}" / f"{name}.json").read_text())
    return message


def _subclasses(model: type[Model]) -> Iterator[type[Model]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
