"""The screen is locked after so long without input, and never while somebody listens."""

from desktop.workflows.idle import IdleClock


def test_it_is_time_so_many_minutes_after_the_last_input() -> None:
    idle = IdleClock(5, 100.0)
    assert not idle.due(399.9, listening=False)
    idle.touched(399.9)
    assert not idle.due(699.8, listening=False)
    assert idle.due(699.9, listening=False)
    assert idle.due(50_000.0, listening=False), "a computer that slept"


def test_who_listens_is_not_locked_out_and_has_all_the_time_afterwards() -> None:
    idle = IdleClock(5, 0.0)
    for now in range(0, 3600, 60):
        assert not idle.due(float(now), listening=True)
    assert not idle.due(3839.0, listening=False)
    assert idle.due(3840.0, listening=False)
