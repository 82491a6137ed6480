"""How everything stands, in a few lines."""

import argparse
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from punctual.home import Home
from punctual.printing import ago, columns, plural, print_json
from punctual.servers_alone import holder
from punctual.session import DONE, Session
from runtime.prices import Month, month_of
from store import connections, overview, sync_requests, upcoming
from store.engine import now as database_now

AHEAD = timedelta(hours=24)


def show(session: Session, args: argparse.Namespace) -> int:
    with session.db.begin() as tx:
        overview.bound(tx)
        now = database_now(tx)
        rows = [_standing(tx, session, name, now) for name in sorted(session.settings.connections)]
        months = {
            name: month_of(tx, session.settings, each, now) for name, each in session.settings.connections.items()
        }
        waiting = sync_requests.waiting_connections(tx)
    running = _running(session)
    for row in rows:
        month = months[row["connection"]]
        row["this_month"] = month.as_json() if month is not None else None
        row["waits_for_a_look"] = row["connection"] in waiting
    if args.json:
        print_json({"running": running or None, "connections": rows})
        return DONE
    if running:
        print(f"{session.settings.home}: {running}")
    if not rows:
        print("no connection yet: `punctual connect VENDOR`")
    heading = ("connection", "vendor", "mode", "last event", "last answer", "due in 24 h", "this month", "needs a look")
    print(columns([heading, *(_cells(row, now, months[row["connection"]]) for row in rows)]))
    return DONE


def _running(session: Session) -> str:
    """What holds the folder, for whoever runs it on this machine; empty elsewhere."""
    home = Home(session.settings.home)
    return holder(home) if (home.run / "lock").exists() else ""


def _standing(tx: Connection, session: Session, name: str, now: Any) -> dict[str, Any]:
    state = connections.find(tx, name)
    paused = connections.is_paused(tx, name)
    return {
        "connection": name,
        "vendor": session.settings.connections[name].vendor,
        "mode": state.mode if state is not None else None,
        "mode_in_file": session.settings.connections[name].mode,
        "paused": (state.paused_reason or True) if state is not None and paused else False,
        "last_event_at": state.last_event_at if state is not None else None,
        "last_answer_at": state.last_answer_at if state is not None else None,
        "reconciled_at": state.reconciled_at if state is not None else None,
        "due": upcoming.count(tx, name, since=now, until=now + AHEAD),
        "dead_letters": overview.dead_letters(tx).get(name, 0),
        "inbox": overview.inbox_counts(tx).get(name, 0),
        "unconfirmed": overview.unconfirmed(tx, now - timedelta(days=1)).get(name, 0),
    }


def _cells(row: dict[str, Any], now: Any, month: Month | None) -> tuple[str, ...]:
    mode = row["mode"] or "not started"
    wanting = [
        "paused" if row["paused"] else "",
        plural(row["dead_letters"], "dead letter") if row["dead_letters"] else "",
        f"{row['inbox']} in the inbox" if row["inbox"] else "",
        f"{row['unconfirmed']} unconfirmed" if row["unconfirmed"] else "",
    ]
    return (
        row["connection"],
        row["vendor"],
        mode if mode == row["mode_in_file"] or row["mode"] is None else f"{mode} (file: {row['mode_in_file']})",
        ago(row["last_event_at"], now),
        ago(row["last_answer_at"], now),
        plural(row["due"], "promise"),
        month.words() if month is not None else "no price",
        ", ".join(filter(None, wanting)) or "no",
    )
