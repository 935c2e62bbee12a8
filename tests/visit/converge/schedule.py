"""One random schedule of three editors, and what must be true at each step and at the end of it."""

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from desktop.ports import Vault
from desktop.workflows.compaction import compact_journal
from gateway.documents import DocumentService
from tests.visit.converge.characters import Characters
from tests.visit.converge.desk import Desk, lacking
from tests.visit.converge.practice import SAM, UMA, Practice, Wire
from tests.visit.converge.provider import Provider
from tests.visit.converge.truth import late_of, lately, runs_of
from visit.indexes import utf16_length
from visit.sections import SECTIONS
from wire.visits import NoteState

KEYS = ("chief_complaint", "hpi", "assessment_and_plan")
STEPS = (25, 60)
QUIET_ROUNDS = 40
DOCUMENT_FRAMES = ("document_update", "document_updated", "update_saved", "update_refused")
"""What a hostile network may double and swap: the rest of the protocol counts on the order of one connection."""


@dataclass(slots=True)
class Found:
    """What came of schedules."""

    schedules: int = 0
    steps: int = 0
    divergences: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    understated: int = 0
    """Steps in which a laptop said less than it alone had."""
    overstated: int = 0
    """Steps in which it said more, though every answer had come."""
    unanswered: int = 0
    """Steps in which it counted what the gateway has, since the answer was lost or on its way."""
    happened: Counter[str] = field(default_factory=Counter)


class Schedule:
    """Three editors and a network; every choice is the seed's."""

    def __init__(self, practice: Practice, visit_id: str, vaults: tuple[Vault, Vault], seed: int) -> None:
        self.practice, self.visit_id, self.seed = practice, visit_id, seed
        self.chance = random.Random(seed)  # noqa: S311  # repeatable
        self.characters = Characters(self.chance)
        self.desks = [Desk(who, vault, visit_id) for who, vault in zip((SAM, UMA), vaults, strict=True)]
        self.wires: dict[int, Wire] = {}
        self.down: dict[int, list[str]] = {0: [], 1: []}
        self.provider = Provider(practice, practice.provider(visit_id), visit_id)
        self.owed: set[str] = set()
        """Said to be saved, or accepted from the page."""
        self.deleted: set[str] = set()
        """Taken away by somebody, undo included."""
        self.again: set[str] = set()
        """Brought back by undo or redo: two people may do that to one character."""
        self.gateway_has: set[str] = set()
        self.found = Found(schedules=1)

    # --- playing -----------------------------------------------------------------------------------------------------

    async def play(self) -> Found:
        """Begin, go through the steps, come to rest, and look."""
        steps = self.chance.randint(*STEPS)
        signs_at = self.chance.randint(steps // 2, steps) if self.chance.random() < 0.5 else -1
        await self._begin()
        actions = self._actions()
        names, weights = list(actions), [weight for weight, _ in actions.values()]
        for number in range(steps):
            name = self.chance.choices(names, weights)[0]
            self.found.happened[name] += 1
            await actions[name][1]()
            if number == signs_at:
                await self._sign()
            self._look()
        await self._rest()
        await self._judge()
        self.found.steps += steps
        for desk in self.desks:
            desk.note_alarms()
            self.found.happened.update(f"said_{notice.value}" for notice in desk.alarms)
        await self._end()
        return self.found

    async def _begin(self) -> None:
        for number in (0, 1):
            await self._connect(number)
        for key in KEYS:
            self._by(self.desks[0], lambda d, k=key: d.visit.edit(k, 0, 0, self.characters.piece() + "."))  # type: ignore[misc]
        self.desks[0].jobs.run()
        await self._exchange(0)
        await self.provider.connect()

    async def _end(self) -> None:
        for number in list(self.wires):
            await self._cut(number)
        await self.provider.cut()

    def _actions(self) -> dict[str, tuple[int, Callable[[], Awaitable[None]]]]:
        return {
            "type": (26, self._type),
            "delete": (5, self._delete),
            "replace": (4, self._replace),
            "draft": (2, self._draft),
            "undo": (4, self._undo),
            "redo": (3, self._redo),
            "step": (10, self._step),
            "commit": (8, self._commit),
            "up": (10, self._up),
            "down_one": (6, self._down_one),
            "down": (8, self._down),
            "connect": (8, self._connect_one),
            "cut": (5, self._cut_one),
            "double": (4, self._double),
            "swap": (4, self._swap),
            "crash": (4, self._crash),
            "close": (3, self._close),
            "compact": (4, self._compact),
            "disk": (2, self._disk),
            "provider_edit": (8, self._provider_edit),
            "provider_send": (7, self._provider_send),
            "provider_look": (4, self._provider_look),
            "provider_line": (3, self._provider_line),
            "gateway_restart": (1, self._gateway_restart),
        }

    # --- what scribes do ---------------------------------------------------------------------------------------------

    def _by(self, desk: Desk, act: Callable[[Desk], object], *, again: bool = False) -> None:
        """Do something to a laptop's document, and keep account of its characters."""
        before = self._counted(desk)
        act(desk)
        after = self._counted(desk)
        self.deleted |= before - after
        desk.unsaved |= after - before
        if again:
            self.again |= after - before

    def _counted(self, desk: Desk) -> set[str]:
        return self.characters.counted("".join(desk.visit.document.texts().values()))

    def _one(self) -> Desk:
        return self.chance.choice(self.desks)

    def _range(self, text: str, most: int) -> tuple[int, int]:
        first = self.chance.randint(0, len(text))
        return first, min(len(text), first + self.chance.randint(0, most))

    def _change(self, desk: Desk, most: int, inserted: str) -> None:
        key = self.chance.choice(KEYS)
        text = desk.visit.document.text(key)
        first, last = self._range(text, most)
        start, end = utf16_length(text[:first]), utf16_length(text[:last])
        self._by(desk, lambda d: d.visit.edit(key, start, end, inserted))

    async def _type(self) -> None:
        self._change(self._one(), 0, self.characters.piece())

    async def _delete(self) -> None:
        self._change(self._one(), 4, "")

    async def _replace(self) -> None:
        self._change(self._one(), 3, self.characters.piece())

    async def _draft(self) -> None:
        desk, name = self._one(), self.chance.choice(("o1", "o2"))
        value = json.dumps({"dose": self.chance.randint(1, 99)}) if self.chance.random() < 0.7 else None
        desk.visit.keep_draft_order(name, value)

    async def _undo(self) -> None:
        self._by(self._one(), lambda d: d.visit.document.undo(), again=True)

    async def _redo(self) -> None:
        self._by(self._one(), lambda d: d.visit.document.redo(), again=True)

    async def _step(self) -> None:
        self._one().jobs.step()

    async def _commit(self) -> None:
        self._one().jobs.run()

    async def _compact(self) -> None:
        desk = self._one()
        compact_journal(desk.jobs, self.visit_id, 2)
        if self.chance.random() < 0.7:
            desk.jobs.run()

    async def _disk(self) -> None:
        desk = self._one()
        desk.disk.full = not desk.disk.full
        if not desk.disk.full:
            desk.jobs.ring()

    async def _close(self) -> None:
        self._one().close()

    async def _crash(self) -> None:
        number = self.chance.randrange(2)
        await self._cut(number)
        self.desks[number].restart()

    # --- the network -------------------------------------------------------------------------------------------------

    async def _connect(self, number: int) -> None:
        if number not in self.wires:
            self.wires[number] = self.practice.connect(self.desks[number].principal)
            self.desks[number].hello()

    async def _connect_one(self) -> None:
        number = self.chance.randrange(2)
        await self._connect(number)
        if self.chance.random() < 0.6:
            await self._exchange(number)

    async def _cut(self, number: int) -> None:
        wire = self.wires.pop(number, None)
        self.down[number].clear()
        self.desks[number].cut()
        if wire is not None:
            await wire.cut()

    async def _cut_one(self) -> None:
        await self._cut(self.chance.randrange(2))

    async def _send(self, number: int) -> None:
        """Everything that waits goes to the gateway; what it has from then on is known."""
        desk, wire = self.desks[number], self.wires.get(number)
        if wire is None:
            return
        frames, desk.line.up = desk.line.up, []
        for text in frames:
            frame = json.loads(text)
            desk.note_sent(frame)
            await wire.deliver([text])
            for said in wire.socket.outbox if frame["type"] == "document_update" else ():
                answer = json.loads(said)
                refused = answer.get("refusal", {}).get("code")
                if answer.get("update_id") == frame["update_id"] and refused in (None, "document_closed"):
                    self.gateway_has |= desk.sent_rows.get(frame["update"], set())
            self._collect()

    def _collect(self) -> None:
        for number, wire in self.wires.items():
            self.down[number] += wire.socket.outbox
            wire.socket.outbox = []

    async def _up(self) -> None:
        await self._send(self.chance.randrange(2))

    async def _down_one(self) -> None:
        self._hear(self.chance.randrange(2), 1)

    async def _down(self) -> None:
        self._hear(self.chance.randrange(2), 1_000)

    def _hear(self, number: int, most: int) -> None:
        for _ in range(min(most, len(self.down[number]))):
            self.desks[number].hear(self.down[number].pop(0))

    async def _exchange(self, number: int) -> None:
        await self._send(number)
        self._hear(number, 1_000)

    async def _double(self) -> None:
        """A frame about the document comes twice, the second time after others."""
        queue = self.chance.choice([self.desks[0].line.up, self.desks[1].line.up, *self.down.values()])
        places = [place for place, text in enumerate(queue) if json.loads(text)["type"] in DOCUMENT_FRAMES]
        if places:
            place = self.chance.choice(places)
            queue.insert(self.chance.randint(place + 1, len(queue)), queue[place])

    async def _swap(self) -> None:
        """Two neighbouring frames about the document change places."""
        queue = self.chance.choice([self.desks[0].line.up, self.desks[1].line.up, *self.down.values()])
        kinds = [json.loads(text)["type"] in DOCUMENT_FRAMES for text in queue]
        places = [place for place in range(len(queue) - 1) if kinds[place] and kinds[place + 1]]
        if places:
            place = self.chance.choice(places)
            queue[place], queue[place + 1] = queue[place + 1], queue[place]

    async def _gateway_restart(self) -> None:
        """Every line is cut, and a new process reads the database."""
        await self._end()
        await self.practice.restart()
        self.practice.services.ledger.loaded(self.visit_id)

    # --- the provider ------------------------------------------------------------------------------------------------

    async def _provider_edit(self) -> None:
        key = self.chance.choice(KEYS)
        first, last = self._range(self.provider.text(key), 3 if self.chance.random() < 0.4 else 0)
        self.provider.ask_edit(key, first, last, self.characters.piece())

    async def _provider_send(self) -> None:
        self._accepted(await self.provider.send(self.chance.choice((1, 1, 2))))

    async def _provider_look(self) -> None:
        await self.provider.look()

    async def _provider_line(self) -> None:
        if self.provider.wire is None:
            await self.provider.connect()
        else:
            if self.chance.random() < 0.5 and self.provider.waiting is not None:
                await self.provider.wire.deliver([self.provider.waiting.model_dump_json()])  # the answer is lost
            await self.provider.cut()

    def _accepted(self, done: tuple[set[str], set[str]]) -> None:
        added, removed = done
        self.owed |= self.characters.counted("".join(added))
        self.deleted |= self.characters.counted("".join(removed))
        self._collect()

    async def _sign(self) -> None:
        """One scribe sends what the gateway has, the provider signs it; the other one may be away meanwhile."""
        number = self.chance.randrange(2)
        desk = self.desks[number]
        desk.disk.full = False
        await self._settle(number)
        desk.visit.mark_ready()
        desk.visit.send_note()
        await self._settle(number)
        if self._state() is not NoteState.SENT:
            return
        if self.provider.wire is None:
            await self.provider.connect()
        self._accepted(await self.provider.send())
        for _ in range(2):
            await self.provider.look()
            self.provider.ask_signature()
            self._accepted(await self.provider.send())
            if self._state() is NoteState.SIGNED:
                self.found.happened["signed"] += 1
                return

    def _state(self) -> NoteState:
        return self.practice.services.ledger.loaded(self.visit_id).record.note_state

    # --- truth -------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """What each laptop says of itself, at this moment."""
        for number, desk in enumerate(self.desks):
            if desk.is_saved():
                self.owed |= desk.unsaved
                desk.unsaved.clear()
            lack, shown = lacking(desk, self.gateway_has), desk.shown()
            if not lack <= shown:
                self.found.understated += 1
            elif shown != lack:
                quiet = number in self.wires and not desk.line.up and not self.down[number]
                self.found.overstated += int(quiet and self.visit_id in desk.sync._following)
                self.found.unanswered += 1

    async def _settle(self, number: int) -> None:
        """Bring one laptop to rest: everything is committed, sent and heard."""
        desk = self.desks[number]
        await self._connect(number)
        for _ in range(QUIET_ROUNDS):
            desk.jobs.ring()
            desk.jobs.run()
            await self._exchange(number)
            if not desk.line.up and not self.down[number] and not desk.jobs.step():
                return
        self._diverged(f"{desk.principal.id} does not come to rest")

    async def _rest(self) -> None:
        """The network and the disks are whole again; all that waits is delivered."""
        for desk in self.desks:
            desk.disk.full = False
            desk.jobs.ring()
            assert desk.visit  # it is on the screen again
        if self.provider.wire is None:
            await self.provider.connect()
        self._accepted(await self.provider.send())
        for number in (0, 1, 0, 1):
            await self._settle(number)
        self._look()
        for desk in self.desks:
            if desk.shown() or desk.committed() or desk.visit.outbox or not desk.is_saved():
                refusal = desk.visit.update_refusal
                self._diverged(f"{desk.principal.id} keeps {len(desk.shown())} edits ({refusal and refusal.code})")

    def _diverged(self, what: str) -> None:
        self.found.divergences.append(f"seed {self.seed}: {what}")

    async def _judge(self) -> None:
        """Every replica against the gateway's, and every character that is owed."""

        services = self.practice.services
        note = await services.documents.opened(self.visit_id)
        late = await late_of(services, self.visit_id)
        await self._judge_restart()
        for desk in self.desks:
            own = [update for update in late if update.sender.id == desk.principal.id]
            expected, document = lately(note, own), desk.visit.document
            for what, here, there in (
                ("texts", document.texts(), expected.texts()),
                ("clocks", dict(document.clocks()), dict(expected.clocks())),
                ("draft orders", document.draft_orders(), expected.draft_orders()),
            ):
                if here != there:
                    self._diverged(f"{what} of {desk.principal.id}: {here!r} for {there!r}")
            for section in SECTIONS if not own else ():
                stamped, stamps = (runs_of(d, section.key, desk.principal.id) for d in (document, expected))
                if stamped != stamps:
                    self._diverged(f"authors of {desk.principal.id} in {section.key}: {stamped} for {stamps}")
        signed, beside = note.document.texts(), (note.late or note.document).texts()
        everywhere = "".join((*signed.values(), *beside.values()))
        self.found.happened["late_updates"] += len(late)
        self.found.happened["owed"] += len(self.owed)
        self.found.lost += [f"seed {self.seed}: U+{ord(char):X}" for char in self.owed - self.deleted - set(everywhere)]
        for texts in (signed, beside):
            counts = Counter("".join(texts.values()))
            once = self.characters.counted("".join(texts.values())) - self.again
            self.found.doubled += [f"seed {self.seed}: U+{ord(char):X}" for char in once if counts[char] > 1]

    async def _judge_restart(self) -> None:
        """A gateway that starts now reads what this one has, and what was signed is what is there."""
        services = self.practice.services
        note = await services.documents.opened(self.visit_id)
        anew = await DocumentService(services.ledger, services.live.situations.of).opened(self.visit_id)
        if (anew.note_text(), anew.clocks(late=True)) != (note.note_text(), note.clocks(late=True)):
            self._diverged("the gateway differs after a restart")
        signed = [entry.fact for entry in services.ledger.loaded(self.visit_id).entries]
        hashes = [fact.sha256 for fact in signed if fact.type == "note_signed"]
        if hashes and hashes != [note.note_text().sha256]:
            self._diverged("the note is not what was signed")
