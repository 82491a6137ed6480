from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from store import people
from store.tables import numbers, promises, sync_requests
from tests.cli.conftest import ADA, FILE, Bench, config

pytestmark = pytest.mark.servers

HEADING = "person_id,first_name,last_name,phone,zone,language"
ADAS = "Ada@example.org,Ada,Byron,+353867654321,Europe/Dublin,en"
BENS = "ben@example.org,Ben,Doyle,+353861112223,,"


def csv(*rows: str) -> str:
    return "\n".join([HEADING, *rows, ""])


def directory(bench: Bench) -> dict[str, str]:
    with bench.db.begin() as tx:
        found = people.find(tx, "desk", ["ada@example.org", "ben@example.org"])
    return {person_id: row.phone for person_id, row in found.items()}


def promised(bench: Bench) -> list[tuple[str, str | None]]:
    with bench.db.begin() as tx:
        query = sa.select(promises.c.state, promises.c.skip_reason).order_by(promises.c.id)
        return [(row.state, row.skip_reason) for row in tx.execute(query)]


def test_a_directory_is_imported_and_a_second_time_changes_nothing(bench: Bench) -> None:
    path = bench.file("people.csv", csv(ADAS, BENS))
    first = bench.done("contacts", "import", path, "--connection", "desk")
    assert first.out == "desk: 2 contacts: 2 new, 0 changed, 0 unchanged\n"
    again = bench.done("contacts", "import", path)  # the only connection with a directory need not be named
    assert again.out == "desk: 2 contacts: 0 new, 0 changed, 2 unchanged\n"
    assert directory(bench) == {"ada@example.org": "+353867654321", "ben@example.org": "+353861112223"}
    with bench.db.begin() as tx:
        assert sorted(tx.execute(sa.select(numbers.c.number)).scalars()) == ["+353861112223", "+353867654321"]
        assert tx.execute(sa.select(sync_requests.c.kind, sync_requests.c.wanted_gen)).all() == [("plan", 1)]


def test_who_is_imported_after_the_booking_is_texted_all_the_same(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "desk")
    for number in range(3):
        bench.book(f"a{number}", ADA, connection="desk", known=False, starts_in=timedelta(hours=5 + number))
    assert promised(bench) == [("skipped", "no_contact")] * 3
    bench.done("contacts", "import", bench.file("people.csv", csv(ADAS)))
    assert promised(bench) == [("planned", None)] * 3
    gone = bench.file("people.csv", csv("ada@example.org,Ada,Byron,,,"))
    assert bench.done("contacts", "import", gone).out.startswith("desk: 1 contact: 0 new, 1 changed")
    assert promised(bench) == [("skipped", "no_contact")] * 3


def test_one_bad_row_keeps_all_of_them_out(bench: Bench) -> None:
    path = bench.file("people.csv", csv(ADAS, "cy@example.org,Cy,Poe,12,,", "di@example.org,Di,Poe,,Mars/Base,"))
    said = bench.run("contacts", "import", path)
    assert said.status == 1
    assert f"{path}: line 3: phone: no valid phone number" in said.err
    assert f"{path}: line 4: zone: no IANA zone" in said.err
    assert "nothing was imported: mend 2 rows, or leave them out with --skip-bad" in said.err
    assert directory(bench) == {}


def test_bad_rows_can_be_left_out(bench: Bench) -> None:
    path = bench.file("people.csv", csv(ADAS, "cy@example.org,Cy,Poe,12,,"))
    told = bench.done("contacts", "import", path, "--skip-bad", "--json").json
    assert told == {
        "connection": "desk",
        "imported": True,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "bad": [{"line": 3, "why": "phone: no valid phone number"}],
    }


def test_a_dry_run_shows_no_whole_number_and_stores_nothing(bench: Bench) -> None:
    path = bench.file("people.csv", csv(ADAS, BENS))
    bench.done("contacts", "import", path)
    changed = bench.file("people.csv", csv(ADAS.replace("321", "322"), BENS))
    said = bench.done("contacts", "import", changed, "--dry-run")
    assert "ada@example.org  Ada Byron  +353…322" in said.out
    assert "+353867654322" not in said.out
    assert "it would be 0 new, 1 changed, 1 unchanged" in said.out
    assert directory(bench)["ada@example.org"] == ADA.phone


@pytest.mark.parametrize(
    ("name", "told", "status"), [("north", "says itself whom to text", 1), ("dsk", "did you mean desk?", 2)]
)
def test_only_a_connection_with_a_directory_takes_one(bench: Bench, name: str, told: str, status: int) -> None:
    said = bench.run("contacts", "import", bench.file("people.csv", csv(ADAS)), "--connection", name)
    assert (said.status, told in said.err) == (status, True)


def test_with_two_directories_the_connection_must_be_named(bench: Bench) -> None:
    text = FILE.format(north="observe")
    bench.settings(text + text[text.index("[connections.desk]") :].replace("connections.desk", "connections.desk2"))
    said = bench.run("contacts", "import", bench.file("people.csv", csv(ADAS)))
    assert (said.status, "there is desk, desk2" in said.err) == (2, True)


def test_a_file_in_another_encoding_is_told(bench: Bench) -> None:
    (bench.folder / "people.csv").write_bytes(csv(ADAS.replace("Ada,", "Zoë,")).encode("latin-1"))
    said = bench.run("contacts", "import", "people.csv")
    assert (said.status, "is not UTF-8" in said.err) == (1, True)


def test_a_person_of_an_appointment_keeps_one_spelling(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "desk")
    bench.done("contacts", "import", bench.file("people.csv", csv(ADAS)))
    bench.book("a1", replace(ADA, person_id="ada@example.org"), connection="desk", known=False)
    assert promised(bench) == [("planned", None)]
