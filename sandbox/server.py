"""Serves the sandbox with gunicorn: one process, because its state is in memory, and 64 threads."""

import signal
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from sandbox.app import create_app
from sandbox.tenants import read_tenant
from sandbox.world import World

THREADS = 64
KEEPALIVE_SECONDS = 75  # longer than a client keeps an idle connection, so that the client closes first


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, host: str, port: int, tenants: list[Any]) -> None:
        self.tenants = tenants
        self.bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self.bind,
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "keepalive": KEEPALIVE_SECONDS,
            "timeout": 0,
            "graceful_timeout": 1,
            "loglevel": "error",
            "control_socket_disable": True,
            "when_ready": _tell_address,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """Runs in the worker: the threads that post webhooks must be started after the fork."""
        world = World()
        for each in self.tenants:
            world.put_tenant(read_tenant(each))
        _let_go_on((signal.SIGTERM, signal.SIGQUIT, signal.SIGINT), world)
        return create_app(world)


def _tell_address(arbiter: Any) -> None:
    host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"sandbox: http://{shown}:{port}", flush=True)  # noqa: T201 - the one line the starter waits for


def _let_go_on(signals: tuple[signal.Signals, ...], world: World) -> None:
    """Held requests end when the process is told to; gunicorn alone would wait for them and then kill."""
    for each in signals:
        before = signal.getsignal(each)

        def let_go(number: int, frame: FrameType | None, before: Any = before) -> None:
            world.stopping.set()
            if callable(before):
                before(number, frame)

        signal.signal(each, let_go)
