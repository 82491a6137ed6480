"""The values a text may use, all of them plain strings: Liquid in a name is never evaluated."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from texts import words
from texts.liquid import variables

LONGEST_VALUE = 120  # characters; a longer name is a mistake or an attack, and every 153 cost a segment

FAR = timedelta(days=300)  # from here on a date without its year may be taken for the wrong one

JOINERS = {"\u200c", "\u200d"}  # parts of names in Persian and the Indic scripts


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a text is written. `starts_at` and `ends_at` are aware; `zone` is the event zone (IANA)."""

    starts_at: datetime
    zone: str
    first_name: str = ""
    last_name: str = ""
    ends_at: datetime | None = None
    zone_is_guess: bool = False
    """The record did not name its zone: then a text that says a time says the zone too."""
    appointment_type: str = ""
    mode: str = ""
    """`in_person`, `phone_call`, `video_call`."""
    place_name: str = ""
    place_address: str = ""
    place_phone: str = ""
    practitioner_name: str = ""
    practice_name: str = ""
    language: str = "en"
    now: datetime | None = None
    """With it a date that is more than 300 days away carries its year."""


def values_for(facts: Facts, template: str = "") -> dict[str, Any]:
    """The tree of values for `render`. The template decides whether a guessed zone must stand beside the time."""
    zone = ZoneInfo(facts.zone)
    starts = facts.starts_at.astimezone(zone)
    says_zone = facts.zone_is_guess and "appointment.zone" not in variables(template)

    def clock(local: datetime) -> str:
        time = words.time_in_words(local.time(), facts.language)
        return f"{time} {words.zone_in_words(local, facts.language)}" if says_zone else time

    far = facts.now is not None and abs(facts.starts_at - facts.now) > FAR
    return {
        "clientCustomer": {"firstName": clean(facts.first_name), "lastName": clean(facts.last_name)},
        "appointment": {
            "date": words.date_in_words(starts.date(), facts.language, with_year=far),
            "time": clock(starts),
            "weekday": words.weekday_in_words(starts.date(), facts.language),
            "zone": words.zone_in_words(starts, facts.language),
            "endTime": clock(facts.ends_at.astimezone(zone)) if facts.ends_at else "",
            "type": clean(facts.appointment_type),
            "mode": clean(facts.mode),
        },
        "place": {
            "name": clean(facts.place_name),
            "address": clean(facts.place_address),
            "phone": clean(facts.place_phone),
        },
        "practitioner": {"name": clean(facts.practitioner_name)},
        "practice": {"name": clean(facts.practice_name)},
        "language": words.locale_of(facts.language).language,
    }


def clean(value: str) -> str:
    """One line of visible characters: no controls, no direction marks, no lone surrogates, at most 120 characters."""
    if not (value.isascii() and value.isprintable()):
        value = unicodedata.normalize("NFC", value)
        value = "".join(" " if letter.isspace() else letter for letter in value if _is_visible(letter))
    return " ".join(value.split())[:LONGEST_VALUE].rstrip()


def _is_visible(letter: str) -> bool:
    return letter.isspace() or letter in JOINERS or unicodedata.category(letter)[0] != "C"
