"""Signed callbacks, to a receiver that answers what a test says."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from rules.retries import CALLBACK_DELAYS
from runtime.settings import Staff, StatusCallback, WebhookActions
from store import inbox, tables, write_backs
from tests.factories import minutes
from tests.senders.given import Stub
from tests.steps.given import Clinic, now
from tests.web.given import SECRET
from vendors.signatures import verify
from workers import call_back, staff

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]
OTHER_SECRET = "whsec_" + "b3RoZXI" * 6


@pytest.fixture
def crm() -> Iterator[Stub]:
    with Stub() as server:
        yield server


@pytest.fixture
def north(clinic: Make, crm: Stub) -> Clinic:
    told = StatusCallback(f"{crm.url}/crm", SECRET, allow_private=True)
    return clinic(status_callback=told, staff=Staff(url=f"{crm.url}/staff", secret=SECRET, allow_private=True))


def owes(north: Clinic, kind: str = "status") -> None:
    with north.db.begin() as tx:
        write_backs.call_back(tx, "north", kind, {"type": "appointment.confirm"}, None)


def runs(north: Clinic) -> str:
    north.alters(tables.callbacks, due_at=now() - minutes(1))
    return call_back.run(north.wiring)


def test_a_callback_is_signed_with_an_id_that_stays_the_same_in_every_try(north: Clinic, crm: Stub) -> None:
    crm.says(503)
    crm.says(204)
    owes(north)
    runs(north)
    runs(north)
    first, second = crm.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(north.row(tables.callbacks).id)
    assert first.body == second.body
    assert verify("standard", [SECRET], first.headers, first.body, now=now()).ok
    assert north.row(tables.callbacks).state == "done"


def owes_own(north: Clinic, url: str) -> None:
    with north.db.begin() as tx:
        write_backs.call_back(tx, "north", "workflow", {"type": "workflow.due"}, None, url=url)


def test_a_workflows_own_address_is_told_and_signed_with_the_secret_for_it(clinic: Make, crm: Stub) -> None:
    status = StatusCallback(f"{crm.url}/crm", SECRET, allow_private=True)
    own = WebhookActions(OTHER_SECRET, allow_private=True)
    north = clinic(status_callback=status, webhook_actions=own)
    owes_own(north, f"{crm.url}/hooks/due?desk=4")
    crm.says(204)
    runs(north)
    [told] = crm.requests
    assert told.path == "/hooks/due?desk=4"
    assert verify("standard", [OTHER_SECRET], told.headers, told.body, now=now()).ok
    assert not verify("standard", [SECRET], told.headers, told.body, now=now()).ok


def test_a_private_address_of_a_workflow_is_refused_though_the_status_callback_is_private(
    clinic: Make, crm: Stub
) -> None:
    status = StatusCallback(f"{crm.url}/crm", SECRET, allow_private=True)
    north = clinic(status_callback=status, webhook_actions=WebhookActions(SECRET))
    owes_own(north, f"{crm.url}/hooks/due")
    runs(north)
    assert crm.requests == []
    assert north.row(tables.callbacks).state == "waiting"


def test_without_a_secret_a_workflows_own_address_is_told_nothing(clinic: Make, crm: Stub) -> None:
    north = clinic(status_callback=None, webhook_actions=None)
    owes_own(north, f"{crm.url}/hooks/due")
    runs(north)
    assert crm.requests == []
    assert north.row(tables.callbacks).state == "failed"


@pytest.mark.parametrize("status", [200, 201, 299])
def test_any_2xx_is_a_success(north: Clinic, crm: Stub, status: int) -> None:
    crm.says(status)
    owes(north)
    runs(north)
    assert north.row(tables.callbacks).state == "done"


@pytest.mark.parametrize("status", [301, 302, 400, 410, 500])
def test_everything_else_is_tried_again(north: Clinic, crm: Stub, status: int) -> None:
    crm.says(status, Location=f"{crm.url}/elsewhere")
    owes(north)
    runs(north)
    row = north.row(tables.callbacks)
    assert (row.state, row.last_error) == ("waiting", f"answered {status}")
    assert len(crm.requests) == 1, "a redirect is not followed"


def test_it_is_tried_ever_later_and_then_shown_to_staff(north: Clinic, crm: Stub) -> None:
    crm.says(500)
    owes(north)
    pauses = []
    for _ in CALLBACK_DELAYS[:-1]:
        runs(north)
        pauses.append(north.row(tables.callbacks).due_at - now())
    wanted = CALLBACK_DELAYS[1:]
    assert all(abs(pause - delay) < timedelta(seconds=5) for pause, delay in zip(pauses, wanted, strict=True))
    runs(north)
    assert (north.row(tables.callbacks).state, north.inbox) == ("failed", ["callback"])


def test_a_receiver_that_asks_to_wait_is_waited_for(north: Clinic, crm: Stub) -> None:
    crm.says(503, Retry_After="600")
    owes(north)
    runs(north)
    assert timedelta(seconds=590) < north.row(tables.callbacks).due_at - now() <= timedelta(seconds=600)


def test_a_receiver_that_is_away_costs_a_try_and_no_crash(clinic: Make) -> None:
    north = clinic(status_callback=StatusCallback("http://127.0.0.1:9/crm", SECRET, allow_private=True))
    owes(north)
    assert "again later" in runs(north)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"])
def test_an_address_or_a_name_that_leads_to_a_private_one_is_refused_unless_it_is_allowed(
    clinic: Make, crm: Stub, host: str
) -> None:
    crm.says(204)
    port = crm.url.rpartition(":")[2]
    north = clinic(status_callback=StatusCallback(f"http://{host}:{port}/crm", SECRET))
    owes(north)
    runs(north)
    row = north.row(tables.callbacks)
    assert (crm.requests, row.state, row.attempts) == ([], "waiting", 1)
    assert "not a public one" in row.last_error


@pytest.mark.parametrize(
    "target", ["169.254.169.254", "10.0.0.1", "192.168.0.1", "100.64.0.1", "[fe80::1]", "[fd00::1]"]
)
def test_a_link_local_or_private_network_is_called_by_nobody(clinic: Make, target: str) -> None:
    north = clinic(status_callback=StatusCallback(f"http://{target}/latest/meta-data", SECRET))
    owes(north)
    runs(north)
    assert "not a public one" in north.row(tables.callbacks).last_error


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_private_address_is_followed_by_nobody(north: Clinic, crm: Stub, status: int) -> None:
    with Stub() as inside:
        inside.says(204)
        crm.says(status, Location=f"{inside.url}/secrets")
        owes(north)
        runs(north)
        assert (len(crm.requests), inside.requests) == (1, [])
    assert north.row(tables.callbacks).state == "waiting"


def test_each_try_is_a_row_with_its_own_due_time_and_no_message_waits_for_it(north: Clinic, crm: Stub) -> None:
    crm.says(503)
    owes(north)
    call_back.run(north.wiring)
    call_back.run(north.wiring)
    row = north.row(tables.callbacks)
    assert (row.attempts, len(crm.requests), row.lease_until) == (1, 1, None)
    assert timedelta(seconds=3) < row.due_at - now() <= timedelta(seconds=5)
    assert north.bell.rings == [], "the sweep finds it"


def test_what_needs_a_person_goes_to_the_staff_webhook_once(north: Clinic, crm: Stub) -> None:
    crm.says(204)
    with north.db.begin() as tx:
        inbox.tell(tx, "north", "dead_letter", "dead:1", "Gave up looking at app_1", external_id="app_1")
    assert "to webhook" in staff.run(north.wiring)
    assert staff.run(north.wiring) == ""
    runs(north)
    assert [request.path for request in crm.requests] == ["/staff"]
    assert b"Gave up looking at app_1" in crm.requests[0].body


def test_without_a_channel_it_stays_in_the_inbox(clinic: Make) -> None:
    north = clinic()
    with north.db.begin() as tx:
        inbox.tell(tx, "north", "dead_letter", "dead:1", "Gave up looking at app_1")
        inbox.tell(tx, "", "reply", "reply:1", "A text that belongs to nobody")
    staff.run(north.wiring)
    assert north.inbox == ["dead_letter", "reply"]
    assert staff.run(north.wiring) == ""


def test_the_same_matter_is_told_once_while_it_is_open_and_anew_after_it_was_resolved(north: Clinic, crm: Stub) -> None:
    crm.says(204)
    for _ in range(3):
        with north.db.begin() as tx:
            inbox.tell(tx, "north", "vanished", "vanished", "Many records vanished")
        staff.run(north.wiring)
    assert len(north.rows(tables.callbacks)) == 1
    assert north.row(tables.inbox).times == 3
    with north.db.begin() as tx:
        assert inbox.resolve(tx, "north", "vanished")
        inbox.tell(tx, "north", "vanished", "vanished", "Many records vanished")
    staff.run(north.wiring)
    assert len(north.rows(tables.callbacks)) == 2
