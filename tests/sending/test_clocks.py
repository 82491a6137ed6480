"""Cases 29 and 31: the database's clock decides what is due, and a promise's state whether it is owed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from rules.senders import Accepted
from store.tables import attempts
from tests.sending.given import Practice
from workers import send, settle, sweep

Make = Callable[..., Practice]
HOURS = timedelta(hours=3)


@pytest.mark.parametrize("drift", [HOURS, -HOURS])
def test_case_29_a_host_whose_clock_is_wrong_sends_neither_early_nor_late(practice: Make, drift: timedelta):
    clinic = practice(first=[Accepted("SM1")])
    due = clinic.book("a1")
    later = clinic.book("a2", "+13125550143", due_in=timedelta(hours=2))
    with time_machine.travel(datetime.now(UTC) + drift):
        assert "1 accepted" in send.run(clinic.wiring)
    assert (clinic.promise(due).state, clinic.promise(later).state) == ("accepted", "planned")
    assert abs(clinic.attempts(due)[0].created_at - clinic.now()) < timedelta(minutes=1)


def test_case_29_a_host_whose_clock_is_wrong_ends_no_lease_of_another(practice: Make):
    clinic = practice(first=[Accepted("SM1")])
    promise = clinic.book()
    clinic.send(promise)
    with clinic.db.begin() as tx:
        lease = clinic.now() + timedelta(seconds=30)
        tx.execute(attempts.update().values(state="sending", lease_until=lease))
    with time_machine.travel(datetime.now(UTC) + HOURS):
        settle.run(clinic.wiring)
    assert clinic.attempts(promise)[0].state == "sending"


def test_case_31_a_timer_that_fires_twice_sends_once(practice: Make):
    clinic = practice(first=[Accepted("SM1")])
    promise = clinic.book()
    for back in (timedelta(0), HOURS, timedelta(0)):
        with time_machine.travel(datetime.now(UTC) - back):
            sweep.send(clinic.wiring)
            send.run(clinic.wiring)
            send.run(clinic.wiring)
    assert len(clinic.apis["first"].texts) == 1
    assert [each.state for each in clinic.attempts(promise)] == ["accepted"]


def test_case_31_a_promise_that_is_due_once_more_was_sent_all_the_same(practice: Make):
    """As if the database's own clock had gone back: the row looks due again, its state says that it is not."""
    clinic = practice(first=[Accepted("SM1")])
    promise = clinic.book()
    send.run(clinic.wiring)
    clinic.put(promise, look_at=clinic.now(), due_at=clinic.now())
    assert send.run(clinic.wiring) == ""
    assert clinic.send(promise) == "elsewhere"
    assert len(clinic.apis["first"].texts) == 1
