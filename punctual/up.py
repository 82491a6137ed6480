"""Bring everything up and stay until told to stop."""

import os
import signal
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from punctual.home import Home, HomeError
from punctual.ports import PortTaken
from punctual.servers import ServerError
from punctual.signals import stop_on_signals
from punctual.stack import Stack, UpError
from punctual.supervisor import ChildFailed, ProcfileError

REASONS = (UpError, HomeError, ServerError, PortTaken, ChildFailed, ProcfileError)


@dataclass(frozen=True)
class UpOptions:
    """What a person may choose; None for the sandbox means: if a connection points to it."""

    sandbox: bool | None = None
    quiet: bool = False


def config_path() -> Path:
    """PUNCTUAL_CONFIG, else `punctual.toml` in the current folder."""
    return Path(os.environ.get("PUNCTUAL_CONFIG") or "punctual.toml").absolute()


def wants_sandbox(config: Path) -> bool:
    """True when a connection or sender of the file has a base address `sandbox:`. A file that cannot be read is refused
    later, in the words of whoever reads all of it.
    """
    try:
        written = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return _names_sandbox(written)


def _names_sandbox(value: object) -> bool:
    if isinstance(value, dict):
        return any(
            (key == "base_url" and isinstance(inner, str) and inner.startswith("sandbox")) or _names_sandbox(inner)
            for key, inner in value.items()
        )
    return isinstance(value, list) and any(_names_sandbox(inner) for inner in value)


def run_up(options: UpOptions) -> int:
    """Exit status: 0 after a wanted stop, 1 when it could not be brought up."""
    config = config_path()
    sandbox = wants_sandbox(config) if options.sandbox is None else options.sandbox
    stack = Stack(Home.from_environment(os.environ).path, config, sandbox=sandbox, quiet=options.quiet)
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
