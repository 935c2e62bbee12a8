"""The frames of the live channel: JSON text over one WebSocket, authenticated when it is opened.

Two durable streams (the record by sequence number, the document by state vector) and ephemeral signalling.
A client says `hello` first; every other first frame is refused. Commands are answered once each.
"""

from typing import Annotated, Literal

from pydantic import Field

from wire.base import MAX_UPDATE_BYTES, Bytes, Count, Id, Line, Model, Sha256, Time
from wire.commands import ProviderCommand, RoomCommand, ScribeCommand
from wire.people import Author, Principal
from wire.record import RecordEntry
from wire.refusals import Refusal
from wire.signalling import Signal
from wire.visits import VisitSummary

ClientId = Annotated[int, Field(ge=1, lt=2**53)]
"""A pycrdt/Yjs client id."""


class Hello(Model):
    """The first frame: the protocol versions that the client speaks."""

    type: Literal["hello"] = "hello"
    protocols: Annotated[tuple[int, ...], Field(min_length=1, max_length=8)]
    app: Line


class FollowVisit(Model):
    """Subscribes to a visit: the record after a sequence number, and (scribe) the document after a state vector."""

    type: Literal["follow_visit"] = "follow_visit"
    visit_id: Id
    record_after: Count = 0
    state_vector: Bytes | None = None


class UnfollowVisit(Model):
    type: Literal["unfollow_visit"] = "unfollow_visit"
    visit_id: Id


class ScribeOrder(Model):
    """A scribe's command on a visit. The idempotency key is kept over reconnects and restarts."""

    type: Literal["command"] = "command"
    command_id: Id
    visit_id: Id
    command: ScribeCommand


class ProviderOrder(Model):
    """A provider's command on a visit."""

    type: Literal["command"] = "command"
    command_id: Id
    visit_id: Id
    command: ProviderCommand


class RoomOrder(Model):
    """A room's command on a visit."""

    type: Literal["command"] = "command"
    command_id: Id
    visit_id: Id
    command: RoomCommand


class DocumentUpdate(Model):
    """A committed local update (Yjs update v1) of a scribe's document, sent until it is saved or refused."""

    type: Literal["document_update"] = "document_update"
    visit_id: Id
    update_id: Id
    client_id: ClientId
    update: Annotated[Bytes, Field(max_length=MAX_UPDATE_BYTES)]


class SendSignal(Model):
    type: Literal["signal"] = "signal"
    visit_id: Id
    signal: Signal


ScribeFrame = Annotated[
    Hello | FollowVisit | UnfollowVisit | ScribeOrder | DocumentUpdate | SendSignal,
    Field(discriminator="type"),
]
ProviderFrame = Annotated[Hello | FollowVisit | UnfollowVisit | ProviderOrder, Field(discriminator="type")]
RoomFrame = Annotated[Hello | FollowVisit | UnfollowVisit | RoomOrder | SendSignal, Field(discriminator="type")]


class Welcome(Model):
    """The answer to `hello`."""

    type: Literal["welcome"] = "welcome"
    protocol: int
    principal: Principal
    server_time: Time
    ice_servers: tuple[dict[str, str], ...] = ()
    """For a room: the TURN servers of its peer connections (`urls`, `username`, `credential`); none by default."""
    relay_only: bool = False
    """For a room: the practice's policy is that media goes by those alone."""


class Visits(Model):
    """The day's visits that this principal may see; sent after `welcome` and whenever one changes."""

    type: Literal["visits"] = "visits"
    visits: tuple[VisitSummary, ...]


class RecordEntries(Model):
    """Entries of a visit's record, in order; `complete` when the follower is up to date."""

    type: Literal["record"] = "record"
    visit_id: Id
    entries: tuple[RecordEntry, ...]
    complete: bool = True


class AuthorRun(Model):
    """`length` UTF-16 units of a section's text, and the id of who wrote them."""

    length: Count
    author: Author


class WriterClients(Model):
    """The client ids of a document under which one person wrote."""

    author: Author
    client_ids: tuple[Count, ...]


class DocumentState(Model):
    """What the follower lacks of the document (one update), and what the gateway has."""

    type: Literal["document_state"] = "document_state"
    visit_id: Id
    epoch: Count
    update: Bytes
    state_vector: Bytes
    authors: dict[str, tuple[AuthorRun, ...]] = {}
    """Who wrote what, by section; it belongs to the gateway's text, not to pending local edits."""
    writers: tuple[WriterClients, ...] = ()
    """Whose client ids are whose: with it a text names its writers whatever waits, and without the gateway."""


class DocumentUpdated(Model):
    """Somebody else's update, stamped by the gateway with who sent it."""

    type: Literal["document_updated"] = "document_updated"
    visit_id: Id
    update: Bytes
    author: Author


class UpdateSaved(Model):
    type: Literal["update_saved"] = "update_saved"
    visit_id: Id
    update_id: Id


class UpdateRefused(Model):
    type: Literal["update_refused"] = "update_refused"
    visit_id: Id
    update_id: Id
    refusal: Refusal


class NoteSection(Model):
    """One section as the page shows it."""

    section: Line
    loinc: Line
    heading: Line
    text: str
    authors: tuple[AuthorRun, ...] = ()


class NoteQuestion(Model):
    """A question that stands open in the note, at UTF-16 units [start, end) of a section."""

    question_id: Id
    section: Line
    start: Count
    end: Count
    leaves_out: tuple[Count, Count]
    """The units that leaving it out would take away."""


class NoteText(Model):
    """The note as it is written, for the page, which holds no CRDT. `version` counts the document's changes."""

    type: Literal["note_text"] = "note_text"
    visit_id: Id
    version: Count
    sections: tuple[NoteSection, ...]
    sha256: Sha256
    """The snapshot's hash: what `sign_note` must repeat."""
    late: tuple[NoteSection, ...] = ()
    """Sections as edits after the signature would have them: a proposed addendum, beside the note, never in it."""
    late_count: Count = 0
    """How many late edits there are: what an answer to the proposal names."""
    questions: tuple[NoteQuestion, ...] = ()
    """The open questions, in the note's order; the hash covers which stands where."""
    attestation: str = ""
    """Who scribed, as the record tells it: it goes into the EHR with the note."""
    provider_statement: str = ""
    """What the provider says by signing; it goes there too."""


class CommandAccepted(Model):
    type: Literal["command_accepted"] = "command_accepted"
    command_id: Id
    seq: Count | None = None


class CommandRefused(Model):
    type: Literal["command_refused"] = "command_refused"
    command_id: Id
    refusal: Refusal


class Signalled(Model):
    """A peer's signal, with the principal that the gateway authenticated."""

    type: Literal["signalled"] = "signalled"
    visit_id: Id
    sender: Principal
    signal: Signal


class Refused(Model):
    """A frame was refused; with `closing`, the gateway closes the channel after it."""

    type: Literal["refused"] = "refused"
    refusal: Refusal
    closing: bool = False


GatewayFrame = Annotated[
    Welcome
    | Visits
    | RecordEntries
    | DocumentState
    | DocumentUpdated
    | UpdateSaved
    | UpdateRefused
    | NoteText
    | CommandAccepted
    | CommandRefused
    | Signalled
    | Refused,
    Field(discriminator="type"),
]
