"""The textbook's Celery: one task per event, one fetch per event, one message with an ETA per reminder."""

import os

from celery import Celery

app = Celery("textbook", broker=os.environ.get("TEXTBOOK_BROKER", "redis://127.0.0.1:9/0"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 4, "socket_keepalive": True},
    worker_redirect_stdouts=False,
)


@app.task(name="textbook.process_event")
def process_event(event_id: int) -> None:
    """Filled in where it is measured: here only its publishing counts."""
