"""`python -m web`: the receiver and the pages, behind Granian.

A process stores what queued up while the last batch was written, so that few processes with large batches do best: one
for each core, two at most. Which server, and why an event loop: docs/decisions/0010.
"""

import multiprocessing
import os
import sys

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from runtime import observe, settings_file
from runtime.settings import Settings
from runtime.settings_environment import Environment

AT_ONCE = 1024  # requests that a worker has in hand; the writer's queue is bounded by bytes and age
STOP_SECONDS = 5  # the longest answer takes 1 s; who is still being read or written to after this is cut off
HEADERS_MILLISECONDS = 10_000
MOST_BY_DEFAULT = 2
LOGS = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""Granian's lines go where ours go."""


def read_settings() -> tuple[Settings, str, int]:
    """Settings, host and number of workers. What is wrong is said once, here, not by a loop of workers."""
    environment = Environment(os.environ)
    workers = environment.whole("PUNCTUAL_WEB_WORKERS", min(MOST_BY_DEFAULT, os.cpu_count() or 1), 1, 64)
    try:
        settings = settings_file.load()
    except settings_file.SettingsProblem as problem:
        sys.exit(str(problem))
    missing = {"PUNCTUAL_DATABASE_URL": settings.database_url, "PUNCTUAL_BROKER_URL": settings.broker_url}
    problems = environment.problems + [f"{name}: expected an address" for name, value in missing.items() if not value]
    if problems:
        sys.exit("\n".join(problems))
    return settings, environment.text("PUNCTUAL_WEB_HOST", "127.0.0.1"), workers


def main() -> None:
    observe.configure_logs()
    settings, host, workers = read_settings()
    # Spawned, not forked: each begins with nothing of another's, and counts into a file of its own.
    multiprocessing.set_start_method("spawn")
    with observe.counted_together():
        serve(settings, host, workers)


def serve(settings: Settings, host: str, workers: int) -> None:
    """Until a signal ends it."""
    Server(
        "web.worker:load",
        address=host,
        port=settings.web_port,
        interface=Interfaces.ASGINL,
        workers=workers,
        backpressure=AT_ONCE,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MILLISECONDS),
        workers_kill_timeout=STOP_SECONDS,
        respawn_failed_workers=workers > 1,
        factory=True,
        websockets=False,
        log_dictconfig=LOGS,
    ).serve()


if __name__ == "__main__":
    main()
