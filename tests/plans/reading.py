"""Hears every statement that is run on an engine, and asks PostgreSQL how it would read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

SMALL = {
    "connection_states": "a row per connection",
    "assignments": "a row or two per connection",
    "appointment_configs": "a row per revision that a person has saved",
    "names": "places, practitioners and services: what a practice has",
    "api_keys": "a row per key",
    "budgets": "a row per credential",
    "budget_uses": "emptied of what is older than a window",
    "slots": "a row per thread that may be at work",
    "announced_changes": "a row per connection, day and kind",
    "alembic_version": "one row",
}
"""Tables that do not grow with the work, and why: reading them whole costs nothing."""


OPEN = {
    "ix_attempts_open": "attempts in flight, or whose end is unknown",
    "ix_promises_merged": "promises that another one's text has said too",
    "ix_receipts_open": "receipts without an attempt",
    "ix_inbound_texts_open": "texts that came in and are not resolved",
    "ix_answers_due": "answers not given yet",
    "ix_write_backs_due": "write-backs not carried out yet",
    "ix_callbacks_due": "callbacks not made yet",
    "ix_sync_requests_wanted": "looks that are wanted",
    "uq_inbox_open": "what waits for a person",
}
"""Indexes of what is unfinished alone: as short as what is being done, however much has been done."""


@dataclass
class Statements:
    """What was run, and the ways of reading that would not stay cheap."""

    indexes: dict[str, str]
    """Name -> its definition."""
    seen: set[str] = field(default_factory=set)
    dear: list[str] = field(default_factory=list)

    def hear(self, connection: Any, statement: str, parameters: Any) -> None:
        plain = " ".join(statement.split())
        if not plain.upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            return
        self.seen.add(plain)
        with connection.connection.dbapi_connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
            [(plan,)] = cursor.fetchall()
        self.dear += [f"{what}\n    {plain}" for node in nodes(plan[0]["Plan"]) if (what := self.is_dear(node))]

    def is_dear(self, node: dict[str, Any]) -> str:
        """What is wrong with a node, "" if nothing: it reads a table, or more of an index than it needs to."""
        kind, table, found_by = node["Node Type"], node.get("Relation Name", ""), node.get("Filter", "nothing")
        if table in SMALL or table.startswith("pg_"):
            return ""
        if kind == "Seq Scan":
            return f"Seq Scan of {table}, filtered by {found_by}"
        used = {each["Index Name"] for each in nodes(node) if "Index Name" in each and kind.startswith("Bitmap")}
        for index in sorted((used or {node.get("Index Name", "")}) - OPEN.keys() - {""}):
            if not used and "Index Cond" not in node and "Filter" in node:
                return f"{kind} of all of {index}, filtered by {found_by}"
            for column in re.findall(r"\((\w+) [<>]=? \(?clock_timestamp", found_by):
                if column in self.indexes[index].partition(" WHERE ")[0]:
                    return f"{kind} by {index}, which could find {column} itself: {found_by}"
        return ""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan."""
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)


@contextmanager
def listening(engine: sa.Engine) -> Iterator[Statements]:
    """All that this engine runs meanwhile, in whatever thread."""
    with engine.connect() as connection:
        known = connection.execute(sa.text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"))
        heard = Statements({row.indexname: row.indexdef for row in known})

    def before(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        heard.hear(connection, statement, parameters[0] if many else parameters)

    sa.event.listen(engine, "before_cursor_execute", before)
    try:
        yield heard
    finally:
        sa.event.remove(engine, "before_cursor_execute", before)
