"""What the workflows tell whoever shows them; implemented by the UI, recorded by tests."""

from enum import StrEnum
from typing import Protocol

from desktop.ports import SaveState
from visit.document import TextChange
from wire.refusals import Refusal


class Notice(StrEnum):
    """A short thing that the person should read; the words are the UI's."""

    REFUSED = "refused"
    UPDATE_REFUSED = "update_refused"
    LATE_EDITS = "late_edits"
    LINK_FAILED = "link_failed"
    VAULT_FAILED = "vault_failed"
    SIGNED_OUT = "signed_out"


class Screen(Protocol):
    """Receives changes; reads what it shows from the workflow objects."""

    def session_changed(self) -> None:
        """Sign-in, enrolment or the link's state changed."""

    def visits_changed(self) -> None:
        """The list of the day's visits changed."""

    def record_changed(self, visit_id: str) -> None:
        """Chat, orders, note state, consent or the patient banner of an open visit changed."""

    def text_changed(self, visit_id: str, change: TextChange) -> None:
        """Somebody else's text change."""

    def authors_changed(self, visit_id: str) -> None:
        """Who wrote what changed."""

    def saved_changed(self, visit_id: str, state: SaveState) -> None:
        """Saving on this laptop, or waiting for the gateway, changed."""

    def join_changed(self) -> None:
        """Admission or the feed changed."""

    def noticed(self, notice: Notice, refusal: Refusal | None, visit_id: str = "") -> None:
        """Something was refused or failed; nothing was lost."""
