"""Case 28: a zone that is corrected after planning."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from store.tables import appointments, promises
from tests.cli.conftest import ADA, FILE, Bench, config, workflow


def booked(bench: Bench) -> None:
    """Two appointments in Dublin, reminded some days before by the wall clock across a change of New York's clocks."""
    bench.done("configs", "apply", bench.file("c.json", config(workflow(-1440))), "--assign", "north")
    bench.book("app_1", ADA, starts_in=timedelta(days=3))
    bench.book("app_2", ADA, starts_in=timedelta(days=5))


def zones(bench: Bench) -> set[str]:
    with bench.db.begin() as tx:
        return set(tx.execute(sa.select(appointments.c.zone)).scalars())


def due(bench: Bench) -> list[object]:
    with bench.db.begin() as tx:
        return list(tx.execute(sa.select(promises.c.due_at).order_by(promises.c.id)).scalars())


def test_case_28_nothing_is_shown_while_the_zone_stands(bench: Bench) -> None:
    booked(bench)
    assert bench.done("zones", "north", "--json").json["appointments"] == []


def test_case_28_the_difference_is_shown_before_it_is_applied(bench: Bench) -> None:
    booked(bench)
    bench.settings(FILE.format(north="observe").replace("Europe/Dublin", "Asia/Tokyo"))
    shown = bench.done("zones", "north", "--json").json
    assert [each["external_id"] for each in shown["appointments"]] == ["app_1", "app_2"]
    assert {each["zone_after"] for each in shown["appointments"]} == {"Asia/Tokyo"}
    assert zones(bench) == {"Europe/Dublin"}
    bench.done("zones", "north", "--apply")
    assert zones(bench) == {"Asia/Tokyo"}
    assert bench.done("zones", "north", "--json").json["appointments"] == []


def test_case_28_a_text_by_the_wall_clock_moves_with_the_zone(bench: Bench) -> None:
    """With rules of its own a zone that jumps between the two days gives another instant for the same wall time."""
    booked(bench)
    before = due(bench)
    with bench.db.begin() as tx:
        # As if the old rules had said an hour more: what is stored no longer is what the rules say now.
        tx.execute(sa.update(promises).values(due_at=promises.c.due_at + timedelta(hours=1)))
    shown = bench.done("zones", "north", "--json").json["appointments"]
    assert [each["promises"][0]["change"] for each in shown] == ["moved", "moved"]
    assert due(bench) != before
    said = bench.done("zones", "north", "--apply")
    assert "2 texts moved" in said.out
    assert due(bench) == before


def noon_after_the_next_change_of_clocks(zone: ZoneInfo) -> timedelta:
    """From now."""
    now = datetime.now(UTC)
    day = next(
        each
        for each in ((now + timedelta(days=count)).astimezone(zone).date() for count in range(2, 300))
        if _offset(each, zone) != _offset(each - timedelta(days=1), zone)
    )
    return datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC) - now


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, time(12), tzinfo=zone).utcoffset()


def test_case_28_a_day_before_is_another_instant_in_another_zone(bench: Bench) -> None:
    bench.done("configs", "apply", bench.file("c.json", config(workflow(-1440))), "--assign", "north")
    starts_at = bench.book("app_1", ADA, starts_in=noon_after_the_next_change_of_clocks(ZoneInfo("Europe/Dublin")))
    assert due(bench) != [starts_at - timedelta(days=1)]
    bench.settings(FILE.format(north="observe").replace("Europe/Dublin", "Asia/Tokyo"))
    [shown] = bench.done("zones", "north", "--json").json["appointments"]
    assert [each["change"] for each in shown["promises"]] == ["moved"]
    assert due(bench) != [starts_at - timedelta(days=1)]
    bench.done("zones", "north", "--apply")
    assert due(bench) == [starts_at - timedelta(days=1)]
