"""A sender's HTTP request as plain fields. It may come from anybody: nothing here raises."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

MOST_FIELDS = 200  # Twilio sends about 25


def form(body: bytes) -> dict[str, str]:
    """Form fields. Empty ones are kept, because they are part of what was signed."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return {}
    return dict(pairs)


def form_or_json(headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> dict[str, str]:
    """Fields of a request that may be a GET, a form or a flat JSON object."""
    if not body:
        return dict(query)
    if "json" not in header(headers, "content-type").lower():
        return form(body)
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {key: _text(value) for key, value in said.items() if isinstance(value, (str, int, float))}


def header(headers: Mapping[str, str], name: str) -> str:
    """A header whatever its case, or an empty text."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
