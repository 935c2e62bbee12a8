"""Makes what leaves the device: the report of all checks, signed whole by the device key."""

import base64
import platform
from datetime import UTC, datetime
from typing import Protocol

from desktop.ports import Signer
from visit.canonical import canonical_bytes
from wire.ids import new_id
from wire.posture import Challenge, CheckResult, PostureReport, SignedReport


class ReportInputs(Protocol):
    """What a report is made from: for whom and what, the gateway's challenge, the results, and the key."""

    @property
    def challenge(self) -> Challenge:
        """The gateway's nonce and policy."""

    @property
    def visit_id(self) -> str:
        """The visit that the report asks to join."""

    @property
    def person_id(self) -> str:
        """Who is signed in."""

    @property
    def device_id(self) -> str:
        """Which enrolled device this is."""

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """One result for every check."""

    @property
    def signer(self) -> Signer:
        """The device key."""


def build_report(
    inputs: ReportInputs, app_version: str, os_name: str, counter: int, made_at: datetime | None = None
) -> SignedReport:
    """The report, signed (ES256, raw r||s) over its canonical JSON (RFC 8785).

    `counter` grows with every report of a device, so that the gateway notices one that went back. `made_at` is
    now unless it is given.
    """
    report = PostureReport(
        report_id=new_id(),
        nonce=inputs.challenge.nonce,
        visit_id=inputs.visit_id,
        person_id=inputs.person_id,
        device_id=inputs.device_id,
        app_version=app_version,
        os=os_name,
        policy_version=inputs.challenge.policy_version,
        counter=counter,
        made_at=datetime.now(UTC) if made_at is None else made_at,
        results=inputs.results,
    )
    signature = inputs.signer.sign(canonical_bytes(report))
    return SignedReport(report=report, signature=base64.urlsafe_b64encode(signature).rstrip(b"=").decode())


def system_name() -> str:
    """The operating system in words, with no name of its machine: `Debian GNU/Linux 12 (bookworm), Linux 6.1.0`."""
    kernel = f"{platform.system()} {platform.release()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"[:300]
    except (OSError, KeyError):
        return kernel[:300]
