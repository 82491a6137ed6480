"""Stores what webhooks said and asks for a look at what they named, many at once, in one transaction.

Two receivers may write the same keys at the same moment. Every statement here takes its rows in one sorted order, so
that they queue up behind each other instead of deadlocking (51 of 200 tries unsorted, 0 of 600 sorted).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.appointment import Ref
from store.arrays import Bodies, Flags, Instants, Texts
from store.sync_requests import SPACING
from store.tables import connection_states, events


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event to store. Foreign text is only in `kind` and `refs`; the vendor's adapter has cleaned both."""

    connection: str
    key: str
    """A digest, never foreign text."""
    has_own_id: bool
    """The key is made from the vendor's own id: a repeat changes nothing. Otherwise from the body: a repeat still asks
    for a fetch, so that a true change between two equal thin bodies is never swallowed."""
    kind: str
    recognised: bool
    body: bytes | None
    refs: tuple[Ref, ...] = ()
    version: datetime | None = None
    starts_at: datetime | None = None


_INSERT = """
    INSERT INTO events (connection, key, kind, recognised, body)
    SELECT * FROM unnest(CAST(:connections AS text[]), CAST(:keys AS text[]), CAST(:kinds AS text[]),
                         CAST(:recognised AS boolean[]), CAST(:bodies AS bytea[]))
    ON CONFLICT (connection, key)
    """
_STORE_OWN = sa.text(_INSERT + "DO NOTHING RETURNING connection, key")
# A row that this statement inserted has no xmax yet.
_STORE_DIGEST = sa.text(
    _INSERT + "DO UPDATE SET copies = events.copies + 1 RETURNING connection, key, (xmax = 0) AS inserted"
)

# Once per kind and batch it is said on each appointment's timeline that something came.
#
# A look that nobody has begun serves this event too: the row is locked, so that it begins after this is committed, and
# left as it is. Without that every event of a burst wrote a new version of it, and an entry in each of its indexes.
#
# A new event wakes a dead letter. Attempts are kept otherwise: a row that kills its worker stays one that is claimed
# alone, however many events come for it.
_ASK = sa.text(
    """
    WITH told AS (
        INSERT INTO timeline (connection, external_id, kind, facts)
        SELECT connection, external_id, 'event', jsonb_build_object('kind', kind)
        FROM unnest(CAST(:told_connections AS text[]), CAST(:told_ids AS text[]), CAST(:told_kinds AS text[]))
             AS told (connection, external_id, kind)
    )
    INSERT INTO sync_requests AS r (connection, kind, key, cause, notified, wanted_version, starts_at_hint)
    SELECT connection, kind, key, 'webhook', true, version, starts_at
    FROM unnest(CAST(:connections AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[]),
                CAST(:versions AS timestamptz[]), CAST(:starts AS timestamptz[]))
         AS wanted (connection, kind, key, version, starts_at)
    ON CONFLICT (connection, kind, key) DO UPDATE SET
        wanted_gen = r.wanted_gen + 1,
        wanted_at = CASE WHEN r.wanted_gen > r.done_gen AND r.dead_at IS NULL THEN r.wanted_at
                         ELSE clock_timestamp() END,
        due_at = greatest(clock_timestamp(), r.last_fetch_at + make_interval(secs => :spacing)),
        cause = 'webhook',
        notified = true,
        looked_again = false,
        wanted_version = greatest(r.wanted_version, excluded.wanted_version),
        starts_at_hint = coalesce(excluded.starts_at_hint, r.starts_at_hint),
        attempts = CASE WHEN r.dead_at IS NULL THEN r.attempts ELSE 0 END,
        dead_at = NULL,
        dead_reason = ''
    WHERE NOT (
        r.wanted_gen > r.claimed_gen AND r.dead_at IS NULL AND r.cause = 'webhook' AND r.notified
        AND NOT r.looked_again
        AND r.due_at <= greatest(clock_timestamp(), r.last_fetch_at + make_interval(secs => :spacing))
        AND r.wanted_version IS NOT DISTINCT FROM greatest(r.wanted_version, excluded.wanted_version)
        AND r.starts_at_hint IS NOT DISTINCT FROM coalesce(excluded.starts_at_hint, r.starts_at_hint)
    )
    """
)

Place = tuple[str, str]
"""Connection and key: what makes an event one and the same."""


def store(tx: Connection, arrivals: Sequence[Arrival]) -> list[bool]:
    """Store new events and want what they named. Says for each arrival, in their order, whether it was new."""
    places: dict[Place, Arrival] = {}
    for arrival in arrivals:
        places.setdefault((arrival.connection, arrival.key), arrival)
    in_order = [arrival for _, arrival in sorted(places.items(), key=itemgetter(0))]
    by_own_id = [arrival for arrival in in_order if arrival.has_own_id]
    by_digest = [arrival for arrival in in_order if not arrival.has_own_id]
    new: set[Place] = set()
    if by_own_id:
        new.update((connection, key) for connection, key in tx.execute(_STORE_OWN, _columns(by_own_id)))
    if by_digest:
        rows = tx.execute(_STORE_DIGEST, _columns(by_digest))
        new.update((connection, key) for connection, key, inserted in rows if inserted)
    told = []
    for arrival in arrivals:
        place = (arrival.connection, arrival.key)
        told.append(place in new)
        new.discard(place)
    both = list(zip(arrivals, told, strict=True))
    _ask(
        tx,
        [arrival for arrival, is_new in both if is_new or not arrival.has_own_id],
        [arrival for arrival, is_new in both if is_new],
    )
    return told


def _columns(arrivals: Sequence[Arrival]) -> dict[str, object]:
    return {
        "connections": Texts([arrival.connection for arrival in arrivals]),
        "keys": Texts([arrival.key for arrival in arrivals]),
        "kinds": Texts([arrival.kind for arrival in arrivals]),
        "recognised": Flags([arrival.recognised for arrival in arrivals]),
        "bodies": Bodies([arrival.body for arrival in arrivals]),
    }


def _ask(tx: Connection, wanting: Sequence[Arrival], new: Sequence[Arrival]) -> None:
    """Want a look at what the first name, and say on the timelines of what the second name that something came."""
    wanted: dict[tuple[str, str, str], tuple[datetime | None, datetime | None]] = {}
    for arrival in wanting:
        for ref in arrival.refs:
            place = (arrival.connection, ref.kind, ref.key)
            version, starts_at = wanted.get(place, (None, None))
            wanted[place] = (_newer(version, arrival.version), arrival.starts_at or starts_at)
    if not wanted:
        return
    rows = sorted(wanted.items(), key=itemgetter(0))
    told = sorted(_told(new))
    tx.execute(
        _ASK,
        {
            "connections": Texts([place[0] for place, _ in rows]),
            "kinds": Texts([place[1] for place, _ in rows]),
            "keys": Texts([place[2] for place, _ in rows]),
            "versions": Instants([version for _, (version, _) in rows]),
            "starts": Instants([starts_at for _, (_, starts_at) in rows]),
            "spacing": SPACING.total_seconds(),
            "told_connections": Texts([connection for connection, _, _ in told]),
            "told_ids": Texts([external_id for _, external_id, _ in told]),
            "told_kinds": Texts([kind for _, _, kind in told]),
        },
    )


def _newer(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


PLAIN_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,80}")  # every documented event type; anything else is not put before people


def _told(new: Sequence[Arrival]) -> set[tuple[str, str, str]]:
    """Connection, appointment and kind of each line for a timeline."""
    return {
        (arrival.connection, ref.key, arrival.kind if PLAIN_WORD.fullmatch(arrival.kind) else "")
        for arrival in new
        for ref in arrival.refs
        if ref.kind == "appointment"
    }


def last_at(tx: Connection, connection: str) -> datetime | None:
    """When the last proven event came."""
    query = sa.select(connection_states.c.last_event_at).where(connection_states.c.connection == connection)
    found: datetime | None = tx.execute(query).scalar()
    return found


def instants(tx: Connection, connection: str, since: datetime) -> list[datetime]:
    """When events came, oldest first; events of one minute count once."""
    minute = sa.func.date_trunc("minute", events.c.received_at)
    query = (
        sa.select(minute)
        .where(events.c.connection == connection, events.c.received_at >= since)
        .group_by(minute)
        .order_by(minute)
    )
    return list(tx.execute(query).scalars())


def stored(tx: Connection, connection: str, since: datetime, *, after_id: int, limit: int) -> Sequence[Row[Any, Any]]:
    """A page of a connection's events since then, by id."""
    query = (
        sa.select(events.c.id, events.c.body)
        .where(events.c.connection == connection, events.c.received_at >= since, events.c.id > after_id)
        .order_by(events.c.id)
        .limit(limit)
    )
    return tx.execute(query).all()


_NOTE = sa.text(
    """
    INSERT INTO connection_states AS s (connection, last_event_at, rejected_webhooks, skew_seconds)
    VALUES (:connection, CASE WHEN :arrived THEN clock_timestamp() END, :rejected, :skew)
    ON CONFLICT (connection) DO UPDATE SET
        last_event_at = coalesce(excluded.last_event_at, s.last_event_at),
        rejected_webhooks = s.rejected_webhooks + excluded.rejected_webhooks,
        skew_seconds = coalesce(excluded.skew_seconds, s.skew_seconds)
    """
)


@dataclass(slots=True)
class Noted:
    """What a receiver has seen of one connection since it last said so."""

    arrived: bool = False
    rejected: int = 0
    skew_seconds: float | None = None
    """The vendor's clock minus ours, of the newest event that was proven."""


def note(tx: Connection, noted: dict[str, Noted]) -> None:
    """Add what was seen to the connections' states. Apart from `store`: a counter must not delay an answer."""
    rows = [
        {
            "connection": connection,
            "arrived": each.arrived,
            "rejected": each.rejected,
            "skew": each.skew_seconds,
        }
        for connection, each in sorted(noted.items())
    ]
    if rows:
        tx.execute(_NOTE, rows)
