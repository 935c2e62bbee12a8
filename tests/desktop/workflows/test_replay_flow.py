"""Replay as the desktop asks for it: only what the signed grant allows is kept, and each use is told to the gateway."""

import json
from datetime import timedelta
from typing import Any

import pytest

from desktop.replay_ports import ReplayMode, ReplayNews
from desktop.workflows.replay import SPEEDS, ReplayFlow
from tests.desktop.workflows.test_join import NOW, Desk
from visit.time_anchor import TimeAnchor


class ReplayDesk(Desk):
    """A desktop that listens to the room of visit v1 under a grant that allows replay."""

    def __init__(self, seconds: int = 60) -> None:
        super().__init__()
        self.replay = ReplayFlow(self.session, self.join, self.sync)
        self.replay.utc = lambda: NOW
        self.sync.open_visit("v1", lambda _visit: None)
        self.jobs.run()
        self.listen()
        self.grant(seconds)

    def grant(self, seconds: int) -> None:
        gate = self.join.gate
        assert gate is not None
        assert gate.grant is not None
        gate.grant = gate.grant.model_copy(update={"replay_seconds": seconds})
        self.replay.join_changed()

    def news(self, mode: ReplayMode, behind: float = 0.0, kept: float = 60.0) -> None:
        self.media.on_replay(ReplayNews(mode, 60, kept, behind, self.replay.speed))
        self.jobs.run()

    def asked_of_replay(self) -> list[tuple[str, Any]]:
        return [one for one in self.media.asked if one[0] in ("keep", "from", "back", "speed", "live", "catch_up")]

    def reported(self) -> list[dict[str, Any]]:
        rows = [json.loads(row.command_json)["command"] for row in self.jobs.vault.commands()]
        return [command for command in rows if command["type"] == "report_replay"]


@pytest.fixture
def desk() -> ReplayDesk:
    return ReplayDesk()


def test_what_the_grant_allows_is_kept_until_the_scribe_leaves(desk: ReplayDesk) -> None:
    assert desk.asked_of_replay() == [("keep", ("v1", 60))]
    desk.replay.join_changed()
    desk.grant(30)
    desk.join.leave()
    desk.replay.join_changed()
    assert desk.asked_of_replay()[1:] == [("keep", ("v1", 30)), ("keep", ("v1", 0))]
    assert desk.replay.visit_id == ""


def test_a_policy_that_switches_it_off_leaves_nothing_to_hear() -> None:
    desk = ReplayDesk(0)
    desk.replay.back()
    desk.replay.hear_from(5.0)
    desk.replay.live()
    assert desk.asked_of_replay() == []
    desk.grant(60)
    desk.grant(0)
    assert desk.asked_of_replay() == [("keep", ("v1", 60)), ("keep", ("v1", 0))]


def test_back_begins_ten_seconds_ago_and_again_goes_further(desk: ReplayDesk) -> None:
    desk.news(ReplayMode.LIVE)
    desk.replay.choose_speed(0.75)
    desk.replay.back()
    desk.news(ReplayMode.REPLAY, 10.0)
    desk.replay.back()
    desk.replay.choose_speed(2.0)
    desk.replay.live(catch_up=True)
    desk.replay.live()
    assert desk.asked_of_replay()[1:] == [
        ("from", (10.0, 0.75)),
        ("back", 10.0),
        ("speed", 2.0),
        ("catch_up", None),
        ("live", None),
    ]


def test_one_key_goes_through_the_speeds(desk: ReplayDesk) -> None:
    seen = []
    for _ in SPEEDS:
        seen.append(desk.replay.speed)
        desk.replay.next_speed()
    assert tuple(seen) == SPEEDS
    assert desk.replay.speed == SPEEDS[0]


def test_each_use_is_reported_with_its_beginning_and_its_end_and_kept_until_the_gateway_has_it(
    desk: ReplayDesk,
) -> None:
    desk.news(ReplayMode.LIVE)
    assert desk.reported() == []
    desk.news(ReplayMode.REPLAY, 10.2)
    desk.news(ReplayMode.REPLAY, 10.2)
    desk.replay.utc = lambda: NOW + timedelta(seconds=14.4)
    desk.news(ReplayMode.CATCH_UP, 4.0)
    desk.news(ReplayMode.LIVE)
    begun, ended = desk.reported()
    assert (begun["playing"], begun["behind_seconds"], begun["speed_percent"]) == (True, 10, 100)
    assert (ended["playing"], ended["heard_seconds"]) == (False, 14)
    assert begun["replay_id"] == ended["replay_id"]
    assert begun["admission_id"] == "a1"
    desk.news(ReplayMode.REPLAY, 3.0)
    desk.media.on_replay(ReplayNews())  # the media process died
    desk.jobs.run()
    assert [one["playing"] for one in desk.reported()] == [True, False, True, False]


def test_a_time_in_the_visit_is_heard_while_it_is_kept_and_said_to_be_gone_afterwards(desk: ReplayDesk) -> None:
    desk.news(ReplayMode.LIVE, kept=60.0)
    started = NOW - timedelta(minutes=10)
    desk.sync.open["v1"].record.capture_started_at = started
    desk.replay.hear("v1", TimeAnchor.of(NOW - timedelta(seconds=20), started))
    assert desk.asked_of_replay()[-1] == ("from", (pytest.approx(20.0, abs=0.2), 1.0))
    assert desk.replay.gone_in == ""
    asked = len(desk.asked_of_replay())
    for visit_id, seconds in (("v1", 61), ("v1", -5), ("v2", 20)):
        desk.replay.gone_in = ""
        desk.replay.hear(visit_id, TimeAnchor.of(NOW - timedelta(seconds=seconds), started))
        assert desk.replay.gone_in == visit_id
    assert len(desk.asked_of_replay()) == asked
    desk.replay.back()
    assert desk.replay.gone_in == ""


def test_what_is_heard_now_has_a_time_while_the_room_captures_or_a_replay_plays(desk: ReplayDesk) -> None:
    record = desk.sync.open["v1"].record
    record.capturing = False
    assert desk.replay.time_heard("v1") is None, "the room has not started"
    record.capture_started_at, record.capturing = NOW - timedelta(minutes=4, seconds=12.5), True
    assert str(desk.replay.time_heard("v1")) == "04:12"
    desk.news(ReplayMode.REPLAY, 12.0)
    assert str(desk.replay.time_heard("v1")) == "04:00"
    record.capturing = False
    assert str(desk.replay.time_heard("v1")) == "04:00", "what is kept can be heard after the room stopped"
    desk.news(ReplayMode.LIVE)
    assert desk.replay.time_heard("v1") is None
    assert desk.replay.time_heard("v2") is None
