"""Counters of the web processes: whichever is asked tells the sum of them all.

Made once, not looked up by name as `runtime.observe.counter` does: that costs 8 microseconds, on a path of 180.
Labels hold our own names only, never what a stranger sent.
"""

from functools import cache

from prometheus_client import Counter, Gauge

from runtime.observe.counters import registry

WEBHOOKS = Counter(
    "punctual_webhooks_total",
    "Webhooks by outcome: accepted, duplicate, rejected, unstorable, unavailable, unknown_connection",
    ("connection", "outcome"),
    registry=registry,
)
SECRETS = Counter(
    "punctual_webhook_secret_total",
    "Which of a connection's secrets proved a webhook: one that no longer rises can be retired",
    ("connection", "which"),
    registry=registry,
)
SKEW = Gauge(
    "punctual_webhook_skew_seconds",
    "The vendor's clock minus ours, as the newest proven webhook showed it; refused beyond 300 either way",
    ("connection",),
    registry=registry,
    multiprocess_mode="mostrecent",
)
CALLBACKS = Counter(
    "punctual_sender_callbacks_total",
    "Receipts and inbound texts by outcome: stored, duplicate, rejected, unstorable, unavailable",
    ("sender", "kind", "outcome"),
    registry=registry,
)
UNCONFIRMED = Gauge(
    "punctual_texts_unconfirmed",
    "Accepted texts of the last 24 hours whose final receipt has not come in its time; read from the database",
    ("connection",),
    registry=registry,
    multiprocess_mode="mostrecent",
)


@cache
def webhooks(connection: str, outcome: str) -> Counter:
    """One of `WEBHOOKS`. Kept, because looking a label up costs more than counting; so are the two below."""
    return WEBHOOKS.labels(connection, outcome)


@cache
def secret(connection: str, which: int) -> Counter:
    return SECRETS.labels(connection, str(which))


@cache
def skew(connection: str) -> Gauge:
    return SKEW.labels(connection)
