"""Document updates as honest editors made them, and the same bent: by fields of the format, and by bytes.

A seed repeats what is done, not each byte: pycrdt writes a merged update's clients in no fixed order.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.visit import encoder as e
from tests.visit.converge.characters import Characters
from visit.document import VisitDocument, merge
from visit.guard import CheckedUpdate
from visit.indexes import utf16_length
from visit.lib0 import Malformed
from visit.sections import SECTIONS
from visit.update_format import ForeignContent, Kind, NestedValue, Struct, read_update

CLIENTS = (3, 200_000, 2**31 - 1, 2**53 - 1)
"""Of the recorded editors: one, three, five and eight bytes in the format."""
STRANGER = 77_777
EDITS, BASES = 240, 12
NUMBERS = (0, 1, 2, 3, 127, 128, 2**14, 2**31 - 2, 2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**63, 2**64 - 1, 2**70)
ROOTS = (*(f"section:{section.key}" for section in SECTIONS), e.DRAFTS, "", "section:", "section:unknown", "x" * 201)
KEYS = ("order-1", "order-2", "", "k" * 200, "k" * 201, "\U0001f600")
BROKEN_TEXT = (b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xff", b"")
TEXTS = ("x", "\U0001f600", "a\U0001f600b", "e\u0301", "\u202eabc", "\0", "\U0010fffd" * 3, "y" * 3_000)
ANY_TAGS = tuple(range(0x70, 0x80))
DEEP = (1, 3, 40, 1_000, 15_000)
SELDOM = 0.99
"""So often a huge part is left out: one takes the time of thousands."""


@dataclass(frozen=True, slots=True)
class Base:
    """A document's state, and the honest updates that came after it."""

    state: bytes
    updates: tuple[bytes, ...]


@dataclass(slots=True)
class Block:
    """One client's structs, as they will be written: the count may lie."""

    client: int
    clock: int
    structs: list[bytes]
    count: int | None = None


@dataclass(slots=True)
class Draft:
    """An update that is being bent."""

    blocks: list[Block]
    deleted: list[tuple[int, list[tuple[int, int]]]] = field(default_factory=list)

    def gather(self) -> None:
        """One block and one list of ranges for each client, as the format wants it."""
        blocks: dict[int, Block] = {}
        for block in self.blocks:
            first = blocks.setdefault(block.client, block)
            if first is not block:
                first.structs += block.structs
        ranges: dict[int, list[tuple[int, int]]] = {}
        for client, cut in self.deleted:
            ranges.setdefault(client, []).extend(cut)
        self.blocks, self.deleted = list(blocks.values()), list(ranges.items())

    def encoded(self) -> bytes:
        """The bytes, whatever they say."""
        out = e.uint(len(self.blocks))
        for block in self.blocks:
            count = len(block.structs) if block.count is None else block.count
            out += e.uint(count) + e.uint(block.client) + e.uint(block.clock) + b"".join(block.structs)
        out += e.uint(len(self.deleted))
        for client, ranges in self.deleted:
            out += e.uint(client) + e.uint(len(ranges))
            out += b"".join(e.uint(start) + e.uint(length) for start, length in ranges)
        return out


def record(seed: int) -> list[Base]:
    """Four editors at work on one note, in all planes, with undo and orders; their state at several moments."""
    chance = random.Random(seed)  # noqa: S311  # repeatable
    characters = Characters(chance)
    editors = [VisitDocument(client) for client in CLIENTS]
    whole = VisitDocument()
    made: list[bytes] = []
    states: list[tuple[int, bytes]] = []
    for number in range(EDITS):
        if number % (EDITS // BASES) == 0:
            states.append((len(made), whole.update_since()))
        editor = chance.choice(editors)
        editor.keep_history()
        new: list[bytes] = []
        editor.on_update = new.append
        _edit(editor, chance, characters)
        editor.on_update = None
        made += [merge(new)] if len(new) > 1 and chance.random() < 0.5 else new
        for update in new:
            for other in (whole, *(each for each in editors if each is not editor)):
                other.apply(CheckedUpdate(update, frozenset()), "editor")
    return [Base(state, tuple(made[at:])) for at, state in states if made[at:]]


def _edit(editor: VisitDocument, chance: random.Random, characters: Characters) -> None:
    match chance.randrange(10):
        case 0:
            editor.undo()
        case 1:
            editor.redo()
        case 2:
            editor.set_draft_order(chance.choice(("order-1", "order-2")), chance.choice(('{"dose":5}', None)))
        case _:
            key = chance.choice(SECTIONS).key
            text = editor.text(key)
            first = chance.randint(0, len(text))
            last = min(len(text), first + chance.choice((0, 0, 0, 1, 4)))
            inserted = characters.piece() if chance.random() < 0.8 else ""
            editor.replace(key, utf16_length(text[:first]), utf16_length(text[:last]), inserted)


class Bender:
    """Endless inputs to one base after the other."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # repeatable
        self.bases = record(seed)

    def next(self) -> tuple[Base, bytes]:
        """A base and an update: honest in one of twenty, else bent."""
        base = self._chance.choice(self.bases)
        near = base.updates[: self._chance.choice((1, 2, 8, 40))]
        update = self._chance.choice(near)
        if self._chance.random() < 0.05:
            return base, update
        return base, self.bend(update, near)

    def bend(self, update: bytes, others: Sequence[bytes] = ()) -> bytes:
        """The update with one to three changes; by bytes alone when it cannot be read."""
        chance = self._chance
        if chance.random() < 0.15:
            return self._bytes(update)
        draft = self._draft(update)
        if draft is None:
            return self._bytes(update)
        if others and chance.random() < 0.2:
            other = self._draft(chance.choice(others))
            draft.blocks += other.blocks if other else []
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            chance.choice(self._changes())(draft)
        if chance.random() < 0.95:
            draft.gather()
        out = draft.encoded()
        return self._bytes(out) if chance.random() < 0.05 else out

    def _draft(self, update: bytes) -> Draft | None:
        """The update's parts; None for one that is no update of ours."""
        try:
            read = read_update(update)
        except (Malformed, ForeignContent, NestedValue):
            return None
        blocks = [
            Block(client, structs[0].clock, [self._written(struct) for struct in structs])
            for client, structs in read.structs.items()
        ]
        ranges: dict[int, list[tuple[int, int]]] = {}
        for client, start, end in read.deleted:
            ranges.setdefault(client, []).append((start, end - start))
        return Draft(blocks, list(ranges.items()))

    def _written(self, struct: Struct) -> bytes:
        """A struct as bytes; one of its fields is another in one of twenty."""
        chance = self._chance
        origin, right, root, key = struct.origin, struct.right_origin, struct.root, struct.key
        kind: int = struct.kind
        if chance.random() < 0.05:
            match chance.randrange(6):
                case 0:
                    origin = self._place(struct)
                case 1:
                    right = self._place(struct)
                case 2:
                    root = chance.choice(ROOTS)
                case 3:
                    key = chance.choice((*KEYS, None))
                case 4:
                    kind = chance.choice((1, 4, 8, chance.randrange(32)))
                case _:
                    origin = right = None
                    root = root or chance.choice(ROOTS)
        content = self._content(kind, struct)
        return e.item(kind, content, origin=origin, right=right, parent=root or e.HPI, key=key)

    def _place(self, struct: Struct) -> tuple[int, int]:
        client = self._chance.choice((*CLIENTS, struct.client, STRANGER))
        near = max(0, struct.clock + self._chance.randint(-30, 5))
        return client, self._chance.choice((near, near, self._chance.randrange(60), self._chance.choice(NUMBERS)))

    def _content(self, kind: int, struct: Struct) -> bytes:
        match kind:
            case Kind.STRING:
                return e.string(struct.text or "x")
            case Kind.ANY:
                return e.uint(struct.length) + e.json_string('{"dose":5}') * min(struct.length, 4)
            case _:
                return e.uint(struct.length)

    def _changes(self) -> tuple[Callable[[Draft], None], ...]:
        return (
            self._client,
            self._clock,
            self._count,
            self._doubled,
            self._dropped,
            *(self._new_struct,) * 6,
            *(self._new_client,) * 2,
            self._nested,
            self._torn,
            *(self._delete,) * 4,
            self._swapped,
            self._huge,
        )

    def _block(self, draft: Draft) -> Block:
        if not draft.blocks:
            draft.blocks.append(Block(STRANGER, 0, [e.text("new")]))
        return self._chance.choice(draft.blocks)

    def _client(self, draft: Draft) -> None:
        self._block(draft).client = self._chance.choice((*CLIENTS, STRANGER, *NUMBERS))

    def _clock(self, draft: Draft) -> None:
        block = self._block(draft)
        near = max(0, block.clock + self._chance.choice((-5, -2, -1, 1, 2, 5)))
        block.clock = self._chance.choice((near, near, near, self._chance.choice(NUMBERS)))

    def _count(self, draft: Draft) -> None:
        block = self._block(draft)
        near = max(0, len(block.structs) + self._chance.choice((-1, 1)))
        block.count = self._chance.choice((near, near, *NUMBERS))

    def _doubled(self, draft: Draft) -> None:
        block = self._block(draft)
        block.structs += [self._chance.choice(block.structs)] if block.structs else []

    def _dropped(self, draft: Draft) -> None:
        block = self._block(draft)
        if block.structs:
            block.structs.pop(self._chance.randrange(len(block.structs)))

    def _neighbour(self, block: Block) -> tuple[int, int] | None:
        if self._chance.random() < 0.3:
            return None
        client = self._chance.choice((block.client, *CLIENTS))
        return client, self._chance.choice((max(0, block.clock - 1), self._chance.randrange(80)))

    def _new_struct(self, draft: Draft) -> None:
        block, chance = self._block(draft), self._chance
        origin, right = self._neighbour(block), self._neighbour(block)
        parent = chance.choice((*(e.HPI, e.ROS) * 3, e.DRAFTS, chance.choice(ROOTS)))
        match chance.randrange(4):
            case 0:
                made = e.values(e.json_string("{}"), origin=origin, key=chance.choice(KEYS))
            case 1:
                made = e.deleted(chance.choice((1, 2, 5, 9, 33, chance.choice(NUMBERS))), parent=parent)
            case _:
                made = e.text(chance.choice(TEXTS), origin=origin, right=right, parent=parent)
        block.structs.insert(chance.randint(0, len(block.structs)), made)

    def _new_client(self, draft: Draft) -> None:
        text = e.text(self._chance.choice(TEXTS), parent=self._chance.choice(ROOTS[: len(SECTIONS)]))
        draft.blocks.append(Block(STRANGER + self._chance.randrange(3), 0, [text]))

    def _nested(self, draft: Draft) -> None:
        """A value in values, a value of another kind, or a parent that is no root."""
        chance, block = self._chance, self._block(draft)
        depth = chance.choice(DEEP) if chance.random() < 0.05 else chance.choice(DEEP[:3])
        match chance.randrange(4):
            case 0:
                made = e.values(b"\x75\x01" * depth + e.json_string("x"))
            case 1:
                made = e.values((b"\x76\x01" + e.string("k")) * depth + e.json_string("x"))
            case 2:
                made = e.values(bytes([chance.choice(ANY_TAGS)]) + chance.randbytes(chance.randint(0, 9)))
            case _:
                made = e.item(chance.randrange(32), e.uint(0), parent=(chance.choice(CLIENTS), chance.randrange(9)))
        block.structs.append(made)

    def _torn(self, draft: Draft) -> None:
        """Text that is no UTF-8, or a neighbour inside a surrogate pair."""
        block, chance = self._block(draft), self._chance
        if chance.random() < 0.5:
            block.structs.append(e.text(b"a" + chance.choice(BROKEN_TEXT)))
            return
        pair, inside = e.text("\U0001f600"), (block.client, block.clock)
        block.structs = [pair, e.text("x", origin=inside)]

    def _delete(self, draft: Draft) -> None:
        chance = self._chance
        client = chance.choice((*CLIENTS, STRANGER))
        start, length = chance.randrange(90), chance.choice((1, 1, 2, 7, 40))
        if chance.random() < 0.2:
            start, length = chance.choice(NUMBERS), chance.choice(NUMBERS)
        draft.deleted.append((client, [(start, length)] * chance.choice((1, 1, 2))))

    def _swapped(self, draft: Draft) -> None:
        self._chance.shuffle(draft.blocks)
        for block in draft.blocks:
            self._chance.shuffle(block.structs)

    def _huge(self, draft: Draft) -> None:
        """Seldom: more than anybody types, or very many small parts."""
        chance, block = self._chance, self._block(draft)
        if chance.random() < SELDOM:
            return
        if chance.random() < 0.5:
            block.structs.append(e.text("z" * chance.choice((60_000, 250_000, 530_000))))
        else:
            block.structs += [e.text("z", parent=e.ROS)] * (20_000 if chance.random() < 0.02 else 1_000)

    def _bytes(self, data: bytes) -> bytes:
        """Bytes changed, put in, taken out, doubled or cut off."""
        chance, out = self._chance, bytearray(data)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(out) + 1)
            match chance.randrange(6):
                case 0 if at < len(out):
                    out[at] = chance.randrange(256)
                case 1 if at < len(out):
                    out[at] = (out[at] + chance.choice((-1, 1, 0x20, 0x40, 0x80))) % 256
                case 2:
                    out[at:at] = chance.randbytes(chance.randint(1, 4))
                case 3:
                    del out[at : at + chance.randint(1, 4)]
                case 4:
                    del out[at:]
                case _:
                    out[at:at] = out[at : at + chance.randint(1, 20)]
        return bytes(out)
