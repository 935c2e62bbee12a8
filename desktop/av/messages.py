"""What UI process and media process say to each other. Both check what they read: one may be taken over."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from desktop.av.slots import MAX_HEIGHT, MAX_WIDTH, SLOT_BYTES, SLOTS
from desktop.ports import FeedState, FrameRef, LinkPath, LinkQuality, SoundDevices, TalkEnd, TalkNews, TalkState
from desktop.replay_ports import REPLAY_PEAKS, ReplayMode, ReplayNews, ReplayProblem
from wire.base import DEFERRED, MAX_REPLAY_SECONDS

ConnectionId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Sdp = Annotated[str, StringConstraints(max_length=64 * 1024)]
Word = Annotated[str, StringConstraints(max_length=300)]
Slot = Annotated[int, Field(ge=0, lt=SLOTS)]
Speed = Annotated[float, Field(ge=0.5, le=2, allow_inf_nan=False)]
Measure = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prepare(_Message):
    """Make a peer connection and gather; `prepared` follows."""

    op: Literal["prepare"] = "prepare"
    connection_id: ConnectionId
    ice_servers: Annotated[tuple[dict[str, Word], ...], Field(max_length=8)]
    loopback: bool
    relay_only: bool = False
    relay_authority: Annotated[str, Field(max_length=32 * 1024)] = ""
    """PEM; '': whom the system trusts."""


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


class ReplayKeep(_Message):
    """Keep the last so many seconds that are heard; 0: nothing. Another visit or length wipes what was kept."""

    op: Literal["replay_keep"] = "replay_keep"
    visit: ConnectionId
    seconds: Annotated[int, Field(ge=0, le=MAX_REPLAY_SECONDS)]


class ReplayFrom(_Message):
    """Let hear what was live so many seconds ago."""

    op: Literal["replay_from"] = "replay_from"
    age: Annotated[float, Field(ge=0, le=2 * MAX_REPLAY_SECONDS, allow_inf_nan=False)]
    speed: Speed


class ReplayBack(_Message):
    """The same from so many seconds before what is heard; forward when negative."""

    op: Literal["replay_back"] = "replay_back"
    seconds: Annotated[float, Field(ge=-MAX_REPLAY_SECONDS, le=MAX_REPLAY_SECONDS, allow_inf_nan=False)]


class ReplaySpeed(_Message):
    """Slower or faster at the same pitch."""

    op: Literal["replay_speed"] = "replay_speed"
    speed: Speed


class ReplayLive(_Message):
    """Back to the live sound, at once or by catching up."""

    op: Literal["replay_live"] = "replay_live"
    catch_up: bool


class ReplayWipe(_Message):
    """Overwrite what is kept; keeping begins anew."""

    op: Literal["replay_wipe"] = "replay_wipe"


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


class ReplayChanged(_Message):
    """Where replay stands, as ports.ReplayNews tells it."""

    op: Literal["replay_changed"] = "replay_changed"
    mode: ReplayMode
    seconds: Annotated[int, Field(ge=0, le=MAX_REPLAY_SECONDS)]
    kept: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
    behind: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
    speed: Speed
    live_level: Annotated[float, Field(ge=0, le=1)]
    peaks: Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{{2 * REPLAY_PEAKS}}}$")]
    problem: ReplayProblem | None

    @classmethod
    def of(cls, news: ReplayNews) -> "ReplayChanged":
        """As it is sent."""
        return cls(
            mode=news.mode,
            seconds=news.seconds,
            kept=news.kept,
            behind=news.behind,
            speed=news.speed,
            live_level=news.live_level,
            peaks=news.peaks.hex(),
            problem=news.problem,
        )

    def news(self) -> ReplayNews:
        """As the screen knows it."""
        return ReplayNews(
            self.mode,
            self.seconds,
            self.kept,
            self.behind,
            self.speed,
            self.live_level,
            bytes.fromhex(self.peaks),
            self.problem,
        )


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
    path: LinkPath | None = None

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
            path=self.path,
        )


ReplayCommand = ReplayKeep | ReplayFrom | ReplayBack | ReplaySpeed | ReplayLive | ReplayWipe
ToMedia = (
    Prepare | Offer | Close | Pane | Volume | Output | TalkHold | TalkRelease | ReplayCommand | Pinned | Release | Stop
)
FromMedia = Prepared | Answered | Changed | Picture | Outputs | TalkChanged | ReplayChanged | Quality
TO_MEDIA: TypeAdapter[ToMedia] = TypeAdapter(Annotated[ToMedia, Field(discriminator="op")], config=DEFERRED)
FROM_MEDIA: TypeAdapter[FromMedia] = TypeAdapter(Annotated[FromMedia, Field(discriminator="op")], config=DEFERRED)
