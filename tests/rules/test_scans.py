"""How long a scan takes within its share."""

from datetime import timedelta

from rules.scans import pages, scan_seconds
from rules.vendors import Budget

SIXTY = Budget(60, timedelta(minutes=1))


def test_fifty_thousand_records_are_five_hundred_calls_and_most_of_half_an_hour() -> None:
    assert pages(50_000, 100) == 500
    assert scan_seconds(500, SIXTY) == 26 * 60  # 19 a minute, the first 19 at once


def test_what_fits_one_share_costs_no_waiting() -> None:
    assert scan_seconds(19, SIXTY) == 0
    assert scan_seconds(20, SIXTY) == 60


def test_an_empty_list_is_one_call() -> None:
    assert pages(0, 100) == 1


def test_a_backfill_takes_longer_than_a_scan() -> None:
    assert scan_seconds(500, SIXTY, "backfill") > scan_seconds(500, SIXTY)
