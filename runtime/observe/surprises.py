"""What vendors said that nobody here knows, as a counter."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from rules.surprises import SURPRISES
from runtime.observe.counters import registry


class _Surprises(Collector):
    """Read when it is asked for, because `rules` counts without knowing Prometheus."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        told = "Words of vendors that are in no document here: status, event, field"
        family = CounterMetricFamily("punctual_vendor_surprises", told, labels=("vendor", "kind", "word"))
        for met, count in SURPRISES.counts().items():
            family.add_metric(list(met), count)
        yield family


registry.register(_Surprises())
