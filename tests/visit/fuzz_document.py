"""Gives hostile updates to the guard, and what it accepts to a document: `python -m tests.visit.fuzz_document`.

Each input lies in a small file before it is handled, so that a death names what killed. An accepted update is really
applied; the text, the orders and the state vector are read, and the clocks held against what the guard foresaw. One
that takes over 100 ms of the processor is tried up to five times more on a fresh document and counts as a hang when it
is never quicker. `--guided` lets libFuzzer (atheris) choose by what the guard's code went through.
The last line is JSON.
"""

import argparse
import json
import mmap
import os
import random
import struct
import sys
import time
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

LIMIT_SECONDS = 0.1
TRIES = 5
MAX_NAMED = 20
TAKEN_BY_ONE = 6
"""So many accepted updates go into one document, then it is a new one."""
WHOLE_EVERY = 8
KEPT_BYTES = 1 << 20
HEAD = struct.Struct("<QII")
OWN_EVERY, OWN_STRETCH = 256, 128
"""After so many inputs of libFuzzer's, so many of our own."""
INSTRUMENTED = ("visit.guard", "visit.integration", "visit.update_format", "visit.lib0", "visit.shape", "visit.indexes")

if "--guided" in sys.argv:
    import atheris  # type: ignore[import-untyped]  # it has no types

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        import visit.guard
        import visit.indexes  # noqa: F401

from tests.visit.fuzz_document_inputs import CLIENTS, STRANGER, Base, Bender  # noqa: E402  # instrumented above
from visit.document import VisitDocument  # noqa: E402
from visit.guard import CheckedUpdate, GuardProblem, check_update, read_state_vector  # noqa: E402
from visit.integration import integrate  # noqa: E402
from visit.shape import Shape  # noqa: E402
from visit.update_format import read_update  # noqa: E402

SENDER = frozenset((CLIENTS[1], STRANGER))
"""The client ids of one sender, as the gateway knows them."""


class Wrong(Exception):
    """An accepted update did what the guard promises that none does."""


class Keeper:
    """The last input, in a file that outlives the process."""

    def __init__(self, path: Path | None) -> None:
        self.count = 0
        if path is None:
            self._map = mmap.mmap(-1, KEPT_BYTES)
            return
        with path.open("w+b") as file:
            file.truncate(KEPT_BYTES)
            self._map = mmap.mmap(file.fileno(), KEPT_BYTES)

    def keep(self, state: bytes, update: bytes) -> None:
        """Before it is handled."""
        self.count += 1
        state, update = state[: KEPT_BYTES // 4], update[: KEPT_BYTES // 2]
        self._map[: HEAD.size] = HEAD.pack(self.count, len(state), len(update))
        self._map[HEAD.size : HEAD.size + len(state) + len(update)] = state + update


def kept_in(path: Path) -> tuple[int, bytes, bytes]:
    """How many inputs there were; the last one's state and update."""
    held = path.read_bytes()
    count, states, updates = HEAD.unpack_from(held)
    body = held[HEAD.size :]
    return count, body[:states], body[states : states + updates]


@dataclass(slots=True)
class Found:
    """What came of it."""

    inputs: int = 0
    accepted: int = 0
    changed: int = 0
    """Of those, which brought something new."""
    refused: Counter[str] = field(default_factory=Counter)
    slow: int = 0
    hangs: list[dict[str, object]] = field(default_factory=list)
    faults: list[dict[str, object]] = field(default_factory=list)
    worst_ms: float = 0.0

    def figures(self) -> dict[str, object]:
        """For the last line."""
        return {
            "inputs": self.inputs,
            "accepted": self.accepted,
            "changed": self.changed,
            "refused": dict(self.refused),
            "slow_once": self.slow,
            "hangs": len(self.hangs),
            "faults": len(self.faults),
            "worst_ms": round(self.worst_ms, 2),
            "named": (self.faults + self.hangs)[:MAX_NAMED],
        }


class Fuzzer:
    """Handles inputs one after the other."""

    def __init__(self, keeper: Keeper) -> None:
        self.found = Found()
        self._keeper = keeper
        self._documents: dict[int, tuple[VisitDocument, int]] = {}

    def handle(self, base: Base, update: bytes, sender: frozenset[int] | None) -> None:
        """Check it, apply what passes, look, and time it."""
        self._keeper.keep(base.state, update)
        self.found.inputs += 1
        document, taken = self._documents.get(id(base), (None, TAKEN_BY_ONE))
        if document is None or taken >= TAKEN_BY_ONE:
            document, taken = opened(base), 0
        begun = time.thread_time()
        try:
            checked = check_update(update, document.clocks(), sender)
            if isinstance(checked, CheckedUpdate):
                taken += 1
                self._take(document, checked)
            else:
                self.found.refused[checked.value] += 1
        except (Wrong, ValueError, RuntimeError, LookupError, TypeError, RecursionError, MemoryError) as fault:
            self.found.faults.append(named(base, update, f"{type(fault).__name__}: {fault}"))
            taken = TAKEN_BY_ONE
        seconds = time.thread_time() - begun
        self._documents[id(base)] = (document, taken)
        if seconds > LIMIT_SECONDS:
            seconds = self._again(base, update, sender, seconds)
        self.found.worst_ms = max(self.found.worst_ms, 1_000 * seconds)

    def _take(self, document: VisitDocument, checked: CheckedUpdate) -> None:
        """Apply it really, and hold the document against what the guard's shape foresaw."""
        self.found.accepted += 1
        foreseen = foresee(document, checked.data)
        self.found.changed += foreseen != dict(document.clocks())
        document.apply(checked, "stranger")
        look(document, foreseen)
        if self.found.accepted % WHOLE_EVERY == 0:
            look_at_whole(document)

    def _again(self, base: Base, update: bytes, sender: frozenset[int] | None, first: float) -> float:
        """The shortest of all tries, each on a fresh document; a hang when that is still too long."""
        self.found.slow += 1
        times = [first]
        for _ in range(TRIES):
            document = opened(base)
            begun = time.thread_time()
            checked = check_update(update, document.clocks(), sender)
            if isinstance(checked, CheckedUpdate):
                document.apply(checked, "stranger")
                look(document, dict(document.clocks()))
            times.append(time.thread_time() - begun)
            if times[-1] <= LIMIT_SECONDS:
                break
        if min(times) > LIMIT_SECONDS:
            self.found.hangs.append(named(base, update, f"{min(times) * 1000:.0f} ms"))
        return min(times)


def opened(base: Base) -> VisitDocument:
    """A document in that state."""
    document = VisitDocument()
    document.apply(CheckedUpdate(base.state, frozenset()), "editor")
    return document


def foresee(document: VisitDocument, update: bytes) -> dict[int, int]:
    """The state vector that the guard expects after an accepted update."""
    shape = Shape(document.clocks())
    if integrate(read_update(update), shape) is not None:
        raise Wrong("accepted, and it does not fit")
    return {**document.clocks(), **shape}


def look(document: VisitDocument, foreseen: dict[int, int]) -> None:
    """Read everything; Wrong when the document is not what its own account says, or what the guard foresaw."""
    if dict(document.clocks()) != foreseen or read_state_vector(document.state_vector()) != foreseen:
        raise Wrong("other clocks than foreseen")
    for section, text in document.texts().items():
        if str(document._texts[section]) != text:
            raise Wrong(f"another text in {section}")
        if 2 * sum(length for length, _ in document.author_runs(section)) != len(text.encode("utf-16-le")):
            raise Wrong(f"authors of another length in {section}")
    for name, value in document._drafts.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise Wrong("an order that is no text")


def look_at_whole(document: VisitDocument) -> None:
    """The whole state goes to somebody new, through the guard, and can be written on."""
    document.replace("hpi", 0, 0, "\U0001f600")
    whole, other = document.update_since(), VisitDocument()
    checked = check_update(whole, other.clocks(), None)
    if isinstance(checked, GuardProblem):
        raise Wrong(f"the whole is refused: {checked.value}")
    other.apply(checked, "gateway")
    look(other, dict(document.clocks()))
    if other.draft_orders() != document.draft_orders():
        raise Wrong("other orders in a copy")


def named(base: Base, update: bytes, what: str) -> dict[str, object]:
    """For the report: enough to try it again."""
    state, data = (b64encode(part[:4_000]).decode() for part in (base.state, update))
    return {"what": what, "state": state, "update": data}


def play(inputs: int, seed: int, keeper: Keeper) -> Found:
    """So many inputs of our own making."""
    fuzzer, bender = Fuzzer(keeper), Bender(seed)
    chance = random.Random(seed)  # noqa: S311
    for _ in range(inputs):
        fuzzer.handle(*bender.next(), SENDER if chance.random() < 0.3 else None)
    return fuzzer.found


def play_guided(inputs: int, seed: int, keeper: Keeper) -> None:
    """So many inputs that libFuzzer chooses, bent as we do, or by it; does not return."""
    fuzzer, bender = Fuzzer(keeper), Bender(seed)
    begun = time.monotonic()

    def one(data: bytes) -> None:
        if len(data) > 1:
            base = bender.bases[data[0] // 2 % len(bender.bases)]
            fuzzer.handle(base, data[1:], SENDER if data[0] % 2 else None)
        if fuzzer.found.inputs % OWN_EVERY == 0:
            for _ in range(OWN_STRETCH):
                fuzzer.handle(*bender.next(), None)
        if fuzzer.found.inputs >= inputs:
            say(fuzzer.found, begun)

    def bend(data: bytes, most: int, salt: int) -> bytes:
        chance = random.Random(salt)  # noqa: S311
        if len(data) < 2 or chance.random() < 0.3:
            base, update = bender.next()
            return bytes([bender.bases.index(base) * 2 + chance.randrange(2)]) + update[: most - 1]
        if chance.random() < 0.4:
            return bytes(atheris.Mutate(data, most))
        return data[:1] + bender.bend(data[1:])[: most - 1]

    flags = [f"-seed={seed}", "-max_len=16000", "-timeout=60", "-rss_limit_mb=0", "-verbosity=1"]
    # Slow inputs are found here, by the time of the processor: libFuzzer would leave files of its own about them.
    flags.append("-report_slow_units=3600")
    atheris.Setup([sys.argv[0], *flags], one, custom_mutator=bend)
    atheris.Fuzz()


def say(found: Found, begun: float) -> None:
    """The last line; then the process ends at once."""
    print(json.dumps({**found.figures(), "seconds": round(time.monotonic() - begun, 1)}), flush=True)
    sys.stdout.flush()
    os._exit(0)


def main() -> int:
    """Play, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, help="where the last input is kept")
    parser.add_argument("--guided", action="store_true")
    given = parser.parse_args()
    keeper = Keeper(given.kept)
    if given.guided:
        play_guided(given.inputs, given.seed, keeper)
        return 1
    begun = time.monotonic()
    say(play(given.inputs, given.seed, keeper), begun)
    return 0


if __name__ == "__main__":
    sys.exit(main())
