"""What a CareCycle connection needs and may set."""

from collections.abc import Mapping
from typing import Any

DEFAULT_BASE_URL = "https://api.carecycle.ai"

KEY_PREFIX = "cc_"  # documented: keys begin with it

CREDENTIALS = {"api_key": f"the API key from the Developer Dashboard; begins with {KEY_PREFIX}"}

OPTIONS: dict[str, tuple[type, Any, str]] = {
    "horizon_days": (
        int,
        90,
        "how far ahead an appointment is looked for when nobody knows when it is; one call lists all of it",
    ),
    "country": (
        str,
        "US",
        "ISO 3166 code by which national phone numbers (callerId) are read; the default is (inference)",
    ),
    "no_show_after_minutes": (
        int,
        0,
        "minutes after the start from which appointmentAttended = false counts as a no-show; the record has no end",
    ),
}

LONGEST_HORIZON_DAYS = 730


def option(options: Mapping[str, Any], name: str) -> Any:
    return options.get(name, OPTIONS[name][1])


def check_options(options: Mapping[str, Any]) -> list[str]:
    """What is wrong with them, in words that name the key and what was expected."""
    problems = [f"options.{name}: unknown; known are {', '.join(OPTIONS)}" for name in options if name not in OPTIONS]
    for name, most in (("horizon_days", LONGEST_HORIZON_DAYS), ("no_show_after_minutes", 7 * 24 * 60)):
        value = option(options, name)
        least = 1 if name == "horizon_days" else 0
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            problems.append(f"options.{name}: expected a whole number from {least} to {most}")
    country = option(options, "country")
    if not (isinstance(country, str) and len(country) == 2 and country.isascii() and country.isalpha()):
        problems.append("options.country: expected an ISO 3166 code of two letters, such as US")
    return problems
