from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.senders import (
    FORWARD,
    Accepted,
    AttemptState,
    NotSent,
    Outcome,
    Receipt,
    Refused,
    Unknown,
    Verdict,
    moves_forward,
)
from store import attempts, receipts, tables
from store.fence import Claimed
from tests.factories import minutes
from tests.store.given import North, all_at_once, now

pytestmark = pytest.mark.servers
DELIVERED, UNDELIVERED = AttemptState.DELIVERED, AttemptState.UNDELIVERED


@pytest.fixture
def claimed(north: North) -> Claimed:
    """A promise that has passed the fence and is about to be called for."""
    north.books()
    found = north.passes()
    assert isinstance(found, Claimed)
    return found


def told(north: North, claimed: Claimed | None, state: AttemptState, sender_id: str = "SM1", code: str = "") -> int:
    """The sender's report comes in and is applied. Returns how many found their attempt."""
    reference = str(claimed.attempt_id) if claimed else ""
    with north.db.begin() as tx:
        receipts.keep(tx, "texts", [Receipt(sender_id, state, reference, code)])
    return applied(north)


def applied(north: North) -> int:
    with north.db.begin() as tx:
        return sum(attempts.apply_receipt(tx, each) for each in receipts.of_ours(tx))


def expired(north: North) -> int:
    north.alters(tables.attempts, lease_until=now() - minutes(1))
    with north.db.begin() as tx:
        return attempts.expire(tx)


def stands(north: North) -> tuple[str, str]:
    [attempt] = north.attempts
    return attempt.state, north.promise.state


def test_an_accepted_text_is_accepted_with_its_id_and_segments(north: North, claimed: Claimed) -> None:
    north.settles(claimed, Accepted("SM1", 2))
    [attempt] = north.attempts
    assert (attempt.state, attempt.sender_id, attempt.segments) == ("accepted", "SM1", 2)
    assert north.promise.state == "accepted"


def test_what_provably_never_left_is_planned_again_inside_its_deadline(north: North, claimed: Claimed) -> None:
    north.settles(claimed, NotSent("no connection"))
    assert stands(north) == ("not_sent", "planned")
    assert (north.promise.told_at, north.promise.told_start) == (None, None)
    assert minutes(0) < north.promise.look_at - now() <= minutes(1)


def test_case_47_a_call_without_an_answer_is_unknown_and_never_planned(north: North, claimed: Claimed) -> None:
    north.settles(claimed, Unknown("timed out"))
    assert stands(north) == ("unknown", "unknown")
    north.replans()
    assert north.promise.state == "unknown"
    assert not isinstance(north.passes(), Claimed)


def test_case_46_a_lease_that_ended_is_unknown_and_never_planned(north: North, claimed: Claimed) -> None:
    assert expired(north) == 1
    assert stands(north) == ("unknown", "unknown")
    assert not isinstance(north.passes(), Claimed)
    assert expired(north) == 0


def test_case_46_a_lease_that_still_runs_is_left_alone(north: North, claimed: Claimed) -> None:
    with north.db.begin() as tx:
        assert attempts.expire(tx) == 0
    assert stands(north) == ("sending", "sending")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Accepted("SM1"), ("accepted", "accepted")),
        (Refused("21211", Verdict.FAILED), ("refused", "failed")),
        (NotSent("its own deadline had passed"), ("not_sent", "planned")),
        (Unknown("timed out"), ("unknown", "unknown")),
    ],
)
def test_case_46_the_owner_that_comes_back_late_still_knows_best(
    north: North, claimed: Claimed, outcome: Outcome, expected: tuple[str, str]
) -> None:
    expired(north)
    north.settles(claimed, outcome)
    assert stands(north) == expected


@pytest.mark.parametrize(
    ("verdict", "promise", "reason"),
    [
        (Verdict.FAILED, "failed", "refused"),
        (Verdict.BAD_NUMBER, "failed", "bad_number"),
        (Verdict.OPTED_OUT, "failed", "opted_out"),
        (Verdict.RETRY, "planned", None),
        (Verdict.NEEDS_PERSON, "planned", None),
    ],
)
def test_case_50_a_refusal_means_what_its_verdict_says(
    north: North, claimed: Claimed, verdict: Verdict, promise: str, reason: str | None
) -> None:
    north.settles(claimed, Refused("1", verdict))
    assert stands(north) == ("refused", promise)
    assert north.promise.skip_reason == reason
    assert north.promise.told_at is None


def test_case_50_a_bad_number_is_marked_and_told_to_staff_and_never_tried_again(north: North, claimed: Claimed) -> None:
    north.settles(claimed, Refused("21614", Verdict.BAD_NUMBER))
    [number] = north.rows(tables.numbers)
    assert (number.bad_at is not None, number.bad_reason) == (True, "21614")
    assert [row.kind for row in north.rows(tables.inbox)] == ["bad_number"]
    north.books(external_id="app_2")
    assert north.promises[1].skip_reason == "bad_number"


def test_case_48_a_sender_that_asks_to_wait_is_asked_again_when_it_said(north: North, claimed: Claimed) -> None:
    north.settles(claimed, Refused("429", Verdict.RETRY, retry_after_seconds=90))
    assert minutes(1) < north.promise.look_at - now() <= minutes(1.5)


def test_case_48_the_deadline_comes_before_what_the_sender_asks_for(north: North, claimed: Claimed) -> None:
    north.settles(claimed, Refused("429", Verdict.RETRY, retry_after_seconds=86400))
    assert north.promise.look_at <= north.promise.not_after


def test_a_promise_may_be_tried_again_and_keeps_each_attempt(north: North, claimed: Claimed) -> None:
    north.settles(claimed, NotSent("no connection"))
    north.alters(tables.promises, look_at=now())
    again = north.passes()
    north.settles(again, Accepted("SM2"))
    assert [row.state for row in north.attempts] == ["not_sent", "accepted"]
    assert north.promise.tries == 2


def test_case_52_a_receipt_that_comes_before_our_own_sent_is_what_counts(north: North, claimed: Claimed) -> None:
    assert told(north, claimed, DELIVERED) == 1
    assert stands(north) == ("delivered", "accepted")
    assert north.settles(claimed, Accepted("SM1", 1)) is None
    assert stands(north) == ("delivered", "accepted")


@pytest.mark.parametrize("late", [AttemptState.ACCEPTED, UNDELIVERED])
def test_case_52_a_receipt_after_delivered_changes_nothing(north: North, claimed: Claimed, late: AttemptState) -> None:
    north.settles(claimed, Accepted("SM1"))
    told(north, claimed, DELIVERED)
    assert told(north, claimed, late) == 1, "spent, without effect"
    assert stands(north) == ("delivered", "accepted")


def test_case_52_a_receipt_without_our_reference_waits_for_the_senders_id(north: North, claimed: Claimed) -> None:
    assert told(north, None, DELIVERED) == 0
    north.settles(claimed, Accepted("SM1"))
    assert applied(north) == 1
    assert stands(north) == ("delivered", "accepted")


def test_case_52_receipts_of_strangers_never_keep_ours_waiting(north: North, claimed: Claimed) -> None:
    with north.db.begin() as tx:
        receipts.keep(tx, "texts", [Receipt(f"ST{number}", DELIVERED, str(uuid4())) for number in range(250)])
    assert told(north, claimed, DELIVERED) == 1
    assert stands(north) == ("delivered", "accepted")


@pytest.mark.parametrize("reference", ["", "no-id", "x" * 500, "00000000-0000-0000-0000-000000000000"])
def test_a_reference_that_is_none_of_ours_finds_nothing(north: North, claimed: Claimed, reference: str) -> None:
    with north.db.begin() as tx:
        receipts.keep(tx, "texts", [Receipt("SM9", DELIVERED, reference)])
    assert applied(north) == 0
    assert stands(north) == ("sending", "sending")


def test_a_receipt_of_another_sender_is_not_ours(north: North, claimed: Claimed) -> None:
    north.settles(claimed, Accepted("SM1"))
    with north.db.begin() as tx:
        receipts.keep(tx, "other", [Receipt("SM1", DELIVERED, str(claimed.attempt_id))])
    assert applied(north) == 0


def test_case_46_a_receipt_settles_an_unknown_attempt(north: North, claimed: Claimed) -> None:
    expired(north)
    told(north, claimed, DELIVERED)
    assert stands(north) == ("delivered", "accepted")


def test_case_47_undelivered_after_accepted_is_final(north: North, claimed: Claimed) -> None:
    north.settles(claimed, Accepted("SM1"))
    told(north, claimed, UNDELIVERED, code="30003")
    assert (stands(north), north.promise.skip_reason) == (("undelivered", "failed"), "refused")
    north.replans()
    assert north.promise.state == "failed"


def test_case_52_one_report_is_kept_once_however_many_deliver_it(north: North) -> None:
    def keep(_: int) -> int:
        with north.db.begin() as tx:
            return receipts.keep(tx, "texts", [Receipt("SM1", DELIVERED), Receipt("SM1", DELIVERED)])

    assert sum(all_at_once(4, keep)) == 1


def test_the_owner_and_a_receipt_that_come_at_once_end_where_the_receipt_says(north: North) -> None:
    for number in range(6):
        north.books(external_id=f"app_{number}")
        promise_id = north.promises[-1].id
        one = north.passes(promise_id)
        assert isinstance(one, Claimed)
        with north.db.begin() as tx:
            receipts.keep(tx, "texts", [Receipt(f"SM{number}", DELIVERED, str(one.attempt_id))])
        works = [lambda one=one, n=number: north.settles(one, Accepted(f"SM{n}")), lambda: applied(north)]
        all_at_once(2, lambda n, works=works: works[n]())
        applied(north)
    assert {row.state for row in north.attempts} == {"delivered"}
    assert {row.state for row in north.promises} == {"accepted"}


@given(st.lists(st.sampled_from(AttemptState), max_size=8))
def test_whatever_is_reported_in_whatever_order_states_only_move_forward(reports: list[AttemptState]) -> None:
    state, seen = AttemptState.SENDING, [AttemptState.SENDING]
    for report in reports:
        state = report if moves_forward(state, report) else state
        seen.append(state)
    order = [AttemptState.SENDING, AttemptState.UNKNOWN, AttemptState.ACCEPTED]
    ranks = [order.index(each) if each in order else len(order) for each in seen]
    assert all(earlier <= later for earlier, later in pairwise(ranks))


@pytest.mark.parametrize("final", [DELIVERED, UNDELIVERED, AttemptState.REFUSED, AttemptState.NOT_SENT])
def test_an_end_is_an_end(final: AttemptState) -> None:
    assert FORWARD[final] == frozenset()
