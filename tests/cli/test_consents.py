"""`punctual consents`: the ledger as operators see it and add to it."""

import csv
import io
from typing import Any

import pytest

from rules.senders import Inbound
from store import consents, inbound, sync_requests
from store.tables import operator_actions
from tests.cli.conftest import Bench

pytestmark = pytest.mark.servers

ADA, BEN, CLINIC = "+353867654321", "+353861112223", "+353861234567"
FORMS = f"number,kind,reference\n{ADA},opt_in,form of 2026-01-05\n{BEN},opt_out,told us by phone\n"


def texts(bench: Bench, body: str, number: str = ADA) -> None:
    with bench.db.begin() as tx:
        inbound.keep(tx, "texts", [Inbound(f"IN-{body}-{number}", number, CLINIC, body)])


def stands(bench: Bench, number: str) -> str:
    with bench.db.begin() as tx:
        return consents.stand(tx, "texts", number)


def test_a_file_is_added_to_the_ledger_with_its_references(bench: Bench) -> None:
    said = bench.done("consents", "import", bench.file("forms.csv", FORMS))
    assert "2 added, 0 unchanged, 0 left opted out" in said.out
    assert (stands(bench, ADA), stands(bench, BEN)) == ("opt_in", "opt_out")
    with bench.db.begin() as tx:
        assert {row.reference for row in consents.page(tx)} == {"form of 2026-01-05", "told us by phone"}
        assert {row.source for row in consents.page(tx)} == {"import"}
        assert tx.execute(operator_actions.select()).one().action == "consents import"
        assert sorted(sync_requests.waiting_connections(tx)) == ["desk", "north"]


def test_the_same_file_twice_adds_nothing(bench: Bench) -> None:
    path = bench.file("forms.csv", FORMS)
    bench.done("consents", "import", path)
    assert bench.done("consents", "import", path, "--json").json["unchanged"] == 2


def test_a_dry_run_adds_nothing(bench: Bench) -> None:
    said = bench.done("consents", "import", "--dry-run", bench.file("forms.csv", FORMS))
    assert said.out.startswith("it would be 2 added")
    assert stands(bench, ADA) == ""


def test_a_stop_by_the_person_stands_against_an_older_list(bench: Bench) -> None:
    texts(bench, "STOP")
    said = bench.done("consents", "import", bench.file("forms.csv", FORMS))
    assert "1 added, 0 unchanged, 1 left opted out" in said.out
    assert stands(bench, ADA) == "opt_out"


@pytest.mark.parametrize(("at", "stand"), [("2020-01-01T00:00:00Z", "opt_out"), ("2199-01-01T00:00:00Z", "opt_in")])
def test_an_opt_in_that_says_it_is_newer_than_the_stop_counts(bench: Bench, at: str, stand: str) -> None:
    texts(bench, "STOP")
    bench.done("consents", "import", bench.file("new.csv", f"number,kind,at\n{ADA},opt_in,{at}\n"))
    assert stands(bench, ADA) == stand


def test_an_exported_ledger_can_be_imported_as_it_is_and_a_stop_in_it_still_stands(bench: Bench) -> None:
    texts(bench, "STOP")
    texts(bench, "START", BEN)
    exported = bench.done("consents", "export").out
    rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(exported)))
    assert [(row["sender"], row["number"], row["kind"], row["source"]) for row in rows] == [
        ("texts", ADA, "opt_out", "inbound"),
        ("texts", BEN, "opt_in", "inbound"),
    ]
    with bench.db.begin() as tx:
        tx.exec_driver_sql("TRUNCATE consents, numbers")
    bench.done("consents", "import", bench.file("ledger.csv", exported))
    assert (stands(bench, ADA), stands(bench, BEN)) == ("opt_out", "opt_in")
    bench.done("consents", "import", bench.file("forms.csv", FORMS))
    assert stands(bench, ADA) == "opt_out"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("number\n+353867654321\n", "line 1: the first line names the columns"),
        ("number,kind,name\n+353867654321,opt_in,Ada\n", "line 1: the first line names the columns"),
        ("number,kind\n0861112223,opt_in\n", "line 2: number: no valid phone number"),
        ("number,kind\n+353867654321,yes\n", "line 2: kind: Must be one of"),
        ("number,kind,at\n+353867654321,opt_in,yesterday\n", "line 2: at: no instant"),
        ("number,kind,at\n+353867654321,opt_in,2026-01-05\n", "line 2: at: no instant"),
        ("number,kind\n+353867654321,opt_in,more\n", "line 2: line: has more cells"),
    ],
)
def test_bad_input_a_bad_line_is_named_and_nothing_is_imported(bench: Bench, content: str, why: str) -> None:
    good = f"\n{BEN},opt_in\n" if content.startswith("number,kind\n") else ""
    said = bench.run("consents", "import", bench.file("bad.csv", content.rstrip("\n") + good))
    assert said.status == 1
    assert why in said.err
    assert stands(bench, BEN) == ""


def test_an_unknown_sender_is_named(bench: Bench) -> None:
    said = bench.run("consents", "import", "--sender", "text", bench.file("forms.csv", FORMS))
    assert said.status == 2
    assert "did you mean texts?" in said.err


def test_a_number_shows_its_whole_history(bench: Bench) -> None:
    texts(bench, "STOP")
    texts(bench, "START")
    said = bench.done("consents", "show", ADA)
    assert [line.split("UTC  ")[-1] for line in said.out.splitlines()] == [
        f"texts: opted out (inbound, IN-STOP-{ADA})",
        f"texts: opted in (inbound, IN-START-{ADA})",
        "texts: opted in",
    ]
    assert bench.done("consents", "show", BEN, "--json").json["stands"] == {"texts": ""}
    assert bench.run("consents", "show", "nobody").status == 2


def test_the_list_masks_numbers_and_can_be_narrowed(bench: Bench) -> None:
    texts(bench, "STOP")
    texts(bench, "START", BEN)
    said = bench.done("consents", "list").out
    assert ADA not in said
    assert "opted out" in said
    assert "opted in" in said
    assert "opted in" not in bench.done("consents", "list", "--opted-out").out
    assert [row["number"] for row in bench.done("consents", "list", "--opted-in", "--json").json] == [BEN]
