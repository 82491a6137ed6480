"""How one connection stands: what the file says, what is in force, how fresh it is. Asks nobody outside."""

from datetime import datetime, timedelta
from typing import Any

from punctual.doctor.finding import Finding, fail, ok, warn
from punctual.printing import ago, length, plural
from rules.vendors import Change, Way, WayTo
from runtime.settings import ConnectionSettings, Mode, Scheme

EVENTS_QUIET = timedelta(days=4)
"""Longer than a weekend with a holiday: a practice that is open has had some change by then."""
SCANS_LATE = 3
"""Scans that were due and did not come: more than a slow one."""
WARN_SKEW_SECONDS = 120  # signatures are refused at 300


def mode(connection: ConnectionSettings, state: Any) -> Finding:
    name = connection.name
    if state is None:
        return fail(name, "no process has taken it up yet", "start `punctual up` again: the file is read at the start")
    if state.mode == connection.mode.value:
        return ok(name, f"mode {state.mode}")
    if state.confirmed_mode != connection.mode.value and connection.mode is not Mode.OBSERVE:
        what = f"the file says {connection.mode.value}, in force is {state.mode}: nobody has confirmed it"
        return warn(name, what, f"punctual live {name} --mode {connection.mode.value}")
    what = f"the file says {connection.mode.value}, in force is {state.mode}"
    return warn(name, what, "start `punctual up` again: the file is read at the start")


def pause(name: str, state: Any, now: datetime) -> Finding | None:
    if state is None or state.paused_until is None or state.paused_until <= now:
        return None
    held = "nothing is asked or sent" if state.sends_paused else "the vendor is not asked; texts go by the last record"
    until = "" if state.paused_until - now > timedelta(days=365) else f" for {length(state.paused_until - now)}"
    return warn(
        name, f"paused{until}: {state.paused_reason or 'no reason was kept'}; {held}", f"punctual resume {name}"
    )


def webhook(connection: ConnectionSettings, state: Any, public_url: str, now: datetime, *, documented: bool) -> Finding:
    """How it hears of changes, and whether it has."""
    name, scheme = connection.name, connection.webhook.scheme
    polls = f"polled every {plural(connection.reconcile_minutes, 'minute')}"
    if scheme is Scheme.NONE:
        if not documented:
            return ok(name, f"no webhook, as its vendor documents none; {polls}")
        return warn(name, f"no webhook although its vendor sends them; {polls}", f"set webhook of [connections.{name}]")
    address = f"{public_url.rstrip('/')}/hooks/{name}"
    last = state.last_event_at if state is not None else None
    if last is None:
        return warn(name, f"webhook ({scheme.value}): none has come yet", f"register {address} at the vendor")
    if now - last > EVENTS_QUIET:
        todo = f"is {address} still registered at the vendor, with this secret?"
        return warn(name, f"webhook ({scheme.value}): none for {length(now - last)}; {polls}", todo)
    return ok(name, f"webhook ({scheme.value}): the last one came {ago(last, now)}")


def refused_webhooks(name: str, state: Any) -> Finding | None:
    if state is None:
        return None
    if abs(state.skew_seconds or 0) > WARN_SKEW_SECONDS:
        what = f"the vendor's clock and ours differ by {state.skew_seconds:.0f} s; at 300 its webhooks are refused"
        return warn(name, what, "set this machine's clock by NTP")
    if state.rejected_webhooks:
        what = f"{plural(state.rejected_webhooks, 'webhook')} refused so far: signature missing, wrong or too old"
        return warn(name, what, "is the secret in the file the one at the vendor?")
    return None


def freshness(connection: ConnectionSettings, state: Any, now: datetime) -> Finding | None:
    """When the vendor last answered, and whether its changes are asked for."""
    if state is None:
        return None
    name, period = connection.name, timedelta(minutes=connection.reconcile_minutes)
    answered = f"the vendor answered {ago(state.last_answer_at, now)}"
    if state.reconciled_at is None:
        return warn(name, f"{answered}; the first scan has not ended", f"punctual reconcile {name}")
    scanned = f"the last scan ended {ago(state.reconciled_at, now)}"
    if now - state.reconciled_at > SCANS_LATE * period:
        return warn(name, f"{answered}; {scanned}, one is due every {length(period)}", f"punctual reconcile {name}")
    return ok(name, f"{answered}; {scanned}")


def waiting(name: str, dead_letters: int, matters: int) -> list[Finding]:
    found = []
    if dead_letters:
        found.append(
            warn(name, f"{plural(dead_letters, 'dead letter')}: looks that were given up", f"punctual retry {name}")
        )
    if matters:
        found.append(warn(name, f"{plural(matters, 'matter')} for a person", f"punctual inbox {name}"))
    return found


def answers(connection: ConnectionSettings, way_to: WayTo) -> Finding | None:
    """Where a confirmation goes when the vendor documents no way to write it."""
    by_api = way_to(Change.CONFIRM, {}, connection.adapter.options) is Way.API
    if by_api or connection.status_callback is not None:
        return None
    what = "a C that confirms cannot be written to the vendor, and there is no status_callback to tell"
    return warn(connection.name, what, f"set status_callback of [connections.{connection.name}]")


def staff(connection: ConnectionSettings) -> Finding | None:
    if connection.staff.email or connection.staff.url:
        return None
    what = "no staff channel: what needs a person is in `punctual inbox` alone"
    return warn(connection.name, what, f"set staff of [connections.{connection.name}]")


def sender(connection: ConnectionSettings) -> Finding | None:
    """The file's reader has refused what cannot work; here what observes without a sender is told."""
    if connection.sender:
        return None
    return warn(connection.name, "no sender: it can only observe", f"set sender of [connections.{connection.name}]")
