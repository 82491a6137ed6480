"""This machine: database, broker, the processes, how it is reached from outside."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from punctual.doctor.finding import Finding, fail, ok, warn
from punctual.printing import length
from punctual.session import database_trouble
from runtime import names
from runtime.settings import Scheme, Settings
from schemas import web_address
from store import pulse
from store.engine import Database
from store.engine import now as database_now

DATABASE, BROKER, PROCESSES, OUTSIDE, EMAIL = "database", "broker", "processes", "outside", "e-mail"
QUIET = timedelta(minutes=2)
"""Each of the sweeps below comes at least every 15 s."""
SWEEPS = {"worker-sms": names.SWEEPS_SEND, "worker-sync": names.SWEEPS_SYNC, "worker-rest": names.SWEEPS_SETTLE}
"""One that each worker runs."""


def database(db: Database) -> Finding:
    """Whether it answers, and is at this code's schema."""
    from store import migrate

    try:
        with db.begin() as tx:
            found, expected = migrate.current(tx), migrate.head()
            migrate.refuse_newer(tx)
    except migrate.NewerSchema as newer:
        return fail(DATABASE, str(newer))
    except (DBAPIError, PoolTimeout) as error:
        return fail(DATABASE, database_trouble(error))
    if found != expected:
        return fail(
            DATABASE, f"its schema is at {found or 'nothing'}, this version needs {expected}", "punctual migrate"
        )
    return ok(DATABASE, f"reached; its schema is at {found}")


def no_database() -> Finding:
    return fail(DATABASE, "none: nothing runs here and PUNCTUAL_DATABASE_URL is not set", "punctual up")


def broker(url: str) -> Finding:
    """Whether a doorbell could be rung."""
    from runtime.doorbell import publisher

    if not url:
        return fail(BROKER, "none: nothing runs here and PUNCTUAL_BROKER_URL is not set", "punctual up")
    line = publisher(url).connection_for_write()
    try:
        line.ensure_connection(max_retries=1, interval_start=0, timeout=3)
    except Exception as error:  # noqa: BLE001 - kombu raises what each transport's library raises; all mean "away"
        away = f"cannot be reached ({type(error).__name__}); webhooks are stored all the same, and wait"
        return fail(BROKER, away, "start it; nothing in it has to be restored")
    finally:
        line.release()
    return ok(BROKER, "reached")


def processes(tx: Connection) -> Finding:
    """Whether beat rings and each worker answers, by the sweeps that have run."""
    last, now = pulse.last_sweeps(tx, SWEEPS.values()), database_now(tx)
    if not last:
        return warn(PROCESSES, "no sweep has ever run", "punctual up")
    silent = [worker for worker, sweep in SWEEPS.items() if sweep not in last or now - last[sweep] > QUIET]
    if len(silent) == len(SWEEPS):
        return fail(
            PROCESSES, f"no sweep for {length(now - max(last.values()))}: nothing is sent or asked", "punctual up"
        )
    if silent:
        return fail(
            PROCESSES, f"{', '.join(silent)}: no sweep for {length(QUIET)} or longer", "punctual up, or its log"
        )
    return ok(PROCESSES, "beat rings and every worker answers")


def outside(settings: Settings) -> Finding | None:
    """Whether vendors and senders can reach us by the address we give them; None where nobody has to."""
    real = [each for each in settings.connections.values() if not each.sandbox]
    hooked = [each.name for each in real if each.webhook.scheme is not Scheme.NONE]
    texting = [each.name for each in settings.senders.values() if not each.sandboxed]
    if not hooked and not texting:
        return None
    if web_address.is_loopback(settings.public_url):
        whom = f"webhooks of {', '.join(hooked)}" if hooked else f"receipts and replies of {', '.join(texting)}"
        return warn(OUTSIDE, f"{settings.public_url} leads to this machine alone: {whom} cannot arrive", PUBLIC)
    return ok(OUTSIDE, f"vendors and senders are given {settings.public_url}")


PUBLIC = "set PUNCTUAL_PUBLIC_URL to the https:// address of the receiver, start `punctual up` again"


def email(settings: Settings) -> Finding | None:
    """Whether staff who want e-mail can get any."""
    wanted = sorted(each.name for each in settings.connections.values() if each.staff.email)
    if not wanted:
        return None
    if not settings.smtp:
        return fail(
            EMAIL, f"staff of {', '.join(wanted)} are to get e-mail, but there is no server", "set PUNCTUAL_SMTP_URL"
        )
    return ok(EMAIL, f"through {_server(settings.smtp)}")


def _server(smtp: Any) -> str:
    return f"{smtp['host']}:{smtp['port']}"
