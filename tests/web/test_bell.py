from tests.web.given import Rung, until
from web.bell import QUIET_SECONDS, Bell


def test_a_thousand_events_of_one_moment_ring_a_few_times() -> None:
    rung = Rung()
    bell = Bell(rung)
    for _ in range(1_000):
        bell.ring("appointments.sync", "north")
    bell.ring("appointments.sync", "south")
    until(lambda: ("appointments.sync", ("south",)) in rung.rings)
    assert len(rung.rings) < 100


def test_what_comes_after_a_ring_is_rung_for_again() -> None:
    """The trailing edge: a worker that had looked before this event looks once more."""
    rung = Rung()
    bell = Bell(rung)
    for times in (1, 2, 3):
        bell.ring("appointments.sync", "north")
        until(lambda times=times: len(rung.rings) == times)


def test_one_that_was_rung_just_now_waits_and_keeps_no_other_waiting() -> None:
    rung, moment = Rung(), [0.0]
    bell = Bell(rung, lambda: moment[0])
    bell.ring("appointments.sync", "north")
    until(lambda: len(rung.rings) == 1)
    bell.ring("appointments.sync", "north")
    bell.ring("appointments.sync", "south")
    until(lambda: len(rung.rings) == 2)
    assert rung.rings == [("appointments.sync", ("north",)), ("appointments.sync", ("south",))]
    moment[0] = QUIET_SECONDS
    until(lambda: len(rung.rings) == 3)
    assert rung.rings[-1] == ("appointments.sync", ("north",))
