"""A vendor's answer about one appointment, as it is kept."""

from typing import Any

from marshmallow import Schema

from rules.errors import Permanent
from rules.vendors import Record
from schemas.fields import clean, read


def records(said: list[Any], schema: Schema) -> tuple[Record, ...]:
    """Those that have an id. One without is nobody's, and must not hide the rest of its page."""
    return tuple(found for item in said if (found := _record(item, schema)) is not None)


def record(said: Any, schema: Schema) -> Record:
    """The one that was asked for. Raises `Permanent` for anything else."""
    found = _record(said, schema)
    if found is None:
        raise Permanent("a record without an id")
    return found


def _record(said: Any, schema: Schema) -> Record | None:
    raw = clean(said)
    external_id = read(schema, raw).get("id")
    return Record(external_id=external_id, raw=raw) if external_id else None
