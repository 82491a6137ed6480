"""Many changes of the same appointments: fetches per event, events per second, and what a burst does to the others.

Pexip is measured: the one of the four that documents webhooks about appointments. Its documented budget stands for
ours (3,000 calls a minute, 4 at a time); the textbook counts nothing and is let through. On both sides the
receiver's HTTP is left out, and what comes within 50 ms is stored as one batch: ours is read by `web.receive.read` and
stored by `store.events.store`, the doorbell rings as it does in the receiver; the textbook's is one INSERT, and a
`delay()` for each event.
"""

import json
import statistics
import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks import arrivals, pipeline, seed
from benchmarks.bursts import Booking, Clinic, Event, play
from benchmarks.ground import Failed, Ground, ask, count
from benchmarks.pipeline import Net
from benchmarks.progress import say
from benchmarks.receiver import SECRET
from benchmarks.sizes import Sizes
from benchmarks.sync_textbook import Textbook
from runtime import names
from runtime.doorbell import Doorbell
from runtime.settings_file import load
from store import events, sync_requests
from store.engine import Database
from web.bell import Bell
from web.receive import read

BUSY, QUIET, DUE = "busy", "quiet", "due"
"""Connections: the one whose appointments change in a burst, another, and one whose promises fall due meanwhile."""
QUIET_SECONDS = 0.5
DUE_PER_SECOND = 10
PATIENCE_SECONDS = 90.0

PEXIP = """
[connections.{name}]
vendor = "pexip"
base_url = "{vendor}"
zone = "{zone}"
mode = "live"
credentials = {{ enterprise = "{name}", client_id = "{name}", client_secret = "s" }}
options = {{ auth_url = "{vendor}" }}
webhook = {{ scheme = "standard", secret = "{secret}" }}
sender = "{sender}"
practice = "Bench"
max_texts_per_hour = 1000000
reconcile_minutes = 1440
"""
KNOWN_PEOPLE = """
    INSERT INTO people (connection, person_id, first_name, last_name, phone, source)
    SELECT %s, 'c-' || id, 'Ada', 'Byron', '+1415' || lpad((5000000 + n)::text, 7, '0'), 'call'
    FROM unnest(%s::text[]) WITH ORDINALITY AS known (id, n)
"""
WAITING = "SELECT count(*) FROM sync_requests WHERE wanted_gen > done_gen AND dead_at IS NULL"


def first_look(clinic: Clinic, url: str, db: Database) -> None:
    """Its people are known, and a look at each of its appointments is wanted, as after a reconciliation."""
    ask(url, KNOWN_PEOPLE, clinic.name, clinic.ids)
    with db.begin() as tx:
        sync_requests.ask(tx, clinic.name, sync_requests.refs(clinic.ids), "operator")


def measure(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    booking, net = Booking(ground), Net(ground)
    ours = theirs = None
    try:
        ours = Ours(ground, booking, net, sizes.appointments, sizes.burst_seconds)
        theirs = Textbook(ground, booking, sizes.textbook_appointments)
        for _ in range(sizes.sync_rounds):
            theirs.round(sizes.burst_seconds * sizes.textbook_appointments / sizes.appointments)
            say(f"textbook: {theirs.rates[-1]:,.0f} events/s")
            ours.round()
            say(f"ours: {ours.rates[-1]:,.0f} events/s, {ours.fetches[-1]:.3f} fetches per event")
    finally:
        for each in (ours, theirs):
            if each is not None:
                each.stop()
        ground.stop(booking.child, net.child)
    rate, textbook_rate = statistics.median(ours.rates), statistics.median(theirs.rates)
    return {
        "events": ours.told,
        "appointments": sizes.appointments,
        "fetches": ours.fetched,
        "fetches_per_event": round(statistics.median(ours.fetches), 3),
        "events_per_s": round(rate),
        "textbook_events_per_s": round(textbook_rate),
        "ratio_textbook": round(rate / textbook_rate, 2),
        "final_state_equal": ours.equal,
        "processes": 1,
        "threads": theirs.threads,
        "after_last_event_s": round(statistics.median(ours.after), 2),
        "other_connection_delay_s": round(max(ours.other_delays), 2),
        "due_promise_delay_s": round(max(ours.due_delays), 2),
        "textbook_stale": theirs.stale,
    }


class Ours:
    """Punctual's processes; its appointments are known, with the contacts of their people, before anything changes."""

    def __init__(self, ground: Ground, booking: Booking, net: Net, appointments: int, seconds: float) -> None:
        self.ground, self.booking, self.net, self.seconds = ground, booking, net, seconds
        self.url = ground.database("sync")
        self.busy = Clinic(booking, BUSY, [f"b{number}" for number in range(appointments)])
        self.quiet = Clinic(booking, QUIET, [f"q{number}" for number in range(int(seconds / QUIET_SECONDS))])
        config = ground.folder / "sync.toml"
        pexip = {"vendor": booking.url, "zone": seed.zone(), "secret": SECRET, "sender": seed.SENDER}
        written = [PEXIP.format(name=name, **pexip) for name in (BUSY, QUIET)]
        config.write_text(seed.settings_file([DUE], net.url) + "\n" + "".join(written))
        self.planted = seed.prepare(self.url, [BUSY, QUIET, DUE], seed.OFFSETS[:1])
        self.planted.names = [DUE]
        environ = pipeline.environ(ground, self.url, config, 6)
        self.settings = load(environ)
        self.children = pipeline.start(ground, environ, *pipeline.ALL)
        self.db = Database(self.url, size=2)
        self.doorbell = Doorbell(self.settings.broker_url)
        self.bell = Bell(self.doorbell)
        self.rates: list[float] = []
        self.fetches: list[float] = []
        self.after: list[float] = []
        self.other_delays: list[float] = []
        self.due_delays: list[float] = []
        self.told = self.fetched = 0
        self.equal = True
        self._meet()

    def stop(self) -> None:
        self.doorbell.close()
        self.ground.stop(*self.children.values())
        self.db.dispose()
        self.ground.drop("sync")

    def _meet(self) -> None:
        """The first look at everything, as after a reconciliation."""
        for clinic in (self.busy, self.quiet):
            clinic.book()
            first_look(clinic, self.url, self.db)
            self.bell.ring(names.APPOINTMENTS_SYNC, clinic.name)
        self._settled()

    def round(self) -> None:
        schedule = self.busy.burst(self.seconds) + self.quiet.burst(self.seconds, times=1)
        known = {event.key: self._arrival(event) for _, event in schedule}
        asked = self.booking.calls()
        due = int(DUE_PER_SECOND * self.seconds)
        began, _ = arrivals.clock(self.url)
        seed.due(self.planted, due, began + timedelta(seconds=1), DUE_PER_SECOND)

        def tell(batch: list[Event]) -> None:
            with self.db.begin() as tx:
                events.store(tx, [known[event.key] for event in batch])
            for name in {event.enterprise for event in batch}:
                self.bell.ring(names.APPOINTMENTS_SYNC, name)

        began, _ = arrivals.clock(self.url)
        took = play(self.booking, schedule, tell)
        ended = self._settled()
        fetched = self.booking.calls() - asked
        all_due = began + timedelta(seconds=1 + self.seconds)
        self.due_delays += arrivals.arrived(self.planted, self.net, due, all_due, PATIENCE_SECONDS)
        self._note((ended - began).total_seconds(), took, len(schedule), fetched)

    def _arrival(self, event: Event) -> events.Arrival:
        (arrival,) = read(self.settings.connections[event.enterprise], {}, event.body, event.version)
        return arrival

    def _settled(self) -> datetime:
        """Once nothing is wanted any more, and everything is stored as it is at the vendor: when it became so."""
        until = time.monotonic() + PATIENCE_SECONDS
        while count(self.url, WAITING) or not self._is_current():
            if time.monotonic() > until:
                raise Failed(f"after {PATIENCE_SECONDS:.0f} s it is not stored as it is at the vendor")
            time.sleep(0.1)
        query = "SELECT max(changed_at) FROM appointments WHERE connection = %s"
        ((changed,),) = ask(self.url, query, BUSY)
        assert isinstance(changed, datetime)
        return changed

    def _is_current(self) -> bool:
        query = "SELECT count(*) FROM appointments WHERE (connection, version) IN ((%s, %s), (%s, %s))"
        current = ask(self.url, query, BUSY, self.busy.version, QUIET, self.quiet.version)[0][0]
        return current == len(self.busy.ids) + len(self.quiet.ids)

    def _note(self, seconds: float, took: float, told: int, fetched: int) -> None:
        """A round of so many seconds; telling of the changes `took` that many of them."""
        self.rates.append(told / seconds)
        self.after.append(seconds - took)
        self.fetches.append(fetched / told)
        self.told += told
        self.fetched += fetched
        self.equal &= all(self._equals(clinic) for clinic in (self.busy, self.quiet))
        delays = ask(
            self.url,
            "SELECT extract(epoch FROM a.changed_at - max(e.at)) FROM appointments a JOIN timeline e "
            "ON e.connection = a.connection AND e.external_id = a.external_id AND e.kind = 'event' "
            "WHERE a.connection = %s GROUP BY a.id",
            QUIET,
        )
        self.other_delays += [float(str(delay)) for (delay,) in delays]

    def _equals(self, clinic: Clinic) -> bool:
        """The whole record of each, its start, and one planned promise for that start."""
        rows = ask(
            self.url,
            "SELECT a.external_id, a.raw, a.starts_at, array_agg(p.anchor_at) FROM appointments a "
            "LEFT JOIN promises p ON p.appointment_id = a.id AND p.state = 'planned' WHERE a.connection = %s GROUP BY a.id",
            clinic.name,
        )
        there = self.booking.ask("records", enterprise=clinic.name)
        stored = {str(external_id): json.loads(raw) for external_id, raw, _, _ in rows}  # type: ignore[arg-type]
        planned = all(
            anchors == [start] == [datetime.fromisoformat(there[str(id_)]["start"])] for id_, _, start, anchors in rows
        )
        return stored == there and planned
