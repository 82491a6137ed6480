"""What may be called now: a rolling window per credential and slots for "n at a time", as rows for all hosts.

The window is kept by ticks of a hundredth of it. A use of one tick counts until the window and a tick later, so the sum
never undercounts: the vendor sees at most the limit in any rolling window. 95 % of the documented limit is handed out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from rules.budgets import room
from rules.vendors import Budget
from store.tables import budget_uses, budgets, slots

SHARE = 0.95

TICKS = 100
"""In a window: coarser costs calls (a tick's worth of every window), finer costs rows."""

_COUNT = sa.text(
    """
    SELECT cause, sum(used) AS used,
           extract(epoch FROM min(tick_at) FILTER (WHERE used > 0)
                   + make_interval(secs => :window + :tick) - clock_timestamp()) AS wait
    FROM budget_uses
    WHERE name = :name AND tick_at > clock_timestamp() - make_interval(secs => :window + :tick)
    GROUP BY cause
    """
)
# `at` is the tick that this moment lies in, `left` the seconds until the next one.
_USE = sa.text(
    """
    INSERT INTO budget_uses AS u (name, tick_at, cause, used)
    SELECT :name, to_timestamp(floor(extract(epoch FROM clock_timestamp()) / :tick) * :tick), :cause, :granted
    ON CONFLICT (name, tick_at, cause) DO UPDATE SET used = u.used + excluded.used
    RETURNING tick_at, extract(epoch FROM tick_at) + :tick - extract(epoch FROM clock_timestamp()) AS left
    """
)


@dataclass(frozen=True, slots=True)
class Grant:
    """An answer to `grant`. `wait_seconds` says when more may be granted, where fewer were."""

    count: int
    wait_seconds: float = 0.0
    tick_at: datetime | None = None
    """The tick under which they are counted."""
    tick_left: float = 0.0
    """Seconds until that tick ends."""


def tick_seconds(budget: Budget) -> float:
    return budget.per.total_seconds() / TICKS


def grant(tx: Connection, name: str, budget: Budget, wanted: int = 1, *, cause: str = "") -> Grant:
    """Up to `wanted` calls of a class (see `rules.budgets`).

    Locks the budget's row until the transaction ends, so that two workers never count the same leave twice.
    """
    paused = _lock(tx, name)
    if paused > 0:
        return Grant(0, paused)
    tick = tick_seconds(budget)
    rows = tx.execute(_COUNT, {"name": name, "window": budget.per.total_seconds(), "tick": tick}).all()
    used = {row.cause: int(row.used) for row in rows}
    count = min(wanted, room(max(1, int(budget.calls * SHARE)), cause, used, used.keys()))
    row = tx.execute(_USE, {"name": name, "tick": tick, "cause": cause, "granted": count}).one()
    if count:
        return Grant(count, tick_at=row.tick_at, tick_left=float(row.left))
    waits = [float(each.wait) for each in rows if each.wait is not None]
    return Grant(0, max(tick / 4, min(waits, default=tick)))


def _lock(tx: Connection, name: str) -> float:
    """Lock the budget's row, made where there is none. Returns for how many seconds it is paused."""
    left = sa.func.extract("epoch", budgets.c.paused_until - sa.func.clock_timestamp())
    query = sa.select(left.label("seconds")).where(budgets.c.name == name).with_for_update()
    row = tx.execute(query).one_or_none()
    if row is None:
        tx.execute(insert(budgets).values(name=name).on_conflict_do_nothing())
        row = tx.execute(query).one()
    return float(row.seconds or 0.0)


def take(tx: Connection, name: str, budget: Budget, wanted: int = 1) -> tuple[int, float]:
    """Take up to `wanted` calls. Returns how many were granted, and the seconds until more may be, if fewer."""
    granted = grant(tx, name, budget, wanted)
    return granted.count, granted.wait_seconds


_ENDED = sa.text(
    """
    WITH moved AS (
        UPDATE budget_uses SET used = used - 1
        FROM (SELECT to_timestamp(floor((extract(epoch FROM clock_timestamp()) - :ago) / :tick) * :tick) AS at) present
        WHERE name = :name AND cause = :cause AND tick_at = :tick_at AND tick_at < present.at AND used > 0
        RETURNING present.at
    )
    INSERT INTO budget_uses AS u (name, tick_at, cause, used) SELECT :name, at, :cause, 1 FROM moved
    ON CONFLICT (name, tick_at, cause) DO UPDATE SET used = u.used + 1
    """
)


def ended(
    tx: Connection, name: str, budget: Budget, cause: str, tick_at: datetime, *, ago_seconds: float = 0.0
) -> None:
    """A granted call was answered now, or at most so long ago: it counts from there.

    Nobody knows when in between the other side counted it. Counted from its end, no window of theirs ever holds more
    calls than one of ours, however long some calls took on their way.
    """
    values = {"name": name, "tick": tick_seconds(budget), "cause": cause, "tick_at": tick_at, "ago": ago_seconds}
    tx.execute(_ENDED, values)


def give_back(tx: Connection, name: str, cause: str, tick_at: datetime) -> None:
    """A granted call was not made after all: somebody else may make one."""
    uses = budget_uses.c
    mine = sa.and_(uses.name == name, uses.cause == cause, uses.tick_at == tick_at, uses.used > 0)
    tx.execute(sa.update(budget_uses).where(mine).values(used=uses.used - 1))


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
    tx.execute(sa.delete(budget_uses).where(budget_uses.c.tick_at < sa.func.clock_timestamp() - timedelta(minutes=10)))


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
