"""A text is told once more only by a person who has seen what was sent, and says why (edge case 72)."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from rules.senders import Accepted, Outcome, Unknown
from rules.statuses import Status
from runtime.wording import text_of
from store import attempts, connections, fence
from store.fence import Claimed
from store.tables import operator_actions, promises
from tests.cli.conftest import ADA, Bench, config

pytestmark = pytest.mark.servers
WHY = "she asked for it on the telephone"


@pytest.fixture
def live(bench: Bench) -> Bench:
    bench.allow("live")
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    with bench.db.begin() as tx:
        connections.confirm(tx, "north", "live", "live")
        tx.execute(sa.text("UPDATE connection_states SET live_since = now() - interval '30 days'"))
    bench.book("app_1", ADA, starts_in=timedelta(minutes=50))
    return bench


def rows(bench: Bench) -> list[Any]:
    with bench.db.begin() as tx:
        return list(tx.execute(sa.select(promises).order_by(promises.c.id)).all())


def sends(bench: Bench, outcome: Outcome) -> int:
    """What is planned passes the fence, and its sender says that. Returns how many texts left."""
    connection, facts = bench.wiring().connection("north"), bench.wiring().facts("north")
    left = 0
    for row in rows(bench):
        with bench.db.begin() as tx:
            found = fence.pass_fence(tx, row.id, facts, timedelta(seconds=30), lambda said: text_of(connection, said))
        if isinstance(found, Claimed):
            left += 1
            with bench.db.begin() as tx:
                attempts.settle(tx, found.attempt_id, outcome)
    return left


def test_case_72_a_redo_shows_what_was_sent_and_is_sent_once_more_with_its_reason(live: Bench) -> None:
    assert sends(live, Accepted("SM1")) == 1
    said = live.done("redo", "north", "app_1", "--reason", WHY, "--yes").out
    assert "accepted, to +353…321" in said
    assert "Hi Ada, see you at" in said
    first, again = rows(live)
    assert (first.state, again.state, again.round, again.due_at) == ("accepted", "planned", first.id, first.due_at)
    assert sends(live, Accepted("SM2")) == 1
    with live.db.begin() as tx:
        [done] = tx.execute(sa.select(operator_actions).where(operator_actions.c.action == "redo")).all()
    assert (done.target, done.reason) == ("north app_1", WHY)
    assert done.outcome == f"promise {first.id} again as {again.id}"
    assert "asked that it is told once more" in live.done("explain", "north", "app_1").out


def test_case_72_without_a_reason_or_a_yes_nothing_is_sent_again(live: Bench) -> None:
    sends(live, Accepted("SM1"))
    for words in (("--yes",), ("--reason", WHY), ("--yes", "--reason", "  ")):
        said = live.run("redo", "north", "app_1", *words)
        assert (said.status, "nobody can be asked here" in said.err) == (2, True)
        assert "Hi Ada, see you at" in said.out
    shown = live.done("redo", "north", "app_1", "--json").json
    assert (shown["again"], [each["state"] for each in shown["sent"]]) == (None, ["accepted"])
    assert [row.state for row in rows(live)] == ["accepted"]


def test_case_72_asked_for_twice_it_is_sent_again_once(live: Bench) -> None:
    sends(live, Accepted("SM1"))
    live.done("redo", "north", "app_1", "--reason", WHY, "--yes")
    said = live.run("redo", "north", "app_1", "--reason", WHY, "--yes")
    assert (said.status, "no text of app_1 has left that could be sent again" in said.err) == (1, True)
    assert sends(live, Accepted("SM2")) == 1
    shown = live.done("redo", "north", "app_1", "--reason", WHY, "--yes", "--json").json
    assert [each["state"] for each in shown["sent"]] == ["accepted", "accepted"]
    assert sends(live, Accepted("SM3")) == 1


def test_case_72_of_what_may_have_arrived_it_says_so(live: Bench) -> None:
    sends(live, Unknown("timed out"))
    assert "It may have arrived" in live.done("redo", "north", "app_1", "--reason", WHY, "--yes").out
    assert sends(live, Accepted("SM1")) == 1


def test_case_72_what_would_not_be_sent_is_refused_and_says_why(live: Bench) -> None:
    sends(live, Accepted("SM1"))
    live.book("app_1", ADA, starts_in=timedelta(minutes=50), status=Status.CANCELLED)
    said = live.run("redo", "north", "app_1", "--reason", WHY, "--yes")
    assert (said.status, "its appointment is cancelled" in said.err) == (1, True)
    assert [row.redone_at for row in rows(live)] == [None]


def test_what_has_not_left_is_no_matter_of_a_redo(live: Bench) -> None:
    said = live.run("redo", "north", "app_1", "--reason", WHY, "--yes")
    assert (said.status, "`punctual explain north app_1` says how it stands" in said.err) == (1, True)
    assert live.run("redo", "north", "app_2", "--reason", WHY).status == 1
    assert live.run("redo", "nroth", "app_1", "--reason", WHY).status == 2


def test_of_several_texts_it_is_said_which(live: Bench) -> None:
    sends(live, Accepted("SM1"))
    live.done("redo", "north", "app_1", "--reason", WHY, "--yes")
    sends(live, Accepted("SM2"))
    wrong = live.run("redo", "north", "app_1", "--promise", "999", "--reason", WHY, "--yes")
    assert (wrong.status, "is no text of app_1 to be sent again; there is" in wrong.err) == (1, True)
    meant = rows(live)[1].id
    live.done("redo", "north", "app_1", "--promise", str(meant), "--reason", WHY, "--yes")
    assert [row.round for row in rows(live)] == [0, rows(live)[0].id, meant]
