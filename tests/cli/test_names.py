"""`punctual names` and `punctual preview`: words for ids, and never an id in a text (case 83)."""

import pytest
import sqlalchemy as sa

from tests.cli.conftest import ADA, Bench, config, workflow

CSV = "kind,key,name\npractitioner,7,Dr. Lee\nservice,s1,Check-up\n"


@pytest.fixture
def booked(bench: Bench) -> Bench:
    bench.book("app_1", ADA)
    with bench.db.begin() as tx:
        tx.execute(sa.text("UPDATE appointments SET practitioner_id = '7', service_id = 's1', location_id = 'l1'"))
    return bench


def test_case_83_names_are_imported_once_and_an_import_again_changes_nothing(booked: Bench) -> None:
    path = booked.file("names.csv", CSV)
    assert booked.done("names", "import", path, "--connection", "north", "--dry-run", "--json").json["changed"] == 2
    assert booked.done("names", "list", "--connection", "north", "--json").json == {"names": []}
    first = booked.done("names", "import", path, "--connection", "north", "--json").json
    again = booked.done("names", "import", path, "--connection", "north", "--json").json
    assert ((first["rows"], first["changed"]), again["changed"]) == ((2, 2), 0)
    listed = booked.done("names", "list", "--connection", "north", "--json").json["names"]
    assert listed[0] == {"kind": "practitioner", "key": "7", "name": "Dr. Lee"}
    assert booked.done("names", "list", "--connection", "desk", "--json").json == {"names": []}


def test_case_83_what_has_no_name_yet_is_told(booked: Bench) -> None:
    booked.done("names", "import", booked.file("names.csv", CSV), "--connection", "north")
    missing = booked.done("names", "missing", "--connection", "north", "--json").json["missing"]
    assert missing == [{"kind": "location", "key": "l1", "appointments": 1}]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("key,name\n1,x\n", 1, "heading"),
        ("kind,key,name\ndoctor,1,x\n", 2, "kind"),
        ("kind,key,name\n\nlocation,,x\n", 3, "both"),
        ("kind,key,name\nlocation,1\n", 2, "columns"),
        ("kind,key,name\nlocation,1," + "x" * 121 + "\n", 2, "longer"),
        ("", 0, "empty"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_nothing_is_imported(booked: Bench, text: str, line: int, why: str) -> None:
    said = booked.run("names", "import", booked.file("n.csv", text), "--connection", "north", "--json")
    assert said.status == 1
    assert (said.json["imported"], said.json["bad"][0]["line"]) == (False, line)
    assert why in said.json["bad"][0]["why"]


def test_case_83_a_preview_refuses_a_text_that_would_need_an_unknown_name(booked: Bench) -> None:
    template = "{{ appointment.type }} with {{ practitioner.name }}"
    said = booked.run("preview", "north", "app_1", "--template", template)
    assert said.status == 1
    assert "refused: it needs appointment.type, practitioner.name, which is not known" in said.out
    booked.done("names", "import", booked.file("names.csv", CSV), "--connection", "north")
    said = booked.done("preview", "north", "app_1", "--template", template, "--json")
    assert [each["text"] for each in said.json["texts"]] == ["Check-up with Dr. Lee"]


def test_a_preview_takes_a_config_a_file_a_language_or_what_is_planned(booked: Bench) -> None:
    spoken = {"type": "sms", "template": "Hi", "templates": {"es": "Hola {{ clientCustomer.firstName }}"}}
    path = booked.file("c.json", config(workflow(action=spoken)))
    said = booked.done("preview", "north", "app_1", "--config", path, "--language", "es-MX", "--json")
    assert said.json["texts"][0]["text"] == "Hola Ada"
    booked.done("configs", "apply", path, "--assign", "north")
    assert booked.done("preview", "north", "app_1", "--json").json["texts"][0]["text"] == "Hi"
    at = booked.file("text.liquid", "{{ language }}")
    assert booked.done("preview", "north", "app_1", "--template", f"@{at}", "--json").json["texts"][0]["text"] == "en"


def test_a_template_that_cannot_be_right_is_refused_with_its_place(booked: Bench) -> None:
    said = booked.run("preview", "north", "app_1", "--template", "Hi {{ name }}")
    assert (said.status, "line 1, column 7" in said.err) == (1, True)
    assert booked.run("preview", "north", "nobody").status == 2


def test_keys_are_made_listed_and_revoked(bench: Bench) -> None:
    made = bench.done("keys", "create", "site", "--connection", "north", "--json").json
    assert made["key"].startswith("cc_")
    shown = bench.done("keys", "list")
    assert made["digest"] in shown.out
    assert made["key"] not in shown.out
    assert bench.run("keys", "revoke", "ffffffff").status == 2
    assert bench.run("keys", "revoke", made["digest"][:3]).status == 2
    bench.done("keys", "revoke", made["digest"])
    assert bench.done("keys", "list", "--json").json["keys"][0]["revoked_at"] is not None
    assert bench.run("keys", "create", "site", "--connection", "nowhere").status == 2
