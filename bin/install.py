"""Bring .venv to what the locks name. Run by bin/setup; does nothing, quickly, when nothing changed.

pip refuses an editable install together with hashes, and installing the project would need a build tool that no lock
names. So a path file makes the checkout importable, and two lines of shell are the `punctual` command.
"""

# ruff: noqa: T201 - it speaks to the person at the terminal

import fcntl
import hashlib
import os
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
BEGUN = VENV / ".begun"  # there while an installation runs; found at the start, the last one was interrupted
LOCKS = {"runtime": ["runtime.txt"], "dev": ["runtime.txt", "dev.txt"]}


def wanted(name: str) -> str:
    """What an installation is made from: the locks, the interpreter, and the place that its scripts name."""
    digest = hashlib.sha256(f"{VENV}\n{sysconfig.get_python_version()}\n".encode())
    for lock in LOCKS[name]:
        digest.update((PROJECT / "locks" / lock).read_bytes())
    return digest.hexdigest()


def installed(name: str) -> bool:
    """True when the stamp of this lock says so, and no installation was interrupted since."""
    stamp = VENV / f".{name}"
    return not BEGUN.exists() and stamp.exists() and stamp.read_text() == wanted(name)


def base_python() -> bool:
    """True when a Python of the machine runs us, which bin/setup does only where .venv has none that works."""
    return sys.prefix == sys.base_prefix


def moved() -> bool:
    """True when the folder was made elsewhere: its scripts would run another place's Python."""
    made_by = [line for line in (VENV / "pyvenv.cfg").read_text().splitlines() if line.startswith("command = ")]
    return not made_by or not made_by[0].endswith(f" {VENV}")


def make_venv() -> None:
    """A new .venv; `clear` empties what an interrupted or moved one left."""
    base = getattr(sys, "_base_executable", sys.executable)
    if not base_python():  # we run on the very .venv that is to be replaced
        os.execv(base, [base, "-I", *sys.argv])  # noqa: S606 - to go on with the Python that it was made from
    print(f"making .venv with Python {sysconfig.get_python_version()}", flush=True)
    venv.EnvBuilder(with_pip=True, symlinks=True, clear=True).create(VENV)


def install(name: str) -> None:
    """Run pip on the lock. The index, mirrors and certificates are whatever this machine's pip is set to."""
    print(f"installing locks/{LOCKS[name][-1]} (the first time takes a minute or two)", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    command += ["--no-input", "--disable-pip-version-check", "--quiet", "-r", str(PROJECT / "locks" / LOCKS[name][-1])]
    environ = {key: text for key, text in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET"}}
    if subprocess.run(command, env=environ | {"PIP_USER": "0"}, check=False).returncode != 0:
        sys.exit("The packages could not be installed; pip says above why. Run the same command again to go on.")


def make_importable() -> None:
    """The checkout on the path of .venv, and its command."""
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV), "platbase": str(VENV)}))
    (packages / "punctual.pth").write_text(f"{PROJECT}\n", encoding="utf-8")
    command = VENV / "bin" / "punctual"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(str(PYTHON))} -m punctual "$@"\n', encoding="utf-8")
    command.chmod(0o755)


def main(name: str) -> None:
    """Install what `name` asks for; a second run at the same time waits for the first."""
    held = os.open(PROJECT / "locks", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    if not base_python() and installed(name):
        return
    if base_python() or BEGUN.exists() or moved():
        make_venv()
    BEGUN.touch()
    install(name)
    make_importable()
    BEGUN.unlink()
    (VENV / f".{name}").write_text(wanted(name))


if __name__ == "__main__":
    main(sys.argv[1])
