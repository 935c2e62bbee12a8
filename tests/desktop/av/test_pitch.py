"""Sound made shorter and longer by one period: the pitch stays, no click is heard."""

import numpy as np
import pytest

from desktop.av.opus import RATE, Samples
from desktop.av.pitch import LONGEST, lengthened, period_of, shortened


def tone(hertz: float, samples: int = 1_920) -> Samples:
    time = np.arange(samples) / RATE
    mono = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6)) * 0.2
    return np.repeat(np.asarray(mono, np.float32)[:, np.newaxis], 2, axis=1)


@pytest.mark.parametrize("hertz", [110.0, 150.0, 210.0, 320.0])
def test_the_period_of_a_voice_is_found(hertz: float) -> None:
    period = period_of(tone(hertz))
    assert period is not None
    cycles = period.samples * hertz / RATE
    assert cycles == pytest.approx(round(cycles), abs=0.03)
    assert period.likeness > 0.98


@pytest.mark.parametrize("change", [shortened, lengthened])
def test_a_changed_tone_has_no_click_and_the_same_pitch(change: object) -> None:
    sound = tone(150)
    period = period_of(sound)
    assert period is not None
    made = (shortened if change is shortened else lengthened)(sound, period.samples)
    assert abs(len(made) - len(sound)) == period.samples
    largest = float(np.abs(np.diff(sound[:, 0])).max())
    assert float(np.abs(np.diff(made[:, 0])).max()) < 1.3 * largest
    spectrum = np.abs(np.fft.rfft(made[:, 0] * np.hanning(len(made)), 48_000))
    assert int(np.argmax(spectrum)) == pytest.approx(150, abs=8)


def test_silence_can_be_cut_anywhere_and_noise_is_not_alike() -> None:
    quiet = period_of(np.zeros((1_920, 2), np.float32))
    assert quiet is not None
    assert quiet.samples == LONGEST
    assert quiet.likeness == 1.0
    noise = np.random.default_rng(2).normal(0, 0.2, (1_920, 2)).astype(np.float32)
    found = period_of(noise)
    assert found is not None
    assert found.likeness < 0.6


def test_too_short_a_sound_has_no_period() -> None:
    assert period_of(np.zeros((200, 2), np.float32)) is None
