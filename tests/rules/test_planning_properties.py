"""Whatever happens to an appointment, in whatever order: what its promises may never be."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.planning import Act, plan
from rules.promises import LIVE, REVIVABLE, Promise, PromiseState, SkipReason
from rules.quiet_hours import is_quiet
from rules.statuses import Presence, Standing, Status
from rules.timing import due_at
from rules.wishes import Seat, Subject
from rules.workflow import Anchor, Config, QuietHours, ShortNotice, Workflow
from tests.factories import DAY, NOON, config, days, hours, minutes, subject, workflow
from tests.rules.given import Book

ZONES = [
    ZoneInfo(name)
    for name in (
        *("Europe/London", "America/New_York", "Australia/Lord_Howe"),  # clocks change, the last by half an hour
        *("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"),  # UTC+14, UTC-11; none of them changes
    )
]
DAYS = [
    NOON,
    datetime(2026, 3, 29, 12, 0, tzinfo=UTC),  # forward in London, back in Lord Howe a week later
    datetime(2026, 10, 25, 12, 0, tzinfo=UTC),  # back in London, in New York a week later
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
]
STATUSES = [{Status.SCHEDULED}, {Status.CANCELLED}, {Status.SCHEDULED, Status.REQUESTED}]
QUIET = [QuietHours(), QuietHours(time(0), time(0)), QuietHours(time(9), time(18))]

few = settings(max_examples=50)  # each is a whole history


@st.composite
def workflows(draw: st.DrawFn) -> list[Workflow]:
    anchors = draw(st.lists(mostly(Anchor.EVENT_STARTS, *Anchor), min_size=1, max_size=3))
    return [
        workflow(
            id=f"w{index}",
            anchor=anchor,
            offset_minutes=draw(st.sampled_from([-2 * DAY, -DAY, -60, 0, 30, DAY])),
            statuses=draw(mostly(*STATUSES)),
            short_notice=draw(st.sampled_from(ShortNotice)),
            grace_minutes=draw(st.none() | st.integers(0, 2 * DAY)),
            quiet_hours=draw(st.sampled_from(QUIET)),
            enabled=draw(st.sampled_from([True, True, True, False])),
        )
        for index, anchor in enumerate(anchors)
    ]


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The usual three times of four: where everything is odd nothing is ever promised."""
    return st.sampled_from([usual] * 3 * len(others) + list(others))


STANDINGS = mostly(Status.SCHEDULED, *Status)
PRESENCES = mostly(Presence.PRESENT, *Presence)


@st.composite
def subjects(draw: st.DrawFn, day: datetime) -> Subject:
    near = st.integers(-6 * DAY, 6 * DAY).map(lambda count: day + minutes(count))
    start = draw(near) if draw(mostly(True, False)) else None
    people = draw(st.lists(st.sampled_from(["ada", "bob", "cy"]), unique=True, min_size=draw(mostly(1, 0)), max_size=3))
    problems = mostly(None, SkipReason.NO_CONTACT, SkipReason.OPTED_OUT, SkipReason.BAD_NUMBER)
    return subject(
        starts_at=start,
        ends_at=start + minutes(30) if start and draw(st.booleans()) else None,
        standing=Standing(draw(STANDINGS), confirmed=draw(st.booleans())),
        presence=draw(PRESENCES),
        zone=draw(st.sampled_from([*ZONES, *ZONES, None])),
        seats=tuple(Seat(key, draw(st.none() | st.sampled_from(ZONES)), draw(problems)) for key in people),
        known_from=draw(mostly(day - days(9), day - days(3), day + days(1))),
        owed_from=draw(mostly(None, day - days(9), day)),
        occurrences={anchor: draw(near) for anchor in (Anchor.BOOKED, Anchor.CANCELLED) if draw(st.booleans())},
    )


@st.composite
def others(draw: st.DrawFn, seen: list[Subject], day: datetime) -> Subject:
    """What the appointment is next: as it was at some time, but for its status or presence, or another altogether."""
    before = st.sampled_from(seen)
    turned = st.builds(replace, before, standing=STANDINGS.map(Standing), presence=PRESENCES)
    return draw(before | turned | subjects(day))


class History:
    """What happened: the appointment as it stood again and again, time going on, texts leaving in between."""

    def __init__(self, draw: st.DrawFn, *, texts_leave: bool = True) -> None:
        day = draw(st.sampled_from(DAYS))
        self.book, self.now = Book(), day - days(4)
        self.pinned = [config(*draw(workflows()))]
        self.subject = draw(subjects(day))
        seen = [self.subject]
        for _ in range(draw(st.integers(1, 5))):
            self.subject = draw(others(seen, day))
            seen.append(self.subject)
            self.book.plan(self.subject, pinned=self.pinned, now=self.now)
            self.now += draw(st.sampled_from([timedelta(0), hours(1), days(1)]))
            for one in self.book.planned:
                if texts_leave and one.due_at <= self.now < one.not_after and draw(st.booleans()):
                    state = draw(st.sampled_from(["accepted", "unknown", "sending", "failed"]))
                    self.book.send(one, self.now, self.subject.starts_at or NOON, state)
        self.pinned = draw(st.sampled_from([self.pinned, [config(*draw(workflows()))]]))
        self.subject = draw(others(seen, day))


histories = st.composite(History)()
silent_histories = st.composite(History)(texts_leave=False)


def pairs(configs: list[Config]) -> list[tuple[Config, Workflow]]:
    return [(each, one) for each in configs for one in each.workflows]


@few
@given(histories)
def test_planning_twice_changes_nothing(history: History) -> None:
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    assert history.book.plan(history.subject, pinned=history.pinned, now=history.now) == []


@few
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_workflows_seats_and_promises_does_not_matter(history: History, random) -> None:
    workflows, promises, seats = pairs(history.pinned), list(history.book.promises), list(history.subject.seats)
    first = plan(history.subject, workflows, promises, now=history.now)
    random.shuffle(workflows)
    random.shuffle(promises)
    random.shuffle(seats)
    second = plan(replace(history.subject, seats=tuple(seats)), workflows, promises, now=history.now)
    assert sorted(map(repr, first)) == sorted(map(repr, second))


@few
@given(silent_histories)
def test_before_any_text_left_the_last_state_alone_decides_however_it_came_about(history: History) -> None:
    """So the order in which changes are heard of does not matter, nor how many there were."""
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    afresh = Book()
    afresh.plan(history.subject, pinned=history.pinned, now=history.now)

    def planned(book: Book) -> list[str]:
        return sorted(repr((each.key, each.due_at, each.not_after, each.config_revision)) for each in book.planned)

    assert planned(history.book) == planned(afresh)


@few
@given(histories)
def test_nobody_is_promised_a_text_in_their_quiet_hours(history: History) -> None:
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    quiet = {one.id: one.quiet_hours for _, one in pairs(history.pinned)}
    zones = {seat.key: seat.zone or history.subject.zone for seat in history.subject.seats}
    for each in history.book.planned:
        zone = zones[each.key.attendee]
        assert zone is not None
        assert not is_quiet(each.due_at, quiet[each.key.workflow_id], zone)


@few
@given(histories)
def test_no_two_promises_have_one_key_and_one_seat_has_one_live_promise_per_workflow(history: History) -> None:
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    keys = [each.key for each in history.book.promises]
    assert len(keys) == len(set(keys))
    planned = [(each.key.workflow_id, each.key.attendee) for each in history.book.planned]
    assert len(planned) == len(set(planned))


@few
@given(histories)
def test_what_is_newly_promised_is_due_inside_its_deadline_and_still_ahead_of_it(history: History) -> None:
    for step in history.book.plan(history.subject, pinned=history.pinned, now=history.now):
        if step.state is PromiseState.PLANNED:
            assert step.due_at < step.not_after
            assert history.now < step.not_after


@few
@given(histories)
def test_nothing_is_promised_that_was_due_before_anything_was_owed(history: History) -> None:
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    offsets = {one.id: one.offset_minutes for _, one in pairs(history.pinned)}
    for each in history.book.planned:
        due = due_at(each.key.anchor_at, offsets[each.key.workflow_id], history.subject.zone or ZONES[0])
        assert history.subject.owed_from is None or (due and due >= history.subject.owed_from)


@few
@given(histories)
def test_a_text_that_left_is_never_touched_by_planning(history: History) -> None:
    def left() -> list[Promise]:
        return [each for each in history.book.promises if each.state not in REVIVABLE | {PromiseState.PLANNED}]

    before = left()
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    assert left() == before


@few
@given(histories)
def test_nobody_is_promised_anything_about_what_is_gone_or_unknown(history: History) -> None:
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    if history.subject.presence is Presence.GONE or history.subject.standing.status is Status.UNKNOWN:
        assert history.book.planned == []


@few
@given(histories)
def test_everything_that_is_not_promised_says_why(history: History) -> None:
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    for each in history.book.promises:
        ended = each.state in REVIVABLE
        assert (each.skip_reason is not None) == ended or each.state not in REVIVABLE | LIVE


@few
@given(histories, st.sampled_from([timedelta(seconds=1), minutes(30)]))
def test_time_alone_wakes_and_moves_nothing(history: History, later: timedelta) -> None:
    history.subject = replace(history.subject, known_from=min(history.subject.known_from, history.now))
    history.book.plan(history.subject, pinned=history.pinned, now=history.now)
    steps = history.book.plan(history.subject, pinned=history.pinned, now=history.now + later)
    assert {step.act for step in steps} <= {Act.END}
