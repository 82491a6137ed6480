"""What each of Granian's worker processes runs."""

import gc
import multiprocessing
import os
import threading

from runtime import observe, settings_file
from web.app import create_app
from web.door import Door


def load() -> Door:
    """The application, made in the worker process: what processes must not share does not exist before."""
    observe.configure_logs()
    settings = settings_file.load()
    observe.start_sentry(settings.sentry_dsn, process="web")
    threading.Thread(target=_end_with_the_server, name="web-parent", daemon=True).start()
    door = Door(create_app(settings))
    gc.collect()
    gc.freeze()  # what lives as long as the process is not looked through again and again while webhooks wait
    return door


def _end_with_the_server() -> None:
    """Granian's workers outlive a main process that was killed, and keep its port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
