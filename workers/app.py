"""The Celery app. It reads the machine's environment alone; connections are the business of what runs in it."""

import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning
from kombu.exceptions import ChannelError

from runtime import observe
from runtime.broker import CONNECT_SECONDS, LONGEST_COUNTDOWN, celery_settings
from runtime.doorbell import LONGEST_ARGUMENT
from runtime.settings_environment import Environment, broker_url, sentry_dsn
from runtime.settings_file import SettingsProblem, load
from workers.schedule import schedule
from workers.watch import watch

# What a later Celery may do differently is nothing to tell an operator at each lost connection.
warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)


class Punctual(Celery):  # type: ignore[misc]  # Celery is not typed
    """Celery that refuses what a doorbell must not be, from wherever it is published, Flower included."""

    def send_task(self, name: str, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        refuse_long_waits(options)
        refuse_bodies(args, kwargs)
        return super().send_task(name, args, kwargs, **options)


def refuse_long_waits(options: dict[str, Any]) -> None:
    """What is due later is a row. On Redis a message that waits too long runs again and again."""
    if options.get("eta") is not None:
        raise ValueError("no eta: what is due later is a row")
    if (options.get("countdown") or 0) > LONGEST_COUNTDOWN:
        raise ValueError(f"no countdown above {LONGEST_COUNTDOWN:.0f} s: what is due later is a row")


def refuse_bodies(args: Any, kwargs: Any) -> None:
    """Arguments are names and ids: what is in a message is seen by the broker, by Flower and by logs."""
    if kwargs or not all(isinstance(each, str) and len(each) <= LONGEST_ARGUMENT for each in args or ()):
        raise ValueError(f"arguments are names and ids: texts of up to {LONGEST_ARGUMENT} characters, in order")


app = Punctual("punctual", task_cls="workers.task:PipelineTask")
app.conf.update(
    celery_settings(broker_url(Environment(os.environ))),
    include=["workers.tasks"],
    task_acks_late=False,  # a doorbell that is lost rings again; one that kills its worker must not come back
    worker_prefetch_multiplier=1,  # 4 held 12 messages behind 4 busy threads
    worker_send_task_events=True,
    worker_disable_rate_limits=True,  # budgets are rows; a held message would only hide behind the prefetch count
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_pool="threads",
    worker_pool_restarts=False,  # it can load modules by name from a message
    worker_cancel_long_running_tasks_on_connection_loss=False,
    beat_schedule=schedule(),
    beat_max_loop_interval=1,
)


def set_up_logging(**_: Any) -> None:
    observe.configure_logs()


def refuse_bad_settings(**_: Any) -> None:
    """Before anything is consumed. What is wrong is said in words, and no traceback hides it."""
    try:
        settings = load()
    except SettingsProblem as problem:
        sys.exit(str(problem))
    if not settings.broker_url:
        sys.exit("PUNCTUAL_BROKER_URL: expected redis://:password@host:6379/0 or amqp://user:password@host:5672/vhost")
    observe.start_sentry(sentry_dsn(Environment(os.environ)), process=" ".join(sys.argv[3:6]))


def start_watch(sender: Any, **_: Any) -> None:
    """`sender` is Celery's consumer."""
    watch.start(sender.pool.limit, lambda: count_waiting(sender))


def tell_ready(**_: Any) -> None:
    """For whoever started us and waits for it (`punctual up`)."""
    if path := os.environ.get("PUNCTUAL_READY_FILE"):
        Path(path).touch()


def note_message(**_: Any) -> None:
    watch.heard()


def bound_shutdown(**_: Any) -> None:
    watch.stopping()


def count_waiting(consumer: Any) -> int:
    """Messages on the queues that this worker consumes, asked over a line of its own."""
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, timeout=CONNECT_SECONDS)
        channel, counted = connection.default_channel, 0
        for queue in list(consumer.task_consumer.queues):
            with suppress(ChannelError):  # on Redis an empty queue does not exist
                counted += queue.bind(channel).queue_declare(passive=True).message_count
        return counted


signals.setup_logging.connect(set_up_logging, weak=False)
signals.celeryd_init.connect(refuse_bad_settings, weak=False)
signals.beat_init.connect(refuse_bad_settings, weak=False)
signals.worker_ready.connect(start_watch, weak=False)
signals.worker_ready.connect(tell_ready, weak=False)
signals.beat_init.connect(tell_ready, weak=False)
signals.task_received.connect(note_message, weak=False)
signals.worker_shutting_down.connect(bound_shutdown, weak=False)
