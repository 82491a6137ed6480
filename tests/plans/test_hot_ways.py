"""Every query on the hot ways has its index: the real steps run on crowded tables, and PostgreSQL says how it reads."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from rules.senders import AttemptState, Inbound, NotSent, Receipt, Refused, Unknown, Verdict
from runtime.settings import StatusCallback
from store import attempts, configs, inbound, inbox, promises, receipts, tables
from store.engine import CLOCK
from store.tables import metadata
from tests.factories import config_body, days, minutes, workflow_body
from tests.plans.conftest import Crowded
from tests.plans.reading import SMALL, Statements, listening
from tests.plans.rows import MANY
from tests.steps.given import Clinic, now
from tests.web.given import SECRET, Rung, settings_with, standard, until, with_hmac
from tests.web.test_receipts import TWILIO, report, text
from web.app import create_app
from workers import (
    answer,
    call_back,
    operate,
    plan,
    reconcile,
    reply,
    retention,
    settle,
    silence,
    staff,
    sweep,
    write_back,
)

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]
VENDORS = ("caspen", "pexip", "carecycle")
A_MINUTE_AGO = minutes(-1)
_phones = count(1000)
"""Nobody has said STOP from the next one yet."""


@pytest.fixture
def web(crowded: Crowded) -> Iterator[FlaskClient]:
    app = create_app(settings_with(crowded.url, [TWILIO]), database=crowded.steps, doorbell=Rung())
    yield app.test_client()
    app.extensions["punctual"].tallies.close()


def fresh() -> str:
    """A name that nothing else has."""
    return f"new_{uuid4().hex}"


def hears(north: Clinic, external_id: str) -> None:
    north.hears(external_id, fresh())


def owes(north: Clinic, due_in: timedelta = A_MINUTE_AGO, *, times: int = 1) -> list[str]:
    """Booked a week ago and looked at since; the reminder falls due then."""
    ids = [north.books(due_in, phone=f"+1312555{next(_phones):04}") for _ in range(times)]
    for external_id in ids:
        hears(north, external_id)
    later(north)
    for external_id in ids:
        mine = tables.appointments.c.external_id == external_id
        north.alters(tables.appointments, mine, known_from=now() - days(7))
        assert plan.one(north.wiring, "north", external_id) == 1
    return ids


def sends(north: Clinic, *, times: int = 1) -> list[sa.Row]:
    """The attempts of reminders that have just been handed over."""
    owes(north, times=times)
    assert f"{times} accepted" in north.sends()
    return north.rows(tables.attempts, state="accepted", connection="north")


def test_a_webhook_is_stored(web: FlaskClient, heard: Statements) -> None:
    for number in range(3):
        assert web.post("/hooks/north", **standard(fresh(), message_id=fresh())).status_code == 202
        assert web.post("/hooks/south", **with_hmac(b'{"data": {"id": "%d"}}' % number)).status_code == 202
    until(lambda: any("last_event_at" in each for each in heard.seen))


def test_readiness_and_metrics_are_read(web: FlaskClient, heard: Statements) -> None:
    for path in ("/health", "/health/ready", "/metrics"):
        web.get(path)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_record_is_fetched_applied_and_planned(clinic: Make, heard: Statements, vendor: str) -> None:
    north = clinic(vendor)
    [external_id] = owes(north, days(2))
    north.tenant.act(external_id, "move", starts_at=(now() + days(5)).isoformat(), announce=False)
    hears(north, external_id)
    assert "fetched" in later(north)
    north.tenant.act(external_id, "cancel", announce=False)
    hears(north, external_id)
    later(north)


def later(north: Clinic) -> str:
    """The sync step, once what was looked at a moment ago may be looked at again."""
    waits = sa.and_(
        tables.sync_requests.c.connection == "north",
        tables.sync_requests.c.wanted_gen > tables.sync_requests.c.done_gen,
        tables.sync_requests.c.dead_at.is_(None),
    )
    north.alters(tables.sync_requests, waits, due_at=now() - minutes(1))
    return north.syncs(due=False)


def test_a_record_that_is_absent_is_doubted_and_buried(clinic: Make, heard: Statements) -> None:
    north = clinic()
    [external_id] = owes(north, days(2))
    north.tenant.fault("not_found", count=9)
    hears(north, external_id)
    later(north)
    mine = tables.appointments.c.external_id == external_id
    north.alters(tables.appointments, mine, doubtful_at=now() - minutes(5))
    later(north)
    assert north.rows(tables.appointments, external_id=external_id)[0].presence == "gone"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_scan_asks_what_was_missed(clinic: Make, heard: Statements, vendor: str) -> None:
    north = clinic(vendor)
    north.books(days(2))
    north.alters(tables.connection_states, reconcile_due_at=now() - minutes(1))
    assert sweep.reconcile(north.wiring)
    assert "fetched" in reconcile.run(north.wiring, "north") or vendor == "carecycle"


def test_texts_pass_the_fence_together(clinic: Make, heard: Statements) -> None:
    north = clinic()
    owes(north, times=5)
    assert "5 due" in sweep.send(north.wiring)
    assert "5 accepted" in north.sends()


def test_texts_with_caps_and_a_merge_window_pass_it_alone(clinic: Make, heard: Statements) -> None:
    north = clinic()
    with north.wiring.db.begin() as tx:
        body = config_body(*(workflow_body(f"{n}", caps={"perDay": 2}, mergeMinutes=30) for n in range(2)))
        configs.assign(tx, "north", configs.save(tx, body)[0])
    owes(north)
    north.sends()
    assert any("pg_advisory_xact_lock(hashtextextended" in each for each in heard.seen)


@pytest.mark.parametrize(
    "outcome",
    [NotSent("no connection"), Refused("30022", Verdict.FAILED, elsewhere=True), Refused("21614", Verdict.BAD_NUMBER)],
)
def test_what_was_not_taken_is_planned_again_or_ends(clinic: Make, heard: Statements, outcome) -> None:
    north = clinic()
    [attempt] = sends(north)
    north.alters(tables.attempts, tables.attempts.c.id == attempt.id, state="sending")
    with north.wiring.db.begin() as tx:
        assert attempts.settle(tx, attempt.id, outcome, "another")


def test_receipts_and_expired_attempts_are_settled(web: FlaskClient, clinic: Make, heard: Statements) -> None:
    north = clinic()
    expired, unproven, delivered, undelivered = sends(north, times=4)
    assert web.post(**report("delivered", fresh())).status_code == 200
    with north.wiring.db.begin() as tx:
        told = [(delivered, AttemptState.DELIVERED), (undelivered, AttemptState.UNDELIVERED)]
        receipts.keep(tx, "texts", [Receipt(each.sender_id, state, str(each.id), "") for each, state in told])
    hour = now() - minutes(61)
    of = tables.attempts.c.id
    north.alters(tables.attempts, of == expired.id, state="sending", lease_until=now() - minutes(1))
    north.alters(tables.attempts, of == unproven.id, state="unknown", created_at=hour)
    overdue = tables.promises.c.id == unproven.promise_id
    north.alters(tables.promises, overdue, state="unknown", not_after=hour)
    done = settle.run(north.wiring)
    for word in ("1 expired", "2 receipts", "1 reported unknown"):
        assert word in done


def test_what_is_unproven_is_sent_again_where_asked(clinic: Make, heard: Statements) -> None:
    north = clinic(on_unproven="resend")
    [attempt] = sends(north)
    with north.wiring.db.begin() as tx:
        north.alters(tables.attempts, tables.attempts.c.id == attempt.id, state="sending")
        attempts.settle(tx, attempt.id, Unknown("timeout"))
    north.alters(tables.attempts, tables.attempts.c.id == attempt.id, created_at=now() - minutes(3))
    soon = tables.promises.c.id == attempt.promise_id
    north.alters(tables.promises, soon, not_after=now() + minutes(0.5))
    settle.run(north.wiring)


@pytest.mark.parametrize("body", ["C", "STOP", "START", "When?"])
def test_a_reply_is_stored_resolved_answered_and_written_back(
    web: FlaskClient, clinic: Make, heard: Statements, body: str
) -> None:
    north = clinic()
    [attempt] = sends(north)
    assert web.post(**text(body, fresh())).status_code in {200, 204}
    said = Inbound(fresh(), attempt.to_number, attempt.from_number, body)
    with north.wiring.db.begin() as tx:
        inbound.keep(tx, "texts", [said])
    assert reply.run(north.wiring)
    answer.run(north.wiring)
    assert "1 done" in write_back.run(north.wiring) or body != "C"
    hears(north, north.rows(tables.appointments, id=attempt.appointment_id)[0].external_id)
    later(north)


def test_a_vendor_without_a_way_is_told_by_a_callback(clinic: Make, heard: Statements) -> None:
    north = clinic(status_callback=StatusCallback("http://127.0.0.1:9/", (SECRET,)))
    with north.wiring.db.begin() as tx:
        inbox.tell(tx, "north", "reply", fresh(), "It needs a person.")
    assert staff.run(north.wiring)
    call_back.run(north.wiring)


def test_sweeps_look_for_what_waits(clinic: Make, heard: Statements) -> None:
    north = clinic()
    for name in ("sweeps.send", "sweeps.sync"):
        sweep.just_ran(north.wiring, name, 1)
    owes(north, minutes(10))
    mine = tables.appointments.c.connection == "north"
    north.alters(tables.appointments, mine, fetched_at=now() - minutes(60))
    assert "asked for" in sweep.refresh(north.wiring)
    hears(north, fresh())
    assert sweep.sync(north.wiring)
    sweep.send(north.wiring)
    settle.run(north.wiring)
    silence.run(north.wiring)
    retention.run(north.wiring)


def test_an_operator_pauses_resumes_and_retries(clinic: Make, heard: Statements) -> None:
    north = clinic()
    operate.pause(north.wiring, "north", "a test")
    operate.resume(north.wiring, "north")
    operate.retry(north.wiring, "north")


def test_a_missing_index_is_noticed(crowded: Crowded) -> None:
    with listening(crowded.steps.engine) as heard, crowded.steps.engine.connect() as tx:
        promises.pick(tx, limit=10)
        assert not heard.dear
        tx.execute(sa.text("DROP INDEX ix_promises_look"))
        promises.pick(tx, limit=10)
        assert any(each.startswith("Seq Scan of promises") for each in heard.dear)
        tx.rollback()


def test_a_condition_that_no_index_can_use_is_noticed(crowded: Crowded) -> None:
    table = tables.promises.c
    mine = sa.select(table.id).where(table.connection == "north", table.state == "planned")
    with listening(crowded.steps.engine) as heard, crowded.steps.begin() as tx:
        tx.execute(mine.where(table.look_at < CLOCK))
        assert not heard.dear
        tx.execute(mine.where(table.look_at < sa.func.clock_timestamp()))
        [dear] = heard.dear
    assert "by ix_promises_look, which could find look_at itself" in dear


def test_every_table_is_said_to_grow_or_to_stay_small(crowded: Crowded) -> None:
    with crowded.tests.begin() as tx:
        sizes = {
            table.name: tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    assert {name for name, size in sizes.items() if size < MANY} == SMALL.keys() - {"alembic_version"}
