"""Everything in order: settings, machine, senders, then each connection."""

import argparse
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from punctual.doctor import calls, hearing, machine, standing
from punctual.doctor.finding import Finding, Level, fail, ok, warn
from punctual.printing import columns, plural, print_json
from punctual.session import DONE, MISUNDERSTOOD, REFUSED, Refused, Session, config_path, located, unknown
from runtime import loss, settings_file
from runtime.settings import ConnectionSettings, Settings, SettingsProblem
from runtime.wiring import Wiring
from store import connections, overview
from store.engine import now as database_now

SETTINGS = "settings"


def run(args: argparse.Namespace) -> int:
    """Exit status 1 when something fails."""
    found = []
    for finding in findings(args.connection):
        found.append(finding)
        if not args.json:
            print(_line(finding), flush=True)
    failed = sum(each.level is Level.FAIL for each in found)
    warned = sum(each.level is Level.WARN for each in found)
    if args.json:
        print_json({"findings": [each.as_json() for each in found], "failed": failed, "warned": warned})
    elif failed or warned:
        print(f"{plural(failed, 'failure')}, {plural(warned, 'warning')}")
    else:
        print("all is well")
    return REFUSED if failed else DONE


def findings(only: str | None = None) -> Iterator[Finding]:
    """As they are found. `only` one connection, and the machine."""
    try:
        settings = settings_file.load(os.environ)
    except SettingsProblem as problem:
        yield from (fail(SETTINGS, each, "mend it; nothing starts until then") for each in problem.problems)
        return
    if only is not None and only not in settings.connections:
        raise Refused(unknown("connection", only, settings.connections), MISUNDERSTOOD)
    yield _file(settings)
    with suppress(Refused):
        settings = located(settings)
    yield from _machine(settings, only)


def _file(settings: Settings) -> Finding:
    if not settings.connections:
        return warn(SETTINGS, f"{config_path()}: no connection", "punctual connect VENDOR")
    counted = f"{plural(len(settings.connections), 'connection')}, {plural(len(settings.senders), 'sender')}"
    return ok(SETTINGS, f"{config_path()}: {counted}")


def _machine(settings: Settings, only: str | None) -> Iterator[Finding]:
    session = Session(settings) if settings.database_url else None
    try:
        database = machine.database(session.db) if session else machine.no_database()
        yield database
        yield machine.broker(settings.broker_url)
        usable = session if database.level is Level.OK else None
        if usable is not None:
            with usable.db.begin() as tx:
                yield machine.processes(tx)
        yield from filter(None, [machine.outside(settings), machine.email(settings)])
        named = [settings.connections[only]] if only else list(settings.connections.values())
        used = {each.sender for each in named}
        yield from (
            calls.sender(each) for name, each in sorted(settings.senders.items()) if only is None or name in used
        )
        for connection in named:
            yield from _connection(connection, settings, usable)
    finally:
        if session is not None:
            session.close()


def _connection(connection: ConnectionSettings, settings: Settings, session: Session | None) -> Iterator[Finding]:
    wiring = session.wiring if session is not None else None
    yield calls.vendor(connection, wiring)
    if session is not None:
        try:
            with session.db.begin() as tx:
                found = list(_standing(tx, connection, settings, session.wiring))
        except SQLAlchemyError:
            found = [fail(connection.name, "the database went away while it was looked at")]
        yield from found
    yield from filter(None, [standing.staff(connection), standing.sender(connection)])


def _standing(tx: Connection, connection: ConnectionSettings, settings: Settings, wiring: Wiring) -> Iterator[Finding]:
    name, now = connection.name, database_now(tx)
    state = connections.find(tx, name)
    can, every = wiring.capabilities(name), timedelta(minutes=connection.reconcile_minutes)
    looked_at = [
        standing.mode(connection, state),
        standing.pause(name, state, now),
        standing.webhook(connection, state, settings.public_url, now, documented=can.has_webhooks),
        standing.refused_webhooks(name, state),
        standing.freshness(connection, state, now),
        hearing.losses(connection, loss.summary(tx, name), settings.public_url),
        hearing.scans(connection, can, loss.freshness(tx, name, can.budget, every)),
        standing.answers(connection, wiring.way_to(name)),
    ]
    yield from filter(None, looked_at)
    yield from standing.waiting(name, overview.dead_letters(tx).get(name, 0), overview.inbox_counts(tx).get(name, 0))


def _line(finding: Finding) -> str:
    level = finding.level if finding.level is Level.OK else finding.level.upper()
    line = columns([(f"{level:<4}", f"{finding.about:<14}", finding.what)])
    return f"{line}\n{'':<22}-> {finding.todo}" if finding.todo else line
