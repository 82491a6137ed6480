"""Whole columns as parameters, in PostgreSQL's binary format: a batch of rows is one parameter per column.

psycopg writes a list as text, element by element, with quotes and escapes, and a body as hexadecimal of twice its
size: 50 of 75 microseconds per stored webhook. These are joined from bytes.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts microseconds from here
_MICROSECOND = timedelta(microseconds=1)
_length = struct.Struct(">i").pack
_number = struct.Struct(">q").pack
_NULL, _EIGHT = _length(-1), _length(8)
_TRUE, _FALSE = _length(1) + b"\1", _length(1) + b"\0"


class Texts(list[str | None]):
    """text[]; None is NULL, here and below. A lone surrogate raises `UnicodeEncodeError`, a NUL `DataError`."""


class Bodies(list[bytes | None]):
    """bytea[]."""


class Flags(list[bool | None]):
    """boolean[]."""


class Instants(list[datetime | None]):
    """timestamptz[], of aware instants."""


def _column(oid: int, element: int, write: Callable[[Iterable[Any]], list[bytes]]) -> type[Dumper]:
    """`oid` and `element` are the types of the array and of an element in `pg_type`; `write` joins length and value."""

    class ColumnDumper(Dumper):
        format = Format.BINARY

        def dump(self, obj: Sequence[Any]) -> bytes:
            head = struct.pack(">5i", 1, 1, element, len(obj), 1)  # one dimension, perhaps NULLs, counted from 1
            return head + b"".join(write(obj))

    ColumnDumper.oid = oid
    return ColumnDumper


# One comprehension each: a call per value would cost as much again.
def _texts(values: Iterable[str | None]) -> list[bytes]:
    return [_NULL if value is None else _length(len(raw := value.encode())) + raw for value in values]


def _bodies(values: Iterable[bytes | None]) -> list[bytes]:
    return [_NULL if value is None else _length(len(value)) + value for value in values]


def _flags(values: Iterable[bool | None]) -> list[bytes]:
    return [_NULL if value is None else _TRUE if value else _FALSE for value in values]


def _instants(values: Iterable[datetime | None]) -> list[bytes]:
    return [_NULL if value is None else _EIGHT + _number((value - _EPOCH) // _MICROSECOND) for value in values]


DUMPERS = {
    Texts: _column(1009, 25, _texts),
    Bodies: _column(1001, 17, _bodies),
    Flags: _column(1000, 16, _flags),
    Instants: _column(1185, 1184, _instants),
}


def teach(connection: AdaptContext) -> None:
    """Make a new connection of psycopg's take these columns as parameters."""
    for kind, dumper in DUMPERS.items():
        connection.adapters.register_dumper(kind, dumper)
