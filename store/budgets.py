"""What may be called now: a rolling window per credential and slots for "n at a time", as rows for all hosts.

The window is kept per second. A use of second s counts until s + window + 1, so the sum never undercounts: the vendor
sees at most the limit in any rolling window. 95 % of the documented limit is handed out.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from math import ceil
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from rules.errors import NoLeave
from rules.vendors import Budget
from store.engine import Database
from store.tables import budget_uses, budgets, slots

SHARE = 0.95

_TAKE = sa.text(
    """
    WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now),
         used AS (
             SELECT coalesce(sum(used), 0) AS n, min(second_at) AS oldest
             FROM budget_uses, clock
             WHERE name = :name AND second_at > clock.now - make_interval(secs => :window + 1)
         )
    SELECT greatest(0, least(:wanted, :calls - used.n)) AS granted,
           extract(epoch FROM used.oldest + make_interval(secs => :window + 1) - clock.now) AS wait_seconds,
           date_trunc('second', clock.now) AS second_at,
           extract(epoch FROM budgets.paused_until - clock.now) AS paused_seconds
    FROM used, clock, budgets WHERE budgets.name = :name
    """
)


def take(tx: Connection, name: str, budget: Budget, wanted: int = 1) -> tuple[int, float]:
    """Take up to `wanted` calls. Returns how many were granted, and the seconds until more may be, if fewer.

    Locks the budget's row until the transaction ends, so that two workers never count the same leave twice.
    """
    tx.execute(insert(budgets).values(name=name).on_conflict_do_nothing())
    tx.execute(sa.select(budgets.c.name).where(budgets.c.name == name).with_for_update())
    calls = max(1, int(budget.calls * SHARE))
    row = tx.execute(
        _TAKE, {"name": name, "window": budget.per.total_seconds(), "wanted": wanted, "calls": calls}
    ).one()
    if row.paused_seconds is not None and row.paused_seconds > 0:
        return 0, float(row.paused_seconds)
    granted = int(row.granted)
    if granted:
        use = insert(budget_uses).values(name=name, second_at=row.second_at, used=granted)
        tx.execute(
            use.on_conflict_do_update(
                index_elements=["name", "second_at"], set_={"used": budget_uses.c.used + use.excluded.used}
            )
        )
        return granted, 0.0
    return 0, max(0.05, float(row.wait_seconds or 0.05))


def take_share(tx: Connection, name: str, budget: Budget, calls: int) -> tuple[int, float]:
    """Take one call of a part of a budget that has its own count, for work that must leave room for the rest."""
    return take(tx, name, replace(budget, calls=ceil(calls / SHARE)))


def pauses(tx: Connection, names: Iterable[str]) -> dict[str, float]:
    """Those of these that are paused, and for how many seconds more."""
    left = sa.func.extract("epoch", budgets.c.paused_until - sa.func.clock_timestamp())
    query = sa.select(budgets.c.name, left.label("seconds")).where(budgets.c.name.in_(sorted(set(names))), left > 0)
    return {row.name: float(row.seconds) for row in tx.execute(query)}


def pause(tx: Connection, name: str, length: timedelta) -> None:
    """Nobody calls for that long, on any host: the vendor said 429."""
    until = sa.func.clock_timestamp() + length
    row = insert(budgets).values(name=name, paused_until=until)
    tx.execute(
        row.on_conflict_do_update(
            index_elements=["name"], set_={"paused_until": sa.func.greatest(budgets.c.paused_until, until)}
        )
    )


def sweep(tx: Connection) -> None:
    """Forget uses that no window reaches back to."""
    tx.execute(
        sa.delete(budget_uses).where(budget_uses.c.second_at < sa.func.clock_timestamp() - timedelta(minutes=10))
    )


def take_slot(tx: Connection, name: str, count: int, lease: timedelta) -> str | None:
    """One of `count` places, or None when all are taken. The token gives it back."""
    tx.execute(insert(slots).values([{"name": name, "number": n} for n in range(count)]).on_conflict_do_nothing())
    free = tx.execute(
        sa.select(slots.c.number)
        .where(
            slots.c.name == name,
            slots.c.number < count,
            sa.or_(slots.c.lease_until.is_(None), slots.c.lease_until < sa.func.clock_timestamp()),
        )
        .order_by(slots.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()
    if free is None:
        return None
    token = uuid4()
    tx.execute(
        sa.update(slots)
        .where(slots.c.name == name, slots.c.number == free)
        .values(token=token, lease_until=sa.func.clock_timestamp() + lease)
    )
    return str(token)


def give_back_slot(tx: Connection, name: str, token: str) -> None:
    tx.execute(
        sa.update(slots).where(slots.c.name == name, slots.c.token == token).values(token=None, lease_until=None)
    )


@contextmanager
def leave(db: Database, name: str, budget: Budget, *, egress: str, lease: timedelta) -> Iterator[None]:
    """Leave for one call: a place in the window and, where the vendor counts them, one of the slots of this address.

    Raises:
        NoLeave: not now; `retry_after` says when.
    """
    token = None
    slot_name = f"{name.split('/', maxsplit=1)[0]}@{egress}"
    with db.begin() as tx:
        if budget.at_once is not None:
            token = take_slot(tx, slot_name, budget.at_once, lease)
            if token is None:
                raise NoLeave("all places at this vendor are taken", retry_after=timedelta(seconds=0.25))
        granted, wait = take(tx, name, budget)
        if not granted:
            raise NoLeave("the budget of this minute is used up", retry_after=timedelta(seconds=wait))
    try:
        yield
    finally:
        if token is not None:
            with db.begin() as tx:
                give_back_slot(tx, slot_name, token)
