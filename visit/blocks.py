"""Typed blocks: `/name` at a line's start becomes the skeleton of a history, an exam, a procedure, with its blanks."""

from dataclasses import dataclass
from functools import cache

from visit.data_files import read_data
from visit.fuzzy import NameIndex
from visit.triggers import Expansion, Trigger, expansion, folded, typed_name

SIGN = "/"
FOUND = 12


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its name, further names, the key of the section it belongs to, and its text with blanks."""

    key: str
    title: str
    also: tuple[str, ...]
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Blocks:
    """The data file."""

    about: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class TypedBlock:
    """A block whose name was typed, and its expansion at that place.

    Whoever is in another section than the block's own may take the trigger away and insert the text there instead.
    """

    block: Block
    expansion: Expansion


@cache
def all_blocks() -> tuple[Block, ...]:
    """Every block, in the order of the data file."""
    return read_data(Blocks, "blocks.json").blocks


@cache
def _by_name() -> dict[str, Block]:
    return {name: block for block in all_blocks() for name in (block.key, *block.also)}


@cache
def _index() -> NameIndex:
    return NameIndex(_by_name())


def find(name: str) -> Block | None:
    """The block of a name or a further name."""
    return _by_name().get(folded(name))


def search(query: str, limit: int = FOUND) -> tuple[Block, ...]:
    """The blocks whose names fit what was typed, the best first and each once; all of them for nothing typed."""
    if not query.removeprefix(SIGN):
        return all_blocks()[:limit]
    names = _index().search(folded(query.removeprefix(SIGN)), limit * 2)
    return tuple({_by_name()[name].key: _by_name()[name] for name in names}.values())[:limit]


def typed(text: str, caret: int) -> Trigger | None:
    """The slash with the start of a name at the caret (UTF-16 units), where it begins a line; None anywhere else."""
    return typed_name(text, caret, SIGN, at_line_start=True)


def expand(text: str, caret: int) -> TypedBlock | None:
    """The block whose whole name ends at the caret, when Tab, Space or Enter is pressed there."""
    trigger = typed(text, caret)
    block = find(trigger.name) if trigger is not None and trigger.name else None
    if trigger is None or block is None:
        return None
    return TypedBlock(block, expansion(trigger, block.text))
