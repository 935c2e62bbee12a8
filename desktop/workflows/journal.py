"""The journal of one open document: each local update is committed to the vault before anybody else sees it.

It drops nothing and keeps the order in which the document took what it holds: an own edit leans on the foreign ones
before it. Updates that come while a commit runs are merged into the next one. After 2 s without a commit of own edits
the state says `not_saved`, and the commit is tried again until it succeeds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from desktop.ports import Jobs, JournalRow, SaveState, Vault, VaultUnavailable
from visit.document import merge
from wire.ids import new_id

NOT_SAVED_AFTER_SECONDS = 2.0
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class JournalOwner:
    """Whose journal it is, and who hears of it."""

    visit_id: str
    client_id: int
    committed: Callable[[JournalRow], None]
    """Called with each row once it is durable, foreign ones too."""
    state_changed: Callable[[SaveState], None]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An update on its way to the vault; `author` is empty for this scribe."""

    update: bytes
    author: str


class Journal:
    """Commits what a document took, in order."""

    def __init__(self, jobs: Jobs, owner: JournalOwner) -> None:
        self._jobs = jobs
        self._owner = owner
        self._waiting: list[_Entry] = []
        self._committing: list[_Entry] = []
        self._stop_alarm: Callable[[], None] | None = None
        self.state = SaveState.SAVED

    @property
    def idle(self) -> bool:
        """Whether everything is committed."""
        return not self._waiting and not self._committing

    def add(self, update: bytes) -> None:
        """Take a local update; it is committed at once, or with the next commit."""
        self._waiting.append(_Entry(update, ""))
        if self._stop_alarm is None:
            self._stop_alarm = self._jobs.later(NOT_SAVED_AFTER_SECONDS, self._on_alarm)
        if self.state is SaveState.SAVED:
            self._set_state(SaveState.SAVING)
        self._commit()

    def add_foreign(self, update: bytes, author: str) -> None:
        """Take what somebody else wrote; the gateway has it, so that nobody is told when it waits."""
        self._waiting.append(_Entry(update, author))
        self._commit()

    def _commit(self) -> None:
        if self._committing or not self._waiting:
            return
        self._committing, self._waiting = self._waiting, []
        owner = self._owner
        rows = [
            JournalRow(
                new_id(),
                owner.visit_id,
                owner.client_id,
                merge([entry.update for entry in entries]),
                author,
                acknowledged=bool(author),
            )
            for author, entries in groupby(self._committing, lambda entry: entry.author)
        ]

        def work(vault: Vault) -> list[JournalRow]:
            vault.append(rows)
            return rows

        self._jobs.on_store(work, self._on_committed, self._on_failed)

    def _on_committed(self, rows: list[JournalRow]) -> None:
        self._committing = []
        if self._stop_alarm is not None:
            self._stop_alarm()
            self._stop_alarm = None
        if self._has_own(self._waiting):
            self._stop_alarm = self._jobs.later(NOT_SAVED_AFTER_SECONDS, self._on_alarm)
        else:
            self._set_state(SaveState.SAVED)
        self._commit()
        for row in rows:
            self._owner.committed(row)

    def _on_failed(self, _problem: VaultUnavailable) -> None:
        self._waiting = self._committing + self._waiting
        self._committing = []
        if self._has_own(self._waiting):
            self._set_state(SaveState.NOT_SAVED)
        self._jobs.later(RETRY_SECONDS, self._commit)

    def _on_alarm(self) -> None:
        self._stop_alarm = None
        if self._has_own(self._committing + self._waiting):
            self._set_state(SaveState.NOT_SAVED)

    @staticmethod
    def _has_own(entries: list[_Entry]) -> bool:
        return any(not entry.author for entry in entries)

    def _set_state(self, state: SaveState) -> None:
        if state is not self.state:
            self.state = state
            self._owner.state_changed(state)
