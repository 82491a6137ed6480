"""`python -m web`: the receiver and the pages, behind Granian.

One process with threads stores more webhooks than several: each process has one writer, and its batches grow with the
load. Granian was measured against gunicorn's threads on the same app; see docs/decisions.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

THREADS = 64  # each waits for a commit, not for the processor
KILL_SECONDS = 5  # longest answer (0.8 s) and a slow reader; then whoever still reads is cut off
HEADERS_MILLISECONDS = 10_000


def load() -> Callable[..., Any]:
    """The application, made in the worker process: nothing that a fork would share exists before."""
    from runtime import settings_file
    from web.app import create_app

    return create_app(settings_file.load())


def main() -> int:
    from runtime import settings_file

    settings = settings_file.load()  # refuses a broken file here, in words, instead of in a loop of workers
    server = Server(
        "web.__main__:load",
        address=os.environ.get("PUNCTUAL_WEB_HOST", "127.0.0.1"),
        port=settings.web_port,
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("PUNCTUAL_WEB_WORKERS", "1")),
        blocking_threads=THREADS,
        backpressure=4 * THREADS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MILLISECONDS),
        workers_kill_timeout=KILL_SECONDS,
        factory=True,
        websockets=False,
        log_access=False,
    )
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
