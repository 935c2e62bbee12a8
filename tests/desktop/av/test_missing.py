"""What did not come is asked for at once, again after a round trip, a few times, and never in floods."""

from desktop.av.missing import MAX_ASKED, MIN_RETRY_SECONDS, TRIES, Missing


def test_each_is_asked_for_at_once_then_after_its_answer_should_have_come_and_a_few_times_at_most() -> None:
    missing = Missing()
    missing.note(70_000, 70_002, 0.0)
    asked = [step / 100 for step in range(400) if missing.again(step / 100, 0.1) == (70_000 & 0xFFFF, 70_001 & 0xFFFF)]
    assert asked[0] == 0.0
    assert len(asked) == TRIES
    waits = [later - sooner for sooner, later in zip(asked, asked[1:], strict=False)]
    assert all(wait >= 0.15 - 1e-9 for wait in waits)
    assert waits == sorted(waits)


def test_on_a_quick_link_it_is_not_asked_again_sooner_than_the_sender_can_answer() -> None:
    missing = Missing()
    missing.note(1, 2, 0.0)
    assert missing.again(0.0, 0.001) == (1,)
    assert missing.again(MIN_RETRY_SECONDS * 0.9, 0.001) == ()
    assert missing.again(MIN_RETRY_SECONDS, 0.001) == (1,)


def test_what_came_or_is_over_is_asked_for_no_more() -> None:
    missing = Missing()
    missing.note(10, 15, 1.0)
    assert missing.came(12)
    assert not missing.came(12)
    missing.forget_before(11)
    assert list(missing) == [11, 13, 14]
    assert missing.since(13) == 1.0
    assert missing.since(12) is None
    assert missing.longer_than(0.5, 1.4) == []
    assert missing.longer_than(0.5, 1.6) == [11, 13, 14]
    missing.clear()
    assert len(missing) == 0


def test_one_request_names_a_bounded_number() -> None:
    missing = Missing()
    missing.note(0, 10 * MAX_ASKED, 0.0)
    assert missing.again(0.0, 0.05) == tuple(range(MAX_ASKED))
    assert missing.again(0.001, 0.05) == tuple(range(MAX_ASKED, 2 * MAX_ASKED))


def test_what_was_asked_for_before_it_was_known_to_be_missing_is_asked_again_only_after_its_answer() -> None:
    missing = Missing()
    missing.note(5, 8, 1.0)
    missing.was_asked(4, 7, 0.99)
    assert missing.again(1.0, 0.1) == (7,)
    assert missing.again(1.1, 0.1) == ()
    assert missing.again(1.16, 0.1) == (5, 6, 7)
