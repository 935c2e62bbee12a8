"""The provider at the page: sees the note as the gateway last sent it, and asks it to change a range."""

import json

from tests.visit.converge.practice import Practice, Wire
from visit.indexes import utf16_length
from visit.snapshot import make_snapshot, snapshot_sha256
from wire.commands import EditText, ProviderCommand, SignNote
from wire.ids import new_id
from wire.live import FollowVisit, Hello, NoteText, ProviderOrder
from wire.people import Principal
from wire.protocol import SPOKEN


class Provider:
    """One provider with one page; an order without an answer is sent again under its own id."""

    def __init__(self, practice: Practice, principal: Principal, visit_id: str) -> None:
        self._practice = practice
        self.principal = principal
        self.visit_id = visit_id
        self.wire: Wire | None = None
        self.seen: NoteText | None = None
        self.waiting: ProviderOrder | None = None
        self.added: set[str] = set()
        self.removed: set[str] = set()
        """What the waiting edit would put in and take out."""
        self.refused: list[str] = []

    async def connect(self) -> None:
        """Open the page's channel and look."""
        self.wire = self._practice.connect(self.principal)
        await self.wire.deliver([Hello(protocols=SPOKEN, app="converge").model_dump_json()])
        await self.look()

    async def cut(self) -> None:
        """The page is gone; what was asked and not answered is kept."""
        if self.wire is not None:
            await self.wire.cut()
            self.wire = None

    async def look(self) -> None:
        """Have the newest note on the screen."""
        if self.wire is None:
            return
        await self.wire.deliver([FollowVisit(visit_id=self.visit_id, record_after=0).model_dump_json()])
        self.answers()

    def text(self, section: str) -> str:
        """A section as the screen has it."""
        if self.seen is None:
            return ""
        return next(each.text for each in self.seen.sections if each.section == section)

    def ask_edit(self, section: str, first: int, last: int, text: str) -> None:
        """Change characters [first, last) of what is on the screen."""
        if self.waiting is not None or self.seen is None:
            return
        before = self.text(section)
        start, end = utf16_length(before[:first]), utf16_length(before[:last])
        self.added, self.removed = set(text), set(before[first:last])
        self._ask(EditText(section=section, base_version=self.seen.version, start=start, end=end, text=text))

    def ask_signature(self) -> None:
        """Sign what is on the screen."""
        if self.waiting is None and self.seen is not None:
            texts = {each.section: each.text for each in self.seen.sections}
            assert snapshot_sha256(make_snapshot(self.visit_id, texts)) == self.seen.sha256
            self.added, self.removed = set(), set()
            self._ask(SignNote(version=self.seen.version, sha256=self.seen.sha256))

    def _ask(self, command: ProviderCommand) -> None:
        self.waiting = ProviderOrder(command_id=new_id(), visit_id=self.visit_id, command=command)

    async def send(self, times: int = 1) -> tuple[set[str], set[str]]:
        """Send what waits, perhaps twice; what was put in and taken out when the gateway did it."""
        if self.wire is None or self.waiting is None:
            return set(), set()
        await self.wire.deliver([self.waiting.model_dump_json()] * times)
        return self.answers()

    def answers(self) -> tuple[set[str], set[str]]:
        """Read what the gateway said."""
        added: set[str] = set()
        removed: set[str] = set()
        if self.wire is None:
            return added, removed
        frames, self.wire.socket.outbox = self.wire.socket.outbox, []
        for text in frames:
            frame = json.loads(text)
            if frame["type"] == "note_text":
                self.seen = NoteText.model_validate_json(text)
            if self.waiting is None or frame.get("command_id") != self.waiting.command_id:
                continue
            if frame["type"] == "command_accepted":
                added, removed = self.added, self.removed
            else:
                self.refused.append(frame["refusal"]["code"])
            self.waiting = None
        return added, removed
