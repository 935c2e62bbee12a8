"""The Protocols and plain values that pass between the desktop's packages: a leaf that imports only wire and visit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from desktop.replay_ports import ReplayProcess
from desktop.vault_ports import BALLAST_BYTES as BALLAST_BYTES
from desktop.vault_ports import LEAST_PASSPHRASE as LEAST_PASSPHRASE
from desktop.vault_ports import REFUSE_FREE_BYTES as REFUSE_FREE_BYTES
from desktop.vault_ports import TYPED_MEANWHILE as TYPED_MEANWHILE
from desktop.vault_ports import WARN_FREE_BYTES as WARN_FREE_BYTES
from desktop.vault_ports import WIPE_ORDERED as WIPE_ORDERED
from desktop.vault_ports import DamageCause as DamageCause
from desktop.vault_ports import DiskState as DiskState
from desktop.vault_ports import Eraser as Eraser
from desktop.vault_ports import Given as Given
from desktop.vault_ports import GivenKind as GivenKind
from desktop.vault_ports import JournalRow as JournalRow
from desktop.vault_ports import OutboxRow as OutboxRow
from desktop.vault_ports import RescueReport as RescueReport
from desktop.vault_ports import SaveState as SaveState
from desktop.vault_ports import Vault as Vault
from desktop.vault_ports import VaultProblem as VaultProblem
from desktop.vault_ports import VaultUnavailable as VaultUnavailable
from desktop.vault_ports import VisitRescue as VisitRescue
from desktop.vault_ports import Ways as Ways
from desktop.vault_ports import disk_state as disk_state
from desktop.vault_ports import owner_tag as owner_tag
from wire.earlier import EarlierNote, EarlierNoteText
from wire.http import GatewayInfo, Jwk, WipedReport
from wire.people import Person
from wire.phrases import PhrasePage
from wire.posture import AdmissionDecision, Challenge, CheckResult, SignedReport
from wire.refusals import Refusal
from wire.signalling import BindingProblem, FeedOffer, GrantClaims
from wire.versions import NoteVersion, VersionComparison, VersionText
from wire.visits import VisitSummary

T = TypeVar("T")

# --- the vault ---------------------------------------------------------------------------------------------


class Signer(Protocol):
    """The enrolled device key (P-256). The private key never leaves secure_store."""

    @property
    def public_jwk(self) -> Jwk:
        """The public key as a JWK."""

    @property
    def provenance(self) -> str:
        """Where the private key rests: `keyring` or `tpm`."""

    def sign(self, data: bytes) -> bytes:
        """ES256 over `data`: 64 bytes, r||s."""

    def jws(self, claims: dict[str, object], header: dict[str, object] | None = None) -> str:
        """A compact JWS (ES256) over the claims; `jwk` is put into the header."""


# --- the gateway -------------------------------------------------------------------------------------------


class LinkState(StrEnum):
    """What the status bar says about the gateway."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    SIGNED_OUT = "signed_out"


class LinkProblem(StrEnum):
    """Why a call to the gateway failed without a refusal."""

    ADDRESS_INVALID = "address_invalid"
    NOT_ALCOVE = "not_alcove"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    TLS_FAILED = "tls_failed"
    PLAIN_HTTP = "plain_http"
    BROWSER_ABANDONED = "browser_abandoned"
    PROTOCOL = "protocol"


class LinkFailed(Exception):
    """A call did not reach an answer: a thing to tell the user, by its problem."""

    def __init__(self, problem: LinkProblem, detail: str = "") -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.detail = detail


class Refused(Exception):
    """The gateway refused a call."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person on this device. The access token stays in memory; the refresh token in the vault."""

    person: Person
    access_token: str
    access_expires_at: datetime
    refresh_token: str


class Gateway(Protocol):
    """HTTP calls to the practice's gateway; asyncio thread only. LinkFailed or Refused when one does not succeed."""

    async def info(self) -> GatewayInfo:
        """What the gateway is; checks that it is one of ours."""

    async def enroll(self, code: str, device_name: str) -> str:
        """Spend a one-time code; the device id."""

    async def sign_in(self, open_browser: Callable[[str], None], device_id: str) -> Session:
        """Sign in through the system browser."""

    async def refresh(self, refresh_token: str) -> Session:
        """A new session for a refresh token, which is spent by it."""

    async def sign_out(self) -> None:
        """End the session at the gateway."""

    async def wipe_order(self, device_id: str, gateway_jwk: Jwk) -> bool:
        """Whether the practice took this device out, by an order that its key signed."""

    async def report_wiped(self, report: WipedReport) -> None:
        """Say what was done with the order."""

    async def visits(self) -> list[VisitSummary]:
        """The day's visits."""

    async def earlier_notes(self, visit_id: str) -> list[EarlierNote]:
        """The earlier signed notes of a visit's patient, the newest first."""

    async def earlier_note(self, visit_id: str, note_id: str) -> EarlierNoteText:
        """One of them with its text."""

    async def practice_phrases(self, after: int) -> PhrasePage:
        """The practice's phrases that changed after a revision."""

    async def provider_phrases(self, visit_id: str, after: int) -> PhrasePage:
        """The same of a visit's provider."""

    async def challenge(self, visit_id: str) -> Challenge:
        """A nonce for a posture report."""

    async def admit(self, visit_id: str, report: SignedReport) -> AdmissionDecision:
        """The policy's decision on a report."""

    async def versions(self, visit_id: str) -> list[NoteVersion]:
        """Every version of a visit's note, oldest first."""

    async def version(self, visit_id: str, seq: int) -> VersionText:
        """One version with its text."""

    async def compared(self, visit_id: str, left: int, right: int) -> VersionComparison:
        """Two versions side by side."""

    def clock_offset_seconds(self) -> float | None:
        """This machine's clock minus the gateway's at the newest call's midpoint; None before the first."""

    async def close(self) -> None:
        """Close connections."""


class LiveChannel(Protocol):
    """The live WebSocket: reconnects by itself until closed; asyncio thread only."""

    async def run(self) -> None:
        """Connect, read, and reconnect until cancelled."""

    async def send(self, frame_json: str) -> bool:
        """Send one frame; False when not connected (durable things are repeated after the next welcome)."""


FrameHandler = Callable[[str], Awaitable[None]]


# --- the feed ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FrameRef:
    """A picture in shared memory: BGRX (Qt Format_RGB32), already scaled. Valid until `release` of its slot."""

    slot: int
    width: int
    height: int
    stride: int
    sequence: int
    received_at: float
    """time.monotonic() of the media process when the frame's last packet came."""


SILENT_SECONDS = 1.5
"""Without a packet for so long the feed counts as lost; the room hears of it within 2 s."""


class FeedState(StrEnum):
    """What the feed pane says."""

    OFF = "off"
    WAITING = "waiting"
    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    REFUSED = "refused"


class LinkPath(StrEnum):
    """How packets go between room and laptop."""

    DIRECT = "direct"
    RELAY_UDP = "relay_udp"
    RELAY_TCP = "relay_tcp"
    RELAY_TLS = "relay_tls"
    RELAY_OF_ROOM = "relay_of_room"
    """The room goes by a relay, we go straight to that."""


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """Receiver figures over the last second. `loss` 0..1; None where nothing was measured."""

    rtt_ms: float | None = None
    loss: float | None = None
    fps: float | None = None
    kbit_s: float | None = None
    audio_level: float | None = None
    """0..1, linear peak of the last block."""
    concealed: float | None = None
    """Share of the sound that was made up for what was lost or late, 0..1."""
    width: int = 0
    height: int = 0
    path: LinkPath | None = None


@dataclass(frozen=True, slots=True)
class MediaConfig:
    """What the media process is given: nothing secret but per-visit TURN credentials."""

    ice_servers: tuple[dict[str, str], ...] = ()
    loopback_candidates: bool = False
    relay_only: bool = False
    """The practice's policy: neither side learns the other's address, and nothing goes but by a relay."""
    relay_authority: str = ""
    """Who signs the relays' certificates (PEM); '': whom this laptop trusts."""


@dataclass(frozen=True, slots=True)
class SoundDevices:
    """Whether the room's sound is played, on which device ('' is the system's default), and which ones there are."""

    playing: bool = False
    device: str = ""
    devices: tuple[str, ...] = ()


class TalkState(StrEnum):
    """Whether the scribe speaks to the room."""

    SILENT = "silent"
    OPENING = "opening"
    """The key is held, the microphone gives nothing yet."""
    SPEAKING = "speaking"
    """What the microphone hears goes to the room."""


class TalkEnd(StrEnum):
    """Why talking ended."""

    RELEASED = "released"
    FOCUS_LOST = "focus_lost"
    TOO_LONG = "too_long"
    NOT_HELD = "not_held"
    LINE_LOST = "line_lost"
    NO_LINE = "no_line"
    NO_MICROPHONE = "no_microphone"
    MICROPHONE_LOST = "microphone_lost"
    MEDIA_LOST = "media_lost"


@dataclass(frozen=True, slots=True)
class TalkNews:
    """What became of a press: the state, why it ended, and how loud the microphone is (0..1)."""

    state: TalkState = TalkState.SILENT
    end: TalkEnd | None = None
    level: float = 0.0
    press: int = 0
    """Which press, as `hold_talk` counts them; 0: whichever there is."""


class FeedListener(Protocol):
    """Who hears of the feed; called on the UI thread."""

    def feed_prepared(self, connection_id: str, fingerprint: str) -> None:
        """A peer connection exists; this is its certificate's SHA-256 fingerprint."""

    def feed_answered(self, connection_id: str, sdp: str) -> None:
        """The answer to an accepted offer, all candidates gathered."""

    def feed_changed(self, connection_id: str, state: FeedState, reason: str) -> None:
        """The connection's state."""

    def frame_ready(self, frame: FrameRef) -> None:
        """A newer picture lies in shared memory."""

    def quality_measured(self, quality: LinkQuality) -> None:
        """Once a second while live."""

    def sound_devices_changed(self, devices: SoundDevices) -> None:
        """Sound began or ended to be played, or a device came or went."""

    def media_process_died(self) -> None:
        """It is being started again; open feeds are gone."""


class MediaProcess(ReplayProcess, Protocol):
    """The handle on the media process; UI thread; every method returns at once."""

    on_talk: Callable[[TalkNews], None]
    """Called with what becomes of a press of the talk key."""

    def hold_talk(self, connection_id: str, press: int) -> None:
        """The talk key is held: the microphone opens and goes to this connection's room. Said again every second.

        `press` counts presses from 1: one that ended by itself does not begin again while the key is still down.
        """

    def release_talk(self, why: TalkEnd) -> None:
        """It is held no longer: the microphone is closed."""

    def start(self) -> None:
        """Start it warm."""

    def prepare(self, connection_id: str, config: MediaConfig) -> None:
        """Make a peer connection; `feed_prepared` follows."""

    def accept_offer(self, connection_id: str, sdp: str) -> None:
        """Take a checked offer; `feed_answered` follows."""

    def close_feed(self, connection_id: str) -> None:
        """Close a peer connection; the picture is wiped."""

    def set_pane_size(self, width: int, height: int) -> None:
        """Device pixels to scale pictures to, keeping their shape; 0 x 0 stops conversion."""

    def set_volume(self, gain: float) -> None:
        """Output gain, 0..2."""

    def set_output(self, device: str, *, boost: bool) -> None:
        """The sound device to play on, by name ('' is the default), and whether soft voices are made louder."""

    def image_bytes(self, frame: FrameRef) -> memoryview:
        """The frame's pixels; valid until release."""

    def release(self, frame: FrameRef) -> None:
        """The frame has been painted."""

    def stop(self) -> None:
        """End the process."""


class MediaTrust(Protocol):
    """Checks what proves a peer's certificate; pure computation, any thread."""

    def grant_claims(self, grant: str, gateway_jwk: Jwk) -> GrantClaims | None:
        """The grant's claims when the gateway's key signed it and it is in force; else None."""

    def check_offer(self, offer: FeedOffer, own_fingerprint: str, grant: GrantClaims) -> BindingProblem | None:
        """Why the room's offer is not proven, or None: signature, certified key, connection, fingerprints."""

    def offered_fingerprint(self, offer: FeedOffer) -> str:
        """The one SHA-256 fingerprint of a proven offer."""


# --- posture -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostureFacts:
    """What checks need besides the machine: the policy's limits and the gateway's clock reading."""

    params: dict[str, str] = field(default_factory=dict)
    clock_offset_seconds: float | None = None
    """Wall clock here minus the gateway's, at the round trip's midpoint; None when not measured."""
    data_dir: str = ""


class Posture(Protocol):
    """Runs the device's checks, in parallel, with bounds; never on the Qt thread."""

    async def run(self, facts: PostureFacts) -> tuple[CheckResult, ...]:
        """One result for every check, in CheckId order; a hung check is `unknown`."""


class ProxyFinder(Protocol):
    """Finds the system's proxy for an address."""

    def proxy_for(self, url: str) -> str | None:
        """A proxy URL, or None for a direct connection."""


# --- threads -----------------------------------------------------------------------------------------------


class Jobs(Protocol):
    """Runs work on the threads that own it and brings each outcome back to the UI thread; never blocks."""

    def on_store(
        self,
        work: Callable[[Vault], T],
        done: Callable[[T], None],
        failed: Callable[[VaultUnavailable], None],
    ) -> None:
        """Run `work` on the store thread, in the order of the calls."""

    def on_link(
        self,
        work: Callable[[], Awaitable[T]],
        done: Callable[[T], None],
        failed: Callable[[LinkFailed | Refused], None],
    ) -> None:
        """Run `work` on the asyncio thread."""

    def later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call once on the UI thread after a while; the result cancels it."""
