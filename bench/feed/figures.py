"""From what a trial left to its figures. Pure: no screen, no sound server, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.feed import speech
from bench.feed.speech import Heard, Sound
from bench.feed.trial import Raw
from bench.feed.watch import RATE as RECORDED_RATE
from bench.impair import SCENARIOS
from bench.report import quantile

FRAME_MS = 1000 / 30
FLOOR_SPEECH_MS = 20.0
"""Per minute of speech; added to both sides of a ratio of missing speech."""
STEP_S = 0.5
GLASS_SLACK_S = 0.05
SOUND_SLACK_S = 0.02
"""How near to its figure before the trouble a delay must be to count as back."""
NUMBERS = 0x10000


@dataclass(frozen=True, slots=True)
class Row:
    """A trial's figures. None where there was nothing to measure."""

    scenario: str
    receiver: str
    glass_p50_ms: float | None
    """From a frame's drawing to its first appearance on the screen."""
    glass_p99_ms: float | None
    audio_delay_ms: float | None
    """Median of the frames that were heard, from the sender's audio graph to the headset's monitor."""
    speech_missing_pct: float
    longest_freeze_ms: float
    """The longest time without a new picture on the screen."""
    fps: float
    recovery_s: float | None
    """Outage only: from the network's return until both picture and sound are new again."""
    back_to_clean_s: float
    """After the trouble, until both delays are as before it and stay so; the whole tail when they never are."""
    cpu_s_per_min: float
    first_picture_s: float
    to_720p_s: float | None
    """From joining until the room sends 720 lines; None when it never did."""
    others_pct: float
    """What else used of the machine."""
    disturbed: float
    """1 when it was disturbed, however often it was done."""


def row_of(raw: Raw, source: Sound) -> Row:
    """Every figure of a trial."""
    glass = glass_delays(raw)
    sound = heard_between(raw, source, raw.trouble_from - 5.0, raw.over_at - 1.0)
    during = [(at, delay) for at, delay in glass if raw.trouble_from <= at < raw.trouble_to]
    delays = [delay for _, delay in during]
    said = [one for one in sound if raw.trouble_from <= one.said_at < raw.trouble_to]
    heard = [one.delay_s for one in said if one.delay_s is not None]
    return Row(
        scenario=raw.scenario,
        receiver=raw.receiver,
        glass_p50_ms=_ms(delays, 0.5),
        glass_p99_ms=_ms(delays, 0.99),
        audio_delay_ms=_ms(heard, 0.5),
        speech_missing_pct=100.0 * (1 - len(heard) / len(said)) if said else 100.0,
        longest_freeze_ms=1000 * _longest_gap(raw),
        fps=len(during) / (raw.trouble_to - raw.trouble_from),
        recovery_s=_recovery(raw, glass, sound),
        back_to_clean_s=max(
            _back(raw, glass, GLASS_SLACK_S),
            _back(raw, [(one.said_at, one.delay_s) for one in sound if one.delay_s is not None], SOUND_SLACK_S),
        ),
        cpu_s_per_min=raw.cpu_s * 60 / (raw.trouble_to - raw.trouble_from),
        first_picture_s=raw.first_seen_at - raw.asked_at,
        to_720p_s=_to_720p(raw),
        others_pct=100 * raw.others,
        disturbed=float(raw.disturbed),
    )


def glass_delays(raw: Raw) -> list[tuple[float, float]]:
    """(when it appeared, seconds since it was drawn) of every frame that was seen."""
    drawn = {int(number) % NUMBERS: float(ms) / 1000 for number, ms in raw.sent["drawn"]}
    return [(at, at - drawn[number]) for at, number in raw.seen if number in drawn and at >= drawn[number]]


def heard_between(raw: Raw, source: Sound, begin: float, end: float) -> list[Heard]:
    """Every active frame said between two times; `said_at` is Unix time."""
    recording = speech.from_recording(raw.levels, RECORDED_RATE)
    context_began = min(ms / 1000 - seconds for ms, seconds in raw.sent["clock"] if seconds > 0)
    said_from = begin - context_began - raw.sent["started_at"]
    part = speech.said(source, round(said_from * speech.RATE), round((end - begin) * speech.RATE))
    offset = round((begin - raw.recorded_from) * speech.RATE)
    return [Heard(one.said_at + raw.recorded_from, one.delay_s) for one in speech.listen(part, recording, offset)]


def _ms(seconds: Sequence[float], share: float) -> float | None:
    return 1000 * quantile(seconds, share) if seconds else None


def _longest_gap(raw: Raw) -> float:
    times = [at for at, _ in raw.seen if raw.trouble_from <= at < raw.trouble_to]
    edges = [raw.trouble_from, *times, raw.trouble_to]
    return max(later - sooner for sooner, later in zip(edges, edges[1:], strict=False))


def _recovery(raw: Raw, glass: Sequence[tuple[float, float]], sound: Sequence[Heard]) -> float | None:
    trouble = SCENARIOS[raw.scenario].media
    if not trouble.hole_s or trouble.hole_every_s:
        return None
    returned = raw.trouble_from + trouble.hole_s
    pictures = [at for at, delay in glass if at - delay >= returned]
    sounds = [one.said_at + one.delay_s for one in sound if one.delay_s is not None and one.said_at >= returned]
    if not pictures or not sounds:
        return raw.over_at - returned
    return max(min(pictures), min(sounds)) - returned


def _back(raw: Raw, delays: Sequence[tuple[float, float]], slack: float) -> float:
    before = [delay for at, delay in delays if at < raw.trouble_from]
    tail = raw.over_at - 1.5 - raw.trouble_to
    if not before:
        return tail
    limit = float(np.median(before)) + slack
    back = 0.0
    for step in range(int(tail / STEP_S)):
        begin = raw.trouble_to + step * STEP_S
        inside = [delay for at, delay in delays if begin <= at < begin + STEP_S]
        if inside and float(np.median(inside)) > limit:
            back = (step + 1) * STEP_S
    return back


def _to_720p(raw: Raw) -> float | None:
    return next((ms / 1000 - raw.asked_at for ms, height, *_ in raw.sent["sent"] if height >= 720), None)


def missing_ratio(ours: float, theirs: float) -> float:
    """Of missing speech in percent, with the floor on both sides."""
    floor = FLOOR_SPEECH_MS / 60_000 * 100
    return (ours + floor) / (theirs + floor)


def freeze_ratio(ours_ms: float, theirs_ms: float) -> float:
    """Of the longest freezes, with one frame on both sides."""
    return (ours_ms + FRAME_MS) / (theirs_ms + FRAME_MS)


def median_row(rows: Sequence[Row]) -> Mapping[str, float | None]:
    """The median of each figure over the repeats; missing speech and the disturbed share are means."""
    made: dict[str, float | None] = {}
    for name in Row.__dataclass_fields__:
        if name in ("scenario", "receiver"):
            continue
        values = [value for row in rows if (value := getattr(row, name)) is not None]
        average = np.mean if name in ("speech_missing_pct", "disturbed") else np.median
        made[name] = float(average(values)) if values else None
    return made
