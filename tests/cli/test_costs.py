"""`price_per_segment` before a person: what texts have cost, and what those that are planned will."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from store.tables import attempts, promises
from tests.cli.conftest import ADA, FILE, Bench, config

pytestmark = pytest.mark.servers

PRICED = (
    FILE.format(north="live")
    .replace('numbers = ["+353861234567"]', 'numbers = ["+353861234567"]\noptions = { price_per_segment = 0.05 }')
    .replace('practice = "North', 'max_cost_per_month = 150\npractice = "North')
)


@pytest.fixture
def planned(bench: Bench) -> Bench:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    for number in range(3):
        bench.book(f"a{number}", ADA, starts_in=timedelta(hours=5 + number))
    bench.settings(PRICED)
    return bench


def left(bench: Bench) -> None:
    """A text that arrived, one that may have, and one that was refused; two segments each."""
    with bench.db.begin() as tx:
        found = tx.execute(sa.select(promises.c.id, promises.c.appointment_id).order_by(promises.c.id)).all()
        for (promise_id, appointment_id), state in zip(found, ("delivered", "unknown", "refused"), strict=True):
            of = {"promise_id": promise_id, "appointment_id": appointment_id, "connection": "north"}
            to = {"sender": "texts", "from_number": "+353861234567", "to_number": ADA.phone, "body": b"x"}
            tx.execute(sa.insert(attempts).values(id=uuid4(), state=state, segments=2, **of, **to))


def test_status_tells_what_this_months_texts_have_cost_and_may(planned: Bench) -> None:
    left(planned)
    rows = {row["connection"]: row for row in planned.done("status", "--json").json["connections"]}
    assert rows["north"]["this_month"] == {"segments": 4, "amount": "0.20", "currency": "USD", "most": "150"}
    assert rows["desk"]["this_month"]["most"] is None
    assert "USD 0.2000 of USD 150.00" in planned.done("status").out


def test_without_a_price_no_cost_is_guessed(planned: Bench) -> None:
    planned.allow("live")
    assert planned.done("status", "--json").json["connections"][0]["this_month"] is None
    assert "no price" in planned.done("status").out


def test_going_live_tells_what_the_next_texts_will_cost(planned: Bench) -> None:
    said = planned.done("live", "north", "--json").json
    assert (said["segments"], said["cost"]) == (3, {"amount": "0.15", "currency": "USD"})
