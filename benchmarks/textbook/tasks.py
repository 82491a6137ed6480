"""The textbook's Celery: one task per event, one fetch per event, one message with an ETA per reminder."""

import json
import os
from functools import cache

import httpx
import redis
from celery import Celery
from psycopg_pool import ConnectionPool

VISIBILITY = int(os.environ.get("TEXTBOOK_VISIBILITY", "3600"))  # Redis' own; shorter only where ETAs are measured
RESTORES = {"unacked_restore_interval": 1, "unacked_restore_throttle": 1} if VISIBILITY < 100 else {}

app = Celery("textbook", broker=os.environ.get("TEXTBOOK_BROKER", "redis://127.0.0.1:9/0"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "socket_timeout": 10,
        "socket_connect_timeout": 4,
        "socket_keepalive": True,
        "visibility_timeout": VISIBILITY,
        **RESTORES,
    },
    worker_redirect_stdouts=False,
)


EVENTS = """
    CREATE TABLE textbook_events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, connection text NOT NULL, key text NOT NULL,
        kind text NOT NULL, body bytea NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (connection, key)
    )
"""
APPOINTMENTS = """
    CREATE TABLE textbook_appointments (
        connection text NOT NULL, external_id text NOT NULL, status text, starts_at timestamptz, ends_at timestamptz,
        record bytea NOT NULL, updated_at timestamptz NOT NULL, PRIMARY KEY (connection, external_id)
    )
"""
UPSERT = """
    INSERT INTO textbook_appointments (connection, external_id, status, starts_at, ends_at, record, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp())
    ON CONFLICT (connection, external_id) DO UPDATE SET status = excluded.status, starts_at = excluded.starts_at,
        ends_at = excluded.ends_at, record = excluded.record, updated_at = excluded.updated_at
"""


@app.task(name="textbook.process_event")
def process_event(event_id: int) -> None:
    """What `delay()` runs: read the event, fetch its appointment at Pexip, write the row."""
    with pool().connection() as tx:
        row = tx.execute("SELECT connection, body FROM textbook_events WHERE id = %s", (event_id,)).fetchone()
    if row is None:
        return
    connection, body = row
    external_id = json.loads(body)["data"]["appointment"]["id"]
    url = f"{os.environ['TEXTBOOK_VENDOR']}/enterprises/{connection}/appointments/{external_id}"
    answer = client().get(url, headers={"Authorization": f"Bearer {os.environ['TEXTBOOK_TOKEN']}"}).raise_for_status()
    record = answer.json()["data"]
    with pool().connection() as tx:
        values = (
            connection,
            external_id,
            record["status"],
            record["start"],
            record["end"],
            json.dumps(record).encode(),
        )
        tx.execute(UPSERT, values)


SCHEMA = """
    CREATE TABLE textbook_reminders (
        id bigint PRIMARY KEY, phone text NOT NULL, body text NOT NULL, status text NOT NULL DEFAULT 'scheduled',
        sent_at timestamptz
    )
"""


@cache
def client() -> httpx.Client:
    """One per process, as httpx advises."""
    return httpx.Client(timeout=12, limits=httpx.Limits(max_connections=100, max_keepalive_connections=100))


@cache
def pool() -> ConnectionPool:
    return ConnectionPool(os.environ["TEXTBOOK_DATABASE"], min_size=1, max_size=16, open=True)


@app.task(name="textbook.send_reminder")
def send_reminder(reminder_id: int) -> None:
    """What `apply_async(eta=)` runs: read the row, call the network, write the row."""
    with pool().connection() as tx:
        row = tx.execute(
            "SELECT phone, body FROM textbook_reminders WHERE id = %s AND status = 'scheduled'", (reminder_id,)
        ).fetchone()
    if row is None:
        return
    phone, body = row
    form = {"To": phone, "From": "+15005550006", "Body": body, "StatusCallback": f"http://x/?attempt={reminder_id}"}
    url = os.environ["TEXTBOOK_NETWORK"] + "/2010-04-01/Accounts/AC1/Messages.json"
    client().post(url, data=form, auth=("AC1", "t")).raise_for_status()
    with pool().connection() as tx:
        tx.execute("UPDATE textbook_reminders SET status = 'sent', sent_at = now() WHERE id = %s", (reminder_id,))


@app.task(name="textbook.remind")
def remind(number: int) -> None:
    """Counts how often it runs."""
    counter().rpush("textbook:ran", number)


@cache
def counter() -> redis.Redis:
    return redis.Redis.from_url(os.environ["TEXTBOOK_BROKER"])
