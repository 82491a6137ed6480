"""How each connection stands: its mode in force, its pauses, how fresh it is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from store.tables import connection_states as states

MODES = ("observe", "trial", "live")


def in_force(file_mode: str, confirmed: str) -> str:
    """The more cautious of what the file allows and what was confirmed."""
    return MODES[min(MODES.index(file_mode), MODES.index(confirmed))]


def declare(tx: Connection, modes: Mapping[str, str]) -> None:
    """Make the file's modes known at start. A connection never goes further by this alone (see `confirm`)."""
    for name, mode in sorted(modes.items()):
        tx.execute(insert(states).values(connection=name).on_conflict_do_nothing())
        row = get(tx, name, lock=True)
        _enter(tx, row, in_force(mode, row.confirmed_mode))


def confirm(tx: Connection, name: str, mode: str, file_mode: str) -> str:
    """A person has said that this connection may go that far. `live_since` is the first moment anything is owed."""
    tx.execute(insert(states).values(connection=name).on_conflict_do_nothing())
    row = get(tx, name, lock=True)
    now_in_force = in_force(file_mode, mode)
    _enter(tx, row, now_in_force, confirmed_mode=mode)
    return now_in_force


def _enter(tx: Connection, row: Row[Any], mode: str, **values: Any) -> None:
    """Put a mode in force. Out of `observe`, by a person's word or by the file's, nothing from before is owed."""
    if mode != "observe" and (row.mode == "observe" or row.live_since is None):
        values["live_since"] = sa.func.clock_timestamp()
    tx.execute(sa.update(states).where(states.c.connection == row.connection).values(mode=mode, **values))


def get(tx: Connection, name: str, *, lock: bool = False) -> Row[Any]:
    query = sa.select(states).where(states.c.connection == name)
    return tx.execute(query.with_for_update() if lock else query).one()


def find(tx: Connection, name: str) -> Row[Any] | None:
    return tx.execute(sa.select(states).where(states.c.connection == name)).one_or_none()


def pause(
    tx: Connection, name: str, reason: str, length: timedelta | None, *, sends: bool = False, failed: bool = False
) -> bool:
    """Stop asking the vendor; `length` None waits for `resume`. True when it was not paused for this before.

    `sends=True` holds texts too. Without it due promises go by the last known record while that is young enough.
    `failed=True` counts as one more of the vendor's failures in a row. Of two pauses the longer one says why.
    """
    tx.execute(insert(states).values(connection=name).on_conflict_do_nothing())
    row, now = get(tx, name, lock=True), sa.func.clock_timestamp()
    was = tx.execute(sa.select(sa.literal(row.paused_until) > now)).scalar()
    until = now + (length or timedelta(days=36500))
    still = sa.and_(states.c.paused_until > now, states.c.sends_paused)
    tx.execute(
        sa.update(states)
        .where(states.c.connection == name)
        .values(
            paused_until=sa.func.greatest(states.c.paused_until, until),
            paused_reason=sa.case((states.c.paused_until > until, states.c.paused_reason), else_=reason),
            sends_paused=sa.or_(sa.func.coalesce(still, sa.false()), sa.literal(sends)),
            failures=states.c.failures + int(failed),
        )
    )
    return not was or row.paused_reason != reason


def resume(tx: Connection, name: str) -> None:
    tx.execute(
        sa.update(states)
        .where(states.c.connection == name)
        .values(paused_until=None, paused_reason="", sends_paused=False, failures=0)
    )


ANSWERED_EVERY = timedelta(seconds=5)
"""How exactly `last_answer_at` is kept: many workers of one connection must not queue up for its row."""


def answered(tx: Connection, name: str) -> int:
    """The vendor answered. Returns how many failures in a row that ends."""
    now = sa.func.clock_timestamp()
    old = sa.or_(states.c.last_answer_at.is_(None), states.c.last_answer_at < now - ANSWERED_EVERY)
    stale = tx.execute(sa.select(states.c.connection).where(states.c.connection == name, old | (states.c.failures > 0)))
    if stale.first() is None:
        return 0
    row = get(tx, name, lock=True)
    tx.execute(sa.update(states).where(states.c.connection == name).values(last_answer_at=now, failures=0))
    return int(row.failures)


def is_paused(tx: Connection, name: str) -> bool:
    query = sa.select(states.c.paused_until > sa.func.clock_timestamp()).where(states.c.connection == name)
    return bool(tx.execute(query).scalar())
