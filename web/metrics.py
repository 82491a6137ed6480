"""Counters of this process. With several web processes each has its own; Prometheus reads each by its own port."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """One registry per app. Labels hold our own names only, never what a stranger sent."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter(
            "punctual_webhooks_total",
            "Webhooks by outcome: accepted, duplicate, rejected, unstorable, unavailable, unknown_connection",
            ("connection", "outcome"),
            registry=self.registry,
        )
        self.secrets = Counter(
            "punctual_webhook_secret_total",
            "Which of a connection's secrets proved a webhook: one that no longer rises can be retired",
            ("connection", "which"),
            registry=self.registry,
        )
        self.skew = Gauge(
            "punctual_webhook_skew_seconds",
            "The vendor's clock minus ours, as the newest proven webhook showed it; refused beyond 300 either way",
            ("connection",),
            registry=self.registry,
        )
        self.callbacks = Counter(
            "punctual_sender_callbacks_total",
            "Receipts and inbound texts by outcome: stored, duplicate, rejected",
            ("sender", "kind", "outcome"),
            registry=self.registry,
        )
