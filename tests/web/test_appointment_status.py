"""A practice's own system says how an appointment stands."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from runtime.settings import Settings, StatusCallback
from store.engine import Database
from store.tables import appointments, operator_actions, sync_requests, write_backs
from tests.web.api_client import Caller, caller
from tests.web.given import SECRET, MakeApp, Rung, booked

PATH = "/v1/appointments/north/app_1/status"


@pytest.fixture
def system(client: FlaskClient, database: Database) -> Caller:
    booked(database, "app_1", due_in=timedelta(hours=1), state="planned")
    return caller(client, database, "north")


def row(database: Database, table: sa.Table) -> object:
    with database.begin() as tx:
        return tx.execute(sa.select(table)).one()


def test_a_confirmation_counts_at_once_and_is_owed_to_the_vendor(system: Caller, database: Database) -> None:
    answer = system.ask("POST", PATH, json={"status": "confirmed"})
    assert (answer.status_code, answer.get_json()["state"]) == (202, "wanted")
    owed = row(database, write_backs)
    assert (owed.change, owed.source, owed.state) == ("confirm", "api", "wanted")
    assert row(database, appointments).our_confirmed is True
    assert row(database, operator_actions).target == "north/app_1"
    assert (row(database, sync_requests).kind, row(database, sync_requests).key) == ("plan", "app_1")


def test_a_newer_status_takes_the_place_of_one_that_waits(
    database: Database, make_app: MakeApp, settings: Settings
) -> None:
    callback = StatusCallback("https://crm.example.com/", SECRET)
    north = replace(settings.connections["north"], status_callback=callback)
    app = make_app(Rung(), replace(settings, connections={**settings.connections, "north": north}))
    booked(database, "app_1", due_in=timedelta(hours=1), state="planned")
    system = caller(app.test_client(), database)
    for status in ("confirmed", "cancelled"):
        assert system.ask("POST", PATH, json={"status": status}).status_code == 202
    assert row(database, write_backs).change == "cancel"
    assert row(database, appointments).our_status == "cancelled"


def test_what_nobody_could_ever_be_told_is_refused(system: Caller, database: Database) -> None:
    answer = system.ask("POST", PATH, json={"status": "cancelled"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "CONFLICT")
    with database.begin() as tx:
        assert tx.execute(sa.select(write_backs)).all() == []


def test_a_status_for_another_start_is_refused(system: Caller, database: Database) -> None:
    start = row(database, appointments).starts_at
    for shift, status in ((timedelta(hours=1), 409), (timedelta(0), 202)):
        sent = {"status": "confirmed", "startsAt": (start + shift).isoformat()}
        assert system.ask("POST", PATH, json=sent).status_code == status


@pytest.mark.parametrize("body", [{}, {"status": "teleported"}, {"status": "confirmed", "note": "x"}, []])
def test_anything_else_is_refused_place_by_place(system: Caller, body: object) -> None:
    assert system.ask("POST", PATH, json=body).status_code == 422


@pytest.mark.parametrize("path", [PATH.replace("app_1", "app_2"), PATH.replace("north", "nowhere")])
def test_what_is_not_there_is_not_found(system: Caller, path: str) -> None:
    assert system.ask("POST", path, json={"status": "confirmed"}).status_code == 404


def test_nobody_sets_a_status_without_a_key_or_with_anothers(
    system: Caller, client: FlaskClient, database: Database
) -> None:
    assert client.post(PATH, json={"status": "confirmed"}).status_code == 401
    other = caller(client, database, "south")
    assert other.ask("POST", PATH, json={"status": "confirmed"}).status_code == 404
