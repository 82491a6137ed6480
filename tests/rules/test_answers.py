"""Edge cases 51 and 64: which answers may leave."""

from dataclasses import replace

import pytest

from rules.answers import ABOUT_CONSENT, MOST_A_DAY, AnswerKind, AnswerScene, Unsaid, unsaid
from tests.factories import NOON, minutes

SCENE = AnswerScene(
    now=NOON,
    kind=AnswerKind.WHICH,
    created_at=NOON - minutes(1),
    number="+353870000001",
    opted_out=False,
    lacks_consent=False,
    bad_number=False,
    mode="live",
    paused=False,
    trial_numbers=frozenset({"+353870000002"}),
    has_sender=True,
    sender_confirms_stop=False,
    given_today=0,
)


def test_an_answer_with_nothing_against_it_leaves() -> None:
    assert [unsaid(replace(SCENE, kind=kind)) for kind in AnswerKind] == [None] * len(AnswerKind)


@pytest.mark.parametrize("kind", AnswerKind)
def test_case_64_after_an_opt_out_its_confirmation_alone_may_leave(kind: AnswerKind) -> None:
    wanted = None if kind is AnswerKind.STOPPED else Unsaid.OPTED_OUT
    assert unsaid(replace(SCENE, kind=kind, opted_out=True)) is wanted


@pytest.mark.parametrize("kind", [AnswerKind.STOPPED, AnswerKind.STARTED])
def test_case_64_a_sender_that_confirms_by_itself_is_left_to_it(kind: AnswerKind) -> None:
    assert unsaid(replace(SCENE, kind=kind, sender_confirms_stop=True)) is Unsaid.LEFT_TO_SENDER
    assert unsaid(replace(SCENE, sender_confirms_stop=True)) is None


@pytest.mark.parametrize("kind", AnswerKind)
def test_without_consent_only_consent_is_talked_about(kind: AnswerKind) -> None:
    wanted = None if kind in ABOUT_CONSENT else Unsaid.NO_CONSENT
    assert unsaid(replace(SCENE, kind=kind, lacks_consent=True)) is wanted


@pytest.mark.parametrize("kind", AnswerKind)
def test_observe_answers_nobody_and_trial_only_those_who_try_it(kind: AnswerKind) -> None:
    scene = replace(SCENE, kind=kind)
    assert unsaid(replace(scene, mode="observe")) is Unsaid.OBSERVE
    assert unsaid(replace(scene, mode="trial")) is Unsaid.TRIAL
    assert unsaid(replace(scene, mode="trial", number="+353870000002")) is None


def test_two_machines_that_answer_each_other_come_to_an_end() -> None:
    assert unsaid(replace(SCENE, given_today=MOST_A_DAY - 1)) is None
    assert unsaid(replace(SCENE, given_today=MOST_A_DAY)) is Unsaid.TOO_MANY
    assert unsaid(replace(SCENE, given_today=MOST_A_DAY, kind=AnswerKind.STOPPED)) is None


def test_an_answer_that_is_long_overdue_is_not_given() -> None:
    assert unsaid(replace(SCENE, created_at=NOON - minutes(11))) is Unsaid.TOO_LATE


def test_a_paused_connection_holds_its_answers_and_says_the_truest_reason() -> None:
    assert unsaid(replace(SCENE, paused=True)) is Unsaid.PAUSED
    assert unsaid(replace(SCENE, paused=True, opted_out=True)) is Unsaid.OPTED_OUT
    assert unsaid(replace(SCENE, has_sender=False)) is Unsaid.NO_SENDER
    assert unsaid(replace(SCENE, bad_number=True)) is Unsaid.BAD_NUMBER
