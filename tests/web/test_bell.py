from tests.web.given import Rung, until
from web.bell import Bell


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
