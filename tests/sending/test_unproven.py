"""Cases 46, 47 and 53: an attempt of which nobody says how it ended."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from rules.errors import Transient
from rules.senders import Accepted, AttemptState, Outcome, Receipt, Refused, Text, Unknown, Verdict
from runtime import explain
from store import attempts as attempts_of
from store import overview, receipts, unproven
from store.tables import attempts
from tests.sending.given import Practice, Silence
from web.app import create_app
from workers import send, settle

Make = Callable[..., Practice]
LOST = Unknown("no answer in time")
SOON = timedelta(seconds=30)


def shift(clinic: Practice, promise: int, **back: timedelta) -> None:
    """As if this had happened so much earlier."""
    columns = {name: getattr(attempts.c, name) - length for name, length in back.items()}
    with clinic.db.begin() as tx:
        tx.execute(sa.update(attempts).where(attempts.c.promise_id == promise).values(**columns))


def unknown(clinic: Practice, left: timedelta = SOON, external_id: str = "a1") -> int:
    """A promise whose text may have been sent two minutes ago, with so much time left."""
    promise = clinic.book(external_id)
    clinic.send(promise)
    clinic.put(promise, not_after=clinic.now() + left)
    shift(clinic, promise, created_at=timedelta(minutes=2))
    return promise


def receipt(clinic: Practice, attempt: object, state: AttemptState, code: str = "") -> None:
    with clinic.db.begin() as tx:
        receipts.keep(tx, "first", [Receipt(f"SM{attempt}", state, str(attempt), code)])


def test_case_46_what_stays_unproven_at_its_deadline_is_reported_once_and_never_sent_again(practice: Make):
    clinic = practice(first=[LOST])
    promise = unknown(clinic)
    assert "reported" not in settle.run(clinic.wiring)
    clinic.put(promise, not_after=clinic.now())
    assert "1 reported unknown" in settle.run(clinic.wiring)
    assert "reported" not in settle.run(clinic.wiring)
    [item] = clinic.inbox()
    assert (item.kind, item.times) == ("unknown_attempt", 1)
    assert "not sent again" in item.message
    send.run(clinic.wiring)
    assert [each.state for each in clinic.attempts(promise)] == ["unknown"]


def test_case_46_by_default_nothing_unproven_is_sent_again_before_its_deadline_either(practice: Make):
    clinic = practice(first=[LOST])
    promise = unknown(clinic)
    settle.run(clinic.wiring)
    assert clinic.promise(promise).state == "unknown"


def test_case_46_a_connection_may_ask_that_it_goes_again_in_its_last_minute_once(practice: Make):
    clinic = practice(first=[LOST], on_unproven="resend")
    promise = unknown(clinic)
    assert "1 sent again unproven" in settle.run(clinic.wiring)
    assert "1 unknown" in send.run(clinic.wiring)
    shift(clinic, promise, created_at=timedelta(minutes=2))
    assert "again" not in settle.run(clinic.wiring)
    send.run(clinic.wiring)
    assert [each.state for each in clinic.attempts(promise)] == ["unknown", "unknown"]
    assert len(clinic.told("resent")) == 1


def test_case_46_it_does_not_go_again_before_its_last_minute_nor_after_its_deadline(practice: Make):
    clinic = practice(first=[LOST], on_unproven="resend")
    early, late = unknown(clinic, timedelta(minutes=10)), unknown(clinic, timedelta(0), "a2")
    settle.run(clinic.wiring)
    assert clinic.promise(early).state == "unknown"
    assert clinic.promise(late).state == "unknown"
    assert [item.external_id for item in clinic.inbox()] == ["a2"]


def test_case_46_a_receipt_that_comes_before_the_second_try_saves_it(practice: Make):
    clinic = practice(first=[LOST], on_unproven="resend")
    promise = unknown(clinic)
    settle.run(clinic.wiring)
    assert clinic.promise(promise).state == "planned"
    receipt(clinic, clinic.attempts(promise)[0].id, AttemptState.DELIVERED)
    settle.run(clinic.wiring)
    assert clinic.promise(promise).state == "accepted"
    send.run(clinic.wiring)
    assert [each.state for each in clinic.attempts(promise)] == ["delivered"]


def test_case_52_a_receipt_of_the_first_try_does_not_undo_what_the_second_led_to(practice: Make):
    clinic = practice(first=[LOST, Accepted("SM2")], on_unproven="resend")
    promise = unknown(clinic)
    settle.run(clinic.wiring)
    send.run(clinic.wiring)
    receipt(clinic, clinic.attempts(promise)[0].id, AttemptState.UNDELIVERED, "30003")
    settle.run(clinic.wiring)
    assert [each.state for each in clinic.attempts(promise)] == ["undelivered", "accepted"]
    assert clinic.promise(promise).state == "accepted"


def test_case_46_a_late_refusal_of_the_first_try_leaves_the_second_alone(practice: Make):
    """The first call's thread comes back after its text went again: what it says is of its own attempt."""
    clinic = practice(first=[LOST, Accepted("SM2")], second=[Accepted("SM3")], failover_sender="second")
    promise = clinic.book()
    later: list[Callable[[], object]] = []

    def stalled(text: Text) -> Outcome:
        refused = Refused("20429", Verdict.RETRY, elsewhere=True)
        later.append(lambda: settle_late(clinic, text, refused))
        return LOST

    clinic.apis["first"].answers[0] = stalled
    clinic.send(promise)
    with clinic.db.begin() as tx:
        tx.execute(sa.update(attempts).values(released=True))
    clinic.put(promise, state="planned", look_at=clinic.now())
    send.run(clinic.wiring)
    later[0]()
    assert [each.state for each in clinic.attempts(promise)] == ["refused", "accepted"]
    assert clinic.promise(promise).state == "accepted"


def settle_late(clinic: Practice, text: Text, outcome: Outcome) -> None:
    with clinic.db.begin() as tx:
        attempts_of.settle(tx, UUID(text.reference), outcome, "second")


def test_case_47_a_look_up_that_finds_it_settles_it(practice: Make):
    clinic = practice(first=[LOST])
    promise = unknown(clinic)
    clinic.apis["first"].found = Receipt("SM1", AttemptState.ACCEPTED)
    assert "1 settled by look-up" in settle.run(clinic.wiring)
    [attempt] = clinic.attempts(promise)
    assert (attempt.state, attempt.sender_id, clinic.promise(promise).state) == ("accepted", "SM1", "accepted")


def test_case_47_look_ups_come_to_every_attempt_however_many_stay_unknown(practice: Make):
    clinic = practice(first=[LOST])
    for number in range(45):
        promise = clinic.book(f"a{number}", f"+131255501{number:02}")
        clinic.send(promise)
    with clinic.db.begin() as tx:
        tx.execute(sa.update(attempts).values(created_at=attempts.c.created_at - timedelta(minutes=2)))
    asked: set[object] = set()
    for _ in range(3):
        with clinic.db.begin() as tx:
            asked |= {row.id for row in unproven.to_look_up(tx, after=settle.LOOK_UP_AFTER)}
    assert len(asked) == 45


def test_a_sender_that_cannot_be_asked_keeps_nobody_from_being_told(practice: Make):
    clinic = practice(first=[LOST])
    unknown(clinic, timedelta(0))

    def away(_: object) -> Receipt | None:
        raise Transient("HTTP 503")

    clinic.apis["first"].look_up = away
    line = settle.run(clinic.wiring)
    assert "1 not looked up" in line
    assert "1 reported unknown" in line


def yesterday() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


def accepted(clinic: Practice, external_id: str = "a1", *, ago: timedelta = timedelta(hours=2)) -> int:
    promise = clinic.book(external_id)
    clinic.send(promise)
    clinic.put(promise, not_after=clinic.now() - timedelta(minutes=1))
    shift(clinic, promise, created_at=ago)
    return promise


def test_case_53_a_text_without_its_receipt_is_unconfirmed_visible_and_counted(practice: Make):
    clinic = practice(first=[Accepted("SM1")])
    accepted(clinic)
    assert "1 unconfirmed" in settle.run(clinic.wiring)
    assert "unconfirmed" not in settle.run(clinic.wiring)
    assert len(clinic.told("unconfirmed")) == 1
    with clinic.db.begin() as tx:
        assert overview.unconfirmed(tx, yesterday()) == {"north": 1}
        assert "no final receipt" in explain.lines(tx, "north", "a1")[-1].text
    receiver = create_app(clinic.wiring.settings, database=clinic.db, doorbell=Silence())
    counters = receiver.test_client().get("/metrics").text
    assert 'punctual_texts_unconfirmed{connection="north"} 1.0' in counters


def test_case_53_a_receipt_that_comes_later_still_counts(practice: Make):
    clinic = practice(first=[Accepted("SM1")])
    promise = accepted(clinic)
    settle.run(clinic.wiring)
    receipt(clinic, clinic.attempts(promise)[0].id, AttemptState.DELIVERED)
    settle.run(clinic.wiring)
    assert clinic.attempts(promise)[0].state == "delivered"
    with clinic.db.begin() as tx:
        assert overview.unconfirmed(tx, yesterday()) == {}


def test_case_53_nothing_is_unconfirmed_before_its_deadline_or_within_the_hour(practice: Make):
    clinic = practice(first=[Accepted("SM1")])
    fresh, open_ = accepted(clinic, ago=timedelta(minutes=59)), accepted(clinic, "a2")
    clinic.put(open_, not_after=clinic.now() + timedelta(minutes=1))
    assert "unconfirmed" not in settle.run(clinic.wiring)
    assert {clinic.promise(each).state for each in (fresh, open_)} == {"accepted"}
