"""Reading webhooks. They may come from an enemy who knows the secret: nothing here raises."""

import json
from collections.abc import Mapping
from typing import Any

from rules import surprises
from rules.vendors import Notice
from schemas.fields import clean_text
from vendors.headers import lowered

LONGEST_KEY = 200
"""Characters of an id that fit an index; no documented id has more than 40."""

LONGEST_KIND = 80

UNRECOGNISED = "unrecognised"


def as_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object; empty for whatever else it is (not JSON, a list, bottomless, a million digits)."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def header(headers: Mapping[str, str], *names: str) -> str | None:
    """The first of these headers that is there, whatever its case."""
    lower = lowered(headers)
    return next((lower[name] for name in names if lower.get(name)), None)


def key(said: str | None) -> str | None:
    """An id as it can be stored; None for none, and for one that is no id."""
    return clean_text(said) if said and len(said) <= LONGEST_KEY else None


def kind(said: str | None) -> str:
    """The vendor's event type, for people."""
    return clean_text(said)[:LONGEST_KIND] if said else UNRECOGNISED


def unrecognised(vendor: str, said: str | None = None, event_key: str | None = None) -> list[Notice]:
    """Authentic, but it names nothing that we could look at: stored, shown, and counted by its event type."""
    if said:
        surprises.note(vendor, "event", said)
    return [Notice(kind=kind(said), key=event_key, recognised=False)]
