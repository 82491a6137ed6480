"""`python -m web`: the receiver and the pages, behind Granian.

One process stores more than several: each has one writer, and its batches grow with the load. Which server, and why an
event loop: docs/decisions/0010.
"""

import gc
import os
import sys
import threading
import time

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from runtime import observe, settings_file
from runtime.settings import Settings
from runtime.settings_environment import Environment
from web.app import create_app
from web.door import Door

AT_ONCE = 1024  # requests that a worker has in hand; the writer's queue is bounded by bytes and age
STOP_SECONDS = 5  # the longest answer takes 1 s; who is still being read or written to after this is cut off
HEADERS_MILLISECONDS = 10_000
PARENT_LOOK_SECONDS = 1.0
LOGS = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""Granian's lines go where ours go."""


def load() -> Door:
    """The application, made in the worker process: what a fork must not share does not exist before."""
    observe.configure_logs()
    settings = settings_file.load()
    observe.start_sentry(settings.sentry_dsn, process="web")
    threading.Thread(target=_end_with, args=(os.getppid(),), name="web-parent", daemon=True).start()
    door = Door(create_app(settings))
    gc.collect()
    gc.freeze()  # what lives as long as the process is not looked through again and again while webhooks wait
    return door


def _end_with(parent: int) -> None:
    """Granian's workers outlive a main process that was killed, and keep its port."""
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_SECONDS)
    os._exit(1)


def read_settings() -> tuple[Settings, str, int]:
    """Settings, host and number of workers. What is wrong is said once, here, not by a loop of workers."""
    environment = Environment(os.environ)
    workers = environment.whole("PUNCTUAL_WEB_WORKERS", 1, 1, 64)
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
    Server(
        "web.__main__:load",
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
