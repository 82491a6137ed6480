"""Whoever says how an appointment stands, the vendor is told, or the status callback where the vendor has no way.

A reply comes from a phone over the SMS network, an operator types, a practice's system calls the API, a workflow falls
due: all of them end at the emulated vendor or at a callback that checks our signature.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from rules.vendors import Change
from store import api_keys, configs, statuses, tables
from store.engine import Database
from store.planning import lock
from tests.factories import FOLLOW_UP, config_body, days, minutes, workflow_body
from tests.senders.given import Network
from tests.steps.given import PHONE, Clinic, now
from tests.steps.hooked import hooked, posted, told_back
from tests.until import until
from tests.vendors.conftest import Tenant
from workers import call_back, reply, write_back

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]


@pytest.fixture
def heard(database: Database, tenant: Callable[..., Tenant], network: Network) -> Iterator[Make]:
    with ExitStack() as stack:
        yield lambda vendor="caspen", **more: stack.enter_context(hooked(database, tenant, network, vendor, **more))


def replies(north: Clinic, external_id: str) -> None:
    """The person answers C to the reminder."""
    north.sends()
    until(north.texts)
    north.network.reply(PHONE, "C")
    until(lambda: north.rows(tables.inbound_texts))
    reply.run(north.wiring)


def types(north: Clinic, external_id: str) -> None:
    """What `punctual set-status` does (tests/cli/test_set_status.py)."""
    with north.db.begin() as tx:
        statuses.say(tx, lock(tx, north.appointment.id), Change.CONFIRM, "operator")


def calls(north: Clinic, external_id: str) -> None:
    with north.db.begin() as tx:
        key = api_keys.create(tx, "test", "north")
    address = f"{north.public_url}/v1/appointments/north/{external_id}/status"
    answer = httpx.post(address, json={"status": "confirmed"}, headers={"x-api-key": key})
    assert answer.status_code == 202, answer.text


def falls_due(north: Clinic, external_id: str) -> None:
    """A workflow that sets the status itself."""
    with north.db.begin() as tx:
        action = {"type": "set_status", "status": "confirmed"}
        config_id, _ = configs.save(tx, config_body(workflow_body(action=action)))
        configs.assign(tx, "north", config_id)
    north.wants("", kind="plan")
    north.syncs()
    north.sends()


SOURCES = {"reply": replies, "operator": types, "api": calls, "workflow": falls_due}


@pytest.mark.parametrize("source", SOURCES)
def test_a_confirmation_reaches_the_vendor_that_can_be_told(heard: Make, source: str) -> None:
    north = heard("caspen")
    external_id = north.known()
    SOURCES[source](north, external_id)
    write_back.run(north.wiring)
    row = north.row(tables.write_backs)
    assert (row.source, row.state, row.outcome) == (source, "done", "confirm written")
    assert north.raw()["confirmed"] is True
    echo = posted(north)[-1]
    assert (echo["subject"], echo["status"]) == (external_id, 202)
    north.syncs()
    north.syncs()
    assert len(north.rows(tables.write_backs)) == 1, "the echo leads to nothing"
    assert told_back(north) == []


@pytest.mark.parametrize("source", SOURCES)
def test_a_confirmation_reaches_the_callback_where_the_vendor_has_no_way(heard: Make, source: str) -> None:
    north = heard("pexip")
    external_id = north.known()
    SOURCES[source](north, external_id)
    write_back.run(north.wiring)
    assert "delivered" in call_back.run(north.wiring)
    [told] = told_back(north)
    assert told["type"] == "appointment.confirm"
    assert told["data"] == {
        "connection": "north",
        "appointment_id": external_id,
        "change": "confirm",
        "for_start": north.appointment.starts_at.isoformat(),
        "source": source,
    }
    assert north.calls("POST", "_actions") == 0
    assert "callback_delivered" in north.told(external_id)


def test_a_visit_that_is_over_is_completed_by_a_workflow_through_the_callback(heard: Make) -> None:
    north = heard("caspen")
    with north.db.begin() as tx:
        after = {"anchor": "event_ends", "offsetMinutes": 60}
        action = {"type": "set_status", "status": "completed"}
        config_id, _ = configs.save(tx, config_body(workflow_body(FOLLOW_UP, trigger=after, action=action)))
        configs.assign(tx, "north", config_id)
    start = now() - minutes(95)
    external_id = north.known(starts_at=start.isoformat())
    north.sends()
    write_back.run(north.wiring)
    call_back.run(north.wiring)
    [told] = told_back(north)
    assert (told["type"], told["data"]["appointment_id"]) == ("appointment.complete", external_id)


def test_the_callback_is_tried_again_by_its_row_when_the_other_side_is_away(heard: Make) -> None:
    north = heard("pexip")
    external_id = north.known(days(2))
    sink: dict[str, Any] = {"name": north.network.name, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    httpx.post(f"{north.network.url}/control/callbacks", json={**sink, "fail": 1, "retry_after": "90"})
    calls(north, external_id)
    write_back.run(north.wiring)
    assert "again later" in call_back.run(north.wiring)
    owed = north.row(tables.callbacks)
    assert (owed.state, owed.attempts, owed.last_error) == ("waiting", 1, "answered 503")
    assert 80 < (owed.due_at - now()).total_seconds() <= 90, "as it was asked to"
    assert call_back.run(north.wiring) == ""
    north.alters(tables.callbacks, due_at=now() - minutes(1))
    assert "delivered" in call_back.run(north.wiring)
    found = httpx.get(f"{north.network.url}/control/callbacks/{north.network.name}").json()
    assert [each["id"] for each in found["refused"] + found["received"]] == [str(owed.id)] * 2
