"""A vendor's answer about one appointment, as it is kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from marshmallow import Schema

from rules import surprises
from rules.errors import Permanent
from rules.vendors import Record
from schemas.fields import clean, read


@dataclass(frozen=True, slots=True)
class Shape:
    """What a vendor's record is known to hold. Whatever else it holds is kept raw, and counted as a surprise."""

    vendor: str
    schema: Schema
    words: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The known words of each field that has a closed list of them."""
    complete: bool = True
    """Whether a document shows all fields; where none does, nothing in it can surprise."""

    @property
    def identity(self) -> Schema:
        """The field that says whose record it is, alone: the mapping reads the rest, and reading is dear."""
        return _identity(type(self.schema))

    def look(self, raw: Mapping[str, Any]) -> None:
        """Count what is new in a record."""
        if self.complete:
            surprises.note(self.vendor, "field", *(raw.keys() - self.schema.fields.keys()))
        for name, known in self.words.items():
            said = raw.get(name)
            if said is not None and (not isinstance(said, str) or said not in known):
                surprises.note(self.vendor, name, said)


@cache
def _identity(schema: type[Schema]) -> Schema:
    return schema(only=("id",))


def records(said: list[Any], shape: Shape, trace: str = "") -> tuple[Record, ...]:
    """Those that have an id. One without is nobody's, and must not hide the rest of its page."""
    return tuple(found for item in said if (found := _record(item, shape, trace)) is not None)


def record(said: Any, shape: Shape, trace: str = "") -> Record:
    """The one that was asked for. Raises `Permanent` for anything else."""
    found = _record(said, shape, trace)
    if found is None:
        raise Permanent("a record without an id")
    return found


def _record(said: Any, shape: Shape, trace: str) -> Record | None:
    raw = clean(said)
    external_id = read(shape.identity, raw).get("id")
    if not external_id:
        return None
    shape.look(raw)
    return Record(external_id, raw, trace)
