"""All tasks on one screen. Each is one step of this folder; the rest is in `workers.task`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from runtime import names
from runtime.wiring import current
from workers import (
    answer,
    call_back,
    operate,
    reconcile,
    reply,
    retention,
    send,
    settle,
    silence,
    staff,
    sweep,
    sync,
    write_back,
)
from workers.app import app
from workers.schedule import EVERY_SECONDS
from workers.tally import joined


def sweep_task(name: str) -> Callable[[Callable[[], str]], Any]:
    """A sweep: it leaves at once if another ran within half its period."""

    def wrap(step: Callable[[], str]) -> Any:
        @wraps(step)
        def run() -> str:
            return "" if sweep.just_ran(current(), name, EVERY_SECONDS[name]) else step()

        return task(name)(run)

    return wrap


def task(name: str) -> Callable[[Callable[..., str]], Any]:
    """A task on the queue that its name belongs to."""
    return app.task(name=name, ignore_result=True)  # type: ignore[no-any-return]  # Celery is not typed


@task(names.APPOINTMENTS_SYNC)
def appointments_sync(connection: str) -> str:
    return sync.run(current(), connection)


@task(names.PROMISES_SEND)
def promises_send(shard: str = "0", shards: str = "1") -> str:
    return send.run(current(), int(shard), int(shards))


@task(names.ATTEMPTS_SETTLE)
def attempts_settle() -> str:
    return settle.run(current())


@task(names.REPLIES_RESOLVE)
def replies_resolve() -> str:
    return reply.run(current())


@task(names.REPLIES_ANSWER)
def replies_answer() -> str:
    return answer.run(current())


@task(names.STATUSES_WRITE_BACK)
def statuses_write_back() -> str:
    return joined(write_back.run(current()), call_back.run(current()))


@task(names.CONNECTIONS_RECONCILE)
def connections_reconcile(connection: str) -> str:
    return reconcile.run(current(), connection)


@task(names.STAFF_TELL)
def staff_tell() -> str:
    return staff.run(current())


@sweep_task(names.SWEEPS_SEND)
def sweeps_send() -> str:
    return sweep.send(current())


@sweep_task(names.SWEEPS_SYNC)
def sweeps_sync() -> str:
    return sweep.sync(current())


@sweep_task(names.SWEEPS_SETTLE)
def sweeps_settle() -> str:
    return settle.run(current())


@sweep_task(names.SWEEPS_REFRESH)
def sweeps_refresh() -> str:
    return sweep.refresh(current())


@sweep_task(names.SWEEPS_RECONCILE)
def sweeps_reconcile() -> str:
    return sweep.reconcile(current())


@sweep_task(names.SWEEPS_WRITE_BACK)
def sweeps_write_back() -> str:
    return joined(reply.run(current()), answer.run(current()), write_back.run(current()), call_back.run(current()))


@sweep_task(names.SWEEPS_STAFF)
def sweeps_staff() -> str:
    return staff.run(current())


@sweep_task(names.SWEEPS_RETENTION)
def sweeps_retention() -> str:
    return retention.run(current())


@sweep_task(names.SWEEPS_SILENCE)
def sweeps_silence() -> str:
    return silence.run(current())


@task(names.OPERATE_PAUSE)
def operate_pause(connection: str, reason: str = "") -> str:
    return operate.pause(current(), connection, reason)


@task(names.OPERATE_RESUME)
def operate_resume(connection: str) -> str:
    return operate.resume(current(), connection)


@task(names.OPERATE_RECONCILE)
def operate_reconcile(connection: str) -> str:
    return operate.reconcile(current(), connection)


@task(names.OPERATE_RETRY)
def operate_retry(connection: str) -> str:
    return operate.retry(current(), connection)
