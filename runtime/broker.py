"""How we talk to a broker, Redis, Valkey or RabbitMQ alike: the same settings wherever Celery is used."""

from collections.abc import Mapping
from typing import Any

from kombu.entity import Queue as Declared

from runtime.names import QUEUE_OF, Queue

LONGEST_COUNTDOWN = 300.0
"""Seconds. On Redis what waits beyond the visibility timeout runs again and again (kombu#337, celery#2481)."""
VISIBILITY_SECONDS = 3 * LONGEST_COUNTDOWN
CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 10.0
"""Without it a publish to a broker that hangs waits for ever (celery#6911, kombu#1463)."""
CLOCKS_DISAGREE_SECONDS = 30.0
"""No doorbell expires sooner. Workers compare its expiry with their own clock: with a second, a host whose clock is two
seconds behind would ring for nothing, for ever. A sweep that comes too soon after another leaves at once."""
NOWHERE = "redis://broker.not-configured.invalid:6379/0"
"""Celery's own default would be whatever RabbitMQ runs on this machine."""


def celery_settings(url: str, *, answer_seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """All of Celery's settings that do not belong to one process alone."""
    quorum = url.startswith("amqp")
    arguments = {"x-queue-type": "quorum"} if quorum else None
    return {
        "broker_url": url or NOWHERE,
        "broker_transport_options": _rabbitmq(answer_seconds) if quorum else _redis(answer_seconds),
        "broker_connection_timeout": CONNECT_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # a worker outlives any outage of its broker
        "broker_heartbeat": 30,
        "task_queues": [_declared(str(queue), arguments) for queue in Queue],
        "task_default_queue": str(Queue.REST),
        "task_default_queue_type": "quorum" if quorum else "classic",
        "task_create_missing_queues": False,  # a misspelt queue is an error, not a place where doorbells vanish
        "task_routes": {name: {"queue": str(queue)} for name, queue in QUEUE_OF.items()},
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        "task_ignore_result": True,
        "task_send_sent_event": True,
        "task_publish_retry": False,  # sweeps ring again
        "event_serializer": "json",
        "timezone": "UTC",
        "enable_utc": True,
    }


def _declared(name: str, arguments: Mapping[str, str] | None) -> Declared:
    return Declared(name, routing_key=name, queue_arguments=arguments)  # type: ignore[no-untyped-call]  # kombu's own


def _redis(answer_seconds: float) -> Mapping[str, Any]:
    return {
        "visibility_timeout": VISIBILITY_SECONDS,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": answer_seconds,
        "socket_keepalive": True,
        "health_check_interval": 10,  # a worker on a dead line notices within about 20 s
        "max_retries": 1,
        "interval_start": 0,
    }


def _rabbitmq(answer_seconds: float) -> Mapping[str, Any]:
    return {"write_timeout": answer_seconds, "max_retries": 1, "interval_start": 0}
