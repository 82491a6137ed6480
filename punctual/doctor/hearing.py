"""What a connection's webhooks lose, and how late a change is seen without one. Asks nobody outside."""

from datetime import timedelta
from typing import Any

from punctual.doctor.finding import Finding, ok, warn
from punctual.printing import length, plural
from rules.vendors import Capabilities
from runtime.loss import Freshness, Meter, Summary
from runtime.settings import ConnectionSettings, Scheme

LOSES_MUCH = 0.1
"""One change in ten, and no handful: where vendors deliver at all they deliver nearly everything."""
A_HANDFUL = 5


def losses(connection: ConnectionSettings, found: Summary, public_url: str) -> Finding | None:
    """Rate and delay, per kind. None where no webhook is to come, or nothing has changed yet."""
    if connection.webhook.scheme is Scheme.NONE or found.rate is None:
        return None
    kinds = "; ".join(_kind(each) for each in found.kinds if each.rate is not None)
    changes = plural(found.missed + found.announced, "change")
    what = f"since {found.since:%d %b}, {found.missed} of {changes} came without a webhook ({found.rate:.0%}): {kinds}"
    figures = _figures(found)
    if found.rate > LOSES_MUCH and found.missed > A_HANDFUL:
        address = f"{public_url.rstrip('/')}/hooks/{connection.name}"
        todo = f"does the vendor post every event to {address}? The scans find what it does not"
        return warn(connection.name, what, todo).with_figures(figures)
    return ok(connection.name, what).with_figures(figures)


def _kind(meter: Meter) -> str:
    told = f"{meter.kind} {meter.missed} of {meter.missed + meter.announced}"
    if meter.typical_seconds is None or meter.longest_seconds is None:
        return told
    return f"{told}, found {_span(meter.typical_seconds)} late, at most {_span(meter.longest_seconds)}"


def _figures(found: Summary) -> dict[str, Any]:
    """For machines; rates are parts of 1, spans are seconds."""
    kinds = {
        each.kind.value: {
            "missed": each.missed,
            "announced": each.announced,
            "rate": each.rate,
            "typical_delay_seconds": each.typical_seconds,
            "longest_delay_seconds": each.longest_seconds,
        }
        for each in found.kinds
    }
    return {
        "loss": {
            "since": found.since.isoformat(),
            "missed": found.missed,
            "announced": found.announced,
            "rate": found.rate,
            "kinds": kinds,
        }
    }


def scans(connection: ConnectionSettings, can: Capabilities, fresh: Freshness) -> Finding | None:
    """How long a scan takes within its share of the budget, and how old that lets a change become."""
    if fresh.pages is None or fresh.oldest_seconds is None or fresh.least_seconds is None:
        return None
    everything = "" if can.lists_windows else ", the whole list as its vendor documents no date filter"
    took = "" if fresh.took_seconds is None else f"; the last one took {_span(fresh.took_seconds)}"
    what = (
        f"a scan is {plural(fresh.pages, 'call')}{everything}: {_least(fresh.least_seconds)} within its share of "
        f"{can.budget.calls} calls per {_span(can.budget.per.total_seconds())}{took}. "
        f"Without a webhook a change is seen within {_span(fresh.oldest_seconds)}"
    )
    figures = {
        "scan": {
            "calls": fresh.pages,
            "least_seconds": fresh.least_seconds,
            "took_seconds": fresh.took_seconds,
            "age_seconds": fresh.age_seconds,
            "seen_within_seconds": fresh.oldest_seconds,
        }
    }
    if fresh.least_seconds > connection.reconcile_minutes * 60:
        todo = f"reconcile_minutes = {connection.reconcile_minutes} is shorter than a scan: the next one begins late"
        return warn(connection.name, what, todo).with_figures(figures)
    return ok(connection.name, what).with_figures(figures)


def _least(seconds: float) -> str:
    return f"at least {_span(seconds)}" if seconds else "at once"


def _span(seconds: float) -> str:
    return length(timedelta(seconds=seconds)) if seconds != 60 else "minute"
