"""`max_cost_per_month`: texts wait inside their deadlines, staff are told once, and other connections go on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from rules.senders import Accepted
from store.tables import attempts, promises
from tests.sending.given import Practice, twilio
from workers import send

Make = Callable[..., Practice]
CENTS = Decimal("0.05")


def priced(make: Make, most: str, **how: Any) -> Practice:
    sender = twilio("first", "+12025570001")
    sender = replace(sender, options={**sender.options, "price_per_segment": CENTS, "currency": "USD"})
    return make(
        first=[Accepted("SM1", 1)], senders=[sender], names=("dear", "cheap"), max_cost_per_month=Decimal(most), **how
    )


def texted(clinic: Practice) -> int:
    return len(clinic.apis["first"].texts)


def spent(clinic: Practice, external_id: str, segments: int | None, body: str = "x") -> None:
    """A text that this connection has sent already, of that many segments."""
    promise = clinic.book(external_id, "+13125550150", at="dear")
    with clinic.db.begin() as tx:
        row = tx.execute(sa.select(promises).where(promises.c.id == promise)).one()
        tx.execute(
            sa.insert(attempts).values(
                id=sa.func.gen_random_uuid(),
                promise_id=promise,
                connection="dear",
                appointment_id=row.appointment_id,
                sender="first",
                from_number="+12025570001",
                to_number="+13125550150",
                body=body.encode(),
                state="delivered",
                segments=segments,
            )
        )
        tx.execute(sa.update(promises).where(promises.c.id == promise).values(state="accepted"))


def test_at_the_limit_texts_wait_inside_their_deadline_and_staff_are_told_once(practice: Make):
    clinic = priced(practice, "0.20")
    spent(clinic, "old", 4)
    held = clinic.book("a1", "+13125550142", at="dear")
    for _ in range(3):
        send.run(clinic.wiring)
    assert texted(clinic) == 0
    row = clinic.promise(held)
    assert (row.state, row.hold_reason) == ("planned", "too_dear")
    assert row.look_at > row.due_at
    assert [(item.connection, item.kind, item.times) for item in clinic.inbox()] == [("dear", "cost", 1)]
    assert "USD 0.2000" in clinic.inbox()[0].message


def test_at_its_deadline_a_text_that_waited_says_why(practice: Make):
    clinic = priced(practice, "0.20")
    spent(clinic, "old", 4)
    held = clinic.book("a1", "+13125550142", at="dear")
    send.run(clinic.wiring)
    with clinic.db.begin() as tx:
        passed = {"not_after": clinic.now() - timedelta(seconds=1), "look_at": clinic.now()}
        tx.execute(sa.update(promises).where(promises.c.id == held).values(**passed))
    send.run(clinic.wiring)
    assert (clinic.promise(held).state, clinic.promise(held).skip_reason) == ("skipped", "too_dear")


def test_below_the_limit_and_at_another_connection_texts_go_out(practice: Make):
    clinic = priced(practice, "0.21")
    spent(clinic, "old", 4)
    clinic.book("a1", "+13125550142", at="dear")
    clinic.book("b1", "+13125550143", at="cheap")
    send.run(clinic.wiring)
    assert texted(clinic) == 2


def test_a_sender_that_tells_no_segments_is_counted_by_the_length_of_its_texts(practice: Make):
    clinic = priced(practice, "0.15")
    spent(clinic, "old", None, "x" * 400)  # three parts
    clinic.book("a1", "+13125550142", at="dear")
    send.run(clinic.wiring)
    assert texted(clinic) == 0


def test_without_a_price_nothing_is_held(practice: Make):
    clinic = practice(first=[Accepted("SM1", 1)], names=("dear", "cheap"), max_cost_per_month=Decimal(0))
    clinic.book("a1", "+13125550142", at="dear")
    send.run(clinic.wiring)
    assert texted(clinic) == 1
