"""Every check of the project in one go: `python -m tests.run`, or `--quick` for the half that needs no server.

All of them run even when one fails, so that one look shows everything; the exit code is 1 if any failed.
"""

# ruff: noqa: T201 - it speaks to the person at the terminal

import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable

CHECKS = {
    "ruff check": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    "mypy": [PYTHON, "-m", "mypy"],
    "imports": [PYTHON, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
}
SOME_FAILED = 1  # pytest's exit status
PYTEST = [PYTHON, "-m", "pytest", "-q"]
QUICK = {"tests": [*PYTEST, "-n", "2", "-m", "not servers and not e2e"]}
# Two at a time, because the smallest machine has two cores; whole processes run alone, because they watch the clock
# (pytest-xdist 3.8 cannot keep a group of tests on one worker under pytest 9.2).
ALL = {
    "tests": [*PYTEST, "-n", "2", "-m", "not e2e"],
    "tests of whole processes": [*PYTEST, "-n", "0", "-m", "e2e"],
}


def main(arguments: list[str]) -> int:
    """Run the checks, print a line for each."""
    tests = QUICK if "--quick" in arguments else ALL
    failed = [name for name, command in {**CHECKS, **tests}.items() if not passes(name, command)]
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    begun = time.monotonic()
    code = subprocess.run(command, cwd=PROJECT, check=False).returncode
    if code == SOME_FAILED and command[: len(PYTEST)] == PYTEST:
        # A test that watches the clock may fail for want of a processor on a shared machine. It is said, and tried
        # once more with nothing beside it; what fails then has failed.
        print(f"{name}: some failed; those alone once more", flush=True)
        again = [*PYTEST, "--last-failed", "--last-failed-no-failures", "none", "-n", "0", *command[-2:]]
        code = subprocess.run(again, cwd=PROJECT, check=False).returncode
    print(f"{'pass' if code == 0 else 'FAIL'}  {name}  {time.monotonic() - begun:.1f} s", flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
