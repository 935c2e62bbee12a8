"""The word for the connection: it follows what a scribe would notice, and does not flicker."""

import pytest

from desktop.ports import LinkQuality
from desktop.workflows.link_quality import BETTER_AFTER, WORSE_AFTER, LinkGrade, LinkJudge, Weakness, worst

FINE = LinkQuality(rtt_ms=40, loss=0.0, concealed=0.0, fps=30, width=1280, height=720)


def judged(*seconds: LinkQuality) -> LinkJudge:
    judge = LinkJudge()
    for quality in seconds:
        judge.judge(quality)
    return judge


@pytest.mark.parametrize(
    ("quality", "grade", "weakness"),
    [
        (FINE, LinkGrade.GOOD, Weakness.NONE),
        (LinkQuality(), LinkGrade.GOOD, Weakness.NONE),
        (LinkQuality(loss=0.05), LinkGrade.FAIR, Weakness.LOSS),
        (LinkQuality(loss=0.2), LinkGrade.POOR, Weakness.LOSS),
        (LinkQuality(loss=0.02, concealed=0.01), LinkGrade.FAIR, Weakness.CONCEALED),
        (LinkQuality(loss=0.05, concealed=0.04), LinkGrade.POOR, Weakness.CONCEALED),
        (LinkQuality(rtt_ms=300), LinkGrade.FAIR, Weakness.SLOW),
        (LinkQuality(fps=10, width=640), LinkGrade.FAIR, Weakness.FEW_PICTURES),
        (LinkQuality(fps=0, width=640), LinkGrade.POOR, Weakness.FEW_PICTURES),
        (LinkQuality(fps=0, width=0), LinkGrade.GOOD, Weakness.NONE),
    ],
)
def test_a_second_is_graded_by_its_worst_figure(quality: LinkQuality, grade: LinkGrade, weakness: Weakness) -> None:
    assert worst(quality) == (grade, weakness)


def test_one_bad_second_changes_no_word_and_two_do() -> None:
    bad = LinkQuality(loss=0.2)
    assert judged(FINE, bad, FINE, bad, FINE).grade is LinkGrade.GOOD
    assert judged(*[bad] * WORSE_AFTER).grade is LinkGrade.POOR


def test_it_gets_better_only_after_some_good_seconds() -> None:
    bad = LinkQuality(loss=0.2)
    assert judged(bad, bad, *[FINE] * (BETTER_AFTER - 1)).grade is LinkGrade.POOR
    better = judged(bad, bad, *[FINE] * BETTER_AFTER)
    assert better.grade is LinkGrade.GOOD
    assert better.weakness is Weakness.NONE


def test_at_a_limit_the_word_stays() -> None:
    around = [LinkQuality(rtt_ms=255 if number % 2 else 245) for number in range(60)]
    judge, words = LinkJudge(), []
    for quality in [LinkQuality(rtt_ms=260)] * 3 + around:
        judge.judge(quality)
        words.append(judge.grade)
    assert words[2:] == [LinkGrade.FAIR] * (len(words) - 2)
