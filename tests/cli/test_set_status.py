"""`punctual set-status`: an operator's word, kept at once and owed to the vendor."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from store import tables
from tests.cli.conftest import ADA, FILE, Bench

pytestmark = pytest.mark.servers
CALLBACK = 'status_callback = { url = "https://crm.example.com/", secret = "env:CRM_SECRET" }'


def rows(bench: Bench, table: sa.Table) -> list[sa.Row]:
    with bench.db.begin() as tx:
        return list(tx.execute(sa.select(table)).all())


def test_a_confirmation_counts_at_once_and_is_owed_to_the_vendor(bench: Bench) -> None:
    bench.book("app_1", ADA)
    said = bench.done("set-status", "north", "app_1", "confirmed")
    assert said.out == "north app_1: confirmed; `punctual explain` says when the vendor was told\n"
    [owed] = rows(bench, tables.write_backs)
    assert (owed.change, owed.source, owed.state) == ("confirm", "operator", "wanted")
    [known] = rows(bench, tables.appointments)
    assert known.our_confirmed is True
    [action] = rows(bench, tables.operator_actions)
    assert (action.action, action.target) == ("status confirm", "north/app_1")
    assert action.actor.startswith("cli:")
    assert "status set: confirm (operator)" in bench.done("explain", "north", "app_1").out


def test_saying_it_twice_owes_it_once(bench: Bench) -> None:
    bench.book("app_1", ADA)
    for _ in range(2):
        told = bench.done("set-status", "north", "app_1", "confirmed", "--json").json
    assert told == {"connection": "north", "id": "app_1", "change": "confirm", "state": "wanted"}
    assert len(rows(bench, tables.write_backs)) == 1


def test_what_nobody_could_be_told_is_refused_with_the_remedy(bench: Bench) -> None:
    bench.book("app_1", ADA)
    said = bench.run("set-status", "north", "app_1", "no_show")
    assert said.status == 1
    assert "documents no way to be told no_show" in said.err
    assert "set status_callback of [connections.north]" in said.err
    assert rows(bench, tables.write_backs) == []
    bench.environ.setenv("CRM_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    bench.settings(FILE.format(north="observe").replace('practice = "North', f'{CALLBACK}\npractice = "North'))
    bench.done("set-status", "north", "app_1", "no_show")
    assert [row.change for row in rows(bench, tables.write_backs)] == ["no_show"]


def test_it_is_meant_for_one_start_where_one_is_given(bench: Bench) -> None:
    start = bench.book("app_1", ADA)
    other = (start + timedelta(hours=1)).isoformat()
    said = bench.run("set-status", "north", "app_1", "confirmed", "--starts-at", other)
    assert (said.status, "starts at another time" in said.err) == (1, True)
    assert rows(bench, tables.write_backs) == []
    bench.done("set-status", "north", "app_1", "confirmed", "--starts-at", start.isoformat())


@pytest.mark.parametrize(
    ("words", "status", "part"),
    [
        (("north", "app_2", "confirmed"), 1, "did you mean app_1?"),
        (("nroth", "app_1", "confirmed"), 2, "did you mean north?"),
        (("north", "app_1", "conformed"), 2, "invalid choice"),
        (("north", "app_1", "confirmed", "--starts-at", "2026-05-12T09:00:00"), 2, "an instant such as"),
    ],
)
def test_what_is_mistyped_is_told(bench: Bench, words: tuple[str, ...], status: int, part: str) -> None:
    bench.book("app_1", ADA)
    said = bench.run("set-status", *words)
    assert (said.status, part in said.err) == (status, True), said.err
