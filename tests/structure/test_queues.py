"""Names agree: what is published is registered, and what is routed is consumed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from runtime import names
from runtime.broker import celery_settings
from workers.app import app
from workers.schedule import EVERY_SECONDS

ROOT = Path(__file__).parent.parent.parent
NAME = re.compile(r"[a-z]+\.[a-z_]+")
LIST = """
from workers.app import app
app.loader.import_default_modules()
print(*(name for name in app.tasks if not name.startswith("celery.")))
"""


def consumed() -> list[str]:
    """The queues of every worker in the Procfile."""
    found = re.findall(r"^worker-\S+: .* -Q (\S+)", (ROOT / "Procfile").read_text(), re.MULTILINE)
    return [queue for queues in found for queue in queues.split(",")]


def registered() -> set[str]:
    """In a process of its own: other tests register tasks of their own with the same app."""
    said = subprocess.run([sys.executable, "-c", LIST], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(said.stdout.split())


def rung_in_code() -> set[str]:
    """Task names that are written out in a call of `ring`, beside those that come from `names`."""
    found = set()
    for file in [
        file for package in ("workers", "web", "punctual", "runtime") for file in (ROOT / package).rglob("*.py")
    ]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ring") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_every_queue_is_consumed_by_one_process() -> None:
    assert sorted(consumed()) == sorted(names.Queue)


def test_every_declared_name_is_registered_and_routed() -> None:
    assert registered() == set(names.QUEUE_OF)


def test_every_constant_is_routed() -> None:
    constants = {value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)}
    assert constants == set(names.QUEUE_OF)
    assert all(NAME.fullmatch(each) for each in constants)


def test_what_is_rung_by_name_is_registered() -> None:
    assert rung_in_code() <= set(names.QUEUE_OF)


def test_beat_rings_for_sweeps_alone_and_for_all_of_them() -> None:
    assert set(EVERY_SECONDS) == {name for name in names.QUEUE_OF if name.startswith("sweeps.")}


def test_no_message_is_taken_for_code() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert not app.conf.worker_pool_restarts
    assert app.conf.result_backend is None


def test_rabbitmq_has_quorum_queues_and_redis_longer_patience_than_any_countdown() -> None:
    quorum = celery_settings("amqp://broker:5672//")["task_queues"]
    assert {each.queue_arguments["x-queue-type"] for each in quorum} == {"quorum"}
    redis = celery_settings("redis://broker:6379/0")
    assert redis["broker_transport_options"]["visibility_timeout"] > 300
    assert redis["broker_transport_options"]["socket_timeout"] <= 10
