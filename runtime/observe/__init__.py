"""What an operator sees of a process: logs, Sentry, counters. None of it may hold a name, a number or a text."""

from runtime.observe import surprises
from runtime.observe.counters import counted_together, counter, counters_text
from runtime.observe.logs import configure_logs, log_context
from runtime.observe.outages import Outages
from runtime.observe.scrub import scrub
from runtime.observe.sentry import capture, start_sentry

__all__ = [
    "Outages",
    "capture",
    "configure_logs",
    "counted_together",
    "counter",
    "counters_text",
    "log_context",
    "scrub",
    "start_sentry",
    "surprises",
]
