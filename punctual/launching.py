"""Start a program that cannot outlive us. See launcher.py for what happens between."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

LAUNCHER = Path(__file__).with_name("launcher.py")


def launch(
    program: list[str],
    *,
    folder: Path,
    output: IO[bytes] | int,
    at_parents_death: int,
    environ: dict[str, str],
    owner: tuple[int, int] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start it in a session of its own, so that Ctrl-C reaches us alone and we stop things in order.

    `at_parents_death` is the signal it gets when the calling *thread* is gone; `owner` the (uid, gid) it becomes.
    """
    become = f"{owner[0]}:{owner[1]}" if owner else "-"
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), str(at_parents_death), str(os.getpid()), become, *program],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
