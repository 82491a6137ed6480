"""A due text waits a little for a record that is being asked for; then the record's age alone decides (case 19)."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from rules.senders import Accepted
from store import sync_requests
from store.tables import appointments
from store.tables import sync_requests as requests
from tests.sending.given import Practice
from workers import sweep

Make = Callable[..., Practice]
STALE = timedelta(minutes=40)


def clinic_with(make: Make, wait: int = 5, **more: object) -> Practice:
    return make(first=[Accepted("SM1")], verify_wait_seconds=wait, **more)


def ask(clinic: Practice, **columns: object) -> None:
    """As refresh ahead has asked; `columns` are how far that has come."""
    with clinic.db.begin() as tx:
        sync_requests.ask(tx, "north", sync_requests.refs(["a1"]), "due_soon")
        if columns:
            tx.execute(sa.update(requests).values(**columns))


def test_a_stale_record_is_asked_for_and_the_text_waits_for_it(practice: Make):
    clinic = clinic_with(practice)
    promise = clinic.book(fetched=STALE)
    assert clinic.send(promise) == "skipped record_asked"
    found = clinic.promise(promise)
    assert (found.state, found.look_at <= clinic.now() + timedelta(seconds=1)) == ("planned", True)
    with clinic.db.begin() as tx:
        [row] = tx.execute(sa.select(requests)).all()
    assert (row.key, row.cause, row.wanted_gen > row.done_gen) == ("a1", "due_soon", True)


def test_the_fresh_record_lets_it_go_verified(practice: Make):
    clinic = clinic_with(practice)
    promise = clinic.book(fetched=STALE)
    clinic.send(promise)
    with clinic.db.begin() as tx:
        tx.execute(sa.update(appointments).values(fetched_at=sa.func.clock_timestamp()))
    assert clinic.send(promise) == "accepted"
    assert clinic.attempts(promise)[0].unverified is False


def test_case_19_no_longer_than_verify_wait_and_then_it_goes_marked_unverified(practice: Make):
    clinic = clinic_with(practice)
    promise = clinic.book(fetched=STALE)
    clinic.send(promise)
    with clinic.db.begin() as tx:
        tx.execute(sa.update(requests).values(wanted_at=requests.c.wanted_at - timedelta(seconds=5)))
    assert clinic.send(promise) == "accepted"
    assert clinic.attempts(promise)[0].unverified is True
    assert clinic.told("sending")[0].facts["unverified"] is True


def test_what_refresh_ahead_has_asked_for_long_ago_is_not_waited_for_again(practice: Make):
    clinic = clinic_with(practice)
    promise = clinic.book(fetched=STALE)
    ask(clinic, wanted_at=clinic.now() - timedelta(minutes=20))
    assert clinic.send(promise) == "accepted"


def test_a_vendor_that_has_answered_without_a_newer_record_is_not_asked_in_a_circle(practice: Make):
    clinic = clinic_with(practice)
    promise = clinic.book(fetched=STALE)
    ask(clinic, done_gen=requests.c.wanted_gen, last_fetch_at=clinic.now())
    assert clinic.send(promise) == "accepted"


def test_the_deadline_comes_before_the_wait(practice: Make):
    clinic = clinic_with(practice, 300)
    promise = clinic.book(fetched=STALE)
    clinic.put(promise, not_after=clinic.now() + timedelta(seconds=3))
    clinic.send(promise)
    assert clinic.promise(promise).look_at < clinic.promise(promise).not_after
    clinic.put(promise, not_after=clinic.now() + timedelta(seconds=1))
    assert clinic.send(promise) == "accepted"


def test_zero_waits_for_nobody(practice: Make):
    clinic = clinic_with(practice, 0)
    assert clinic.send(clinic.book(fetched=STALE)) == "accepted"


def test_case_19_a_record_beyond_its_age_is_not_acted_on(practice: Make):
    clinic = clinic_with(practice)
    promise = clinic.book(fetched=timedelta(hours=25))
    assert clinic.send(promise) == "skipped record_too_old"
    assert clinic.promise(promise).state == "planned"
    clinic.put(promise, not_after=clinic.now())
    assert clinic.send(promise) == "skipped record_too_old"
    assert clinic.promise(promise).state == "skipped"


def test_refresh_ahead_asks_for_what_is_due_within_half_an_hour_and_old(practice: Make):
    clinic = clinic_with(practice)
    clinic.book("soon", due_in=timedelta(minutes=29), fetched=STALE)
    clinic.book("later", due_in=timedelta(minutes=31), fetched=STALE)
    clinic.book("fresh", due_in=timedelta(minutes=29))
    assert sweep.refresh(clinic.wiring) == "refresh: 1 records asked for"
    with clinic.db.begin() as tx:
        assert [row.key for row in tx.execute(sa.select(requests))] == ["soon"]
