"""The table of every scenario for both receivers, and the goals of the issue, as far as they were measured."""

from collections.abc import Mapping

from bench.feed.figures import FRAME_MS, Row, freeze_ratio, median_row, missing_ratio
from bench.report import Goal

Rows = Mapping[tuple[str, str], list[Row]]
COLUMNS = {
    "glass_p50_ms": "glass p50 ms",
    "glass_p99_ms": "glass p99 ms",
    "fps": "pictures/s",
    "audio_delay_ms": "audio ms",
    "speech_missing_pct": "missing %",
    "longest_freeze_ms": "freeze ms",
    "recovery_s": "recovery s",
    "back_to_clean_s": "back s",
    "cpu_s_per_min": "CPU s/min",
    "first_picture_s": "first s",
    "to_720p_s": "720p s",
    "others_pct": "others %",
}
RECEIVERS = ("alcove", "chromium")
NEVER = 999.0
"""Stands for what did not happen: no limit is met by it."""


def table_of(rows: Rows) -> str:
    """A line for each scenario and receiver."""
    lines = [f"{'':19}" + "".join(f"{title:>14}" for title in COLUMNS.values())]
    for (scenario, receiver), repeats in rows.items():
        figures = median_row(repeats)
        cells = "".join(f"{_cell(figures[name]):>14}" for name in COLUMNS)
        lines.append(f"{scenario:9} {receiver:9}{cells}")
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def figures_of(rows: Rows) -> dict[str, object]:
    """The same for programs."""
    return {
        f"{scenario}_{receiver}": {
            "n": len(repeats),
            **{name: value if value is None else round(value, 3) for name, value in median_row(repeats).items()},
        }
        for (scenario, receiver), repeats in rows.items()
    }


def goals_of(rows: Rows) -> dict[str, Goal]:
    """Those goals whose trials were run."""
    return _clean_goals(rows) | _loss_goals(rows) | _way_back_goals(rows)


def _both(rows: Rows, scenario: str) -> tuple[Mapping[str, float], Mapping[str, float]] | None:
    """Our figures and theirs; None unless both were measured. What is missing counts as NEVER."""
    pair = [rows.get((scenario, receiver)) for receiver in RECEIVERS]
    if pair[0] is None or pair[1] is None:
        return None
    ours, theirs = (
        {name: NEVER if value is None else value for name, value in median_row(one or ()).items()} for one in pair
    )
    return ours, theirs


def _clean_goals(rows: Rows) -> dict[str, Goal]:
    both = _both(rows, "clean")
    if both is None:
        return {}
    ours, theirs = both
    return {
        "clean_glass_p50_ratio": Goal(ours["glass_p50_ms"] / theirs["glass_p50_ms"], 0.6),
        "clean_glass_p99_ratio": Goal(ours["glass_p99_ms"] / theirs["glass_p99_ms"], 0.7),
        "clean_audio_delay_ratio": Goal(ours["audio_delay_ms"] / theirs["audio_delay_ms"], 0.9),
        "time_to_720p_s": Goal(ours["to_720p_s"], 3.0),
        "cpu_ratio": Goal(ours["cpu_s_per_min"] / theirs["cpu_s_per_min"], 1.0),
    }


def _loss_goals(rows: Rows) -> dict[str, Goal]:
    goals = {}
    for scenario, name in (("loss1", "loss1"), ("loss5", "loss5"), ("abroad", "rtt250_loss1")):
        both = _both(rows, scenario)
        if both is not None:
            ratio = missing_ratio(both[0]["speech_missing_pct"], both[1]["speech_missing_pct"])
            goals[f"{name}_speech_missing_ratio"] = Goal(ratio, 1.0)
    if ("loss5", "alcove") in rows:
        missing = median_row(rows["loss5", "alcove"])["speech_missing_pct"]
        goals["loss5_speech_missing_pct"] = Goal(NEVER if missing is None else missing, 1.0)
    bursts = _both(rows, "burst")
    if bursts is not None:
        ratio = freeze_ratio(bursts[0]["longest_freeze_ms"], bursts[1]["longest_freeze_ms"])
        goals["burst_freeze_ratio"] = Goal(ratio, 1.0)
    return goals


def _way_back_goals(rows: Rows) -> dict[str, Goal]:
    """Ours alone: every scenario but the clean one and the outage is trouble that ends."""
    goals = {}
    ends = [
        figure["back_to_clean_s"]
        for (scenario, receiver), repeats in rows.items()
        if receiver == "alcove" and scenario not in ("clean", "outage")
        for figure in [median_row(repeats)]
    ]
    if ends:
        goals["delay_back_to_clean_s"] = Goal(max(NEVER if end is None else end for end in ends), 5.0)
    if ("outage", "alcove") in rows:
        recovery = median_row(rows["outage", "alcove"])["recovery_s"]
        goals["outage_recovery_s"] = Goal(NEVER if recovery is None else recovery, 2.0)
    return goals


FLOORS = {"speech_ms_per_min": 20, "freeze_ms": round(FRAME_MS, 1)}
"""What is added to both sides of a ratio whose divisor may be 0."""
