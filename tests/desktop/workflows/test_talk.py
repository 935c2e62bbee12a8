"""A press reaches the media process and the record; whatever is doubtful ends it."""

import json
from typing import Any

import pytest

from desktop.ports import FeedState, TalkEnd, TalkNews, TalkState
from desktop.workflows.talk import TalkFlow
from tests.desktop.workflows.test_join import ROOM, Desk
from wire.live import Signalled
from wire.signalling import TalkHeard


class TalkDesk(Desk):
    """A desktop that listens to the room of visit v1."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = TalkFlow(self.jobs, self.join, self.sync)
        self.listen()
        self.connection = self.join.feed.connection_id

    def news(self, state: TalkState, end: TalkEnd | None = None, press: int = 1) -> None:
        self.media.on_talk(TalkNews(state, end, 0.0, press))

    def speak(self, press: int = 1) -> None:
        self.talk.press()
        self.news(TalkState.SPEAKING, press=press)

    def told(self, what: str) -> list[Any]:
        return [value for name, value in self.media.asked if name == what]

    def heard_now(self) -> bool:
        return self.talk.heard

    def state(self) -> TalkState:
        return self.talk.state

    def reported(self) -> list[tuple[bool, str]]:
        frames = [json.loads(text) for text in self.line.sent]
        commands = [frame["command"] for frame in frames if frame["type"] == "command"]
        return [(c["speaking"], c["reason"]) for c in commands if c["type"] == "report_talk"]

    def heard(self, connection: str, heard: bool) -> None:
        signal = TalkHeard(admission_id="a1", connection_id=connection, heard=heard)
        frame = Signalled(visit_id="v1", sender=ROOM, signal=signal)
        self.sync.frame_received(frame.model_dump_json())


@pytest.fixture
def desk() -> TalkDesk:
    return TalkDesk()


def test_talk_is_reported_from_the_first_sample_to_the_release(desk: TalkDesk) -> None:
    desk.talk.press()
    assert desk.state() is TalkState.OPENING
    assert desk.reported() == []
    desk.news(TalkState.SPEAKING)
    desk.news(TalkState.SPEAKING)
    assert desk.reported() == [(True, "")]
    desk.talk.release()
    assert desk.told("release_talk") == [TalkEnd.RELEASED]
    assert desk.reported() == [(True, ""), (False, "released")]
    assert desk.state() is TalkState.SILENT


def test_the_hold_is_said_again_every_second_and_no_more_after_the_release(desk: TalkDesk) -> None:
    desk.speak()
    desk.jobs.advance(1.0)
    desk.jobs.advance(1.0)
    assert desk.told("hold") == [(desk.connection, 1)] * 3
    desk.talk.release()
    desk.jobs.advance(5.0)
    assert len(desk.told("hold")) == 3


def test_the_room_is_said_to_hear_only_when_it_says_so_and_for_this_connection(desk: TalkDesk) -> None:
    desk.speak()
    desk.heard("another", True)
    assert not desk.heard_now()
    desk.heard(desk.connection, True)
    assert desk.heard_now()
    desk.talk.release()
    assert not desk.heard_now()


@pytest.mark.parametrize("end", [end for end in TalkEnd if end is not TalkEnd.RELEASED])
def test_what_ends_by_itself_says_why_and_needs_a_new_press(desk: TalkDesk, end: TalkEnd) -> None:
    desk.speak()
    desk.news(TalkState.SILENT, end)
    assert (desk.state(), desk.talk.end) == (TalkState.SILENT, end)
    assert desk.reported()[-1] == (False, end.value)
    desk.jobs.advance(3.0)
    assert len(desk.told("hold")) == 1
    desk.news(TalkState.SPEAKING)
    assert desk.state() is TalkState.SILENT


def test_news_of_an_earlier_press_does_not_end_this_one(desk: TalkDesk) -> None:
    desk.speak()
    desk.talk.release()
    desk.speak(press=2)
    desk.news(TalkState.SILENT, TalkEnd.RELEASED, press=1)
    assert desk.state() is TalkState.SPEAKING
    desk.news(TalkState.SILENT, TalkEnd.MEDIA_LOST, press=0)
    assert desk.state() is TalkState.SILENT


def test_talk_ends_with_the_feed_within_a_second(desk: TalkDesk) -> None:
    desk.speak()
    desk.join.feed_changed(desk.connection, FeedState.LOST, "silent")
    desk.jobs.advance(1.0)
    assert desk.state() is TalkState.SILENT
    assert desk.reported()[-1] == (False, "line_lost")


def test_nobody_is_spoken_to_who_is_not_heard(desk: TalkDesk) -> None:
    desk.join.leave()
    desk.talk.press()
    assert desk.state() is TalkState.SILENT
    assert desk.told("hold") == []
