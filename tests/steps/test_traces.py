"""The vendor's name for a call stands in the timeline beside what the call led to, so that one can be asked about."""

from collections.abc import Callable
from typing import Any

import pytest

from runtime import explain
from store import tables, timeline
from tests.factories import days, minutes
from tests.steps.given import Clinic, now
from tests.steps.test_write_back import confirms, runs

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]


def entries(north: Clinic, external_id: str, kind: str) -> list[dict[str, Any]]:
    with north.db.begin() as tx:
        return [row.facts for row in timeline.of(tx, "north", external_id) if row.kind == kind]


def asked(north: Clinic) -> list[str]:
    """The correlation ids that the vendor has seen, oldest first."""
    return [call["correlation_id"] for call in north.tenant.calls() if call["correlation_id"]]


def test_what_a_call_brought_is_kept_with_its_correlation_id_and_explained(clinic: Make) -> None:
    north = clinic("pexip")
    external_id = north.known(days(2))
    (seen,) = entries(north, external_id, "first_seen")
    north.tenant.act(external_id, "move", announce=False, starts_at=(now() + days(4)).isoformat())
    north.wants(external_id)
    north.syncs()
    (changed,) = entries(north, external_id, "changed")
    assert seen["trace"] != changed["trace"]
    assert {seen["trace"], changed["trace"]} <= set(asked(north))
    with north.db.begin() as tx:
        said = [line.text for line in explain.lines(tx, "north", external_id)]
    assert sum(f"[correlation id {changed['trace']}]" in line for line in said) == 1


def test_the_call_that_did_not_find_it_and_the_write_are_named_too(clinic: Make) -> None:
    north = clinic("pexip", options={"accept_invites": True})
    external_id = north.known(days(2), status="OUTGOING_INVITE")
    confirms(north)
    runs(north)
    (written,) = entries(north, external_id, "write_back")
    assert (written["state"], written["trace"]) == ("done", asked(north)[-1])
    north.tenant.act(external_id, "delete", announce=False)
    north.wants(external_id)
    north.syncs()
    (doubtful,) = entries(north, external_id, "doubtful")
    assert doubtful["trace"] == asked(north)[-1]


def test_an_outage_and_a_refusal_name_the_call_that_met_them(clinic: Make) -> None:
    north = clinic("pexip")
    external_id = north.known(days(2))
    north.tenant.fault("error_500", count=None)
    for _ in range(3):
        north.wants(external_id)
        north.alters(tables.connection_states, paused_until=now() - minutes(1))
        north.syncs()
    (away,) = entries(north, "", "vendor_away")
    assert away["trace"] == asked(north)[-1]


def test_a_vendor_without_such_a_name_has_none_in_the_timeline(clinic: Make) -> None:
    north = clinic("caspen")
    external_id = north.known(days(2))
    assert ["trace" in each for each in entries(north, external_id, "first_seen")] == [False]
