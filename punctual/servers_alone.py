"""The embedded servers without anything else: to look into them, or to develop against them."""

import contextlib
import os
import re
import signal
import sys
from datetime import datetime

from punctual.home import Home, HomeError
from punctual.processes import birth_of, end
from punctual.servers import EmbeddedPostgres, EmbeddedValkey, ServerError
from punctual.signals import stop_on_signals

STOP_SECONDS = 90  # for the grace of everything that may run


def _home() -> Home:
    home = Home.from_environment(os.environ)
    home.prepare()
    return home


def start() -> int:
    """Run both until told to stop."""
    home = _home()
    now = datetime.now().astimezone()
    with contextlib.ExitStack() as leave:
        leave.enter_context(stop_on_signals(stopping=lambda: False, hurry=lambda: None))
        leave.enter_context(contextlib.suppress(KeyboardInterrupt))
        try:
            leave.enter_context(home.lock(f"already running as pid {os.getpid()} since {now:%H:%M}"))
            for server in (EmbeddedPostgres(home), EmbeddedValkey(home)):
                leave.callback(server.stop)
                server.start()
                print(server.folder, flush=True)
        except (HomeError, ServerError) as error:
            print(f"punctual: {error}", file=sys.stderr)
            return 1
        signal.pause()
    return 0


def holder(home: Home) -> str:
    """What the one who holds the folder says of itself; empty when nothing runs."""
    try:
        with home.lock("looked at"):
            return ""
    except HomeError as error:
        return str(error)


def stop() -> int:
    """End whatever holds the folder: `punctual up` with all its processes, or the servers alone."""
    found = re.search(r"pid (\d+)", holder(_home()))
    running = birth_of(int(found[1])) if found else None
    if running is None:
        print("nothing runs")
    else:
        end(running, ((signal.SIGTERM, STOP_SECONDS),))
        print("stopped")
    return 0


def status() -> int:
    """0 when something runs on this folder."""
    home = _home()
    said = holder(home)
    print(f"{home.path}: {said or 'nothing runs'}")
    return 0 if said else 1


def url() -> int:
    """Addresses for psql and for a broker's client, while they run."""
    home = _home()
    print(EmbeddedPostgres(home).running_url.replace("+psycopg", ""))
    print(EmbeddedValkey(home).url)
    return 0
