"""The read-only pages: how each connection stands, what is due, what was skipped and why, one appointment explained."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Connection, Row, exc
from werkzeug.wrappers import Response

from rules.timing import zone_or_none
from runtime import explain, loss
from runtime.loss import Freshness, Summary
from runtime.prices import Month, month_of
from runtime.settings import ConnectionSettings, Scheme, Settings
from store import appointments, inbox, overview, promises
from store.standing import standing
from web import pages
from web.parts import Parts

AHEAD = timedelta(hours=24)
MOST_ROWS = 100
WARN_SKEW_SECONDS = 120  # signatures are refused at 300


@dataclass(frozen=True, slots=True)
class Hearing:
    """How one connection hears of changes: what its webhooks lose, and how fresh it is without them."""

    settings: ConnectionSettings
    summary: Summary
    freshness: Freshness

    @property
    def is_polled(self) -> bool:
        return self.settings.webhook.scheme is Scheme.NONE


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the connections' table."""

    settings: ConnectionSettings
    state: Row[Any] | None
    dead_letters: int
    unrecognised: int
    unconfirmed: int
    inbox: int
    today: dict[str, int]
    month: Month | None = None

    @property
    def mode(self) -> str:
        return str(self.state.mode) if self.state is not None else "not started"

    @property
    def warnings(self) -> list[str]:
        found = []
        state = self.state
        if state is not None and state.is_paused:
            found.append(f"Paused: {state.paused_reason or 'no reason was kept'}")
        if state is not None and abs(state.skew_seconds or 0) > WARN_SKEW_SECONDS:
            found.append(f"Its clock and ours differ by {state.skew_seconds:.0f} s; webhooks are refused beyond 300 s")
        if self.dead_letters:
            found.append(f"{self.dead_letters} given up on (dead letters)")
        if self.unrecognised:
            found.append(f"{self.unrecognised} webhooks not understood since yesterday")
        if self.unconfirmed:
            found.append(f"{self.unconfirmed} texts without a final receipt since yesterday (unconfirmed)")
        if state is not None and state.rejected_webhooks:
            found.append(f"{state.rejected_webhooks} webhooks refused: signature missing, wrong or too old")
        return found


def blueprint(parts: Parts) -> Blueprint:
    routes, behind_login = pages.blueprint(parts)
    settings = parts.settings.connections

    @routes.get("", endpoint="overview")
    @behind_login
    def overview_page() -> Response:
        with parts.database.begin() as tx:
            overview.bound(tx)
            return pages.page("status.html", **_overview(tx, parts.settings))

    @routes.get("/find")
    @behind_login
    def find() -> Response:
        connection, external_id = request.args.get("connection", ""), request.args.get("id", "").strip()
        if connection not in settings or not external_id:
            return redirect(url_for("pages.overview"), 303)
        return redirect(url_for("pages.appointment", connection=connection, external_id=external_id), 303)

    @routes.get("/appointments/<connection>/<path:external_id>")
    @behind_login
    def appointment(connection: str, external_id: str) -> Response:
        if connection not in settings or "\0" in external_id:
            return pages.page("unknown.html", 404)
        with parts.database.begin() as tx:
            overview.bound(tx)
            row = appointments.find(tx, connection, external_id)
            lines = explain.lines(tx, connection, external_id)
            planned = promises.of_appointment(tx, row.id) if row is not None else []
        if row is None and not lines:
            return pages.page("unknown.html", 404)
        zone = (row.zone if row is not None else None) or settings[connection].zone
        return pages.page(
            "appointment.html",
            connection=connection,
            external_id=external_id,
            row=row,
            standing=standing(row) if row is not None else None,
            zone=zone,
            lines=lines,
            promises=planned,
            sentence=explain.because,
        )

    @routes.errorhandler(exc.SQLAlchemyError)
    def away(_error: exc.SQLAlchemyError) -> Response:
        return pages.page("away.html", 503)

    return routes


def _overview(tx: Connection, whole: Settings) -> dict[str, Any]:
    now, settings = pages.now(), whole.connections
    days = {name: day(now, each.zone) for name, each in settings.items()}
    states, dead = overview.states(tx), overview.dead_letters(tx)
    unrecognised, told = overview.unrecognised(tx, now - timedelta(days=1)), overview.inbox_counts(tx)
    unconfirmed = overview.unconfirmed(tx, now - timedelta(days=1))
    by_state: dict[str, Counter[str]] = defaultdict(Counter)
    skipped: Counter[str] = Counter()
    for row in overview.today(tx, days):
        by_state[row.connection][row.state] += row.n
        if row.skip_reason:
            skipped[row.skip_reason] += row.n
    return {
        "now": now,
        "standings": [
            Standing(
                each,
                states.get(name),
                dead.get(name, 0),
                unrecognised.get(name, 0),
                unconfirmed.get(name, 0),
                told.get(name, 0),
                dict(by_state[name]),
                month_of(tx, whole, each, now),
            )
            for name, each in sorted(settings.items())
        ],
        "hearings": [_hearing(tx, each) for _, each in sorted(settings.items())],
        "upcoming": overview.upcoming(tx, list(settings), now + AHEAD, limit=MOST_ROWS),
        "skipped": [(reason, count, explain.because(reason)) for reason, count in skipped.most_common()],
        "inbox": inbox.open_items(tx, limit=MOST_ROWS),
        "zones": {name: each.zone for name, each in settings.items()},
        "most": MOST_ROWS,
    }


def _hearing(tx: Connection, settings: ConnectionSettings) -> Hearing:
    every = timedelta(minutes=settings.reconcile_minutes)
    return Hearing(settings, loss.summary(tx, settings.name), loss.freshness(tx, settings.name, None, every))


def day(now: datetime, zone_name: str) -> tuple[datetime, datetime]:
    """Today in that zone: from its midnight to the next one, which a clock change makes 23 or 25 hours."""
    zone = zone_or_none(zone_name) or ZoneInfo("UTC")
    today = now.astimezone(zone).date()
    return (
        datetime.combine(today, time(), zone),
        datetime.combine(today + timedelta(days=1), time(), zone),
    )
