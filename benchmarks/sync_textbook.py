"""The textbook's answer to the same bursts: an INSERT and a `delay()` for each event, then a fetch and a row for each."""

import json
import time
from datetime import datetime

import psycopg

from benchmarks import pipeline
from benchmarks.bursts import EVENTS_EACH, Booking, Clinic, Event, play
from benchmarks.ground import Failed, Ground, ask, plain
from benchmarks.textbook import tasks as textbook

PATIENCE_SECONDS = 90.0


class Textbook:
    """One worker on as many threads as ours: one fetch per event, one row written."""

    def __init__(self, ground: Ground, booking: Booking, appointments: int) -> None:
        self.ground, self.booking = ground, booking
        self.threads = pipeline.worker_threads("worker-sync")
        self.url = ground.database("textbook_sync", migrated=False)
        for table in (textbook.EVENTS, textbook.APPOINTMENTS):
            ask(self.url, table)
        self.clinic = Clinic(booking, "textbook", [f"t{number}" for number in range(appointments)])
        self.clinic.book()
        broker = ground.broker(7)
        textbook.app.conf.update(broker_url=broker)
        environ = ground.environ(
            TEXTBOOK_DATABASE=plain(self.url),
            TEXTBOOK_BROKER=broker,
            TEXTBOOK_VENDOR=booking.url,
            TEXTBOOK_TOKEN="t",
        )
        self.child = ground.python(
            "textbook sync",
            *("-m", "celery", "-A", "benchmarks.textbook.tasks", "worker", "-P", "threads"),
            *("-c", str(self.threads), "-n", "sync@bench", "--without-gossip", "--without-mingle"),
            environ=environ,
        )
        self.rates: list[float] = []
        self.stale = 0
        self._warm()

    def stop(self) -> None:
        self.ground.stop(self.child, firmly=True)
        self.ground.drop("textbook_sync")

    def _warm(self) -> None:
        self.round(0.1, times=1)
        self.rates.clear()
        self.stale = 0

    def round(self, seconds: float, times: int = EVENTS_EACH) -> None:
        schedule = self.clinic.burst(seconds, times)
        asked = self.booking.calls()
        ((began,),) = ask(self.url, "SELECT clock_timestamp()")
        with psycopg.connect(plain(self.url), autocommit=True) as tx:

            def tell(batch: list[Event]) -> None:
                rows = tx.execute(
                    "INSERT INTO textbook_events (connection, key, kind, body) "
                    "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bytea[]) "
                    "ON CONFLICT (connection, key) DO NOTHING RETURNING id",
                    [
                        [event.enterprise for event in batch],
                        [event.key for event in batch],
                        ["GENERIC_UPDATE"] * len(batch),
                        [event.body for event in batch],
                    ],
                ).fetchall()
                for (event_id,) in rows:
                    textbook.process_event.delay(event_id)

            play(self.booking, schedule, tell)
        until = time.monotonic() + PATIENCE_SECONDS
        while self.booking.calls() - asked < len(schedule):
            if time.monotonic() > until or self.child.poll() is not None:
                raise Failed(f"the textbook did not end:\n{self.ground.said('textbook sync')}")
            time.sleep(0.05)
        time.sleep(0.5)  # the last answers are on their way
        query = "SELECT max(updated_at) FROM textbook_appointments"
        ((ended,),) = ask(self.url, query)
        assert isinstance(began, datetime)
        assert isinstance(ended, datetime)
        self.rates.append(len(schedule) / (ended - began).total_seconds())
        there = self.booking.ask("records", enterprise=self.clinic.name)
        rows = ask(self.url, "SELECT external_id, record FROM textbook_appointments")
        self.stale += sum(json.loads(record) != there[str(id_)] for id_, record in rows)  # type: ignore[arg-type]
