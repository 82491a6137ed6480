"""What vendors said that nobody here knows, as a counter."""

from prometheus_client import Counter

from rules.surprises import SURPRISES, Surprise
from runtime.observe.counters import registry

MET = Counter(
    "punctual_vendor_surprises",
    "Words of vendors that are in no document here: status, event, field",
    ("vendor", "kind", "word"),
    registry=registry,
)


def _met(surprise: Surprise) -> None:
    MET.labels(*surprise).inc()


SURPRISES.tell(_met)  # because `rules` counts without knowing Prometheus
