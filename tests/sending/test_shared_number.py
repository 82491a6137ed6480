"""Case 56: two patients, one phone. Texts of their own, or one with a part for each; the names are never mixed up."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from rules.senders import Accepted, NotSent
from store import consents, replies
from store.tables import appointments
from tests.sending.given import ADA, Practice
from workers import send

Make = Callable[..., Practice]
WINDOW = {"mergeMinutes": 30}
LATER = timedelta(minutes=20)


def family(make: Make, **how: object) -> tuple[Practice, int, int]:
    clinic = make(**{"first": [Accepted("SM1")], "workflow": WINDOW, **how})
    return clinic, clinic.book("a1", first_name="Ada"), clinic.book("a2", first_name="Ben", due_in=LATER)


def bodies(clinic: Practice) -> list[str]:
    return [text.body for text in clinic.apis["first"].texts]


def names(body: str) -> list[str]:
    return [part.split(",")[0] for part in body.split("\n\n")]


def test_case_56_by_default_each_gets_a_text_with_their_own_name_whatever_the_window(practice: Make):
    clinic, first, second = family(practice)
    clinic.send(first)
    clinic.put(second, due_at=clinic.now(), look_at=clinic.now())
    clinic.send(second)
    assert [names(body) for body in bodies(clinic)] == [["Hi Ada"], ["Hi Ben"]]
    assert clinic.attempts(first)[0].to_number == clinic.attempts(second)[0].to_number == ADA


def test_case_56_where_the_connection_merges_one_text_has_a_part_for_each(practice: Make):
    clinic, first, second = family(practice, shared_number="merge")
    send.run(clinic.wiring)
    [body] = bodies(clinic)
    assert names(body) == ["Hi Ada", "Hi Ben"]
    found = clinic.promise(second)
    assert (found.state, found.skip_reason, found.merged_into) == ("skipped", "merged", first)
    send.run(clinic.wiring)
    assert len(bodies(clinic)) == 1


def test_case_56_outside_the_window_nothing_is_merged(practice: Make):
    clinic, _, second = family(practice, shared_number="merge", workflow={"mergeMinutes": 10})
    send.run(clinic.wiring)
    assert [names(body) for body in bodies(clinic)] == [["Hi Ada"]]
    assert clinic.promise(second).state == "planned"


def test_case_56_another_number_or_connection_is_never_merged(practice: Make):
    clinic, _, _ = family(practice, shared_number="merge", names=("north", "south"))
    stranger = clinic.book("a3", "+13125550143", due_in=LATER, first_name="Cleo")
    elsewhere = clinic.book("a1", at="south", due_in=LATER, first_name="Dora")
    send.run(clinic.wiring)
    assert [names(body) for body in bodies(clinic)] == [["Hi Ada", "Hi Ben"]]
    assert {clinic.promise(each).state for each in (stranger, elsewhere)} == {"planned"}


def test_case_56_what_did_not_leave_is_owed_again_to_both(practice: Make):
    clinic, first, second = family(practice, shared_number="merge", first=[NotSent("down")])
    clinic.send(first)
    assert {clinic.promise(each).state for each in (first, second)} == {"planned"}


def test_case_56_a_cancelled_one_is_not_said_with_the_other(practice: Make):
    clinic, first, _ = family(practice, shared_number="merge")
    with clinic.db.begin() as tx:
        mine = appointments.c.external_id == "a2"
        tx.execute(sa.update(appointments).where(mine).values(vendor_status="cancelled"))
    clinic.send(first)
    assert names(bodies(clinic)[0]) == ["Hi Ada"]


def test_case_56_an_appointment_that_somebody_holds_is_not_waited_for(practice: Make):
    clinic, first, second = family(practice, shared_number="merge")
    with clinic.db.begin() as tx:  # a planner has the other one in hand
        mine = sa.select(appointments.c.id).where(appointments.c.external_id == "a2")
        tx.execute(mine.with_for_update())
        assert clinic.send(first) == "accepted"
    assert names(bodies(clinic)[0]) == ["Hi Ada"]
    assert clinic.promise(second).state == "planned"


def test_case_56_a_stop_of_one_is_a_stop_of_the_number(practice: Make):
    clinic, first, second = family(practice)
    with clinic.db.begin() as tx:
        consents.record(tx, "first", ADA, consents.OPT_OUT, "inbound")
    clinic.put(second, due_at=clinic.now(), look_at=clinic.now())
    assert [clinic.send(first), clinic.send(second)] == ["skipped opted_out"] * 2


def test_case_61_a_reply_to_a_merged_text_may_be_about_either(practice: Make):
    clinic, _, _ = family(practice, shared_number="merge")
    send.run(clinic.wiring)
    with clinic.db.begin() as tx:
        now = clinic.now() + timedelta(minutes=1)
        text = sa.select(
            sa.literal("first").label("sender"),
            sa.literal(ADA).label("from_number"),
            sa.literal("+12025570001").label("to_number"),
            sa.literal(now).label("received_at"),
        )
        told = replies.told(tx, tx.execute(text).one())
    assert len(told) == 2
    assert len({each.start for each in told}) == 2
