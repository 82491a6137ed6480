from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.appointment import MeetingType
from rules.conditions import (
    EVERY_STATUS,
    All,
    AnyOf,
    Condition,
    HasAttended,
    HasMeetingType,
    HasStatus,
    IsConfirmed,
    Not,
    RecordField,
    Scene,
    holds,
    statuses_of,
)
from rules.promises import SkipReason
from rules.statuses import Standing, Status
from tests.factories import subject, workflow
from tests.rules.given import Book

SCHEDULED = HasStatus(frozenset({Status.SCHEDULED}))
IN_PERSON = HasMeetingType(frozenset({MeetingType.IN_PERSON}))


def scene(status: Status = Status.SCHEDULED, *, confirmed: bool = False, **more: Any) -> Scene:
    return Scene(Standing(status, confirmed), **more)


def test_each_question_is_answered_from_the_appointment_alone() -> None:
    assert holds(SCHEDULED, scene())
    assert not holds(SCHEDULED, scene(Status.NO_SHOW))
    assert holds(IN_PERSON, scene(meeting_type=MeetingType.IN_PERSON))
    assert not holds(IN_PERSON, scene())
    assert holds(IsConfirmed(), scene(confirmed=True))
    assert not holds(IsConfirmed(), scene())
    assert holds(HasAttended(), scene(Status.COMPLETED))
    assert not holds(HasAttended(), scene(Status.NO_SHOW))


def test_all_any_and_not_combine() -> None:
    for first, second in product((True, False), repeat=2):
        parts = tuple(IsConfirmed() if each else Not(IsConfirmed()) for each in (first, second))
        now = scene(confirmed=True)
        assert holds(All(parts), now) is (first and second)
        assert holds(AnyOf(parts), now) is (first or second)


@pytest.mark.parametrize(
    ("path", "values", "answer"),
    [
        ("subject.name", ("Check-up",), True),
        ("subject.name", ("check-up",), False),
        ("subject.name", None, True),
        ("subject.none", None, False),
        ("subject.null", None, False),
        ("seats.1.role", ("guest",), True),
        ("seats.7.role", None, False),
        ("seats.x", None, False),
        ("count", (1, 2), True),
        ("count", (True,), False),
        ("flag", (1,), False),
        ("subject.name.deeper", None, False),
    ],
)
def test_a_field_of_the_record_is_found_by_its_path(path: str, values: Any, answer: bool) -> None:
    record = {
        "subject": {"name": "Check-up", "null": None},
        "seats": [{"role": "host"}, {"role": "guest"}],
        "count": 1,
        "flag": True,
    }
    assert holds(RecordField(tuple(path.split(".")), values), scene(record=record)) is answer


leaves = st.sampled_from([
    SCHEDULED, HasStatus(frozenset({Status.CANCELLED, Status.NO_SHOW})), IN_PERSON, IsConfirmed(), HasAttended(),
    RecordField(("a",), None),
])  # fmt: skip
trees: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
    ),
    max_leaves=8,
)


@given(tree=trees)
def test_a_status_is_let_through_whenever_the_tree_may_hold_under_it(tree: Condition) -> None:
    """What planning drops by the status alone can never hold."""
    let_through = statuses_of(tree)
    for status, confirmed, kind, record in product(EVERY_STATUS, (True, False), (*MeetingType, None), ({}, {"a": 1})):
        if holds(tree, scene(status, confirmed=confirmed, meeting_type=kind, record=record)):
            assert let_through is None or status in let_through


def test_a_condition_that_does_not_hold_is_a_reason_and_wakes_when_it_does() -> None:
    book = Book()
    unconfirmed = workflow(condition=Not(IsConfirmed()))
    book.plan(subject(standing=Standing(Status.SCHEDULED, confirmed=True)), unconfirmed)
    assert [each.skip_reason for each in book.promises] == [SkipReason.CONDITION]
    book.plan(subject(), unconfirmed)
    assert [(each.state, each.skip_reason) for each in book.promises] == [("planned", None)]


def test_the_configs_mode_counts_where_the_record_says_nothing() -> None:
    from tests.factories import config

    book = Book()
    pinned = config(workflow(condition=IN_PERSON), mode=MeetingType.IN_PERSON)
    book.plan(subject(), pinned=[pinned])
    assert [each.state for each in book.promises] == ["planned"]
    book.plan(subject(meeting_type=MeetingType.PHONE), pinned=[pinned])
    assert [each.skip_reason for each in book.promises] == [SkipReason.CONDITION]
