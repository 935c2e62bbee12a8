"""What a source said, how a check's finding is told, and how evidence is cleaned before anybody sees it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from desktop.ports import PostureFacts
from wire.posture import CheckState

MAX_EVIDENCE = 200


class Problem(StrEnum):
    """Why a source could not be read. Each makes a check unknown unless the check gives it a meaning."""

    MISSING = "missing"
    DENIED = "denied"
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reading:
    """One source's answer: its text, or the problem."""

    text: str = ""
    problem: Problem | None = None
    status: int = 0
    """A command's exit status."""
    length: int | None = None
    """How many bytes a regular file says that it has; None for everything else."""

    @property
    def is_whole(self) -> bool:
        """Whether it was read without a problem, and to its end."""
        if self.problem is not None or self.status != 0:
            return False
        return self.length is None or self.length == len(self.text.encode("utf-8", "surrogatepass"))


Raw = Mapping[str, Reading]
"""Everything that a check collected, by source."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check makes of its readings; the runner adds when and how long."""

    state: CheckState
    reason: str
    params: dict[str, str] = field(default_factory=dict)
    raw: str = ""


def passed(reason: str, raw: str = "", **params: object) -> Finding:
    """The check passes."""
    return Finding(CheckState.PASS, reason, _texts(params), raw)


def failed(reason: str, raw: str = "", **params: object) -> Finding:
    """The check fails, and it is known why."""
    return Finding(CheckState.FAIL, reason, _texts(params), raw)


def unknown(reason: str, raw: str = "", **params: object) -> Finding:
    """It cannot be told; that never passes."""
    return Finding(CheckState.UNKNOWN, reason, _texts(params), raw)


def text_of(raw: Raw, source: str) -> str | None:
    """The source's text; None when it was not read whole."""
    reading = raw.get(source)
    return reading.text if reading is not None and reading.is_whole else None


def is_absent(raw: Raw, source: str) -> bool:
    """Whether the machine said clearly that there is no such thing."""
    reading = raw.get(source)
    return reading is not None and reading.problem is Problem.MISSING


def not_readable(raw: Raw, *sources: str) -> Finding:
    """Unknown because of these sources; the evidence names what happened to each."""
    told = []
    for source in sources:
        reading = raw.get(source, Reading(problem=Problem.MISSING))
        told.append(f"{source}: {reading.problem.value if reading.problem else f'status {reading.status}'}")
    return unknown("not_readable", "; ".join(told))


def limit_of(facts: PostureFacts, name: str) -> int | None:
    """A limit of the policy: a whole number above zero, or None. Zero never means `no limit`."""
    value = facts.params.get(name, "")
    return int(value) if re.fullmatch(r"[1-9][0-9]{0,8}", value) else None


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Evidence fit to be shown and sent: one line, at most 200 characters, without names, addresses or serials."""
    for secret in sorted((each for each in secrets if len(each) > 1), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "~", text, flags=re.IGNORECASE)
    text = re.sub(r"(/home|/Users|/media|/run/user)/[^/\s;,]+", r"\1/~", text)
    text = re.sub(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}", "~", text)
    text = re.sub(r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b", "~", text)
    text = re.sub(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*", "~", text)
    text = re.sub(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "~", text)
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= MAX_EVIDENCE else text[: MAX_EVIDENCE - 1] + "…"


def _texts(params: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value)[:100] for name, value in params.items()}
