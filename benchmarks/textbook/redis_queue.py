"""Dramatiq's queue on Valkey, with a job that only says when it ran: the best that its delays can look."""

import os
import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker

RAN = "textbook:ran_at"

broker = RedisBroker(url=os.environ.get("TEXTBOOK_BROKER", "redis://127.0.0.1:9/0"))
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="reminders", max_retries=0)
def remind(number: int) -> None:  # noqa: ARG001 - which one it is
    """One push into a list, on the broker's own connections."""
    broker.client.rpush(RAN, time.time())
