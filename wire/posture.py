"""What a device says about itself, and what the practice's policy makes of it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from wire.base import Count, Id, Jws, Line, Model, Sha256, Time
from wire.refusals import Refusal


class CheckId(StrEnum):
    """The checks of a device's posture. The numbers are those of docs/threat-model.md."""

    DISK_ENCRYPTION = "disk_encryption"
    FIREWALL = "firewall"
    UPDATES = "updates"
    SCREEN_LOCK = "screen_lock"
    CLOCK = "clock"


class CheckState(StrEnum):
    """A check's outcome. Only `pass` passes: unknown, error and not applicable never stand for it."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class CheckResult(Model):
    """One check's result: state, a reason code with values for its sentence, and where it was read."""

    check: CheckId
    state: CheckState
    reason: Line
    """Code of the sentence, e.g. `luks_everywhere`, `volume_not_encrypted`, `lock_too_slow`."""
    params: dict[str, Line] = {}
    source: Line
    raw: Line = ""
    """The raw value, at most 200 characters, without user names, serial numbers or network names."""
    collected_at: Time
    duration_ms: Count


class PostureReport(Model):
    """What leaves the device: signed whole, over its canonical JSON (RFC 8785), by the device key."""

    report_id: Id
    nonce: Line
    visit_id: Id
    person_id: Id
    device_id: Id
    app_version: Line
    os: Line
    policy_version: Line
    counter: Count
    made_at: Time
    results: tuple[CheckResult, ...]


class SignedReport(Model):
    """A report with the device key's detached signature over the canonical bytes."""

    report: PostureReport
    signature: Annotated[str, Field(max_length=200)]
    """ES256 (raw r||s), base64url without padding, over the canonical JSON of `report`."""


class Requirement(StrEnum):
    """What the policy demands of a check."""

    REQUIRE = "require"
    WARN = "warn"
    ADVISORY = "advisory"
    OFF = "off"


class CheckVerdict(Model):
    """The policy's word on one check."""

    check: CheckId
    requirement: Requirement
    state: CheckState
    admits: bool
    grace_until: Time | None = None


class Challenge(Model):
    """The gateway's nonce for one report: single use, 60 s, for this person, device and visit."""

    nonce: Line
    gateway_time: Time
    policy_version: Line
    practice: Line
    requirements: dict[CheckId, Requirement]
    params: dict[str, Line] = {}
    """Policy values that the checks' sentences name, e.g. `screen_lock_max_seconds`."""


class AdmissionDecision(Model):
    """Admitted with a grant, or refused with the verdict of each check."""

    admitted: bool
    admission_id: Id
    verdicts: tuple[CheckVerdict, ...]
    grant: Jws | None = None
    expires_at: Time | None = None
    report_sha256: Sha256
    refusal: Refusal | None = None
    ice_servers: tuple[dict[str, str], ...] = ()
    relay_only: bool = False
    """The practice's policy: media goes by a TURN server alone."""
    relay_authority: Annotated[str, Field(max_length=32 * 1024)] = ""
    """Who signed the TURN servers' certificates (PEM); empty: whom the laptop trusts."""
