"""Counters for Prometheus. Labels hold names of ours only: a connection, a sender, an outcome."""

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from runtime.observe.scrub import scrub

registry = CollectorRegistry()
TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's own name: where each process writes its counters, if it was set before that was imported."""

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
            text = f"{name.replace('_', ' ')}, counted in this process and those beside it"
            found = _counters[name] = Counter(f"punctual_{name}", text, sorted(given), registry=registry)
    if given:
        found.labels(**{key: scrub(value) for key, value in given.items()}).inc(by)
    else:
        found.inc(by)


@contextlib.contextmanager
def counted_together() -> Iterator[None]:
    """The processes that are spawned meanwhile count together: whichever is asked tells the sum of them all.

    What a process has counted stays when it ends, so that a counter never falls while its siblings go on.
    """
    with tempfile.TemporaryDirectory(prefix="punctual-counters-") as folder:
        os.environ[TOGETHER] = folder
        try:
            yield
        finally:
            del os.environ[TOGETHER]


def counters_text() -> bytes:
    """All of them in Prometheus' text format."""
    if TOGETHER not in os.environ:
        return generate_latest(registry)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)
