"""The feed bench's own eyes and ears: what they read is what was drawn and said, and what is missing is missing."""

from typing import Any

import numpy as np
import pytest

from bench.feed import barcode, goals, speech
from bench.feed.figures import Row, row_of
from bench.feed.trial import Raw
from bench.feed.watch import RATE as RECORDED_RATE

DELAY = 0.12
GLASS = 0.025
NUMBERS = (0, 1, 2, 777, 32_767, 32_768, 65_535)


def picture(number: int, width: int = 324) -> barcode.Pixels:
    """A screen of grey with the camera's picture of this width in it."""
    screen = np.full((200, 600, 3), 60, np.uint8)
    screen[80:112, 50 : 50 + width] = (255, 0, 255)
    for cell, bit in enumerate(barcode.cells_of(number)):
        left, right = (50 + round(width * (cell + end) / barcode.CELLS) for end in (0, 1))
        screen[88:104, left:right] = 255 * bit
    return screen


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_on_the_screen_is_found_and_read(number: int) -> None:
    screen = picture(number)
    found = barcode.find(screen)
    assert found is not None
    strip = found.strip
    assert barcode.read(screen[strip.y, strip.x : strip.x + strip.width]) == number


def test_no_picture_is_no_barcode() -> None:
    assert barcode.find(np.full((200, 600, 3), 60, np.uint8)) is None


def test_two_pictures_blended_are_not_read_as_a_third() -> None:
    for number in range(2_000):
        old, new = (picture(one)[96, 50:374].astype(int) for one in (number, number + 1))
        blended = ((old + new) // 2).astype(np.uint8)
        assert barcode.read(blended) in (None, number, number + 1)


def voice(seconds: int = 20) -> speech.Sound:
    """Something like speech: noise below 3 kHz in syllables, no two alike."""
    random = np.random.default_rng(1)
    noise = random.normal(0, 0.1, seconds * speech.RATE)
    smooth = np.convolve(noise, np.ones(6) / 6, "same")
    syllables = np.repeat(random.uniform(0.5, 1.0, seconds * 5), speech.RATE // 5)
    return np.asarray(smooth * syllables, np.float32)


def heard(sound: speech.Sound, delay_s: float = DELAY) -> speech.Sound:
    return np.concatenate(
        [np.zeros(round(delay_s * speech.RATE), np.float32), sound, np.zeros(speech.RATE, np.float32)]
    )


def test_all_of_a_delayed_sound_is_found_with_its_delay() -> None:
    sound = voice()
    found = speech.listen(sound, heard(sound) * 0.3, 0)
    assert len(found) > 900
    assert all(one.delay_s == pytest.approx(DELAY, abs=0.0005) for one in found)


def test_frames_that_were_not_played_are_missing_and_no_others() -> None:
    sound = voice()
    spoiled = sound.copy()
    lost = range(50, 950, 20)
    for index in lost:
        spoiled[index * speech.FRAME : (index + 1) * speech.FRAME] = 0
    found = speech.listen(sound, heard(spoiled), 0)
    assert [round(one.said_at * 50) for one in found if one.delay_s is None] == list(lost)


def test_a_delay_that_grows_on_the_way_is_followed() -> None:
    sound = voice()
    half = len(sound) // 2
    later = np.concatenate([sound[:half], np.zeros(speech.RATE // 5, np.float32), sound[half:]])
    found = speech.listen(sound, heard(later), 0)
    delays = [one.delay_s for one in found if one.delay_s is not None]
    assert len(delays) > 0.99 * len(found)
    assert delays[0] == pytest.approx(DELAY, abs=0.001)
    assert delays[-1] == pytest.approx(DELAY + 0.2, abs=0.001)


def raw(scenario: str = "clean", hole: tuple[float, float] = (0.0, 0.0)) -> tuple[Raw, speech.Sound]:
    """A made-up trial of 10 s before, 10 s of trouble and 10 s after; nothing passes in the hole."""
    source = voice(30)
    begin, frames = 1_000.0, range(900)
    drawn = [(number, 1000 * (begin + number / 30)) for number in frames]
    seen = [
        (begin + n / 30 + GLASS, n) for n in frames if not hole[0] <= n / 30 + GLASS < hole[1] or hole[0] == hole[1]
    ]
    played = source.copy()
    played[round(hole[0] * speech.RATE) : round(hole[1] * speech.RATE)] = 0
    recording = np.repeat(heard(played), RECORDED_RATE // speech.RATE)
    sent: dict[str, Any] = {
        "drawn": drawn,
        "clock": [(1000 * begin, 5.0), (1000 * (begin + 1), 6.0)],
        "started_at": 5.0,
        "sent": [(1000 * (begin + 1), 360, 0, "bandwidth"), (1000 * (begin + 2), 720, 0, "none")],
    }
    made = Raw(
        scenario=scenario, receiver="alcove", asked_at=begin, first_seen_at=begin + 0.5, trouble_from=begin + 10,
        trouble_to=begin + 20, over_at=begin + 30, cpu_s=2.0, others=0.0, seen=seen, unreadable=0, sent=sent,
        recorded_from=begin, levels=speech.to_levels(recording),
    )  # fmt: skip
    return made, source


def test_a_trials_figures_are_those_that_were_put_in() -> None:
    row = row_of(*raw())
    assert row.glass_p50_ms == pytest.approx(1000 * GLASS, abs=0.1)
    assert row.glass_p99_ms == pytest.approx(1000 * GLASS, abs=0.1)
    assert row.audio_delay_ms == pytest.approx(1000 * DELAY, abs=1)
    assert row.speech_missing_pct == 0
    assert row.longest_freeze_ms == pytest.approx(1000 / 30, abs=1)
    assert row.fps == pytest.approx(30, abs=0.2)
    assert row.cpu_s_per_min == 12.0
    assert (row.first_picture_s, row.to_720p_s) == (0.5, 2.0)
    assert (row.back_to_clean_s, row.recovery_s, row.disturbed) == (0.0, None, 0.0)


def test_an_outage_is_seen_as_a_freeze_missing_speech_and_a_recovery() -> None:
    row = row_of(*raw("outage", hole=(10.0, 15.7)))
    assert row.longest_freeze_ms == pytest.approx(5_700, abs=70)
    assert row.speech_missing_pct == pytest.approx(57, abs=2)
    assert row.recovery_s == pytest.approx(0.7 + DELAY, abs=0.05)


def test_a_goal_stands_only_for_what_was_measured() -> None:
    row = row_of(*raw())
    assert goals.goals_of({("clean", "alcove"): [row]}) == {}
    found = goals.goals_of({("clean", "alcove"): [row], ("clean", "chromium"): [row]})
    assert {name: goal.value for name, goal in found.items()} == {
        "clean_glass_p50_ratio": 1.0,
        "clean_glass_p99_ratio": 1.0,
        "clean_audio_delay_ratio": 1.0,
        "time_to_720p_s": 2.0,
        "cpu_ratio": 1.0,
    }


def test_what_never_happened_meets_no_limit() -> None:
    made, source = raw("outage")
    made.seen = []
    made.sent = {**made.sent, "sent": []}
    row = row_of(made, source)
    assert (row.glass_p50_ms, row.to_720p_s) == (None, None)
    theirs = row_of(*raw())
    found = goals.goals_of({("clean", "alcove"): [row], ("clean", "chromium"): [theirs]})
    assert not found["clean_glass_p50_ratio"].met
    assert not found["time_to_720p_s"].met
    assert row.recovery_s is not None
    assert row.recovery_s > 2


def test_the_table_has_a_line_for_each() -> None:
    row: Row = row_of(*raw())
    lines = goals.table_of({("clean", "alcove"): [row], ("clean", "chromium"): [row]}).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["clean", "alcove"], ["clean", "chromium"]]
    assert len({len(line) for line in lines}) == 1
