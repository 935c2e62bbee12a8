"""Slower and faster at the same pitch: length and pitch are right, nothing clicks, a changed speed joins on."""

import numpy as np
import pytest

from desktop.av.opus import RATE, Samples
from desktop.av.stretch import HOP, Stretch
from tests.desktop.av.voice import voice

SPEEDS = [0.5, 0.75, 1.0, 1.25, 1.5, 2.0]


def stereo(mono: Samples) -> Samples:
    return np.repeat(np.asarray(mono, np.float32)[:, np.newaxis], 2, axis=1)


def spoken(seconds: float) -> Samples:
    return stereo(np.asarray(voice(seconds) / 32_768, np.float32))


def played(sound: Samples, speed: float, block: int = 960) -> Samples:
    stretch, blocks, at = Stretch(speed), [], 0
    while at < len(sound) or not stretch.lacks:
        while stretch.lacks and at < len(sound):
            stretch.put(sound[at : at + block])
            at += block
        if stretch.lacks:
            break
        blocks.append(stretch.make())
    return np.concatenate(blocks)


def pitch_of(sound: Samples, expected: float) -> float:
    """The strongest frequency within a third of what is expected."""
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound)), 1 << 18))
    hertz = np.fft.rfftfreq(1 << 18, 1 / RATE)
    near = np.abs(hertz - expected) < expected / 3
    return float(hertz[near][np.argmax(spectrum[near])])


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("hertz", [95.0, 140.0, 260.0])
def test_the_pitch_stays(speed: float, hertz: float) -> None:
    time = np.arange(3 * RATE) / RATE
    tone = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6)) * 0.2
    made = played(stereo(np.asarray(tone)), speed)
    assert pitch_of(made[HOP:], hertz) == pytest.approx(hertz, rel=0.01)
    clicks = np.abs(np.diff(made[:, 0])).max() / np.abs(np.diff(tone)).max()
    assert clicks < 1.3


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_length_is_right(speed: float) -> None:
    sound = spoken(8.0)
    assert len(played(sound, speed)) / RATE == pytest.approx(8.0 / speed, abs=0.08)


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_voice_keeps_its_loudness_and_its_syllables(speed: float) -> None:
    """The envelope, brought back to the old length, is the old one."""
    sound = spoken(8.0)
    made = played(sound, speed)

    def envelope(samples: Samples, parts: int) -> Samples:
        return np.asarray([np.sqrt(np.mean(part[:, 0] ** 2)) for part in np.array_split(samples, parts)])

    before, after = envelope(sound[: round(len(made) * speed)], 80), envelope(made, 80)
    assert float(np.corrcoef(before, after)[0, 1]) > 0.94
    assert float(np.mean(after**2) / np.mean(before**2)) == pytest.approx(1.0, abs=0.1)


def test_at_plain_speed_not_a_sample_changes() -> None:
    sound = spoken(1.0)
    made = played(sound, 1.0)
    assert np.allclose(made, sound[: len(made)], atol=1e-6)


def test_a_speed_that_changes_in_between_joins_on_and_the_place_is_known() -> None:
    sound, stretch = spoken(4.0), Stretch()
    stretch.put(sound)
    blocks = []
    for speed in (1.0, 2.0, 0.5, 1.0):
        stretch.speed = speed
        before = stretch.at
        blocks += [stretch.make() for _ in range(20)]
        assert stretch.at - before == pytest.approx(20 * HOP * speed, abs=960)
    made = np.concatenate(blocks)
    assert np.abs(np.diff(made[:, 0])).max() < 1.3 * np.abs(np.diff(sound[:, 0])).max()


def test_silence_and_noise_pass() -> None:
    assert not played(np.zeros((RATE, 2), np.float32), 1.5).any()
    noise = np.random.default_rng(3).normal(0, 0.1, (RATE, 2)).astype(np.float32)
    assert np.isfinite(played(noise, 0.7)).all()
