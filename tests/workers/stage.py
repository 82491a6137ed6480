"""The real app with small tasks under real names: `celery -A tests.workers.stage worker`."""

import os
import time
from pathlib import Path

from rules.errors import AlreadyDone, CredentialsRejected, RateLimited
from runtime import names
from workers import watch
from workers.app import app

app.conf.include = []
PERSON, NUMBER, MAIL = "Ada Lovelace", "+353861234567", "ada@example.com"

if seconds := os.environ.get("STAGE_DEADLINE_SECONDS"):
    names.DEADLINE_SECONDS.update(dict.fromkeys(names.Queue, float(seconds)))
    watch.LOOK_SECONDS = 0.2
if seconds := os.environ.get("STAGE_STOP_SECONDS"):
    watch.STOP_SECONDS = float(seconds)
    watch.LOOK_SECONDS = 0.2


@app.task(name=names.APPOINTMENTS_SYNC)
def sync(connection: str) -> str:
    return f"{connection}: 12 fetched, 9 planned, 1 skipped short_notice"


@app.task(name=names.REPLIES_RESOLVE)
def careless() -> str:
    return f"told {NUMBER} and {MAIL}"


@app.task(name=names.STATUSES_WRITE_BACK)
def crash() -> str:
    row = {"name": PERSON, "phone": NUMBER}
    try:
        return str(row["e-mail"])
    except KeyError:
        raise ValueError(f"{PERSON} has no e-mail, call {NUMBER}") from None


@app.task(name=names.ATTEMPTS_SETTLE)
def fate(which: str) -> str:
    raise {
        "limited": RateLimited("the vendor counts our calls"),
        "refused": CredentialsRejected("401 after a fresh token", vendor_message=f"no such user {MAIL}"),
        "done": AlreadyDone(),
    }[which]


@app.task(name=names.CONNECTIONS_RECONCILE)
def hold(file: str) -> str:
    """Runs until the file is gone, noting when it began and how it ended beside it."""
    path = Path(file)
    path.with_suffix(".begun").touch()
    while path.exists():
        time.sleep(0.02)
    path.with_suffix(".ended").touch()
    return "held"
