"""Cases 77 and 78: an outage that ends must not become a flood, nor a rule that goes wild."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rules.senders import Accepted
from store import catch_up
from store.tables import promises
from tests.sending.given import Practice
from workers import send

Make = Callable[..., Practice]
TAKES = [Accepted("SM1")]
LATE = timedelta(minutes=-10)


def texts(clinic: Practice) -> int:
    return len(clinic.apis["first"].texts)


def owed(make: Make, count: int, limit: int = 50, **how: object) -> Practice:
    clinic = make(first=list(TAKES), catch_up_limit=limit, **how)
    clinic.crowd("north", count, due_in=LATE)
    return clinic


def states(clinic: Practice) -> set[tuple[str, str | None]]:
    with clinic.db.begin() as tx:
        return {(row.state, row.skip_reason) for row in tx.execute(promises.select())}


def test_case_77_more_than_the_limit_wait_for_a_person_and_not_one_goes_out(practice: Make):
    clinic = owed(practice, 51)
    assert "held back" in send.run(clinic.wiring)
    assert send.run(clinic.wiring) == ""  # put aside in one statement, not looked at again and again
    assert texts(clinic) == 0
    [item] = clinic.inbox()
    assert (item.kind, item.times) == ("catch_up", 1)
    assert "punctual catch-up north" in item.message
    with clinic.db.begin() as tx:
        assert catch_up.count(tx, "north") == len(catch_up.listed(tx, "north")) == 51


def test_case_77_as_many_as_the_limit_go_out_by_themselves_and_their_lateness_is_kept(practice: Make):
    clinic = owed(practice, 50)
    while send.run(clinic.wiring):
        pass
    assert texts(clinic) == 50
    assert min(entry.facts["late_seconds"] for entry in clinic.told("sending")) >= 600


def test_case_77_a_person_says_send(practice: Make):
    clinic = owed(practice, 60)
    send.run(clinic.wiring)
    with clinic.db.begin() as tx:
        catch_up.send(tx, "north")
    while send.run(clinic.wiring):
        pass
    assert texts(clinic) == 60


def test_case_77_a_person_says_skip(practice: Make):
    clinic = owed(practice, 60)
    send.run(clinic.wiring)
    with clinic.db.begin() as tx:
        assert catch_up.skip(tx, "north") == 60
    send.run(clinic.wiring)
    assert texts(clinic) == 0
    assert states(clinic) == {("skipped", "by_operator")}


def test_case_77_where_nobody_says_anything_the_deadline_ends_it_with_that_reason(practice: Make):
    clinic = owed(practice, 51)
    send.run(clinic.wiring)
    with clinic.db.begin() as tx:
        tx.execute(promises.update().values(not_after=clinic.now(), look_at=clinic.now()))
    while send.run(clinic.wiring):
        pass
    assert texts(clinic) == 0
    assert states(clinic) == {("skipped", "catch_up")}


def test_case_77_what_falls_due_meanwhile_is_not_held_with_it(practice: Make):
    clinic = owed(practice, 51)
    mine = clinic.book("a1", "+13125550199")
    send.run(clinic.wiring)
    assert clinic.promise(mine).state == "accepted"
    assert texts(clinic) == 1


def test_case_77_one_connections_backlog_holds_no_other(practice: Make):
    clinic = practice(first=list(TAKES), names=("north", "south"))
    clinic.crowd("north", 51, due_in=LATE)
    mine = clinic.book("a1", "+13125550199", at="south", due_in=LATE)
    send.run(clinic.wiring)
    assert clinic.promise(mine).state == "accepted"
    assert texts(clinic) == 1


def test_case_78_too_many_texts_within_an_hour_pause_the_connection_and_no_other(practice: Make):
    clinic = practice(first=list(TAKES), names=("wild", "calm"), max_texts_per_hour=20)
    clinic.crowd("wild", 30)
    mine = clinic.book("a1", "+13125550199", at="calm")
    for _ in range(5):
        send.run(clinic.wiring)
    assert clinic.promise(mine).state == "accepted"
    # Guards may believe for one look what other threads send meanwhile; here there is one thread.
    assert texts(clinic) == 21
    assert [(item.connection, item.kind) for item in clinic.inbox()] == [("wild", "flood")]
    assert "raise the limit" in clinic.inbox()[0].message


@pytest.mark.parametrize("limit", [0, 3])
def test_case_77_the_limit_is_the_connections_own(practice: Make, limit: int):
    clinic = owed(practice, limit + 1, limit)
    send.run(clinic.wiring)
    assert texts(clinic) == 0
