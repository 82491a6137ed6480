"""Bring everything up and stay until told to stop."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from punctual.home import Home, HomeError
from punctual.ports import USUAL, PortTaken
from punctual.servers import ServerError
from punctual.signals import stop_on_signals
from punctual.stack import Stack, UpError
from punctual.supervisor import ChildFailed, ProcfileError
from runtime import settings_file
from runtime.settings import Settings

REASONS = (UpError, HomeError, ServerError, PortTaken, ChildFailed, ProcfileError)


@dataclass(frozen=True)
class UpOptions:
    """What a person may choose; None for the sandbox means: if a connection points to it."""

    sandbox: bool | None = None
    quiet: bool = False


def config_path() -> Path:
    """PUNCTUAL_CONFIG, else `punctual.toml` in the current folder."""
    return Path(os.environ.get("PUNCTUAL_CONFIG") or "punctual.toml").absolute()


def sandbox_port(settings: Settings) -> int | None:
    """Where the file's connections expect the sandbox; None when none does."""
    addresses = [each.adapter.base_url for each in settings.connections.values() if each.sandbox]
    return next((urlsplit(address).port or USUAL["PUNCTUAL_SANDBOX_PORT"] for address in addresses), None)


def run_up(options: UpOptions) -> int:
    """Exit status: 0 after a wanted stop, 1 when it could not be brought up, 2 when what is configured is refused."""
    config = config_path()
    try:
        settings = settings_file.load(os.environ, config)
    except settings_file.SettingsProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    port = sandbox_port(settings)
    extra = {"PUNCTUAL_SANDBOX_PORT": str(port)} if port and "PUNCTUAL_SANDBOX_PORT" not in os.environ else {}
    return run_stack(
        Stack(
            Home.from_environment(os.environ).path,
            config,
            extra_env=extra,
            sandbox=port is not None if options.sandbox is None else options.sandbox,
            quiet=options.quiet,
        )
    )


def run_stack(stack: Stack) -> int:
    """Up, until a signal; then down, and nothing stays behind."""
    with stop_on_signals(stopping=lambda: stack.stopping, hurry=stack.hurry):
        try:
            with stack:
                print(addresses(stack), flush=True)
                while True:
                    signal.pause()
        except KeyboardInterrupt:
            print("everything has stopped", flush=True)
            return 0
        except REASONS as error:
            print(f"punctual: {error}", file=sys.stderr, flush=True)
            return 1


def addresses(stack: Stack) -> str:
    """Where everything is, for a person."""
    password = (
        "PUNCTUAL_FLOWER_PASSWORD"
        if "PUNCTUAL_FLOWER_PASSWORD" in os.environ
        else str(stack.home.path / "flower-password")
    )
    rows = [
        f"receiver, API and pages  {stack.web_url}",
        f"Flower                   {stack.flower_url}  user {stack.flower_auth[0]}, password in {password}",
        f"rows, logs and secrets   {stack.home.path}",
    ]
    if stack.sandbox_url:
        rows.insert(2, f"sandbox                  {stack.sandbox_url}")
    return "\n".join(["", *rows, "Ctrl-C stops it all.", ""])
