"""Counters of this process, for Prometheus. Labels hold names of ours only: a connection, a sender, an outcome."""

import threading
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, generate_latest

from runtime.observe.scrub import scrub

registry = CollectorRegistry()
_counters: dict[str, Counter] = {}
_lock = threading.Lock()


def counter(name: str, labels: Mapping[str, str] | None = None, by: float = 1) -> None:
    """Count something: `counter("doorbell_dropped", {"task": "promises.send"})` is `punctual_doorbell_dropped_total`.

    The first use fixes the names of its labels; others raise `ValueError`.
    """
    given = dict(labels or {})
    with _lock:
        found = _counters.get(name)
        if found is None:
            text = f"{name.replace('_', ' ')}, counted in this process"
            found = _counters[name] = Counter(f"punctual_{name}", text, sorted(given), registry=registry)
    if given:
        found.labels(**{key: scrub(value) for key, value in given.items()}).inc(by)
    else:
        found.inc(by)


def counters_text() -> bytes:
    """All of them in Prometheus' text format."""
    return generate_latest(registry)
