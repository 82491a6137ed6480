"""The records of one answer are applied in one transaction; what becomes of each is what would become of it alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rules.vendors import Record
from store import appointments, tables
from store.appointments import Applied
from store.engine import now as database_now
from tests.factories import days, minutes
from tests.steps.given import Clinic, now
from workers import sync
from workers.records import apply_records
from workers.tally import Tally

pytestmark = pytest.mark.servers

Make = Callable[..., Clinic]


def known(clinic: Clinic, count: int) -> list[str]:
    """As many appointments of `north`, looked at."""
    ids = [clinic.books(days(5 + number)) for number in range(count)]
    for external_id in ids:
        clinic.wants(external_id)
    clinic.syncs()
    assert {row.external_id for row in clinic.rows(tables.appointments)} == set(ids)
    return ids


def test_a_record_that_the_database_refuses_fails_alone(clinic: Make) -> None:
    north = clinic("pexip")
    ids = known(north, 4)
    moved = {external_id: now() + days(20) for external_id in ids}
    for external_id, start in moved.items():
        north.tenant.act(external_id, "move", starts_at=start.isoformat(), announce=False)
        north.wants(external_id)
    north.alters(tables.sync_requests, due_at=now() - minutes(1))
    refused = sa.text(f"ALTER TABLE appointments ADD CONSTRAINT a_test CHECK (external_id <> '{ids[1]}') NOT VALID")
    with north.db.begin() as tx:
        tx.execute(refused)
    try:
        with pytest.raises(IntegrityError):
            sync.run(north.wiring, "north")
    finally:
        with north.db.begin() as tx:
            tx.execute(sa.text("ALTER TABLE appointments DROP CONSTRAINT a_test"))
    there = {row.external_id for row in north.rows(tables.appointments) if row.starts_at > now() + days(19)}
    assert there == set(ids) - {ids[1]}


def test_of_a_record_that_came_twice_in_one_answer_the_later_copy_counts(clinic: Make) -> None:
    north = clinic("pexip")
    (external_id,) = known(north, 1)
    with north.db.begin() as tx:
        row = appointments.find(tx, "north", external_id)
        assert row is not None
        raw, moment = appointments.raw(row), database_now(tx)
    copies = [Record(external_id, {**raw, "internalNotes": note}) for note in ("first page", "second page")]
    noted = {external_id: row.revision}
    seen = apply_records(north.wiring, "north", copies, noted, moment, Tally("north"))
    assert seen[external_id].outcome is Applied.CHANGED
    with north.db.begin() as tx:
        stored = appointments.find(tx, "north", external_id)
        assert stored is not None
        assert appointments.raw(stored)["internalNotes"] == "second page"
        assert stored.revision == row.revision + 1


def test_of_records_that_came_together_one_that_lost_a_race_takes_no_other_with_it(clinic: Make) -> None:
    north = clinic("pexip")
    ids = known(north, 3)
    with north.db.begin() as tx:
        rows = [appointments.find(tx, "north", external_id) for external_id in ids]
        records = [Record(row.external_id, {**appointments.raw(row), "internalNotes": "new"}) for row in rows if row]
        noted, moment = appointments.noted(tx, "north", ids), database_now(tx)
        changed = sa.update(tables.appointments).where(tables.appointments.c.external_id == ids[0])
        tx.execute(changed.values(revision=tables.appointments.c.revision + 1))
    seen = apply_records(north.wiring, "north", records, noted, moment, Tally("north"))
    assert [seen[external_id].outcome for external_id in ids] == [Applied.LOST, Applied.CHANGED, Applied.CHANGED]


def test_whoever_is_in_two_records_of_an_answer_is_planned_for_anew_in_both(clinic: Make) -> None:
    """CareCycle's records say who comes: one of them brings a number that the other's promise waits for."""
    north = clinic("carecycle")
    first = north.books(days(5), phone="not a number")
    north.wants(first)
    north.syncs()
    assert {row.skip_reason for row in north.rows(tables.promises)} == {"no_valid_phone"}
    with north.db.begin() as tx:
        row = appointments.find(tx, "north", first)
        assert row is not None
        raw, moment, noted = appointments.raw(row), database_now(tx), {first: row.revision}
    said = {**raw, "callerId": "+13125550142"}
    start = (now() + timedelta(days=6)).isoformat()
    both = [Record("second", {**said, "id": "second", "appointmentDateTime": start}), Record(first, said)]
    apply_records(north.wiring, "north", both, noted, moment, Tally("north"))
    assert {row.state for row in north.rows(tables.promises)} == {"planned"}
    assert len(north.rows(tables.promises)) == 2
