"""What should be looked at. An event raises `wanted_gen`; finishing sets `done_gen` to what was claimed, no further."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection

from rules.appointment import Ref
from store.arrays import Texts
from store.tables import sync_requests

SPACING = timedelta(seconds=2)
"""At most one fetch per thing in this time: leading edge at once, trailing edge after."""
SECOND_LOOK = timedelta(seconds=30)
"""A notified fetch that shows no change is repeated once after this: the vendor's read copy may lag (edge case 20)."""
CAUSES = ("due_soon", "webhook", "operator", "write_back", "reconcile", "backfill")
"""In the order in which they share a budget."""
CALLS_NOBODY = "plan"
"""The kind of request for which no vendor is asked."""
WAKING = ("webhook", "operator")
"""Causes that wake a dead letter."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased request. Every later write carries the token."""

    id: int
    connection: str
    ref: Ref
    cause: str
    generation: int
    token: UUID
    attempts: int
    notified: bool
    looked_again: bool
    wanted_version: datetime | None
    starts_at_hint: datetime | None
    wanted_at: datetime
    last_error: str
    claimed_at: datetime
    """When the look began, by the database's clock."""


# Whoever waits keeps its earlier due time and its better cause. A dead letter is woken by an operator or by what an
# event led to; a sweep that comes by every minute leaves it. An unknown cause comes last.
_ASK = sa.text(
    """
    INSERT INTO sync_requests AS r (connection, kind, key, cause, starts_at_hint, due_at)
    SELECT connection, kind, key, :cause, CAST(:starts_at AS timestamptz),
           clock.now + make_interval(secs => :after) + place * interval '1 microsecond'
    FROM unnest(CAST(:connections AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:places AS int[]))
         AS wanted (connection, kind, key, place), (SELECT clock_timestamp() AS now) AS clock
    ON CONFLICT (connection, kind, key) DO UPDATE SET
        wanted_gen = r.wanted_gen + 1,
        wanted_at = CASE WHEN r.wanted_gen > r.done_gen AND r.dead_at IS NULL THEN r.wanted_at
                         ELSE clock_timestamp() END,
        cause = CASE WHEN r.wanted_gen > r.done_gen AND r.dead_at IS NULL
                      AND coalesce(array_position(CAST(:causes AS text[]), r.cause), 99)
                          <= coalesce(array_position(CAST(:causes AS text[]), excluded.cause), 99)
                     THEN r.cause ELSE excluded.cause END,
        starts_at_hint = coalesce(excluded.starts_at_hint, r.starts_at_hint),
        due_at = CASE WHEN r.wanted_gen > r.done_gen AND r.dead_at IS NULL THEN least(r.due_at, excluded.due_at)
                      ELSE greatest(excluded.due_at,
                                    coalesce(r.last_fetch_at, excluded.due_at) + make_interval(secs => :spacing)) END,
        attempts = CASE WHEN r.dead_at IS NULL THEN r.attempts ELSE 0 END,
        dead_at = NULL,
        dead_reason = ''
    WHERE r.dead_at IS NULL OR excluded.cause = ANY(CAST(:waking AS text[]))
    """
)


def ask(
    tx: Connection,
    connection: str,
    refs: Sequence[Ref],
    cause: str,
    *,
    starts_at: datetime | None = None,
    after: timedelta = timedelta(0),
) -> None:
    """Want a look at these, without an event; they are looked at in this order."""
    ask_all(tx, [(connection, ref) for ref in refs], cause, starts_at=starts_at, after=after)


def ask_all(
    tx: Connection,
    things: Sequence[tuple[str, Ref]],
    cause: str,
    *,
    starts_at: datetime | None = None,
    after: timedelta = timedelta(0),
) -> None:
    """As `ask`, at several connections. The rows are written in the one order that the receiver writes them in."""
    places: dict[tuple[str, str, str], int] = {}
    for place, (connection, ref) in enumerate(things):
        places.setdefault((connection, ref.kind, ref.key), place)
    if not places:
        return
    rows = sorted(places.items())
    tx.execute(
        _ASK,
        {
            "connections": Texts([connection for (connection, _, _), _ in rows]),
            "kinds": Texts([kind for (_, kind, _), _ in rows]),
            "keys": Texts([key for (_, _, key), _ in rows]),
            "places": [place for _, place in rows],
            "cause": cause,
            "causes": list(CAUSES),
            "waking": list(WAKING),
            "starts_at": starts_at,
            "after": after.total_seconds(),
            "spacing": SPACING.total_seconds(),
        },
    )


def refs(external_ids: Iterable[str]) -> list[Ref]:
    return [Ref("appointment", external_id) for external_id in external_ids]


_CLAIM = sa.text(
    """
    WITH wanted AS MATERIALIZED (
        SELECT id, attempts, cause, due_at FROM sync_requests
        WHERE connection = :connection AND wanted_gen > done_gen AND dead_at IS NULL
          AND due_at <= (SELECT clock_timestamp()) AND (lease_until IS NULL OR lease_until < clock_timestamp())
          AND (kind = :calls_nobody OR cause <> ALL(CAST(:without AS text[])))
        ORDER BY attempts >= 2, array_position(CAST(:causes AS text[]), cause), due_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    ), chosen AS (
        -- After its second try a row is claimed alone: a poison row must not take others with it.
        SELECT id FROM wanted WHERE attempts < 2
        UNION ALL
        (SELECT id FROM wanted WHERE attempts >= 2 AND NOT EXISTS (SELECT 1 FROM wanted WHERE attempts < 2)
         ORDER BY due_at LIMIT 1)
    )
    UPDATE sync_requests r
    SET lease_until = clock_timestamp() + make_interval(secs => :lease), token = :token,
        claimed_gen = wanted_gen, attempts = r.attempts + 1
    FROM chosen WHERE r.id = chosen.id
    RETURNING r.id, r.kind, r.key, r.cause, r.claimed_gen, r.attempts, r.notified, r.looked_again, r.wanted_version,
              r.starts_at_hint, r.wanted_at, r.last_error, r.lease_until
    """
)


def claim(
    tx: Connection, connection: str, *, limit: int, lease: timedelta, without: Collection[str] = ()
) -> list[Claim]:
    """Lease what is wanted and due, most urgent first. Attempts rise here, so that a killer of workers is counted.

    `without` are causes that may not call now; what calls nobody is claimed all the same.
    """
    token = uuid4()
    rows = tx.execute(
        _CLAIM,
        {
            "connection": connection,
            "limit": limit,
            "lease": lease.total_seconds(),
            "token": token,
            "causes": list(CAUSES),
            "calls_nobody": CALLS_NOBODY,
            "without": list(without),
        },
    )
    return [
        Claim(
            id=row.id,
            connection=connection,
            ref=Ref(row.kind, row.key),
            cause=row.cause,
            generation=row.claimed_gen,
            token=token,
            attempts=row.attempts,
            notified=row.notified,
            looked_again=row.looked_again,
            wanted_version=row.wanted_version,
            starts_at_hint=row.starts_at_hint,
            wanted_at=row.wanted_at,
            last_error=row.last_error,
            claimed_at=row.lease_until - lease,
        )
        for row in rows
    ]


def _mine(claims: Iterable[Claim]) -> Any:
    ids, tokens = zip(*((claim.id, claim.token) for claim in claims), strict=True)
    return sa.and_(sync_requests.c.id.in_(ids), sync_requests.c.token.in_(sorted(set(tokens))))


def hold(tx: Connection, claims: Collection[Claim]) -> None:
    """Lock these in the order in which a receiver takes them, before several are written: else they could deadlock."""
    if len(claims) > 1:
        places = (sync_requests.c.connection, sync_requests.c.kind, sync_requests.c.key)
        order = [sa.collate(each, "C") for each in places]  # as Python sorts text, see `store.events`
        tx.execute(sa.select(sync_requests.c.id).where(_mine(claims)).order_by(*order).with_for_update()).all()


def finish(tx: Connection, claim: Claim, *, look_again: bool = False) -> bool:
    """As `finish_all`, for one. True when more was wanted meanwhile."""
    return bool(finish_all(tx, [claim], look_again=look_again))


def finish_all(tx: Connection, claims: Collection[Claim], *, look_again: bool = False) -> set[int]:
    """Done up to the claimed generation. Returns the ids of those of which more was wanted meanwhile (the trailing
    edge stays due). Several must be held (see `hold`).

    Two looks are spaced from beginning to beginning: what came while a slow one was under way has waited already.
    """
    if not claims:
        return set()
    began = max(claim.claimed_at for claim in claims)
    done = sync_requests.c.claimed_gen
    values: dict[str, Any] = {
        "done_gen": done - 1 if look_again else done,
        "attempts": 0,
        "lease_until": None,
        "token": None,
        "last_fetch_at": began,
        "last_error": "",
        "due_at": began + (SECOND_LOOK if look_again else SPACING),
        "looked_again": look_again,
        "notified": sa.case((sync_requests.c.wanted_gen > done, sync_requests.c.notified), else_=look_again),
        "wanted_version": sa.case((sync_requests.c.wanted_gen > done, sync_requests.c.wanted_version), else_=None),
    }
    if look_again:  # a newer event meanwhile is looked at soon, not in half a minute
        newer = sync_requests.c.wanted_gen > done
        values["due_at"] = sa.case((newer, began + SPACING), else_=began + SECOND_LOOK)
        values["looked_again"] = sa.not_(newer)
        values["wanted_version"] = sync_requests.c.wanted_version
    more = (sync_requests.c.wanted_gen > sync_requests.c.done_gen).label("more")
    written = sa.update(sync_requests).where(_mine(claims)).values(**values).returning(sync_requests.c.id, more)
    return {row.id for row in tx.execute(written) if row.more}


def again(tx: Connection, claim: Claim, pause: timedelta, error: str, *, counts: bool = True) -> None:
    """As `again_all`, for one."""
    again_all(tx, [claim], pause, error, counts=counts)


def again_all(tx: Connection, claims: Collection[Claim], pause: timedelta, error: str, *, counts: bool = True) -> None:
    """Give them back for later. `counts=False` when it was not these requests' fault (a budget, a pause).

    Several must be held (see `hold`).
    """
    if not claims:
        return
    tx.execute(
        sa.update(sync_requests)
        .where(_mine(claims))
        .values(
            lease_until=None,
            token=None,
            due_at=sa.func.clock_timestamp() + pause,
            last_error=error[:500],
            attempts=sync_requests.c.attempts if counts else sync_requests.c.attempts - 1,
        )
    )


def put_back(tx: Connection, claims: Sequence[Claim], pause: timedelta, error: str) -> None:
    """Give back what was claimed a moment ago and not tried, for later."""
    hold(tx, claims)
    tx.execute(
        sa.update(sync_requests)
        .where(sync_requests.c.id.in_([claim.id for claim in claims]), sync_requests.c.token == claims[0].token)
        .values(
            lease_until=None,
            token=None,
            due_at=sa.func.clock_timestamp() + pause,
            last_error=error[:500],
            attempts=sync_requests.c.attempts - 1,
        )
    )


def bury(tx: Connection, claim: Claim, reason: str) -> None:
    """A dead letter: visible, woken by the next event or by an operator."""
    tx.execute(
        sa.update(sync_requests)
        .where(_mine([claim]))
        .values(
            lease_until=None,
            token=None,
            dead_at=sa.func.clock_timestamp(),
            dead_reason=reason[:500],
            done_gen=sync_requests.c.claimed_gen,
        )
    )


def retry_dead(tx: Connection, connection: str) -> int:
    """Wake a connection's dead letters. Returns how many."""
    done = tx.execute(
        sa.update(sync_requests)
        .where(sync_requests.c.connection == connection, sync_requests.c.dead_at.is_not(None))
        .values(
            dead_at=None,
            dead_reason="",
            attempts=0,
            wanted_gen=sync_requests.c.wanted_gen + 1,
            due_at=sa.func.clock_timestamp(),
        )
    )
    return done.rowcount


def waiting_connections(tx: Connection) -> list[str]:
    """Connections that have something wanted and due: whom the sweep rings for."""
    rows = tx.execute(
        sa.text(
            "SELECT DISTINCT connection FROM sync_requests WHERE wanted_gen > done_gen AND dead_at IS NULL "
            "AND due_at <= (SELECT clock_timestamp()) AND (lease_until IS NULL OR lease_until < clock_timestamp())"
        )
    )
    return [row.connection for row in rows]
