"""Ask a vendor by hand for what was missed, and watch how far it has come. Workers do it; this only looks."""

import argparse
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from punctual.operating import told
from punctual.printing import day, length, plural
from punctual.session import MISUNDERSTOOD, REFUSED, Refused, Session, actor
from punctual.windows import Edge, window
from rules.vendors import Window
from runtime import operating
from runtime.settings import ConnectionSettings
from store import connections
from store.engine import now as database_now

LOOK_SECONDS = 0.5
SAY_SECONDS = 5.0
"""Into a file or a pipe a line is written this often; on a terminal one line changes in place."""


def reconcile(session: Session, args: argparse.Namespace) -> int:
    """Ask, then watch until the scan has ended, unless told not to."""
    settings = session.connection(args.connection)
    wanted = _window(settings, args.start, args.end)
    asked_at = _may_begin(session, args.connection)
    if operating.reconcile(session.wiring, args.connection, wanted, actor=actor()) is None:
        raise Refused(f"{args.connection}: another window was asked for and its scan has not ended; ask again after it")
    if args.no_wait:
        line = f"{args.connection}: a scan begins; without --no-wait its end is waited for"
        return told(args, line, finished=False)
    try:
        ended = _Watch(session, args, settings.zone, wanted, asked_at).until_the_end()
    except KeyboardInterrupt:
        print(f"\n{args.connection}: the scan goes on; the same command watches it again", file=sys.stderr)
        raise
    return _summary(args, session, settings.zone, ended)


def _window(settings: ConnectionSettings, start: Edge | None, end: Edge | None) -> Window | None:
    """None: the usual one, from yesterday to the horizon. Of a half that is not given the usual one is taken."""
    if start is None and end is None:
        return None
    today = datetime.now(UTC).date()
    first = start if start is not None else today - timedelta(days=1)
    last: date = end if end is not None else today + timedelta(days=settings.horizon_days)
    try:
        return window(first, last, settings.zone)
    except ValueError as error:
        raise Refused(str(error), MISUNDERSTOOD) from None


def _may_begin(session: Session, name: str) -> datetime:
    with session.db.begin() as tx:
        state, now = connections.find(tx, name), database_now(tx)
        paused = connections.is_paused(tx, name)
    if state is None:
        raise Refused(f"{name} is new in the file: start `punctual up` again, which takes it up")
    if paused:
        raise Refused(f"{name} is paused ({state.paused_reason}): `punctual resume {name}` first")
    return now


@dataclass
class _Watch:
    """What is seen of a scan from outside."""

    session: Session
    args: argparse.Namespace
    zone: str
    wanted: Window | None
    asked_at: datetime
    said: str = ""
    said_at: float = 0.0

    def until_the_end(self) -> Any:
        """The connection's state after the scan. Raises `Refused` when nothing moves for `--timeout`."""
        moved_at, before = time.monotonic(), None
        while True:
            with self.session.db.begin() as tx:
                state, now = connections.get(tx, self.args.connection), database_now(tx)
            if self._has_ended(state):
                self._end_line()
                return state
            stands = (state.scan_pages, state.reconcile_started_at)
            if stands != before:
                moved_at, before = time.monotonic(), stands
            elif time.monotonic() - moved_at > self.args.timeout:
                self._end_line()
                raise Refused(
                    f"{self.args.connection}: nothing has moved for {self.args.timeout:g} s; it goes on by itself, "
                    f"`punctual doctor {self.args.connection}` says how it stands",
                    REFUSED,
                )
            self._say(_stage(state, now, self.zone))
            time.sleep(LOOK_SECONDS)

    def _has_ended(self, state: Any) -> bool:
        if self.wanted is not None:
            return state.asked_from is None and not state.scan_is_asked
        return state.reconciled_at is not None and state.reconciled_at > self.asked_at

    def _say(self, stage: str) -> None:
        line = f"{self.args.connection}: {stage}"
        if sys.stderr.isatty():
            print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
        elif line != self.said and time.monotonic() - self.said_at > SAY_SECONDS:
            print(line, file=sys.stderr, flush=True)
            self.said_at = time.monotonic()
            self.said = line

    def _end_line(self) -> None:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _stage(state: Any, now: datetime, zone: str) -> str:
    is_leased = state.reconcile_lease_until is not None and state.reconcile_lease_until > now
    if not is_leased and state.reconcile_cursor is None:
        return "waiting for a worker"
    before = "" if state.asked_from is None else "first the scan under way: "
    of = f" of about {state.last_scan_pages}" if state.last_scan_pages and not state.scan_is_asked else ""
    come = f"{plural(state.scan_pages, 'call')}{of}, {plural(state.scan_records, 'record')}"
    waits = "" if is_leased else "; waiting for the vendor's budget"
    return f"{before}{_span(state, zone)}: {come}{waits}"


def _span(state: Any, zone: str) -> str:
    """First and last day, in the connection's zone. The window ends before its end."""
    first, last = state.reconcile_from, state.reconcile_to - timedelta(microseconds=1)
    return f"{day(first, zone)} to {day(last, zone)}"


def _summary(args: argparse.Namespace, session: Session, zone: str, state: Any) -> int:
    if state.scan_trouble:
        raise Refused(f"{args.connection}: the vendor refused this window: {state.scan_trouble}")
    took = state.scan_ended_at - state.reconcile_started_at
    whole = "" if session.wiring.capabilities(args.connection).lists_windows else " (the vendor lists everything)"
    line = (
        f"{args.connection}: done, {_span(state, zone)}{whole}: {plural(state.scan_pages, 'call')} in {length(took)}, "
        f"{plural(state.scan_records, 'record')}, {state.scan_changes} new or changed, "
        f"{state.scan_unannounced} of them announced by no webhook"
    )
    facts = {
        "from": state.reconcile_from,
        "to": state.reconcile_to,
        "calls": state.scan_pages,
        "records": state.scan_records,
        "changed": state.scan_changes,
        "unannounced": state.scan_unannounced,
        "seconds": took.total_seconds(),
    }
    return told(args, line, finished=True, **facts)
