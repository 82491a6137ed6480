"""Pause, resume, reconcile and retry from the command line; Flower offers the same."""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from punctual.printing import print_json
from punctual.session import DONE, REFUSED, Refused, Session, actor
from runtime import operating
from store import connections
from store.engine import now as database_now

LOOK_SECONDS = 0.5


def pause(session: Session, args: argparse.Namespace) -> int:
    session.connection(args.connection)
    operating.pause(session.wiring, args.connection, args.reason, actor=actor())
    text = "is paused: nothing is asked and nothing is sent; texts that are due wait inside their deadlines"
    return _told(args, f"{args.connection} {text}", paused=True)


def resume(session: Session, args: argparse.Namespace) -> int:
    session.connection(args.connection)
    operating.resume(session.wiring, args.connection, actor=actor())
    return _told(args, f"{args.connection} goes on", paused=False)


def retry(session: Session, args: argparse.Namespace) -> int:
    """Dead letters alone: a text that may have been sent is never sent again by this."""
    session.connection(args.connection)
    line = operating.retry(session.wiring, args.connection, actor=actor())
    return _told(args, line, woken=int(line.split(": ")[1].split()[0]))


def reconcile(session: Session, args: argparse.Namespace) -> int:
    """Ask the vendor for what was missed; workers do it."""
    session.connection(args.connection)
    with session.db.begin() as tx:
        before, asked_at = connections.find(tx, args.connection), database_now(tx)
        paused = connections.is_paused(tx, args.connection)
    if before is None:
        raise Refused(f"{args.connection} is new in the file: start `punctual up` again, which takes it up")
    if paused:
        raise Refused(
            f"{args.connection} is paused ({before.paused_reason}): `punctual resume {args.connection}` first"
        )
    operating.reconcile(session.wiring, args.connection, actor=actor())
    if not args.wait:
        return _told(args, f"{args.connection}: a scan begins; --wait waits for its end", finished=False)
    after = _wait(session, args, asked_at)
    if after is None:
        raise Refused(
            f"{args.connection}: not done within {args.timeout:g} s; it goes on, `punctual doctor` says how it stands",
            REFUSED,
        )
    missed = after.found_unannounced - before.found_unannounced
    line = f"{args.connection}: done; {missed} changes that no webhook had announced"
    return _told(args, line, finished=True, reconciled_at=after.reconciled_at, unannounced=missed)


def _wait(
    session: Session, args: argparse.Namespace, asked_at: datetime, clock: Callable[[], float] = time.monotonic
) -> Any:
    """The connection's state after the scan, None when it did not end in time. Says how it goes on stderr."""
    until, said = clock() + args.timeout, ""
    while clock() < until:
        with session.db.begin() as tx:
            state = connections.get(tx, args.connection)
            scanning = state.reconcile_lease_until is not None and state.reconcile_lease_until > database_now(tx)
        if state.reconciled_at is not None and state.reconciled_at > asked_at:
            return state
        now = _stage(state, scanning=scanning)
        if now != said:
            print(f"{args.connection}: {now}", file=sys.stderr, flush=True)
            said = now
        time.sleep(LOOK_SECONDS)
    return None


def _stage(state: Any, *, scanning: bool) -> str:
    if scanning:
        return f"scanning from {state.reconcile_from:%d %b %Y} to {state.reconcile_to:%d %b %Y}"
    if state.reconcile_cursor is not None:
        return "waiting for the vendor's budget; it goes on where it was"
    return "waiting for a worker"


def _told(args: argparse.Namespace, line: str, **facts: Any) -> int:
    if args.json:
        print_json({"connection": args.connection, **facts})
    else:
        print(line)
    return DONE
