import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from punctual.live import own_reminders
from store import connections
from store.tables import appointments, operator_actions, promises, sync_requests
from tests.cli.conftest import ADA, BEN, Bench, config, workflow
from vendors.webhooks import SETTINGS as VENDORS

pytestmark = pytest.mark.servers
OTHERS = {"condition": {"kind": "appointment_status", "statuses": ["scheduled", "requested"]}}


@pytest.fixture
def planned(bench: Bench) -> Bench:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    bench.book("a1", ADA)
    bench.book("a2", BEN, starts_in=timedelta(hours=30))
    bench.book("a3", BEN, starts_in=timedelta(hours=60))
    return bench


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def typed(bench: Bench, text: str) -> None:
    bench.environ.setattr("sys.stdin", Terminal(text))


def test_the_file_must_allow_it(planned: Bench) -> None:
    said = planned.run("live", "north", "--yes")
    assert said.status == 1
    assert 'the file allows north only to observe: set mode = "live"' in said.err
    assert planned.state().mode == "observe"
    planned.allow("trial")
    assert planned.run("live", "north", "--yes").status == 1
    assert planned.state().mode == "observe"


def test_case_75_live_shows_the_texts_of_the_next_48_hours_and_their_cost_before_it_asks(planned: Bench) -> None:
    planned.allow("live")
    typed(planned, "north\n")
    said = planned.done("live", "north")
    with planned.db.begin() as tx:
        booked = tx.execute(sa.select(appointments.c.starts_at).where(appointments.c.external_id == "a1")).scalar_one()
    starts = booked.astimezone(ZoneInfo("Europe/Dublin"))
    clock = f"{starts:%I:%M %p}".lstrip("0")
    assert f"Hi Ada, see you at {clock}." in said.out
    assert f"{starts - timedelta(hours=1):%a %d %b %Y %H:%M}" in said.out
    assert "+353…321  1 segment  a1" in said.out
    assert "Hi Ben" in said.out
    assert "a3" not in said.out
    assert "2 texts in the next 48 hours, 2 segments; no price per segment is configured" in said.out
    assert "+353867654321" not in said.out
    assert said.out.endswith("north is in mode live now; it was in observe\n")
    assert planned.state().mode == "live"


def test_case_76_going_live_asks_about_the_vendors_own_reminders_and_says_where_they_are(planned: Bench) -> None:
    planned.allow("live")
    typed(planned, "north\n")
    said = planned.done("live", "north").out
    question, answer = said.index("Does caspen remind people itself? "), said.index("Type north to go live")
    assert question < answer
    assert own_reminders("caspen") in said[question:answer]
    assert "Caspen has notifications of its own" in said


@pytest.mark.parametrize("text", ["n\n", "yes\n", ""])
def test_case_75_anything_but_the_name_leaves_it_as_it_was(planned: Bench, text: str) -> None:
    planned.allow("live")
    typed(planned, text)
    said = planned.run("live", "north")
    assert (said.status, said.err) == (1, "punctual: left as it was\n")
    assert planned.state().mode == "observe"


def test_without_a_terminal_nobody_is_asked_and_nothing_changes(planned: Bench) -> None:
    planned.allow("live")
    planned.environ.setattr("sys.stdin", io.StringIO("north\n"))
    said = planned.run("live", "north")
    assert (said.status, "--yes" in said.err) == (1, True)
    assert planned.state().mode == "observe"


def test_on_trial_it_says_who_is_not_texted(planned: Bench) -> None:
    planned.allow("trial")
    told = planned.done("live", "north", "--mode", "trial", "--json").json
    assert told["confirmed"] is False
    assert [(each["external_id"], each["why_not"]) for each in told["texts"]] == [
        ("a1", None),
        ("a2", "no trial number"),
    ]
    assert (told["count"], told["segments"], told["cost"]) == (1, 1, None)
    assert planned.state().mode == "observe"
    assert planned.done("live", "north", "--mode", "trial", "--yes", "--json").json["mode"] == "trial"
    assert planned.state().mode == "trial"


def test_what_was_due_before_is_never_owed(planned: Bench) -> None:
    with planned.db.begin() as tx:  # held while it observed, for whatever reason
        due = sa.func.clock_timestamp() - timedelta(minutes=1)
        first = sa.select(sa.func.min(promises.c.id)).scalar_subquery()
        tx.execute(sa.update(promises).where(promises.c.id == first).values(due_at=due, look_at=due))
    planned.allow("live")
    planned.done("live", "north", "--yes")
    with planned.db.begin() as tx:
        rows = tx.execute(sa.select(promises.c.state, promises.c.skip_reason).order_by(promises.c.id)).all()
    assert rows == [("skipped", "before_start"), ("planned", None), ("planned", None)]
    assert "due before this connection went live" in planned.done("explain", "north", "a1").out


def test_going_live_twice_keeps_the_first_moment(planned: Bench) -> None:
    planned.allow("live")
    planned.done("live", "north", "--yes")
    since = planned.state().live_since
    said = planned.done("live", "north", "--yes")
    assert said.out.endswith("north is in mode live already\n")
    assert planned.state().live_since == since
    with planned.db.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).where(operator_actions.c.action == "live")).scalar() == 1
        asked = sa.select(sync_requests.c.wanted_gen).where(sync_requests.c.kind == "plan")
        assert tx.execute(asked).scalars().all() == [2]  # by the config, and by this


def test_observe_goes_back_at_once_and_needs_no_file(planned: Bench) -> None:
    planned.allow("live")
    planned.done("live", "north", "--yes")
    assert planned.done("observe", "north").out == "north is in mode observe now; it was in live\n"
    assert planned.state().mode == "observe"
    with planned.db.begin() as tx:
        assert connections.get(tx, "north").confirmed_mode == "observe"


def test_a_workflow_that_texts_nobody_is_no_text(bench: Bench) -> None:
    told = workflow()
    told["action"] = {"type": "webhook", "event": "soon"}
    bench.done("configs", "apply", bench.file("c.json", config(told)), "--assign", "north")
    bench.book("a1", ADA)
    bench.allow("live")
    assert bench.done("live", "north", "--json").json["texts"] == []


def test_nothing_to_send_is_said(bench: Bench) -> None:
    bench.allow("live")
    assert "nothing is due in the next 48 hours" in bench.done("live", "north", "--yes").out


def test_case_76_every_vendor_that_texts_people_itself_says_where_in_its_readme() -> None:
    assert {vendor for vendor in VENDORS if own_reminders(vendor)} == {"carecycle", "caspen"}
    assert "smsTypes" in own_reminders("carecycle")


def test_clocks_of_the_test_and_the_database_agree(bench: Bench) -> None:
    bench.allow("live")
    bench.done("live", "north", "--yes")
    assert abs(bench.state().live_since - datetime.now(UTC)) < timedelta(minutes=1)
