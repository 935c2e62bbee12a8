"""A silent feed: another connection before the first is broken, whichever carries wins, what was missed is kept."""

from datetime import timedelta

import pytest

from desktop.ports import SILENT_SECONDS, FeedState, LinkQuality, LinkState
from desktop.workflows.feed_lines import ATTEMPT_SECONDS, Feed
from desktop.workflows.gaps import BEAT_SECONDS, GapLedger
from desktop.workflows.join import JoinPhase
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.stored_visit import StoredVisit
from tests.desktop.workflows.test_join import FINGERPRINT, NOW, ROOM, Desk
from wire.capture import Lost
from wire.commands import ReportGap
from wire.live import CommandAccepted, RecordEntries, ScribeOrder, Signalled, Welcome
from wire.people import Author, Principal, Role
from wire.record import CaptureStarted, CaptureStopped, Fact, ListeningGap, RecordEntry
from wire.signalling import FeedClosed, FeedOffer, Signal

PLAYED = LinkQuality(fps=30.0, concealed=0.0, width=1280, height=720)
SCRIBE = Author(role=Role.SCRIBE, id="p-santos", name="J. Santos")
IN_ROOM = Author(role=Role.ROOM, id="room-4", name="Room 4")


class Listening(Desk):
    """A scribe who hears the room of visit v1."""

    def __init__(self) -> None:
        super().__init__()
        self.join.lines.gaps.now = lambda: NOW + timedelta(seconds=self.jobs.now)
        self.visit = OpenVisit(self.jobs, self.screen, StoredVisit("v1", "", "", []))
        self.sync.adopt(self.visit)
        self.record(CaptureStarted())
        self.listen()
        self.jobs.run()

    def record(self, *facts: Fact, by: Author = IN_ROOM) -> None:
        first = self.visit.record.last_seq + 1
        at = NOW + timedelta(seconds=self.jobs.now)
        entries = tuple(
            RecordEntry(visit_id="v1", seq=seq, at=at, author=by, fact=fact) for seq, fact in enumerate(facts, first)
        )
        self.sync.frame_received(RecordEntries(visit_id="v1", entries=entries).model_dump_json())
        self.jobs.run()

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.jobs.advance(1.0)

    @property
    def spare(self) -> Feed:
        assert self.join.lines.spare is not None
        return self.join.lines.spare

    def closed(self) -> list[str]:
        return [what for name, what in self.media.asked if name == "close"]

    def hear(self, signal: Signal) -> None:
        self.join.lines.on_signal(Signalled(visit_id="v1", sender=ROOM, signal=signal))

    def lose(self, reason: str = "silent") -> None:
        self.join.feed_changed(self.join.feed.connection_id, FeedState.LOST, reason)
        self.jobs.run()

    def answer_spare(self) -> str:
        """The room offers, the spare answers; its id."""
        name = self.spare.connection_id
        self.join.feed_prepared(name, FINGERPRINT)
        self.hear(FeedOffer(admission_id="a1", connection_id=name, sdp="v=0", binding="b.i.n"))
        self.join.feed_answered(name, "v=0 answer")
        return name

    def return_by(self, connection_id: str) -> None:
        self.join.feed_changed(connection_id, FeedState.LIVE, "")
        self.jobs.run()

    def gaps(self) -> list[ReportGap]:
        orders = [ScribeOrder.model_validate_json(row.command_json) for row in self.jobs.vault.commands()]
        return [order.command for order in orders if isinstance(order.command, ReportGap)]

    def spans(self) -> list[tuple[float, float, Lost, str]]:
        return [((g.start - NOW).total_seconds(), (g.end - NOW).total_seconds(), g.lost, g.reason) for g in self.gaps()]

    def again(self) -> "GapLedger":
        """The ledger of the next run of the program."""
        ledger = GapLedger(self.jobs, self.sync)
        ledger.now = self.join.lines.gaps.now
        ledger.adopt("v1")
        self.jobs.run()
        return ledger


@pytest.fixture
def desk() -> Listening:
    return Listening()


def test_another_connection_is_made_while_the_silent_one_is_kept(desk: Listening) -> None:
    first = desk.join.feed.connection_id
    desk.lose()
    assert desk.join.feed.state is FeedState.LOST
    assert desk.reports() == [True, False]
    second = desk.answer_spare()
    assert second != first
    assert ("accept", second) in desk.media.asked
    assert desk.closed() == []
    assert not [signal for signal in desk.signals() if signal["type"] == "feed_closed"]


def test_the_second_wins_when_it_carries_first_and_the_other_is_closed_on_both_sides(desk: Listening) -> None:
    first = desk.join.feed.connection_id
    desk.lose()
    second = desk.answer_spare()
    desk.return_by(second)
    assert desk.join.feed.connection_id == second
    assert desk.join.feed.state is FeedState.LIVE
    assert desk.join.lines.spare is None
    assert desk.closed() == [first]
    closed = {"type": "feed_closed", "admission_id": "a1", "connection_id": first, "reason": "replaced"}
    assert desk.signals()[-1] == closed
    assert desk.reports() == [True, False, True]
    desk.return_by(first)  # too late
    assert desk.join.feed.connection_id == second


def test_the_first_wins_when_it_comes_back_by_itself(desk: Listening) -> None:
    first = desk.join.feed.connection_id
    desk.lose()
    second = desk.answer_spare()
    desk.return_by(first)
    assert desk.join.feed.connection_id == first
    assert desk.closed() == [second]
    assert desk.signals()[-1]["connection_id"] == second
    desk.pass_time(3 * ATTEMPT_SECONDS)
    assert desk.join.lines.spare is None


def test_while_nothing_comes_a_new_connection_is_tried_again_and_again_never_two(desk: Listening) -> None:
    desk.lose()
    tried = [desk.answer_spare()]
    for _ in range(3):
        desk.pass_time(ATTEMPT_SECONDS)
        tried.append(desk.answer_spare())
        assert desk.closed() == tried[:-1]
    assert len(set(tried)) == 4
    assert desk.join.phase is JoinPhase.JOINED


def test_a_room_that_gives_up_a_connection_does_not_end_the_listening(desk: Listening) -> None:
    closed = FeedClosed(admission_id="a1", connection_id=desk.join.feed.connection_id, reason="connection_failed")
    desk.hear(closed)
    assert desk.join.phase is JoinPhase.JOINED
    desk.return_by(desk.answer_spare())
    assert desk.join.feed.state is FeedState.LIVE


def test_a_renewed_admission_does_not_spoil_an_offer_that_is_on_its_way(desk: Listening) -> None:
    desk.lose()
    name = desk.spare.connection_id
    desk.join.feed_prepared(name, FINGERPRINT)
    terms = desk.spare.terms
    desk.check()
    desk.hear(FeedOffer(admission_id="a1", connection_id=name, sdp="v=0", binding="b.i.n"))
    assert desk.spare.terms is terms
    assert desk.spare.state is FeedState.CONNECTING


def test_a_gateway_that_returns_is_told_again_what_is_heard_and_the_feed_was_not_touched(desk: Listening) -> None:
    first = desk.join.feed.connection_id
    welcome = Welcome(protocol=1, principal=Principal(role=Role.SCRIBE, id="p", name="J"), server_time=NOW)
    desk.sync.link_changed(LinkState.OFFLINE, None)
    desk.sync.link_changed(LinkState.ONLINE, None)
    desk.sync.frame_received(welcome.model_dump_json())
    assert desk.reports() == [True, True]
    assert desk.join.feed.connection_id == first
    assert desk.closed() == []
    desk.lose()
    before = desk.spare.connection_id
    desk.sync.frame_received(welcome.model_dump_json())
    assert desk.reports() == [True, True, False, False]
    assert desk.spare.connection_id != before  # made by the addresses of now


def test_after_the_rooms_page_was_loaded_anew_the_scribe_comes_back_by_herself(desk: Listening) -> None:
    desk.lose("closed")
    desk.pass_time(2)
    desk.record(CaptureStopped(reason="page_loaded_anew"))
    desk.hear(FeedClosed(admission_id="a1", reason="page_loaded_anew"))
    assert desk.join.phase is JoinPhase.JOINED
    feed = desk.join.feed
    desk.join.feed_prepared(feed.connection_id, FINGERPRINT)
    asked = len(desk.signals())
    desk.pass_time(30)
    assert len(desk.signals()) == asked  # nobody is asked while the room does not capture
    desk.record(CaptureStarted())
    assert [signal["connection_id"] for signal in desk.signals()[asked:]] == [feed.connection_id]
    desk.offer()
    desk.return_by(feed.connection_id)
    assert desk.spans() == [(0.0, 2.0, Lost.BOTH, "closed")]  # what the room did not capture was not missed


def test_a_gap_is_kept_with_the_times_of_its_first_and_last_lost_packet(desk: Listening) -> None:
    desk.pass_time(10)
    desk.lose()
    desk.pass_time(5)
    assert desk.gaps() == []
    desk.return_by(desk.join.feed.connection_id)
    assert desk.spans() == [(10 - SILENT_SECONDS, 15.0, Lost.BOTH, "silent")]


def test_a_gap_waits_for_a_gateway_that_is_away_and_is_shown_meanwhile(desk: Listening) -> None:
    desk.sync.link_changed(LinkState.OFFLINE, None)
    desk.lose()
    desk.pass_time(5)
    desk.return_by(desk.join.feed.connection_id)
    (gap,) = desk.gaps()
    ledger = desk.join.lines.gaps
    assert ledger.of("v1", "p-santos") == [gap]
    desk.record(ListeningGap(**gap.model_dump(exclude={"type"})), by=SCRIBE)
    desk.sync.frame_received(CommandAccepted(command_id=gap.gap_id).model_dump_json())
    desk.jobs.run()
    assert desk.gaps() == []
    assert [shown.gap_id for shown in ledger.of("v1", "p-santos")] == [gap.gap_id]
    assert ledger.of("v1", "somebody-else") == []


def test_a_gap_goes_on_over_the_end_of_this_program(desk: Listening) -> None:
    desk.pass_time(20)
    desk.lose()
    desk.pass_time(3)
    ledger = desk.again()
    desk.pass_time(60)
    ledger.hears("v1", "a1")
    desk.jobs.run()
    assert desk.spans() == [(20 - SILENT_SECONDS, 83.0, Lost.BOTH, "silent")]


def test_a_program_that_ends_while_it_hears_leaves_the_gap_behind(desk: Listening) -> None:
    desk.pass_time(23)
    ledger = desk.again()
    desk.join.lines.gaps._stop_beat()  # the earlier run is no more
    desk.pass_time(37)
    ledger.hears("v1", "a1")
    desk.jobs.run()
    ((start, end, lost, reason),) = desk.spans()
    assert 23 - BEAT_SECONDS <= start <= 23
    assert (end, lost, reason) == (60.0, Lost.BOTH, "program_ended")


@pytest.mark.parametrize("reason", ["left", "posture_failed", "other_visit"])
def test_who_leaves_misses_the_rest_until_she_returns_or_the_room_stops(desk: Listening, reason: str) -> None:
    desk.pass_time(10)
    desk.join.leave(reason)
    assert desk.reports() == [True, False]
    desk.pass_time(20)
    desk.record(CaptureStopped(reason="done"))
    assert desk.spans() == [(10.0, 30.0, Lost.BOTH, reason)]


def test_what_the_room_ends_is_not_missed(desk: Listening) -> None:
    desk.pass_time(10)
    desk.record(CaptureStopped(reason="done"))
    desk.hear(FeedClosed(admission_id="a1", reason="done"))
    desk.pass_time(10)
    assert desk.gaps() == []
    assert desk.again().open_gap("v1") is None


def test_a_picture_that_stands_still_while_sound_goes_on_is_a_gap_of_its_own(desk: Listening) -> None:
    for quality in (PLAYED, *(LinkQuality(fps=0.0, concealed=0.0),) * 4, PLAYED):
        desk.jobs.advance(1.0)
        desk.join.quality_measured(quality)
        desk.jobs.run()
    assert desk.spans() == [(1.0, 6.0, Lost.PICTURE, "no_picture")]
    assert desk.reports() == [True]


def test_sound_that_is_only_made_up_and_a_laptop_without_an_output_are_gaps_in_the_sound(desk: Listening) -> None:
    for quality in (PLAYED, *(LinkQuality(fps=30.0, concealed=1.0),) * 3, PLAYED):
        desk.jobs.advance(1.0)
        desk.join.quality_measured(quality)
        desk.jobs.run()
    connection_id = desk.join.feed.connection_id
    desk.join.feed_changed(connection_id, FeedState.LIVE, "no_sound_output")
    desk.pass_time(5)
    desk.return_by(connection_id)
    assert desk.spans() == [(1.0, 5.0, Lost.SOUND, "no_sound"), (5.0, 10.0, Lost.SOUND, "no_sound_output")]


def test_a_room_without_a_camera_lacks_no_picture(desk: Listening) -> None:
    for _ in range(10):
        desk.join.quality_measured(LinkQuality(fps=0.0, concealed=0.0))
    desk.jobs.run()
    assert desk.gaps() == []


def test_a_media_process_that_dies_costs_a_gap_and_the_picture_is_kept_until_the_next(desk: Listening) -> None:
    desk.join.media_process_died()
    assert desk.join.feed.state is FeedState.LOST
    desk.pass_time(1)
    desk.return_by(desk.answer_spare())
    assert desk.spans() == [(0.0, 1.0, Lost.BOTH, "media_process")]
