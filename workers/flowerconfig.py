"""Flower's settings, read by `celery -A workers.app flower --conf=workers/flowerconfig.py`.

Every name below that is one of its options is set as it. Flower leaves `/metrics` and `/healthcheck` open even with
basic auth: `/metrics` is closed here; `/healthcheck` says "OK" and nothing else, and stays open for whoever watches it.
"""

import os
import sys
from urllib.parse import urlsplit

from flower.views import monitor
from tornado.web import authenticated

from runtime import observe
from runtime import settings_environment as machine

_env = machine.Environment(os.environ)
_flower = machine.flower(_env)
_broker = machine.broker_url(_env)
if _env.problems:
    sys.exit("\n".join(_env.problems))
if not _flower.user or not _flower.password:
    sys.exit("PUNCTUAL_FLOWER_USER and PUNCTUAL_FLOWER_PASSWORD: missing; Flower does not start without a login")
if not _broker:
    sys.exit("PUNCTUAL_BROKER_URL: missing; Flower shows what a broker carries")

_home = _env.text("PUNCTUAL_HOME", ".punctual")
_parts = urlsplit(_broker)
_rabbitmq_api = (
    f"http://{_parts.username or 'guest'}:{_parts.password or 'guest'}@{_parts.hostname}:15672/api/"
    if _parts.scheme.startswith("amqp")
    else None
)

basic_auth = [f"{_flower.user}:{_flower.password}"]
address = _flower.address
port = _flower.port
broker_api = _flower.broker_api or _rabbitmq_api
persistent = True
db = os.path.join(os.path.abspath(_home), "flower.db")  # noqa: PTH100, PTH118 - Flower wants text
state_save_interval = 30_000  # milliseconds; what came after it is lost with a kill -9
max_tasks = 20_000  # about an hour of sweeps; all of it is written at each save
tasks_columns = "name,state,result,received,runtime,worker,uuid"
enable_events = True
inspect_timeout = 3_000.0  # milliseconds; 1,000 is short for a worker on a busy machine

monitor.Metrics.get = authenticated(monitor.Metrics.get)
observe.configure_logs()
