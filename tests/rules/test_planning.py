from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from rules.planning import Act
from rules.promises import PromiseState, SkipReason
from rules.statuses import Presence, Standing, Status
from rules.wishes import Seat
from rules.workflow import Anchor, QuietHours, RunsAt, ShortNotice
from tests.factories import DAY, LONDON, NOON, config, days, hours, minutes, subject, workflow
from tests.rules.given import Book

START = NOON + days(3)
CANCELLED = Standing(Status.CANCELLED)
AFTER = workflow(id="after", anchor=Anchor.EVENT_ENDS, offset_minutes=60)
ON_CANCELLATION = workflow(
    id="sorry", anchor=Anchor.CANCELLED, offset_minutes=0, statuses=frozenset({Status.CANCELLED})
)
GOODBYE = {Anchor.CANCELLED: NOON}


def skipped(book: Book) -> list[SkipReason | None]:
    return [each.skip_reason for each in book.promises]


def test_a_reminder_is_promised_once_with_its_deadline() -> None:
    book = Book()
    book.plan(subject())
    assert (book.only.state, book.only.due_at, book.only.not_after) == (
        PromiseState.PLANNED,
        START - days(1),
        START - days(1) + hours(4),
    )
    assert book.plan(subject()) == []


def test_a_text_after_the_end_counts_from_the_records_end_else_from_the_configs_length() -> None:
    with_end, with_length = Book(), Book()
    with_end.plan(subject(), AFTER)
    with_length.plan(subject(ends_at=None), pinned=[config(AFTER, appointment_length_minutes=45)])
    assert with_end.only.due_at == START + minutes(90)
    assert with_length.only.due_at == START + minutes(105)


@pytest.mark.parametrize("length", [None, 0, -5, 7 * DAY + 1])
def test_case_87_without_an_end_or_with_a_length_of_nothing_it_says_no_end(length: int | None) -> None:
    book = Book()
    book.plan(subject(ends_at=None), pinned=[config(AFTER, appointment_length_minutes=length)])
    assert skipped(book) == [SkipReason.NO_END]


def test_a_text_after_the_end_goes_to_completed_ones_too() -> None:
    book = Book()
    book.plan(subject(standing=Standing(Status.COMPLETED)), AFTER)
    assert len(book.planned) == 1


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(Status.REQUESTED), SkipReason.STATUS),
        (Standing(Status.NO_SHOW), SkipReason.STATUS),
        (Standing(Status.UNKNOWN), SkipReason.STATUS_UNKNOWN),
    ],
)
def test_a_status_that_does_not_match_is_said(standing: Standing, reason: SkipReason) -> None:
    book = Book()
    book.plan(subject(standing=standing))
    assert skipped(book) == [reason]


def test_confirmed_ones_match_scheduled() -> None:
    book = Book()
    book.plan(subject(standing=Standing(Status.SCHEDULED, confirmed=True)))
    assert len(book.planned) == 1


def test_a_cancelled_appointment_sends_nothing() -> None:
    never, once = Book(), Book()
    never.plan(subject(standing=CANCELLED))
    assert never.promises == []
    once.plan(subject())
    once.plan(subject(standing=CANCELLED))
    assert (once.only.state, once.only.skip_reason) == (PromiseState.CANCELLED, SkipReason.CANCELLED)


@pytest.mark.parametrize("gone", [SkipReason.RECORD_GONE, SkipReason.RECORD_MISSING])
def test_case_8_a_record_that_is_gone_ends_its_promises_and_a_doubtful_one_does_not(gone: SkipReason) -> None:
    book = Book()
    book.plan(subject())
    assert book.plan(subject(presence=Presence.DOUBTFUL)) == []
    book.plan(subject(presence=Presence.GONE, gone_reason=gone))
    assert skipped(book) == [gone]


def test_case_32_booked_inside_the_offset_is_skipped_unless_the_workflow_sends() -> None:
    late = subject(starts_at=NOON + hours(20), known_from=NOON)
    skip, send = Book(), Book()
    skip.plan(late)
    send.plan(late, workflow(short_notice=ShortNotice.SEND, grace_minutes=600))
    assert skipped(skip) == [SkipReason.SHORT_NOTICE]
    assert (send.only.state, send.only.due_at) == (PromiseState.PLANNED, NOON)


def test_case_32_a_text_sent_at_short_notice_keeps_its_deadline() -> None:
    book = Book()
    book.plan(subject(starts_at=NOON + hours(10), known_from=NOON), workflow(short_notice=ShortNotice.SEND))
    assert skipped(book) == [SkipReason.SHORT_NOTICE], "its deadline passed ten hours before it was booked"


def test_case_33_moved_to_inside_the_offset_is_skipped_unless_the_workflow_sends() -> None:
    for short_notice, count in ((ShortNotice.SKIP, 0), (ShortNotice.SEND, 1)):
        reminder = workflow(short_notice=short_notice, grace_minutes=600)
        book = Book()
        book.plan(subject(), reminder)
        book.plan(subject(starts_at=NOON + hours(20), known_from=NOON), reminder)
        assert len(book.planned) == count
        assert book.promises[0].state is PromiseState.SUPERSEDED


def test_case_34_moved_later_after_the_reminder_is_reminded_again_once() -> None:
    book = Book()
    book.plan(subject())
    book.send(book.only, START - days(1), START)
    later = subject(starts_at=START + days(7), known_from=START - hours(2))
    book.plan(later, now=START - hours(2))
    [again] = book.planned
    assert again.due_at == START + days(6)
    assert book.plan(later, now=START - hours(1)) == []


def test_case_35_moved_and_moved_back_before_any_text_leaves_what_stood() -> None:
    book = Book()
    book.plan(subject())
    first = book.only
    book.plan(subject(starts_at=START + days(1)))
    book.plan(subject())
    assert book.planned == [first]
    assert len(book.promises) == 2


def test_case_35_moved_back_after_a_text_told_the_other_time_is_told_again() -> None:
    book, now = Book(), START - days(1)
    book.plan(subject())
    book.send(book.only, now, START)
    other = subject(starts_at=START + hours(30), known_from=now + hours(1))
    book.plan(other, now=now + hours(1))
    [second] = book.planned
    book.send(second, now + hours(7), START + hours(30))
    back = subject(known_from=now + hours(8))
    book.plan(back, workflow(short_notice=ShortNotice.SEND, grace_minutes=1200), now=now + hours(8))
    [third] = book.planned
    assert (third.key.anchor_at, third.key.round) == (START, second.id)


def test_case_35_a_text_that_may_have_left_counts_as_told() -> None:
    book, now = Book(), START - days(1)
    book.plan(subject())
    book.send(book.only, now, START, state="unknown")
    book.plan(subject(starts_at=START + days(2), known_from=now), now=now)
    assert book.planned[0].key.round == 1


def test_case_36_reopened_before_any_text_stands_as_it_stood() -> None:
    book = Book()
    book.plan(subject())
    first = book.only
    book.plan(subject(standing=CANCELLED))
    book.plan(subject())
    assert book.promises == [first]


def test_case_36_reopened_after_a_cancellation_text_is_reminded_in_a_new_round() -> None:
    book = Book()
    both = (workflow(), ON_CANCELLATION)
    book.plan(subject(), *both)
    book.plan(subject(standing=CANCELLED, occurrences=GOODBYE), *both)
    [sorry] = book.planned
    book.send(sorry, NOON, START)
    book.plan(subject(occurrences=GOODBYE), *both)
    [reminder] = book.planned
    assert (reminder.key.workflow_id, reminder.key.round) == ("reminder", sorry.id)


def test_case_36_after_the_reminder_was_sent_a_reopened_one_is_not_reminded_unless_told_of_the_cancellation() -> None:
    book = Book()
    book.plan(subject())
    book.send(book.only, START - days(1), START)
    book.plan(subject(standing=CANCELLED), now=START - hours(20))
    book.plan(subject(), now=START - hours(19))
    assert book.planned == []


def test_case_37_a_workflow_that_is_off_or_gone_cancels_its_promises_at_once() -> None:
    for off in ((workflow(enabled=False),), (workflow(id="another"),)):
        book = Book()
        book.plan(subject())
        book.plan(subject(), *off)
        assert (book.promises[0].state, book.promises[0].skip_reason) == (
            PromiseState.CANCELLED,
            SkipReason.WORKFLOW_OFF,
        )


def test_case_37_a_moved_pin_stamps_the_promise_with_the_revision_that_counts_now() -> None:
    book = Book()
    book.plan(subject())
    steps = book.plan(subject(), pinned=[config(revision=2)])
    assert [step.act for step in steps] == [Act.RESTAMP]
    assert book.only.config_revision == 2


def test_case_39_each_seat_has_its_own_promise_and_one_that_leaves_takes_only_its_own() -> None:
    book = Book()
    book.plan(subject(seats=(Seat("ada", LONDON), Seat("bob", LONDON))))
    assert {each.key.attendee for each in book.planned} == {"ada", "bob"}
    book.plan(subject(seats=(Seat("bob", LONDON),)))
    assert [each.key.attendee for each in book.planned] == ["bob"]
    assert book.promises[0].skip_reason is SkipReason.NOT_ATTENDING


def test_case_39_a_seat_that_cannot_be_texted_leaves_the_others_theirs() -> None:
    book = Book()
    book.plan(subject(seats=(Seat("ada", LONDON, SkipReason.NO_VALID_PHONE), Seat("bob", LONDON))))
    assert skipped(book) == [SkipReason.NO_VALID_PHONE, None]


@pytest.mark.parametrize("problem", [SkipReason.NO_VALID_PHONE, SkipReason.NO_CONTACT, SkipReason.BAD_NUMBER])
def test_case_84_a_number_that_is_corrected_before_the_text_is_due_gets_it(problem: SkipReason) -> None:
    book = Book()
    book.plan(subject(seats=(Seat("ada", LONDON, problem),)))
    assert skipped(book) == [problem]
    book.plan(subject())
    assert len(book.planned) == 1


def test_case_84_a_text_that_was_refused_is_not_sent_again_by_planning() -> None:
    book = Book()
    book.plan(subject())
    book.promises = [replace(book.only, state=PromiseState.FAILED, skip_reason=SkipReason.BAD_NUMBER)]
    assert book.plan(subject()) == []


def test_case_41_a_reminder_waits_for_the_persons_morning() -> None:
    book = Book()
    start = NOON + days(3) - hours(7)  # 06:00 in London
    book.plan(subject(starts_at=start), workflow(quiet_hours=QuietHours()))
    assert book.only.due_at == start - days(1) + hours(2)


def test_case_42_a_reminder_whose_morning_is_too_late_goes_out_on_the_evening_before() -> None:
    start = NOON + days(3) - hours(5)  # 08:00 in London
    book = Book()
    book.plan(subject(starts_at=start), workflow(offset_minutes=-60, quiet_hours=QuietHours()))
    assert book.only.due_at == start - hours(11) - minutes(1)


def test_case_74_what_was_due_before_the_connection_went_live_was_never_owed() -> None:
    book = Book()
    book.plan(subject(starts_at=NOON + hours(23), owed_from=NOON))
    assert skipped(book) == [SkipReason.BEFORE_START]


def test_case_74_an_old_booking_or_cancellation_fires_nothing() -> None:
    welcome = workflow(id="welcome", anchor=Anchor.BOOKED, offset_minutes=0)
    book = Book()
    book.plan(subject(owed_from=NOON, occurrences={Anchor.BOOKED: NOON - days(30)}), welcome)
    assert skipped(book) == [SkipReason.BEFORE_START]


def test_case_76_what_runs_at_the_vendor_never_runs_here() -> None:
    book = Book()
    book.plan(subject(), workflow(runs_at=RunsAt.VENDOR))
    assert skipped(book) == [SkipReason.RUNS_AT_VENDOR]


def test_case_30_late_and_before_the_deadline_is_still_owed_and_past_it_is_not() -> None:
    due = START - days(1)
    late, too_late = Book(), Book()
    late.plan(subject(), now=due + hours(3))
    too_late.plan(subject(), now=due + hours(4))
    assert late.only.due_at == due
    assert skipped(too_late) == [SkipReason.TOO_LATE]


def test_a_booking_text_is_still_owed_when_the_appointment_moves_before_it_leaves() -> None:
    welcome = workflow(id="welcome", anchor=Anchor.BOOKED, offset_minutes=30)
    book = Book()
    booked = {Anchor.BOOKED: NOON - minutes(10)}
    book.plan(subject(occurrences=booked), welcome)
    book.plan(subject(occurrences=booked, starts_at=START + days(1), known_from=NOON + minutes(25)), welcome)
    assert len(book.planned) == 1


def test_an_appointment_that_loses_its_start_keeps_no_reminder() -> None:
    book = Book()
    book.plan(subject())
    book.plan(subject(starts_at=None, ends_at=None))
    assert skipped(book) == [SkipReason.NO_START]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"zone": None}, SkipReason.NO_ZONE),
        ({"seats": (Seat("x", None, SkipReason.NO_CONTACT),)}, SkipReason.NO_CONTACT),
    ],
)
def test_what_is_not_known_is_said_at_once(changes, reason: SkipReason) -> None:
    book = Book()
    book.plan(subject(**changes))
    assert skipped(book) == [reason]


def test_case_87_what_cannot_be_executed_is_a_reason_and_no_error() -> None:
    book = Book()
    far, broken = workflow(id="far", offset_minutes=2**53), workflow(id="broken", problem="the action is not supported")
    book.plan(subject(), far, broken)
    assert {each.key.workflow_id: each.skip_reason for each in book.promises} == {
        "far": SkipReason.OUT_OF_RANGE,
        "broken": SkipReason.NOT_EXECUTABLE,
    }


@pytest.mark.parametrize("reason", [SkipReason.OBSERVE, SkipReason.TRIAL, SkipReason.BY_OPERATOR])
def test_what_a_mode_or_a_person_has_decided_stays_decided(reason: SkipReason) -> None:
    book = Book()
    book.plan(subject())
    book.promises = [replace(book.only, state=PromiseState.SKIPPED, skip_reason=reason)]
    assert book.plan(subject()) == []


def test_two_configs_that_hold_one_workflow_promise_it_once() -> None:
    book = Book()
    copies = [config(id="00000000-0000-4000-8000-00000000000b"), config(id="00000000-0000-4000-8000-00000000000a")]
    book.plan(subject(), pinned=copies)
    assert book.only.config_id == copies[1].id
    assert book.plan(subject(), pinned=copies) == []
    assert book.plan(subject(), pinned=copies[::-1]) == []


def test_case_72_what_is_to_be_told_once_more_has_a_new_round_and_nothing_else_has() -> None:
    early, late = workflow(), workflow(id="late", offset_minutes=-2 * 60)
    book = Book()
    book.plan(subject(), early, late)
    first = next(each for each in book.promises if each.key.workflow_id == "reminder")
    sent_at = START - days(1)
    book.send(first, sent_at, START)
    book.promises = [
        replace(each, redone_at=sent_at + hours(1)) if each.id == first.id else each for each in book.promises
    ]
    book.plan(subject(), early, late, now=sent_at + hours(1))
    again = [each for each in book.promises if each.key.round]
    assert [(each.key.workflow_id, each.key.round, each.due_at) for each in again] == [("reminder", first.id, sent_at)]
    assert book.plan(subject(), early, late, now=sent_at + hours(1)) == []
    later = subject(starts_at=START + days(7), known_from=sent_at + hours(2))
    book.plan(later, early, late, now=sent_at + hours(2))
    assert {each.key.round for each in book.planned} == {first.id}
    assert {each.key.anchor_at for each in book.planned} == {START + days(7)}


def test_case_23_the_persons_zone_says_when_it_is_night_and_the_events_when_it_is_a_day_before() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    start = NOON + days(3) + hours(1)  # 14:00 in London, where it takes place; 22:00 in Tokyo, where the person is
    book = Book()
    book.plan(subject(starts_at=start, seats=(Seat("ada", tokyo),)), workflow(quiet_hours=QuietHours()))
    assert book.only.due_at.astimezone(LONDON).date() == (start - days(1)).date()
    assert not QuietHours().start <= book.only.due_at.astimezone(tokyo).time()
    assert book.only.due_at < start
