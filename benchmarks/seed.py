"""Rows as sync and planning would have left them, written by the million in SQL."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.ground import Failed, Ground, plain
from benchmarks.progress import say
from punctual.demo.scene import daytime_zones
from store import configs
from store.engine import Database

SENDER = "net"
SENDING_NUMBER = "+15005550006"
TEMPLATE = "Hi {{ clientCustomer.firstName }}, {{ practice.name }} expects you on {{ appointment.date }} at {{ appointment.time }}."
OFFSETS = (-60, -1440, -2880, -10080)
"""Minutes; one promise of each appointment for each."""


def zone() -> str:
    """Where it is day, or quiet hours would hold what is measured."""
    return daytime_zones(datetime.now(UTC))[0]


def config(offsets: Sequence[int] = OFFSETS) -> dict[str, Any]:
    def workflow(number: int, offset: int) -> dict[str, Any]:
        return {
            "id": f"3f0d3c52-9a54-4f0e-8a3c-1d6f0c1f4a{number:02d}",
            "name": f"Reminder {number}",
            "enabled": True,
            "trigger": {"anchor": "event_starts", "offsetMinutes": offset},
            "condition": {"kind": "appointment_status", "statuses": ["scheduled"]},
            "action": {"type": "sms", "senderId": SENDER, "template": TEMPLATE},
        }

    workflows = [workflow(number, offset) for number, offset in enumerate(offsets)]
    return {"name": "Benchmark", "appointmentLength": 30, "workflows": workflows}


def settings_file(names: list[str], network: str, vendor: str = "http://127.0.0.1:9", secret: str = "") -> str:
    """TOML: live connections at Pexip's documented budget, a Twilio that is ours."""
    out = [
        (
            f'[senders.{SENDER}]\nkind = "twilio"\nnumbers = ["{SENDING_NUMBER}"]\nbase_url = "{network}"\n'
            'credentials = { account_sid = "AC1", auth_token = "t" }\n'
        )
    ]
    webhook = f'{{ scheme = "standard", secret = "{secret}" }}' if secret else '"none"'
    out += [
        f'[connections.{name}]\nvendor = "caspen"\nbase_url = "{vendor}/caspen"\nzone = "{zone()}"\nmode = "live"\n'
        f'credentials = {{ token = "{name}" }}\nwebhook = {webhook}\nsender = "{SENDER}"\npractice = "Bench"\n'
        "max_texts_per_hour = 1000000\nreconcile_minutes = 1440\n"
        for name in names
    ]
    return "\n".join(out)


@dataclass
class Seed:
    """One database with one config for all its connections."""

    url: str
    names: list[str]
    config_id: UUID
    revision: int = 1
    appointments: int = 0


def prepare(url: str, names: list[str], offsets: Sequence[int] = OFFSETS) -> Seed:
    """Connections that have been live for a month, and the config that they all use."""
    db = Database(url, size=1)
    with db.begin() as tx:
        config_id, revision = configs.save(tx, config(offsets))
    db.dispose()
    seed = Seed(url, names, config_id, revision)
    join(seed, names)
    return seed


def join(seed: Seed, names: list[str]) -> None:
    """More connections with the same config."""
    db = Database(seed.url, size=1)
    with db.begin() as tx:
        for name in names:
            configs.assign(tx, name, seed.config_id)
    db.dispose()
    with psycopg.connect(plain(seed.url)) as tx:
        tx.execute(
            "INSERT INTO connection_states (connection, mode, confirmed_mode, live_since, reconcile_due_at, reconciled_at) "
            "SELECT name, 'live', 'live', now() - interval '30 days', now() + interval '1 day', now() "
            "FROM unnest(%s::text[]) AS name ON CONFLICT (connection) DO UPDATE SET mode = excluded.mode, "
            "confirmed_mode = excluded.confirmed_mode, live_since = excluded.live_since, "
            "reconcile_due_at = excluded.reconcile_due_at, reconciled_at = excluded.reconciled_at",
            (names,),
        )


APPOINTMENTS = """
    WITH made AS (
        INSERT INTO appointments (connection, external_id, vendor_status, vendor_word, starts_at, ends_at, zone, raw,
                                  known_from, fetched_at)
        SELECT (%(names)s::text[])[1 + n %% %(lanes)s::int], 'app_' || n, 'scheduled', 'pending', start, start + interval '30 minutes',
               %(zone)s::text, %(raw)s::bytea, now() - interval '30 days', clock_timestamp()
        FROM (SELECT n, {start} AS start FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS rows
        RETURNING id, connection, external_id, starts_at
    ), seats AS (
        INSERT INTO attendees (appointment_id, key, connection, person_id)
        SELECT id, 'client', connection, 'p_' || external_id FROM made
    ), persons AS (
        INSERT INTO people (connection, person_id, first_name, last_name, phone, source)
        SELECT connection, 'p_' || external_id, 'Ada', 'Byron', '+1415' || lpad((5000000 + id %% 4000000)::text, 7, '0'), 'call'
        FROM made
    ), phones AS (
        INSERT INTO numbers (sender, number)
        SELECT DISTINCT %(sender)s::text, '+1415' || lpad((5000000 + id %% 4000000)::text, 7, '0') FROM made ON CONFLICT DO NOTHING
    ), pinned AS (
        INSERT INTO pins (appointment_id, config_id, revision) SELECT id, %(config)s::uuid, %(revision)s::int FROM made
    )
    INSERT INTO promises (appointment_id, connection, config_id, config_revision, workflow_id, anchor, anchor_at, attendee,
                          state, due_at, look_at, not_after)
    SELECT made.id, made.connection, %(config)s::uuid, %(revision)s::int, '3f0d3c52-9a54-4f0e-8a3c-1d6f0c1f4a' || lpad(k::text, 2, '0'),
           'event_starts', starts_at, 'client', 'planned', due, due, due + interval '55 minutes'
    FROM made, unnest(%(offsets)s::int[]) WITH ORDINALITY AS o (minutes, place),
         LATERAL (SELECT place - 1 AS k, starts_at + make_interval(mins => minutes) AS due) AS timed
"""
PAGE = 50_000


def add(seed: Seed, number: int, start: str, *, per_appointment: int = 1, **values: Any) -> None:
    """`number` more appointments, whose start is an SQL expression of `n`, with their people and promises."""
    with psycopg.connect(plain(seed.url), autocommit=True) as tx:
        first = seed.appointments
        while first < seed.appointments + number:
            last = min(first + PAGE, seed.appointments + number) - 1
            tx.execute(
                APPOINTMENTS.replace("{start}", start),  # type: ignore[arg-type]  # our own text
                {
                    "names": seed.names,
                    "lanes": len(seed.names),
                    "zone": zone(),
                    "raw": json.dumps({"id": "app", "status": "pending", "note": "x" * 150}).encode(),
                    "first": first,
                    "last": last,
                    "base": seed.appointments,
                    "sender": SENDER,
                    "config": seed.config_id,
                    "revision": seed.revision,
                    "offsets": list(OFFSETS[:per_appointment]),
                    **values,
                },
            )
            first = last + 1
            progress("appointments", first - seed.appointments, number)
    seed.appointments += number


def waiting(seed: Seed, promises: int) -> None:
    """Promises that fall due within the next months."""
    per = len(OFFSETS)
    start = "clock_timestamp() + interval '20 days' + (n %% 5184000) * interval '1 second'"
    add(seed, -(-promises // per), start, per_appointment=per)


def due(seed: Seed, number: int, at: datetime, per_second: float | None) -> None:
    """`number` promises from `at` on, so many per second, or all at that instant."""
    spread = "((n - %(base)s::bigint) * interval '1 second' / %(rate)s::float)" if per_second else "interval '0'"
    add(seed, number, f"%(at)s::timestamptz + interval '60 minutes' + {spread}", at=at, rate=per_second or 1)


def planted(ground: Ground, name: str, names: list[str], promises: int) -> Seed:
    """A database of that name with as many promises waiting. Written once for each number, then copied as files."""
    original = f"waiting_{promises}"
    if original not in ground.kept:
        url = ground.database(original)
        made = prepare(url, names)
        waiting(made, promises)
        settle_down(url)
        ground.kept[original] = made
    copied: Seed = ground.kept[original]
    return replace(copied, url=ground.copy(original, name))


EVENTS = """
    INSERT INTO events (connection, key, kind, body, received_at)
    SELECT (%(names)s::text[])[1 + n %% %(lanes)s::int], left(encode(sha256(n::text::bytea), 'base64'), 22), 'appointment.updated', %(body)s::bytea,
           now() - (%(number)s - n) * interval '20 milliseconds'
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""


def received(seed: Seed, number: int) -> None:
    """So many events that were stored before, fifty a second."""
    body = json.dumps({"type": "appointment.updated", "data": {"id": "app", "pad": "x" * 600}}).encode()
    values = {"names": seed.names, "lanes": len(seed.names), "body": body, "number": number}
    with psycopg.connect(plain(seed.url), autocommit=True) as tx:
        for first in range(0, number, 2 * PAGE):
            tx.execute(EVENTS, {**values, "first": first, "last": min(first + 2 * PAGE, number) - 1})
            progress("events", min(first + 2 * PAGE, number), number)
        tx.execute("VACUUM (ANALYZE) events")  # or autovacuum does it while something is measured
        tx.execute("CHECKPOINT")


def progress(what: str, done: int, number: int) -> None:
    """Said where it takes more than a moment."""
    if number >= 4 * PAGE:
        say(f"{done:,} of {number:,} {what} written")


def settle_down(url: str) -> None:
    """Statistics as autovacuum would have them."""
    with psycopg.connect(plain(url), autocommit=True) as tx:
        tx.execute("ANALYZE")
        tx.execute("CHECKPOINT")


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Failed(what)
