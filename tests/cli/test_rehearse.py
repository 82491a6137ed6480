"""`punctual rehearse`: what a new or edited config would change, with nothing sent and nothing stored."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from store import names
from store.tables import appointment_configs, attempts, metadata, promises
from tests.cli.conftest import ADA, BEN, FILE, Bench, config, workflow

OTHER = {"id": "11111111-2222-4333-8444-555555555555"}


@pytest.fixture
def booked(bench: Bench) -> Bench:
    """Two appointments that a config has planned for."""
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    bench.book("app_1", ADA)
    bench.book("app_2", BEN, starts_in=timedelta(hours=9))
    return bench


def everything(bench: Bench) -> dict[str, int]:
    with bench.db.begin() as tx:
        return {
            table.name: tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def rehearsed(bench: Bench, body: Any, *words: str) -> Any:
    return bench.done("rehearse", "--config", bench.file("new.json", body), "--json", *words).json


def test_a_new_config_shows_its_texts_their_segments_and_cost_and_stores_nothing(booked: Bench) -> None:
    priced = FILE.format(north="observe").replace(
        'numbers = ["+353861234567"]', 'numbers = ["+353861234567"]\noptions = { price_per_segment = 0.05 }'
    )
    booked.settings(priced)
    before = everything(booked)
    found = rehearsed(booked, config(workflow(-30, "Soon, {{ clientCustomer.firstName }}"), name="Soon"))
    assert found["counts"] == {"new": 2, "moved": 0, "gone": 0, "doubled": 0}
    assert [each["text"] for each in found["promises"]] == ["Soon, Ada", "Soon, Ben"]
    assert found["cost"]["north"] == {"segments": 2, "amount": "0.10", "currency": "USD"}
    assert everything(booked) == before
    said = booked.done("rehearse", "--config", str(booked.folder / "new.json")).out.splitlines()
    assert [row.split() for row in said[-4:-1]] == [
        ["connection", "appointments", "new", "moved", "gone", "doubled", "segments", "cost"],
        ["desk", "0", "0", "0", "0", "0", "0", "nothing"],
        ["north", "2", "2", "0", "0", "0", "2", "USD", "0.1000"],
    ]


def test_case_37_an_edited_config_moves_what_is_planned(booked: Bench) -> None:
    found = rehearsed(booked, config(workflow(-120)))
    assert found["counts"] == {"new": 0, "moved": 2, "gone": 0, "doubled": 0}
    assert found["promises"][0]["dueAfter"] < found["promises"][0]["dueBefore"]


def test_case_37_a_workflow_that_is_left_out_is_gone_and_says_why(booked: Bench) -> None:
    said = booked.done("rehearse", "--config", booked.file("none.json", {"name": "Reminders", "workflows": []}))
    assert "0 new, 0 moved, 2 gone, 0 doubled" in said.out
    assert "The workflow was switched off or deleted." in said.out
    assert "nothing was sent and nothing was stored" in said.out


def test_a_second_text_about_the_same_is_called_doubled(booked: Bench) -> None:
    found = rehearsed(booked, config(workflow(-60, **OTHER), name="The same again"))
    assert found["counts"] == {"new": 0, "moved": 0, "gone": 0, "doubled": 2}


def test_the_past_is_rehearsed_as_it_was_when_it_became_known(booked: Bench) -> None:
    booked.book("old", ADA, starts_in=timedelta(hours=-20))
    body = config(workflow(-60), workflow(-180, **OTHER))
    assert rehearsed(booked, body)["lookedAt"] == 2
    found = rehearsed(booked, body, "--since", "2d")
    assert found["lookedAt"] == 3
    past = [each for each in found["promises"] if each["past"]]
    assert [(each["appointmentId"], each["change"], each["workflowId"]) for each in past] == [
        ("old", "new", OTHER["id"])
    ]


def test_case_83_a_text_that_would_need_an_unknown_name_is_shown_with_the_reason(booked: Bench) -> None:
    body = config(workflow(-30, "See {{ practitioner.name }}"), name="Who")
    found = rehearsed(booked, body)["promises"][0]
    assert (found["text"], found["whyNot"]) == (None, "it needs practitioner.name, which is not known")
    with booked.db.begin() as tx:
        names.put(tx, "north", "practitioner", "7", "Dr. Lee")
        tx.execute(sa.text("UPDATE appointments SET practitioner_id = '7'"))
    assert rehearsed(booked, body)["promises"][0]["text"] == "See Dr. Lee"


def test_it_keeps_to_one_connection_or_to_what_a_field_says(booked: Bench) -> None:
    body = config(workflow(-30), name="Soon")
    assert rehearsed(booked, body, "--connection", "desk")["lookedAt"] == 0
    assert rehearsed(booked, body, "--connection", "north", "--by", "location_id=main")["lookedAt"] == 0
    assert rehearsed(booked, body, "--connection", "north")["counts"]["new"] == 2


@pytest.mark.parametrize("words", [("--since", "yesterday"), ("--since", "99999w"), ("--connection", "nowhere")])
def test_what_makes_no_sense_is_refused_in_words(booked: Bench, words: tuple[str, str]) -> None:
    said = booked.run("rehearse", "--config", booked.file("c.json", config()), *words)
    assert (said.status, words[1] in said.err) == (2, True)


def test_nothing_is_sent_by_looking(booked: Bench) -> None:
    rehearsed(booked, config(workflow(-600)))
    with booked.db.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(attempts)).scalar_one() == 0
        assert set(tx.execute(sa.select(promises.c.config_revision)).scalars()) == {1}
        assert tx.execute(sa.select(sa.func.count()).select_from(appointment_configs)).scalar_one() == 1
