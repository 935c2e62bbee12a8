"""The journal of one open document: each local update is committed to the vault before anybody else sees it.

It drops nothing: updates that come while a commit runs are merged into the next one. After 2 s without a
commit the state says `not_saved`, and the commit is tried again until it succeeds.
"""

from collections.abc import Callable
from dataclasses import dataclass

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
    state_changed: Callable[[SaveState], None]


class Journal:
    """Commits a document's local updates in order."""

    def __init__(self, jobs: Jobs, owner: JournalOwner) -> None:
        self._jobs = jobs
        self._owner = owner
        self._waiting: list[bytes] = []
        self._committing: list[bytes] = []
        self._stop_alarm: Callable[[], None] | None = None
        self.state = SaveState.SAVED

    @property
    def idle(self) -> bool:
        """Whether everything is committed."""
        return not self._waiting and not self._committing

    def add(self, update: bytes) -> None:
        """Take a local update; it is committed at once, or with the next commit."""
        self._waiting.append(update)
        if self._stop_alarm is None:
            self._stop_alarm = self._jobs.later(NOT_SAVED_AFTER_SECONDS, self._on_alarm)
        if self.state is SaveState.SAVED:
            self._set_state(SaveState.SAVING)
        self._commit()

    def _commit(self) -> None:
        if self._committing or not self._waiting:
            return
        self._committing, self._waiting = self._waiting, []
        owner = self._owner
        row = JournalRow(new_id(), owner.visit_id, owner.client_id, merge(self._committing))

        def work(vault: Vault) -> JournalRow:
            vault.append([row])
            return row

        self._jobs.on_store(work, self._on_committed, self._on_failed)

    def _on_committed(self, row: JournalRow) -> None:
        self._committing = []
        if self._stop_alarm is not None:
            self._stop_alarm()
            self._stop_alarm = None
        if self._waiting:
            self._stop_alarm = self._jobs.later(NOT_SAVED_AFTER_SECONDS, self._on_alarm)
            self._commit()
        else:
            self._set_state(SaveState.SAVED)
        self._owner.committed(row)

    def _on_failed(self, _problem: VaultUnavailable) -> None:
        self._waiting = self._committing + self._waiting
        self._committing = []
        self._set_state(SaveState.NOT_SAVED)
        self._jobs.later(RETRY_SECONDS, self._commit)

    def _on_alarm(self) -> None:
        self._stop_alarm = None
        if not self.idle:
            self._set_state(SaveState.NOT_SAVED)

    def _set_state(self, state: SaveState) -> None:
        if state is not self.state:
            self.state = state
            self._owner.state_changed(state)
