"""Dates and times as people of a language say them, from the CLDR tables in Babel.

Kept plain on purpose: CLDR puts a narrow no-break space before PM, and that one character would send the whole text as
UCS-2, at more than twice the price. Accents of the language stay.
"""

from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location

LANGUAGES = ("en", "es", "fr", "de", "nl")
"""What is written in words and tested. Others that CLDR knows work too."""

FALLBACK = "en"

SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})

IN_GERMAN = {"CET": "MEZ", "CEST": "MESZ", "WET": "WEZ", "WEST": "WESZ", "EET": "OEZ", "EEST": "OESZ"}

PLACE_TIME = {
    "en": "{} time",
    "es": "hora de {}",
    "fr": "heure de {}",
    "de": "Ortszeit {}",
    "nl": "tijd in {}",
}
"""For the zones that have no abbreviation people know (tzdata calls Dubai's `+04`)."""


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """The nearest locale that is known: `es-MX`, else `es`, else English."""
    tag = language.replace("-", "_")
    for each in (tag, tag.split("_")[0]):
        try:
            return Locale.parse(each)
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(FALLBACK)


@lru_cache(maxsize=4096)
def date_in_words(day: date, language: str, *, with_year: bool = False) -> str:
    """`March 3`, `3 de marzo`, `1er mars`."""
    locale = locale_of(language)
    words = format_date(day, "long", locale) if with_year else format_skeleton("MMMMd", day, locale=locale)
    if locale.language == "fr" and day.day == 1:
        words = words.replace("1 ", "1er ", 1)  # CLDR writes "1 mars"; people write "1er mars"
    return words.translate(SPACES)


@lru_cache(maxsize=4096)
def time_in_words(clock: time, language: str) -> str:
    """`2:30 PM`, `14:30`. `clock` is the wall clock of the place, without a zone."""
    return format_time(clock, "short", locale=locale_of(language)).translate(SPACES)


def weekday_in_words(day: date, language: str) -> str:
    """`Monday`, `lunes`."""
    return str(locale_of(language).days["format"]["wide"][day.weekday()])


def zone_in_words(local: datetime, language: str) -> str:
    """`EDT`, `CET`, `MEZ`; where the zone database has only an offset, `Dubai time`."""
    # Not cached by the instant: aware datetimes are equal across zones, and within one whatever their fold.
    return _zone(local.tzname() or "", str(local.tzinfo), language)


@lru_cache(maxsize=4096)
def _zone(name: str, zone: str, language: str) -> str:
    locale = locale_of(language)
    if name.isalpha():
        return IN_GERMAN.get(name, name) if locale.language == "de" else name
    try:
        place = get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True).rpartition("/")[2]
    except KeyError:  # Babel wants to name a territory; CLDR has some languages (Afar) without any
        place = zone.rpartition("/")[2].replace("_", " ")
    return PLACE_TIME.get(locale.language, "{}").format(place).translate(SPACES)
