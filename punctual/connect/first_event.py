"""Waits for the first webhook of a new connection, and says how it goes."""

import sys
import time
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from punctual.session import Refused, Session, located
from runtime.settings import Settings
from store import connections

LOOK_SECONDS = 0.5


def wait(settings: Settings, name: str) -> bool:
    """True when one has come. Ctrl-C ends the waiting and nothing else."""
    said = ""
    try:
        while True:
            state, now = _look(settings, name)
            if now != said:
                print(f"{name}: {now}", file=sys.stderr, flush=True)
                said = now
            if state is not None and state.last_event_at is not None:
                return True
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return False


def _look(settings: Settings, name: str) -> tuple[Any, str]:
    """The connection's state, None while nothing runs that knows it; and how far it is."""
    try:
        session = Session(located(settings))
    except Refused:
        return None, "waiting for `punctual up`"
    try:
        with session.db.begin() as tx:
            state = connections.find(tx, name)
    except (DBAPIError, PoolTimeout):
        return None, "waiting for `punctual up`"
    finally:
        session.close()
    if state is None:
        return None, "waiting for `punctual up` to be started again, so that it takes up the new connection"
    if state.last_event_at is not None:
        return state, "the first webhook has come"
    refused = f"; {state.rejected_webhooks} refused so far, is the secret the same?" if state.rejected_webhooks else ""
    return state, f"taken up; waiting for the first webhook{refused}"
