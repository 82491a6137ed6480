from dataclasses import replace

import pytest
import sqlalchemy as sa

from rules.appointment import Attendee
from rules.statuses import Standing, Status
from store import appointments, configs, presence, tables, timeline
from store.appointments import Applied
from store.presence import Absence
from tests.factories import ADA, BOB, appointment, config_body, days, hours, minutes, workflow_body
from tests.store.given import North, Other, all_at_once, now, waits_for_a_lock

pytestmark = pytest.mark.servers
CANCELLED = Standing(Status.CANCELLED)


def kinds(north: North) -> list[str]:
    return [row.kind for row in north.rows(tables.transitions)]


def test_a_new_record_is_stored_with_its_people_its_plan_and_why(north: North) -> None:
    found = north.books()
    assert (north.row().starts_at, north.row().revision, north.row().zone) == (found.starts_at, 1, "Europe/London")
    assert [row.phone for row in north.rows(tables.people)] == [ADA.phone]
    assert [row.number for row in north.rows(tables.numbers)] == [ADA.phone], "what the fence locks is there"
    assert (north.promise.state, kinds(north)) == ("planned", ["booked"])
    with north.db.begin() as tx:
        assert [row.kind for row in timeline.of(tx, "north", "app_1")] == ["first_seen", "transition", "promised"]


def test_the_same_record_again_changes_its_age_and_nothing_else(north: North) -> None:
    found = north.books()
    before = north.row()
    assert north.answers(found).outcome is Applied.SAME
    assert north.row().fetched_at > before.fetched_at
    assert north.row().revision == before.revision
    assert kinds(north) == ["booked"]


def test_a_move_moves_the_reminder_in_the_same_transaction(north: North) -> None:
    found = north.books(days(2))
    north.answers(replace(found, starts_at=found.starts_at + days(1)))
    assert [(row.state, row.skip_reason) for row in north.promises] == [("superseded", "moved"), ("planned", None)]
    assert north.promises[1].due_at == found.starts_at
    assert kinds(north) == ["booked", "rescheduled"]


def test_case_4_what_comes_out_of_order_is_told_by_the_vendors_version(north: North) -> None:
    found = north.books(version=now() - hours(1), standing=CANCELLED)
    assert north.answers(replace(found, standing=Standing(Status.SCHEDULED), version=now() - hours(2))).outcome is (
        Applied.OLDER
    )
    assert north.row().vendor_status == "cancelled"


def test_case_20_a_strictly_older_copy_is_refused_and_an_equal_one_applied(north: North) -> None:
    version = now() - hours(1)
    found = north.books(version=version)
    assert north.answers(replace(found, version=version - minutes(1), title="old")).outcome is Applied.OLDER
    assert north.answers(replace(found, title="same instant")).outcome is Applied.CHANGED


def test_case_21_of_two_fetches_that_race_the_later_write_is_lost(north: North) -> None:
    found = north.books()
    noted = north.noted()
    assert north.answers(replace(found, title="first"), noted=noted).outcome is Applied.CHANGED
    second = north.answers(replace(found, title="second", standing=CANCELLED), noted=noted)
    assert second.outcome is Applied.LOST
    assert north.row().vendor_status == "scheduled"


def test_case_21_racing_fetches_apply_one_answer_with_real_transactions(north: North) -> None:
    found = north.books()
    for number in range(5):
        noted = north.noted()
        results = all_at_once(
            4, lambda n, number=number, noted=noted: north.answers(replace(found, title=f"{number}.{n}"), noted=noted)
        )
        outcomes = [result.outcome for result in results]
        assert outcomes.count(Applied.CHANGED) == 1
        assert outcomes.count(Applied.LOST) == 3


def test_case_21_racing_first_sights_make_one_appointment_and_one_promise(north: North) -> None:
    found = appointment(starts_at=now() + days(3), booked_at=now() - days(1))
    results = all_at_once(4, lambda _: north.answers(found, noted=None))
    assert sorted(result.outcome for result in results) == ["lost", "lost", "lost", "new"]
    assert len(north.promises) == 1


def test_case_21_the_loser_waits_for_the_winner_and_then_applies_nothing(north: North) -> None:
    found = north.books()
    noted = north.noted()
    with north.db.begin() as tx:
        appointments.apply(tx, north.facts, replace(found, standing=CANCELLED), {"v": 2}, {}, noted)
        late = Other(lambda: north.answers(replace(found, title="stale"), noted=noted))
        assert waits_for_a_lock(north.db)
    assert late.ends().outcome is Applied.LOST
    assert north.row().vendor_status == "cancelled"


def test_case_8_absent_is_doubtful_and_only_a_minute_later_gone(north: North) -> None:
    north.books()
    assert north.lacks() is Absence.DOUBTFUL
    assert north.lacks() is Absence.STILL_DOUBTFUL
    assert north.promise.state == "planned", "held by the fence, not ended"
    north.alters(tables.appointments, doubtful_at=now() - minutes(1))
    assert north.lacks() is Absence.GONE
    assert (north.promise.state, north.promise.skip_reason) == ("skipped", "record_gone")
    assert kinds(north) == ["booked", "gone"]
    assert north.lacks() is Absence.GONE, "and stays so"


def test_case_8_a_record_that_is_found_again_was_never_gone(north: North) -> None:
    found = north.books()
    north.lacks()
    assert north.answers(found).outcome is Applied.CHANGED
    assert (north.row().presence, north.row().doubtful_at) == ("present", None)
    assert kinds(north) == ["booked"]


def test_case_8_one_that_comes_back_from_gone_is_promised_again(north: North) -> None:
    found = north.books(hours(2))
    north.lacks()
    north.alters(tables.appointments, doubtful_at=now() - minutes(2))
    north.lacks()
    north.answers(found)
    assert (north.promise.state, north.promise.skip_reason) == ("planned", None)
    assert kinds(north) == ["booked", "gone", "reopened"]


def test_case_8_a_record_that_changed_meanwhile_is_not_doubted(north: North) -> None:
    found = north.books()
    noted = north.noted()
    north.answers(replace(found, title="changed"))
    with north.db.begin() as tx:
        assert presence.absent(tx, north.facts, "app_1", noted) is Absence.LOST
        assert presence.absent(tx, north.facts, "never", None) is Absence.NEVER_SEEN
    assert north.row().presence == "present"


def test_case_80_absent_from_a_list_twice_is_missing(north: North) -> None:
    north.facts = replace(north.facts, lists_windows=True)
    north.books()
    north.lacks()
    north.alters(tables.appointments, doubtful_at=now() - minutes(2))
    north.lacks()
    assert north.promise.skip_reason == "record_missing"


@pytest.mark.parametrize(("known", "vanished", "many"), [(20, 4, False), (20, 5, True), (30, 5, False), (6, 6, True)])
def test_case_8_many_at_once_are_doubted_together(north: North, known: int, vanished: int, many: bool) -> None:
    for number in range(known):
        north.books(external_id=f"app_{number}")
    for number in range(vanished):
        north.lacks(f"app_{number}")
    with north.db.begin() as tx:
        assert presence.suddenly_doubtful(tx, "north") is many


def test_case_35_moved_and_moved_back_leaves_one_promise_planned(north: North) -> None:
    found = north.books(days(3))
    north.answers(replace(found, starts_at=found.starts_at + days(1)))
    north.answers(found)
    assert [row.state for row in north.promises] == ["planned", "superseded"]


def test_case_36_cancelled_and_reopened_is_planned_anew(north: North) -> None:
    found = north.books(days(3))
    north.answers(replace(found, standing=CANCELLED))
    assert (north.promise.state, north.promise.skip_reason) == ("cancelled", "cancelled")
    north.answers(found)
    assert (north.promise.state, north.promise.skip_reason) == ("planned", None)
    assert kinds(north) == ["booked", "cancelled", "reopened"]


def test_case_39_one_seat_leaves_and_the_other_keeps_its_promise(north: North) -> None:
    found = north.books(days(2), people=(ADA, BOB))
    assert [row.attendee for row in north.promises] == ["ada", "bob"]
    north.answers(replace(found, attendees=(Attendee("bob", "bob", BOB),)))
    assert [(row.attendee, row.state, row.skip_reason) for row in north.promises] == [
        ("ada", "skipped", "not_attending"),
        ("bob", "planned", None),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"booked_at": None}, "first sight"),
        ({"booked_at": now() - days(2)}, "booked"),
        ({"booked_at": now() + days(2)}, "first sight"),
    ],
)
def test_a_start_is_known_from_the_vendors_instant_and_never_from_the_future(north: North, changes, expected) -> None:
    north.answers(appointment(starts_at=now() + days(5), **changes))
    row = north.row()
    wanted = row.first_seen_at if expected == "first sight" else changes["booked_at"]
    assert abs(row.known_from - wanted) < minutes(0.5)


def test_case_33_a_move_is_known_from_the_vendors_instant_else_from_the_last_look_without_it(north: North) -> None:
    found = north.books(days(3))
    looked_at = now() - hours(8)
    north.alters(tables.appointments, fetched_at=looked_at)
    north.answers(replace(found, starts_at=now() + hours(20)))
    assert north.row().known_from == looked_at
    north.alters(tables.appointments, fetched_at=looked_at)
    updated = now() - hours(1)
    north.answers(replace(found, starts_at=now() + hours(22), version=updated))
    assert north.row().known_from == updated


def test_case_33_a_move_is_never_older_than_the_last_look_nor_younger_than_now(north: North) -> None:
    found = north.books(days(3))
    looked_at = now() - hours(2)
    for version, expected in ((now() - days(9), looked_at), (now() + days(9), now())):
        north.alters(tables.appointments, fetched_at=looked_at, version=None)
        found = replace(found, starts_at=found.starts_at + hours(1), version=version)
        north.answers(found)
        assert abs(north.row().known_from - expected) < minutes(0.5)


def test_case_74_what_was_there_before_the_first_whole_look_was_not_booked_just_now(north: North) -> None:
    welcome = workflow_body(trigger={"anchor": "booked", "offsetMinutes": 0})
    north.has_config(config_body(welcome))
    north.alters(tables.connection_states, reconciled_at=None)
    north.answers(appointment("old", starts_at=now() + days(5)))
    assert north.promises == []
    north.alters(tables.connection_states, reconciled_at=now())
    north.answers(appointment("new", starts_at=now() + days(5)))
    assert [row.state for row in north.promises] == ["planned"]


def test_a_record_whose_meaning_changes_with_time_is_applied_though_it_is_the_same(north: North) -> None:
    found = north.books()
    missed = replace(found, standing=Standing(Status.NO_SHOW))
    with north.db.begin() as tx:
        same_bytes = {"id": "app_1", "said": repr(found)}
        result = appointments.apply(tx, north.facts, missed, same_bytes, {}, 1)
    assert result.outcome is Applied.CHANGED
    assert north.row().vendor_status == "no_show"


def test_case_81_our_word_stays_through_every_fetch_until_the_start_moves(north: North) -> None:
    found = north.books()
    with north.db.begin() as tx:
        row = appointments.find(tx, "north", "app_1")
        assert row is not None
        appointments.keep_our_word(tx, row, Standing(Status.SCHEDULED, confirmed=True))
    north.answers(replace(found, title="another"))
    assert north.row().our_confirmed is True
    assert north.row().our_for_start == found.starts_at


def test_case_84_a_number_corrected_later_is_the_one_that_is_planned_for(north: North) -> None:
    found = north.books(hours(3), people=(replace(ADA, phone=None, phone_problem="no_valid_phone"),))
    assert (north.promise.state, north.promise.skip_reason) == ("skipped", "no_valid_phone")
    north.answers(replace(found, attendees=(Attendee("ada", "ada", ADA),)))
    assert (north.promise.state, north.promise.skip_reason) == ("planned", None)


def test_case_37_an_appointment_keeps_the_revision_it_was_first_planned_with(north: North) -> None:
    north.books(days(2))
    north.has_config(config_body(workflow_body(trigger={"anchor": "event_starts", "offsetMinutes": -60})))
    north.replans()
    assert north.promise.config_revision == 1
    north.books(days(2), external_id="app_2")
    assert [row.config_revision for row in north.promises] == [1, 2]


def test_case_37_switching_a_workflow_off_or_deleting_its_config_ends_its_promises(north: North) -> None:
    north.books(days(2))
    north.has_config(config_body(workflow_body(enabled=False)))
    north.replans()
    assert (north.promise.state, north.promise.skip_reason) == ("cancelled", "workflow_off")
    north.has_config(config_body(workflow_body()))
    north.replans()
    assert north.promise.state == "planned"
    with north.db.begin() as tx:
        assert north.config_id is not None
        configs.delete(tx, north.config_id)
    north.replans()
    assert (north.promise.state, north.promise.skip_reason) == ("cancelled", "workflow_off")


def test_a_copy_of_a_config_that_takes_over_is_written_on_the_promise_once(north: North) -> None:
    north.books(days(2))
    first = north.config_id
    assert first is not None
    north.config_id = None
    copy = north.has_config(config_body())
    with north.db.begin() as tx:
        configs.unassign(tx, "north", first)
    north.replans()
    assert (north.promise.config_id, north.promise.state) == (copy, "planned")
    before = north.promise.changed_at
    north.replans()
    assert north.promise.changed_at == before, "planning twice changes nothing"


def test_a_config_is_stored_as_a_new_revision_only_when_it_differs(north: North) -> None:
    with north.db.begin() as tx:
        assert configs.save(tx, config_body(), config_id=north.config_id) == (north.config_id, 1)
        assert configs.save(tx, config_body(name="Other"), config_id=north.config_id) == (north.config_id, 2)
        rows = tx.execute(sa.select(tables.appointment_configs.c.revision, tables.appointment_configs.c.current))
        assert sorted(rows.all()) == [(1, False), (2, True)]


def test_two_people_who_save_one_config_at_once_make_two_revisions_and_one_current(north: North) -> None:
    def save(number: int) -> int:
        with north.db.begin() as tx:
            return configs.save(tx, config_body(name=f"By {number}"), config_id=north.config_id)[1]

    assert sorted(all_at_once(4, save)) == [2, 3, 4, 5]
    current = north.rows(tables.appointment_configs, tables.appointment_configs.c.current)
    assert [row.revision for row in current] == [5]


def test_a_config_may_hold_for_one_location_alone(north: North) -> None:
    with north.db.begin() as tx:
        assert north.config_id is not None
        configs.unassign(tx, "north", north.config_id)
        configs.assign(tx, "north", north.config_id, field="location_id", value="main")
        with pytest.raises(ValueError, match="colour"):
            configs.assign(tx, "north", north.config_id, field="colour", value="red")
    north.books(days(2), location_id="main")
    north.books(days(2), external_id="app_2", location_id="annex")
    assert len(north.promises) == 1
