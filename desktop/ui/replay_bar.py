"""Instant replay in the feed pane: waveform, ten seconds back, speed, and always in sight whether the sound is live."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.replay_ports import ReplayMode, ReplayNews
from desktop.ui.parts import Pill, announce, button, column, label, rename, restyle, row
from desktop.ui.waveform import Waveform, length_words
from desktop.ui.words import say
from desktop.workflows.replay import ReplayFlow
from visit.time_anchor import TimeAnchor

SPOKEN = 0.03
"""A live level above this (-30 dB) is somebody who speaks."""
SPOKEN_NEWS = 15
"""So many news (a second and a half) after the last loud one nobody speaks any more."""


class ReplayBar(QWidget):
    """Hidden while nothing may be kept.

    Signals:
        back_asked(). speed_asked(). live_asked(catch_up). place_asked(age): seconds ago; 0 is live.
        time_asked(TimeAnchor): a time in the visit, from the note or an order.
    """

    back_asked = Signal()
    speed_asked = Signal()
    live_asked = Signal(bool)
    place_asked = Signal(float)
    time_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.wave = Waveform()
        self.wave.chosen.connect(self.place_asked)
        self.back = button(say("replay.back"), self.back_asked.emit, action="replay_back")
        self.back.setAccessibleName(say("replay.back_name"))
        self.speed = button(say("replay.speed", speed="1.00"), self.speed_asked.emit)
        self.speed.setToolTip(say("replay.speed_help"))
        self.pill = Pill(say("replay.is_live"), "bad")
        self.catch_up = button(say("replay.catch_up"), lambda: self.live_asked.emit(True))
        self.live = button(say("replay.live"), lambda: self.live_asked.emit(False), action="replay_live")
        self.live.setAccessibleName(say("replay.live_name"))
        self.words = label("", "notice", wrap=True)
        self.words.setVisible(False)
        self.heard_at: Callable[[], TimeAnchor | None] = lambda: None
        """The time in the visit that is heard now, live or again."""
        self._again = False
        self._quiet_for = SPOKEN_NEWS
        self._speech = False
        for part in (self.back, self.speed, self.catch_up, self.live):  # narrow, rather without its key than wider
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        kept = self.catch_up.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # the pane must not grow under somebody who types beside it
        self.catch_up.setSizePolicy(kept)
        self.works = QWidget()
        buttons = row(self.back, self.speed, self.pill, 1, self.catch_up, self.live, spacing=6)
        self.works.setLayout(column(self.wave, buttons, spacing=6))
        self.setLayout(column(self.works, self.words, spacing=6))
        self.setVisible(False)

    def show_state(self, replay: ReplayFlow, *, mine: bool, gone: bool) -> None:
        """What is so for this visit's pane; `gone`: what was asked for here is not kept (any longer)."""
        news = replay.news if mine else ReplayNews()
        works = news.mode is not ReplayMode.OFF
        self.setVisible(works or gone or (mine and news.problem is not None))
        self.works.setVisible(works)
        again = works and replay.heard_again
        self.catch_up.setVisible(again)
        self.live.setEnabled(again)
        if works:
            self.wave.show_news(news)
        self._show_speed(replay, news)
        self.pill.show_state(behind_words(news) if again else say("replay.is_live"), "warn" if again else "bad")
        if not again:
            self.pill.setMinimumWidth(self.pill.sizeHint().width())  # nor become smaller
        self._show_speech(news, again=again)
        self._show_words(_sentence(news, gone=gone))
        if again != self._again:
            self._again = again
            announce(self, say("replay.began", time=behind_words(news)) if again else say("replay.ended"))

    def _show_speed(self, replay: ReplayFlow, news: ReplayNews) -> None:
        speed = news.speed if news.mode is ReplayMode.CATCH_UP else replay.speed
        text = say("replay.speed", speed=f"{speed:.2f}")
        if text != self.speed.text():
            rename(self.speed, text)
            self.speed.setAccessibleName(say("replay.speed_name", speed=f"{speed:g}"))

    def _show_speech(self, news: ReplayNews, *, again: bool) -> None:
        """Who hears what was said before sees that somebody speaks now."""
        self._quiet_for = 0 if news.live_level > SPOKEN else self._quiet_for + 1
        speech = again and self._quiet_for < SPOKEN_NEWS
        if speech != self._speech:
            self._speech = speech
            rename(self.live, say("replay.live_speech" if speech else "replay.live"))
            self.live.setAccessibleName(say("replay.live_speech_name" if speech else "replay.live_name"))
            self.live.setProperty("kind", "primary" if speech else "")
            restyle(self.live)

    def _show_words(self, text: str) -> None:
        if text != self.words.text():
            self.words.setText(text)
        self.words.setVisible(bool(text))


def _sentence(news: ReplayNews, *, gone: bool) -> str:
    """Why something is not heard again; empty when there is nothing to say."""
    if news.problem is not None:
        return say(f"replay.{news.problem}")
    if not gone:
        return ""
    if news.mode is ReplayMode.OFF:
        return say("replay.nothing_kept")
    return say("replay.gone", length=length_words(news.seconds))


def behind_words(news: ReplayNews) -> str:
    """How far behind the live sound, as a clock: -0:23."""
    seconds = round(news.behind)
    return say("replay.behind", time=f"{seconds // 60}:{seconds % 60:02}")
