"""Case 76: configs that the vendor has too run in one place, never in both. At the emulated CareCycle, over HTTP."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from rules.workflow import RunsAt
from schemas.appointment_rules import to_rules
from store.tables import appointment_configs
from tests.cli.conftest import Bench, config, workflow
from tests.cli.test_vendor import FILE
from tests.vendors.conftest import Tenant, sandbox, tenant

__all__ = ["sandbox", "tenant"]

pytestmark = pytest.mark.servers


@pytest.fixture
def care(bench: Bench, tenant: Callable[..., Tenant]) -> Tenant:
    one = tenant("carecycle")
    credentials = ", ".join(f'{name} = "{value}"' for name, value in one.credentials.items())
    bench.settings(
        FILE.format(vendor="carecycle", base=f"{one.url}/carecycle", credentials=f"{{ {credentials} }}", more="")
    )
    bench.wiring().declare()
    return one


def theirs(bench: Bench) -> list[dict[str, Any]]:
    """What the vendor has."""
    found: list[dict[str, Any]] = bench.done("vendor", "acme", "list-appointment-configs", "--json").json
    return found


def create(bench: Bench, body: dict[str, Any]) -> dict[str, Any]:
    said = bench.done("vendor", "acme", "create-appointment-config", "--config", json.dumps(body), "--json")
    made: dict[str, Any] = said.json
    return made


def ours(bench: Bench) -> list[Any]:
    with bench.db.begin() as tx:
        query = sa.select(appointment_configs).where(
            appointment_configs.c.current, appointment_configs.c.deleted_at.is_(None)
        )
        return list(tx.execute(query).all())


def documented(**parts: Any) -> dict[str, Any]:
    return {
        "id": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
        "enabled": True,
        "trigger": {"anchor": "event_starts", "offsetMinutes": -60},
        "action": {"type": "sms", "senderId": "x", "template": "Hi"},
    } | parts


def test_case_76_a_pulled_config_is_the_vendors_and_never_runs_here(bench: Bench, care: Tenant) -> None:
    create(bench, {"name": "Theirs", "appointmentLength": 20, "workflows": [documented()]})
    assert bench.done("configs", "pull", "acme", "--json").json["pulled"] == 1
    [row] = ours(bench)
    rules = to_rules(json.loads(row.body))
    assert (row.name, row.source, rules.appointment_length_minutes) == ("Theirs", "vendor", 20)
    assert [each.runs_at for each in rules.workflows] == [RunsAt.VENDOR]
    assert bench.done("configs", "pull", "acme", "--json").json == {
        "connection": "acme",
        "pulled": 0,
        "unchanged": 1,
        "gone": 0,
        "ours": 0,
        "configs": [{"vendor_id": row.vendor_id, "name": "Theirs", "not_supported": []}],
    }


def test_case_76_what_nobody_documents_is_kept_and_shown_as_not_supported(bench: Bench, care: Tenant) -> None:
    create(bench, {"name": "Odd", "workflows": [documented(condition={"kind": "moon_phase"})]})
    said = bench.done("configs", "pull", "acme")
    assert "not supported here: workflows.0: the condition 'moon_phase' is not supported" in said.out
    assert json.loads(ours(bench)[0].body)["workflows"][0]["condition"] == {"kind": "moon_phase"}


def test_what_the_vendor_deleted_is_deleted_here_at_the_next_pull(bench: Bench, care: Tenant) -> None:
    made = create(bench, {"name": "Theirs"})
    bench.done("configs", "pull", "acme")
    bench.done("vendor", "acme", "delete-appointment-config", "--config-id", made["id"])
    assert bench.done("configs", "pull", "acme", "--json").json["gone"] == 1
    assert ours(bench) == []


def test_case_76_a_pulled_config_cannot_be_edited_into_running_twice(bench: Bench, care: Tenant) -> None:
    create(bench, {"name": "Theirs", "workflows": [documented()]})
    bench.done("configs", "pull", "acme")
    body = {**config(name="Theirs"), "id": str(ours(bench)[0].id)}
    said = bench.run("configs", "apply", bench.file("c.json", body))
    assert (said.status, "pulled from its vendor" in said.err) == (1, True)


def test_case_76_a_pushed_config_is_switched_off_there_and_runs_here(bench: Bench, care: Tenant) -> None:
    bench.done("configs", "apply", bench.file("c.json", config(workflow(-60))), "--assign", "acme")
    said = bench.done("configs", "push", "acme", "Reminders", "--json").json
    [at_vendor] = theirs(bench)
    assert (at_vendor["id"], at_vendor["name"]) == (said["vendor_id"], "Reminders")
    assert [each["enabled"] for each in at_vendor["workflows"]] == [False]
    assert said["left_out"] == ["workflows.0.quietHours"]
    [row] = ours(bench)
    assert [each.runs_at for each in to_rules(json.loads(row.body)).workflows] == [RunsAt.PUNCTUAL]
    assert bench.done("configs", "pull", "acme", "--json").json["ours"] == 1


def test_case_76_one_that_is_to_run_there_no_longer_runs_here_whatever_is_edited(bench: Bench, care: Tenant) -> None:
    bench.done("configs", "apply", bench.file("c.json", config(workflow(-60))), "--assign", "acme")
    bench.done("configs", "push", "acme", "Reminders", "--run-there")
    assert [each["enabled"] for each in theirs(bench)[0]["workflows"]] == [True]
    bench.done("configs", "apply", bench.file("c.json", config(workflow(-90))))
    [row] = ours(bench)
    assert [each.runs_at for each in to_rules(json.loads(row.body)).workflows] == [RunsAt.VENDOR]
    bench.done("configs", "push", "acme", "Reminders")
    [at_vendor] = theirs(bench)  # the one from before is gone
    assert [each["enabled"] for each in at_vendor["workflows"]] == [False]
    assert [each.runs_at for each in to_rules(json.loads(ours(bench)[0].body)).workflows] == [RunsAt.PUNCTUAL]


def test_what_the_vendor_has_no_word_for_is_left_out_and_said(bench: Bench, care: Tenant) -> None:
    body = config(
        workflow(-60),
        workflow(trigger={"anchor": "booked", "offsetMinutes": 0}),
        workflow(condition={"kind": "confirmed"}),
    )
    bench.done("configs", "apply", bench.file("c.json", body))
    said = bench.done("configs", "push", "acme", "Reminders", "--json").json
    assert said["left_out"][1:] == [
        "workflows.1: the anchor booked is not documented there",
        "workflows.2: its condition is not documented there",
    ]
    assert len(theirs(bench)[0]["workflows"]) == 1


def test_a_vendor_without_configs_says_so(bench: Bench) -> None:
    assert "documents no appointment configs" in bench.run("configs", "pull", "north").err
