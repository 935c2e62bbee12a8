"""What waits to be confirmed, one after the other and at a caret."""

from datetime import date

from visit.marks import PlacedMark
from visit.provenance import Carried, Chart, Finding, FromTemplate, Provenance
from visit.unconfirmed import next_unconfirmed, previous_unconfirmed, waiting_in, waits

DAY = date(2026, 8, 2)


def mark(name: str, start: int, end: int, provenance: Provenance, *, edited: bool = False) -> PlacedMark:
    return PlacedMark(name, start, end, provenance, edited)


UNHEARD, CARRIED = Finding(macro_id="knee"), Carried(note_id="n1", dated=DAY)
NOTE = [
    ("hpi", [mark("carried", 3, 20, CARRIED), mark("touched", 30, 40, CARRIED, edited=True)]),
    ("ros", []),
    (
        "exam",
        [
            mark("heard", 0, 5, Finding(macro_id="knee", heard_ms=1)),
            mark("first", 6, 10, UNHEARD),
            mark("words", 6, 30, FromTemplate(template_id="t")),
            mark("second", 12, 20, UNHEARD),
        ],
    ),
]


def test_what_waits_is_unheard_or_untouched() -> None:
    waiting = [one.id for _, marks in NOTE for one in marks if waits(one)]
    assert waiting == ["carried", "first", "second"]
    assert not waits(mark("r", 0, 1, CARRIED.model_copy(update={"reviewed": True})))
    assert not waits(mark("c", 0, 1, Chart(document_id="d", title="Letter", dated=DAY)))


def test_one_goes_from_one_to_the_next_over_sections_and_round() -> None:
    at, seen = ("hpi", 0), []
    for _ in range(4):
        found = next_unconfirmed(NOTE, *at)
        assert found is not None
        at = (found.section, found.mark.start)
        seen.append(found.mark.id)
    assert seen == ["carried", "first", "second", "carried"]
    back = []
    for _ in range(4):
        found = previous_unconfirmed(NOTE, *at)
        assert found is not None
        at = (found.section, found.mark.start)
        back.append(found.mark.id)
    assert back == ["second", "first", "carried", "second"]


def test_nothing_waits() -> None:
    assert next_unconfirmed([("hpi", [])], "hpi", 0) is None
    assert previous_unconfirmed([], "hpi", 0) is None


def test_at_a_caret_it_is_the_narrowest_that_it_stands_in_or_right_behind() -> None:
    marks = [mark("wide", 0, 20, CARRIED), mark("narrow", 5, 10, UNHEARD), mark("next", 10, 15, UNHEARD)]
    assert [one.id for one in waiting_in(marks, 7, 7)] == ["narrow"]
    assert [one.id for one in waiting_in(marks, 10, 10)] == ["next"]
    assert [one.id for one in waiting_in(marks, 20, 20)] == ["wide"]
    assert waiting_in(marks, 21, 21) == []
    assert [one.id for one in waiting_in(marks, 9, 11)] == ["wide", "narrow", "next"]
