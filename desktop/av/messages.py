"""What UI process and media process say to each other. Both check what they read: one may be taken over."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from desktop.av.slots import MAX_HEIGHT, MAX_WIDTH, SLOT_BYTES, SLOTS
from desktop.ports import FeedState, FrameRef, LinkQuality, SoundDevices, TalkEnd, TalkNews, TalkState
from wire.base import DEFERRED

ConnectionId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Sdp = Annotated[str, StringConstraints(max_length=64 * 1024)]
Word = Annotated[str, StringConstraints(max_length=300)]
Slot = Annotated[int, Field(ge=0, lt=SLOTS)]
Measure = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prepare(_Message):
    """Make a peer connection and gather; `prepared` follows."""

    op: Literal["prepare"] = "prepare"
    connection_id: ConnectionId
    ice_servers: Annotated[tuple[dict[str, Word], ...], Field(max_length=8)]
    loopback: bool


class Offer(_Message):
    """Take an offer whose proof the UI process checked; `answered` or a refused state follows."""

    op: Literal["offer"] = "offer"
    connection_id: ConnectionId
    sdp: Sdp


class Close(_Message):
    """Close a peer connection and wipe its picture."""

    op: Literal["close"] = "close"
    connection_id: ConnectionId


class Pane(_Message):
    """Scale pictures to so many device pixels; 0 x 0: none are wanted."""

    op: Literal["pane"] = "pane"
    width: Annotated[int, Field(ge=0, le=20_000)]
    height: Annotated[int, Field(ge=0, le=20_000)]


class Volume(_Message):
    """Output gain."""

    op: Literal["volume"] = "volume"
    gain: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]


class Output(_Message):
    """The sound device to play on ('' is the system's default), and whether soft voices are made louder."""

    op: Literal["output"] = "output"
    device: Word
    boost: bool


class TalkHold(_Message):
    """The talk key is held: send the microphone to this connection's room. Repeated every second."""

    op: Literal["talk_hold"] = "talk_hold"
    connection_id: ConnectionId
    press: Annotated[int, Field(ge=1, lt=2**53)]
    """Counts presses: one that ended by itself does not begin again while the key is still down."""


class TalkRelease(_Message):
    """It is held no longer."""

    op: Literal["talk_release"] = "talk_release"
    why: TalkEnd


class Pinned(_Message):
    """Slots that the screen still shows from an earlier media process."""

    op: Literal["pinned"] = "pinned"
    slots: Annotated[tuple[Slot, ...], Field(max_length=SLOTS)]


class Release(_Message):
    """The screen no longer shows a slot."""

    op: Literal["release"] = "release"
    slot: Slot


class Stop(_Message):
    """End."""

    op: Literal["stop"] = "stop"


class Prepared(_Message):
    """A peer connection exists; its certificate's SHA-256 fingerprint."""

    op: Literal["prepared"] = "prepared"
    connection_id: ConnectionId
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{2}(:[0-9A-F]{2}){31}$")]


class Answered(_Message):
    """The answer to an offer, all candidates gathered."""

    op: Literal["answered"] = "answered"
    connection_id: ConnectionId
    sdp: Sdp


class Changed(_Message):
    """A feed's state."""

    op: Literal["changed"] = "changed"
    connection_id: ConnectionId
    state: FeedState
    reason: Word


class Picture(_Message):
    """A picture lies in a slot, whole; it stays there until the slot is released."""

    op: Literal["picture"] = "picture"
    slot: Slot
    width: Annotated[int, Field(ge=2, le=MAX_WIDTH)]
    height: Annotated[int, Field(ge=2, le=MAX_HEIGHT)]
    stride: Annotated[int, Field(ge=8, le=SLOT_BYTES)]
    sequence: Annotated[int, Field(ge=0, lt=2**53)]
    received_at: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _lies_within_its_slot(self) -> "Picture":
        if self.stride < self.width * 4 or self.stride % 4 or self.stride * self.height > SLOT_BYTES:
            raise ValueError("picture does not fit its slot")
        return self

    def frame(self) -> FrameRef:
        """As the screen knows it."""
        return FrameRef(self.slot, self.width, self.height, self.stride, self.sequence, self.received_at)


class Outputs(_Message):
    """Whether sound is played, on which device, and which ones there are."""

    op: Literal["outputs"] = "outputs"
    playing: bool
    device: Word
    devices: Annotated[tuple[Word, ...], Field(max_length=32)]

    def sound_devices(self) -> SoundDevices:
        """As the screen knows it."""
        return SoundDevices(self.playing, self.device, self.devices)


class TalkChanged(_Message):
    """What became of a press of the talk key; while speaking ten times a second, for the meter."""

    op: Literal["talk_changed"] = "talk_changed"
    state: TalkState
    end: TalkEnd | None = None
    level: Annotated[float, Field(ge=0, le=1)] = 0.0
    press: Annotated[int, Field(ge=1, lt=2**53)]

    def news(self) -> TalkNews:
        """As the screen knows it."""
        return TalkNews(self.state, self.end, self.level, self.press)


class Quality(_Message):
    """Receiver figures over the last second."""

    op: Literal["quality"] = "quality"
    rtt_ms: Measure = None
    loss: Annotated[float, Field(ge=0, le=1)] | None = None
    fps: Measure = None
    kbit_s: Measure = None
    audio_level: Annotated[float, Field(ge=0, le=1)] | None = None
    concealed: Annotated[float, Field(ge=0, le=1)] | None = None
    width: Annotated[int, Field(ge=0, le=20_000)] = 0
    height: Annotated[int, Field(ge=0, le=20_000)] = 0

    def link_quality(self) -> LinkQuality:
        """As the screen knows it."""
        return LinkQuality(
            rtt_ms=self.rtt_ms,
            loss=self.loss,
            fps=self.fps,
            kbit_s=self.kbit_s,
            audio_level=self.audio_level,
            concealed=self.concealed,
            width=self.width,
            height=self.height,
        )


ToMedia = Prepare | Offer | Close | Pane | Volume | Output | TalkHold | TalkRelease | Pinned | Release | Stop
FromMedia = Prepared | Answered | Changed | Picture | Outputs | TalkChanged | Quality
TO_MEDIA: TypeAdapter[ToMedia] = TypeAdapter(Annotated[ToMedia, Field(discriminator="op")], config=DEFERRED)
FROM_MEDIA: TypeAdapter[FromMedia] = TypeAdapter(Annotated[FromMedia, Field(discriminator="op")], config=DEFERRED)
