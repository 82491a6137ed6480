from pathlib import Path

import pytest
import sqlalchemy as sa

from rules.appointment import Ref
from runtime import operating
from store import connections, inbox, sync_requests
from store.tables import operator_actions, timeline
from store.tables import sync_requests as sync_requests_table
from tests.cli.conftest import Bench
from workers import operate

pytestmark = pytest.mark.servers


def actions(bench: Bench) -> list[tuple[str, str, str]]:
    with bench.db.begin() as tx:
        query = sa.select(operator_actions.c.actor, operator_actions.c.action, operator_actions.c.target)
        return [tuple(row) for row in tx.execute(query.order_by(operator_actions.c.id))]


def test_a_pause_holds_everything_and_says_who_and_why(bench: Bench) -> None:
    for _ in range(2):
        assert "north is paused" in bench.done("pause", "north", "--reason", "wrong template").out
    state = bench.state()
    assert (state.sends_paused, state.paused_reason) == (True, "wrong template")
    assert {(action, target) for _, action, target in actions(bench)} == {("pause", "north")}
    assert all(actor.startswith("cli:") for actor, _, _ in actions(bench))
    assert bench.state("desk").paused_until is None


def test_who_resumes_has_looked_at_why_it_was_paused(bench: Bench) -> None:
    bench.done("pause", "north")
    with bench.db.begin() as tx:
        for key in (*operating.MENDED, "dead:7"):
            inbox.tell(tx, "north", key, key, "look at it")
    assert bench.done("resume", "north").out == "north goes on\n"
    assert bench.state().paused_until is None
    with bench.db.begin() as tx:
        assert [each.key for each in inbox.open_items(tx)] == ["dead:7"]
        assert tx.execute(sa.select(timeline.c.kind).order_by(timeline.c.id)).scalars().all() == ["paused", "resumed"]


def test_retry_wakes_dead_letters(bench: Bench) -> None:
    with bench.db.begin() as tx:
        sync_requests.ask(tx, "north", [Ref("appointment", "a1")], "webhook")
        dead = {"dead_at": sa.func.clock_timestamp(), "done_gen": sync_requests_table.c.wanted_gen}
        tx.execute(sa.update(sync_requests_table).values(**dead))
    assert bench.done("retry", "north", "--json").json == {"connection": "north", "woken": 1}
    assert bench.done("retry", "north", "--json").json == {"connection": "north", "woken": 0}
    with bench.db.begin() as tx:
        assert sync_requests.waiting_connections(tx) == ["north"]


def test_flower_does_the_same_under_its_own_name(bench: Bench) -> None:
    wiring = bench.wiring()
    assert operate.pause(wiring, "north", "why") == "north: paused"
    assert operate.resume(wiring, "north") == "north: resumed"
    assert operate.retry(wiring, "north") == "north: 0 dead letters woken"
    assert [actor for actor, _, _ in actions(bench)] == ["flower"] * 3


@pytest.mark.parametrize("command", ["pause", "resume", "retry", "reconcile"])
def test_an_unknown_connection_is_told_with_the_nearest(bench: Bench, command: str) -> None:
    said = bench.run(command, "nort")
    assert (said.status, "did you mean north?" in said.err) == (2, True)
    assert actions(bench) == []


def test_the_inbox_shows_what_is_open_and_forgets_what_is_settled(bench: Bench) -> None:
    assert bench.done("inbox").out == "nothing needs a person\n"
    with bench.db.begin() as tx:
        inbox.tell(tx, "north", "reply", "reply:1", "An answer was not understood.", external_id="a1")
        inbox.tell(tx, "north", "reply", "reply:1", "An answer was not understood.", external_id="a1")
        inbox.tell(tx, "desk", "callback", "callback:1", "The status callback was not reached.")
    shown = bench.done("inbox", "--json").json["open"]
    assert [(each["connection"], each["kind"], each["times"]) for each in shown] == [
        ("north", "reply", 2),
        ("desk", "callback", 1),
    ]
    said = bench.done("inbox", "north").out
    assert "An answer was not understood. (appointment a1)" in said
    assert "callback" not in said
    number = str(shown[0]["id"])
    assert bench.done("inbox", "resolve", number, "--note", "called her").out == f"{number} is settled\n"
    again = bench.run("inbox", "resolve", number)
    assert (again.status, "may have been settled before" in again.err) == (1, True)
    assert bench.done("inbox", "north").out == "nothing needs a person at north\n"
    with bench.db.begin() as tx:
        assert tx.execute(sa.select(operator_actions.c.reason)).scalars().all() == ["called her"]


@pytest.mark.parametrize("words", [["resolve"], ["resolve", "x"], ["resolve", "9" * 30], ["north", "desk"], ["nort"]])
def test_what_the_inbox_does_not_understand_is_told(bench: Bench, words: list[str]) -> None:
    said = bench.run("inbox", *words)
    assert said.status == 2
    assert said.err.startswith("punctual: ")


def test_status_tells_how_each_connection_stands(bench: Bench) -> None:
    bench.done("pause", "desk")
    bench.allow("live")
    rows = {row["connection"]: row for row in bench.done("status", "--json").json["connections"]}
    assert (rows["north"]["mode"], rows["north"]["mode_in_file"], rows["north"]["paused"]) == ("observe", "live", False)
    assert rows["desk"]["paused"] == "paused by an operator"
    said = bench.done("status").out
    assert "observe (file: live)" in said
    assert "paused" in said


def test_a_database_that_is_away_is_one_sentence(bench: Bench) -> None:
    bench.environ.setenv("PUNCTUAL_DATABASE_URL", "postgresql://punctual:secret@127.0.0.1:1/punctual")
    said = bench.run("status")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("punctual: the database cannot be reached (")
    assert said.err.count("\n") == 1
    assert "secret" not in said.err


def test_a_database_without_tables_names_the_remedy(bench: Bench, empty_postgres_url: str) -> None:
    bench.environ.setenv("PUNCTUAL_DATABASE_URL", empty_postgres_url)
    said = bench.run("inbox")
    assert (said.status, "run `punctual migrate`" in said.err) == (1, True)


def test_without_a_running_server_the_remedy_is_named(bench: Bench) -> None:
    bench.environ.delenv("PUNCTUAL_DATABASE_URL")
    said = bench.run("status")
    assert said.status == 1
    assert "start it with `punctual up`, or set PUNCTUAL_DATABASE_URL" in said.err
    assert not (bench.folder / "home").exists()


def test_the_embedded_server_of_the_home_is_found(bench: Bench, server_url: str, run_folder: Path) -> None:
    home = run_folder / "home"
    if not home.exists():
        pytest.skip("tests were given a database of their own")
    bench.environ.delenv("PUNCTUAL_DATABASE_URL")
    bench.environ.setenv("PUNCTUAL_HOME", str(home))
    said = bench.run("inbox")  # its own database is there, and empty: reached
    assert (said.status, "run `punctual migrate`" in said.err) == (1, True)


def test_a_file_that_is_refused_is_told_whole(bench: Bench) -> None:
    bench.settings('[connections.north]\nvendor = "caspn"\n[connections.south]\nvendor = "caspen"\n')
    said = bench.run("status")
    assert said.status == 2
    assert "did you mean caspen?" in said.err
    assert "connections.south.zone" in said.err


def test_ctrl_c_is_quiet(bench: Bench) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    bench.environ.setattr(connections, "find", interrupted)
    said = bench.run("status")
    assert (said.status, said.err) == (130, "\n")
