"""The facts that the domain ships as data files, checked against the types that they are for."""

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

DATA = Path(__file__).parent / "data"

T = TypeVar("T")


def read_data(shape: type[T], name: str) -> T:
    """The file `visit/data/<name>` as that type; pydantic's ValidationError when it does not fit, which is a bug.

    It is read anew each time: who asks keeps it.
    """
    read: T = TypeAdapter(shape).validate_json((DATA / name).read_bytes())
    return read


def data_names(folder: str) -> tuple[str, ...]:
    """The names of a folder's data files, without their ending, in order."""
    return tuple(sorted(path.stem for path in (DATA / folder).glob("*.json")))
