import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.tables import appointment_configs, operator_actions, pins, promises, sync_requests
from tests.cli.conftest import ADA, TEMPLATE, Bench, config, workflow

pytestmark = pytest.mark.servers
DOCUMENTED = Path(__file__).parents[1] / "fixtures" / "appointment_configs" / "created.json"
ID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"


def plans_asked(bench: Bench) -> dict[str, int]:
    with bench.db.begin() as tx:
        query = sa.select(sync_requests.c.connection, sync_requests.c.wanted_gen).where(sync_requests.c.kind == "plan")
        return {row[0]: row[1] for row in tx.execute(query)}


def revisions(bench: Bench) -> list[int]:
    with bench.db.begin() as tx:
        return list(tx.execute(sa.select(appointment_configs.c.revision).order_by(sa.text("revision"))).scalars())


def test_a_file_is_applied_and_its_connections_are_planned_anew(bench: Bench) -> None:
    said = bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north", "--assign", "desk")
    assert "Hi Anna, see you at 2:30 PM." in said.out
    assert "1 segment (GSM-7, 28 units); at worst 1 segment (UCS-2" in said.out
    assert plans_asked(bench) == {"desk": 1, "north": 1}
    listed = bench.done("configs", "list", "--json").json["configs"]
    assert [(each["name"], each["revision"], len(each["assigned"])) for each in listed] == [("Reminders", 1, 2)]


def test_the_same_file_twice_changes_nothing(bench: Bench) -> None:
    path = bench.file("c.json", config())
    first = bench.done("configs", "apply", path, "--assign", "north", "--json").json
    again = bench.done("configs", "apply", path, "--assign", "north", "--json").json
    assert (first["changed"], again["changed"]) == (True, False)
    assert again["id"] == first["id"]
    assert again["workflows"] == first["workflows"]
    assert again["planned_anew"] == []
    assert revisions(bench) == [1]
    assert plans_asked(bench) == {"north": 1}
    with bench.db.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(operator_actions)).scalar() == 1


def test_a_changed_file_is_a_new_revision_that_keeps_the_ids_of_its_workflows(bench: Bench) -> None:
    first = bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north", "--json").json
    changed = config(workflow(-30), workflow(-90))
    second = bench.done("configs", "apply", bench.file("c.json", changed), "--json").json
    assert (second["id"], second["revision"]) == (first["id"], 2)
    assert second["planned_anew"] == ["north"]
    ids = [each["id"] for each in second["workflows"]]
    assert ids[0] == first["workflows"][0]["id"]
    assert len(set(ids)) == 2


def test_ids_of_the_last_revision_are_taken_over_where_a_file_gives_none(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config(workflow(id=ID))))
    again = bench.done("configs", "apply", bench.file("c.json", config(workflow(-30))), "--json").json
    assert [each["id"] for each in again["workflows"]] == [ID]
    # ... unless another workflow of the file has it now
    moved = config(workflow(-30), workflow(id=ID))
    ids = [
        each["id"] for each in bench.done("configs", "apply", bench.file("c.json", moved), "--json").json["workflows"]
    ]
    assert ids[1] == ID
    assert ids[0] != ID


def test_a_file_with_an_id_is_that_config_whatever_its_name(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config(id=ID)))
    said = bench.done("configs", "apply", bench.file("c.json", config(id=ID, name="Other")), "--json").json
    assert (said["id"], said["revision"], said["name"]) == (ID, 2, "Other")


def test_a_config_in_toml_is_the_same_config(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config(workflow(id=ID))))
    toml = f"""
    name = "Reminders"
    [[workflows]]
    id = "{ID}"
    enabled = true
    trigger = {{ anchor = "event_starts", offsetMinutes = -60 }}
    action = {{ type = "sms", template = {json.dumps(TEMPLATE)} }}
    quietHours = {{ start = "00:00", end = "00:00" }}
    """
    assert bench.done("configs", "apply", bench.file("c.toml", toml), "--json").json["changed"] is False


def test_the_documented_answer_is_stored_and_what_cannot_run_is_told(bench: Bench) -> None:
    said = bench.done("configs", "apply", str(DOCUMENTED))
    assert "stored, but not executed: workflows.0: an offset of -9007199254740991 minutes" in said.out
    assert "stored, but not executed: appointmentLength" in said.out


MISTAKES: list[tuple[Any, str]] = [
    ("{", "is not JSON"),
    ("[]", "holds no appointment config"),
    ({"workflows": []}, "name: give it a name or an id"),
    (config(colour="red"), "colour: Unknown field; there is name, description"),
    (config(workflow(trigger={"anchor": "lunch", "offsetMinutes": 1})), "workflows.0.trigger.anchor: Must be one of"),
    (
        config(workflow(template="Hi {{ name }}")),
        "workflows.0.action.template: line 1, column 7: name is not a variable",
    ),
    (
        config(workflow(template="Reply CANCEL to cancel.")),
        "workflows.0.action.template: It tells people to reply CANCEL",
    ),
    (config(id="7"), "id: Not a valid UUID."),
    ({"name": "x", "workflows": "none"}, "workflows: Not a valid list."),
]


@pytest.mark.parametrize(("body", "told"), MISTAKES, ids=[told[:24] for _, told in MISTAKES])
def test_a_mistake_is_told_by_its_path_and_nothing_is_stored(bench: Bench, body: Any, told: str) -> None:
    said = bench.run("configs", "apply", bench.file("c.json", body), "--assign", "north")
    assert said.status == 1
    assert told in said.err
    assert revisions(bench) == []
    assert plans_asked(bench) == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["apply", "c.json", "--assign", "nroth"], "did you mean north?"),
        (["apply", "c.json", "--assign", "north", "--by", "colour=red"], "expected FIELD=VALUE"),
        (["apply", "c.json", "--by", "location_id=7"], "--assign"),
        (["assign", "Remindes", "north"], "did you mean Reminders?"),
        (["show", "nothing"], "no config is named 'nothing'"),
    ],
)
def test_what_is_misspelt_is_told_with_what_there_is(bench: Bench, words: list[str], told: str) -> None:
    bench.done("configs", "apply", bench.file("c.json", config()))
    said = bench.run("configs", *words)
    assert said.status == 2
    assert told in said.err


def test_a_file_that_is_not_there_is_told(bench: Bench) -> None:
    said = bench.run("configs", "apply", "nowhere.json")
    assert (said.status, said.err) == (1, "punctual: nowhere.json cannot be read: No such file or directory\n")


def test_assigning_by_a_field_and_taking_it_away(bench: Bench) -> None:
    identity = bench.done("configs", "apply", bench.file("c.json", config()), "--json").json["id"]
    assert plans_asked(bench) == {}
    bench.done("configs", "assign", "Reminders", "north", "--by", "location_id=main-street")
    bench.done("configs", "assign", identity[:8], "north", "--by", "location_id=main-street")
    assert plans_asked(bench) == {"north": 1}
    assert "north (location_id=main-street)" in bench.done("configs", "list").out
    shown = bench.done("configs", "show", "Reminders", "--json").json
    assert shown["assigned"] == [{"connection": "north", "field": "location_id", "value": "main-street"}]
    assert shown["config"]["id"] == identity
    assert bench.done("configs", "unassign", "Reminders", "north", "--json").json["changed"] is True
    assert bench.done("configs", "unassign", "Reminders", "north", "--json").json["changed"] is False
    assert plans_asked(bench) == {"north": 2}


def test_one_assignment_is_taken_away_and_the_others_stay(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    bench.done("configs", "assign", "Reminders", "north", "--by", "location_id=main-street")
    bench.done("configs", "unassign", "Reminders", "north", "--by", "location_id=main-street")
    shown = bench.done("configs", "show", "Reminders", "--json").json
    assert shown["assigned"] == [{"connection": "north", "field": "", "value": ""}]


def test_case_37_a_deleted_config_is_gone_with_its_assignments_and_is_planned_anew(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    assert bench.done("configs", "delete", "Reminders").out == (
        "Reminders is deleted; what it had planned for north is cancelled\n"
    )
    assert plans_asked(bench) == {"north": 2}
    assert bench.done("configs", "list", "--json").json == {"configs": []}
    assert bench.run("configs", "delete", "Reminders").status == 2


def test_case_37_a_file_reaches_what_is_booked_only_when_it_is_told_to(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    bench.book("a1", ADA)
    changed = bench.file("c.json", config(workflow(-30)))
    assert "keeps its revision" in bench.done("configs", "apply", changed).out
    assert pinned(bench) == [1]
    assert "1 booked appointment moved to revision 2" in bench.done("configs", "apply", changed, "--to-booked").out
    assert pinned(bench) == [2]
    assert bench.done("configs", "apply", changed, "--to-booked", "--json").json["booked_moved"] == 0


def test_an_earlier_revision_can_be_looked_at(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config(workflow(template="the first words"))))
    bench.done("configs", "apply", bench.file("c.json", config(workflow(template="the second words"))))
    shown = bench.done("configs", "show", "Reminders").out
    assert "the second words" in shown
    assert "2 revisions; `--revision N` shows an earlier one" in shown
    earlier = bench.done("configs", "show", "Reminders", "--revision", "1", "--json").json
    assert earlier["workflows"][0]["texts"][0]["example"]["text"] == "the first words"
    assert [each["revision"] for each in earlier["revisions"]] == [1, 2]
    said = bench.run("configs", "show", "Reminders", "--revision", "3")
    assert (said.status, said.err) == (2, "punctual: Reminders has no revision 3; its newest is 2\n")


def pinned(bench: Bench) -> list[int]:
    with bench.db.begin() as tx:
        return list(tx.execute(sa.select(pins.c.revision)).scalars())


def test_what_will_not_do_what_somebody_expects_is_told_with_its_remedy(bench: Bench) -> None:
    rules = [workflow(), workflow(), workflow()]
    rules[0]["action"]["senderId"] = "nobody"
    rules[1]["action"] = {"type": "webhook"}
    rules[2]["action"] = {"type": "webhook", "url": "https://crm.example.com/hook"}
    path = bench.file("c.json", config(*rules))
    assert "it is not assigned, so that it plans nothing" in bench.done("configs", "apply", path).out
    said = bench.done("configs", "apply", path, "--assign", "north", "--by", "campaign_id=c1", "--json").json
    assert said["hints"] == [
        "workflows.0: no sender is named 'nobody'; the connection's own sends it",
        "workflows.1: north has no status_callback to be told; set it, or give the action a url",
        "workflows.2: north has nothing to sign its webhook with; set webhook_actions of [connections.north]",
        "no appointment of north has campaign_id=c1 so far",
    ]
    shown = bench.done("configs", "show", "Reminders").out
    assert all(f"  mind: {line}" in shown for line in said["hints"])


def test_a_calendar_may_be_a_file_beside_the_config(bench: Bench) -> None:
    days = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nEND:VEVENT\nEND:VCALENDAR"
    body = config(workflow(quietHours={"closedCalendar": "file:holidays.ics"}))
    said = bench.run("configs", "apply", bench.file("c.json", body))
    assert said.status == 1
    assert "workflows.0.quietHours.closedCalendar: expected a readable calendar at" in said.err
    bench.file("holidays.ics", days)
    bench.done("configs", "apply", bench.file("c.json", body))
    shown = bench.done("configs", "show", "Reminders", "--json").json["config"]
    assert shown["workflows"][0]["quietHours"]["closedCalendar"] == days


def test_every_language_is_shown_with_what_it_costs(bench: Bench) -> None:
    said = workflow()
    said["action"]["templates"] = {
        "es": "Hola {{ clientCustomer.firstName }}, ¿nos vemos el {{ appointment.weekday }}?"
    }
    path = bench.file("c.json", config(said))
    assert "[es] Hola Anna, ¿nos vemos el martes?" in bench.done("configs", "apply", path).out
    texts = bench.done("configs", "apply", path, "--json").json["workflows"][0]["texts"]
    assert [each["language"] for each in texts] == [None, "es"]
    assert texts[1]["worst"]["encoding"] == "ucs2"


def test_what_is_applied_is_what_is_planned(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    bench.book("a1", ADA)
    with bench.db.begin() as tx:
        assert tx.execute(sa.select(promises.c.state)).scalars().all() == ["planned"]


def test_what_nobody_could_be_told_is_refused_when_it_is_saved(bench: Bench) -> None:
    """Caspen takes no status, and north has no status callback."""
    action = {"type": "set_status", "status": "completed"}
    path = bench.file("c.json", config(workflow(action=action)))
    said = bench.run("configs", "apply", path, "--assign", "north")
    assert (said.status, "set status_callback of [connections.north]" in said.err) == (1, True), said.err
    assert "workflows.0.action" in said.err
    assert bench.done("configs", "list", "--json").json == {"configs": []}, "nothing was stored"
    bench.done("configs", "apply", path)
    said = bench.run("configs", "assign", "Reminders", "north")
    assert (said.status, "it cannot be used at north" in said.err) == (1, True)
    confirms = {"type": "set_status", "status": "confirmed"}
    bench.done("configs", "apply", bench.file("d.json", config(workflow(action=confirms))), "--assign", "north")
