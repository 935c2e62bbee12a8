"""The connection in words: a pill that says what is worst, and every figure for whoever wants it."""

from dataclasses import replace

from desktop.ports import FeedState, LinkPath, LinkQuality
from desktop.ui.present_gate import link_details, link_pill
from desktop.workflows.feed_lines import Feed

FINE = LinkQuality(
    rtt_ms=38.4, loss=0.001, concealed=0.0, fps=29.6, kbit_s=1_480, width=1280, height=720, path=LinkPath.DIRECT
)


def live(quality: LinkQuality, seconds: int = 3) -> Feed:
    feed = Feed(state=FeedState.LIVE, quality=quality)
    for _ in range(seconds):
        feed.link.judge(quality)
    return feed


def test_a_good_connection_says_its_round_trip() -> None:
    assert link_pill(live(FINE)) == ("Link good", "Link good · 38 ms", "ok")


def test_a_bad_one_says_what_is_worst() -> None:
    assert link_pill(live(LinkQuality(loss=0.12, concealed=0.001))) == ("Link poor", "Link poor · 12.0% lost", "bad")
    made_up = LinkQuality(loss=0.05, concealed=0.02)
    assert link_pill(live(made_up)) == ("Link fair", "Link fair · 2.0% of the sound made up", "warn")
    few = live(LinkQuality(fps=3, width=640, height=360))
    assert link_pill(few) == ("Link poor", "Link poor · 3 pictures a second", "bad")


def test_a_word_that_waits_to_get_better_blames_no_figure_that_is_fine() -> None:
    feed = live(LinkQuality(loss=0.05, concealed=0.1))
    feed.quality = FINE
    feed.link.judge(FINE)
    assert link_pill(feed) == ("Link poor", "Link poor · getting better", "bad")


def test_every_figure_is_there_in_words() -> None:
    assert link_details(live(FINE)).split("\n") == [
        "Link good",
        "Round trip 38 ms",
        "0.1% of the packets lost",
        "0.0% of the sound made up",
        "Picture 1280 × 720, 30 a second",
        "1480 kbit/s",
        "Straight from room to laptop, by no relay",
    ]


def test_each_path_has_its_words() -> None:
    said = {link_details(live(replace(FINE, path=path))).split("\n")[-1] for path in LinkPath}
    assert len(said) == len(LinkPath)
    assert all("relay" in words for words in said)


def test_nothing_is_said_of_a_feed_that_is_not_live() -> None:
    assert link_pill(Feed()) == ("", "", "plain")
    assert link_details(Feed()) == ""
