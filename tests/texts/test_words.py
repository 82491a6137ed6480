from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rules.segments import foreign
from texts import Facts, text_for

TEMPLATE = "{{appointment.weekday}} {{appointment.date}}, {{appointment.time}} {{appointment.zone}}"
FACTS = Facts(starts_at=datetime(2026, 3, 1, 13, 30, tzinfo=UTC), zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Sunday March 1, 2:30 PM CET"),
        ("en-GB", "Sunday 1 March, 14:30 CET"),
        ("es", "domingo 1 de marzo, 14:30 CET"),
        ("fr", "dimanche 1er mars, 14:30 CET"),
        ("de", "Sonntag 1. März, 14:30 MEZ"),
        ("nl", "zondag 1 maart, 14:30 CET"),
        ("de_AT", "Sonntag 1. März, 14:30 MEZ"),
        ("es-ZZ", "domingo 1 de marzo, 14:30 CET"),
        ("", "Sunday March 1, 2:30 PM CET"),
        ("no such language", "Sunday March 1, 2:30 PM CET"),
    ],
)
def test_dates_and_times_are_said_in_the_words_of_the_language(language: str, text: str):
    assert text_for(TEMPLATE, replace(FACTS, language=language)) == text


@pytest.mark.parametrize("language", ["en", "en-GB", "de", "nl"])
@pytest.mark.parametrize("month", range(1, 13))
def test_no_date_or_time_makes_a_text_dear_that_need_not_be(language: str, month: int):
    facts = replace(FACTS, starts_at=datetime(2026, month, 5, 0, 5, tzinfo=UTC), language=language)
    assert foreign(text_for("{{appointment.date}} {{appointment.time}} {{appointment.endTime}}", facts)) == []


@pytest.mark.parametrize(
    ("zone", "language", "said"),
    [
        ("Asia/Dubai", "en", "Dubai time"),
        ("Asia/Dubai", "fr", "heure de Dubaï"),
        ("America/Sao_Paulo", "es", "hora de São Paulo"),
        ("America/Argentina/Buenos_Aires", "nl", "tijd in Buenos Aires"),
        ("Europe/London", "de", "GMT"),
        ("Pacific/Kiritimati", "de", "Ortszeit Kiritimati"),
    ],
)
def test_a_zone_without_a_name_is_called_by_its_city(zone: str, language: str, said: str):
    assert text_for("{{appointment.zone}}", replace(FACTS, zone=zone, language=language)) == said


def test_the_day_is_the_day_at_the_place_not_in_utc():
    facts = replace(FACTS, starts_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC), zone="Pacific/Auckland")
    assert text_for("{{appointment.weekday}} {{appointment.date}}", facts) == "Monday March 2"


@pytest.mark.parametrize("language", ["aa", "aa-ET", "root", "zz"])
def test_a_language_without_names_of_places_still_names_the_zone(language: str):
    facts = replace(FACTS, zone="America/Argentina/Buenos_Aires", language=language)
    assert "Buenos Aires" in text_for("{{appointment.zone}}", facts)


def test_case_26_an_hour_that_comes_twice_is_told_apart_by_its_zone():
    first = replace(FACTS, starts_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    second = replace(FACTS, starts_at=first.starts_at + timedelta(hours=1))
    template = "{{appointment.time}} {{appointment.zone}}"
    assert [text_for(template, each) for each in (first, second)] == ["2:30 AM CEST", "2:30 AM CET"]


def test_a_far_date_says_its_year():
    now = FACTS.starts_at - timedelta(days=301)
    assert text_for("{{appointment.date}}", replace(FACTS, now=now)) == "March 1, 2026"
    assert text_for("{{appointment.date}}", replace(FACTS, now=now, language="fr")) == "1er mars 2026"
    assert text_for("{{appointment.date}}", replace(FACTS, now=now + timedelta(days=2))) == "March 1"
