"""Break the source on purpose and see a test fail: `python -m tests.mutate [CASE ...]`, or `make mutations`.

Each entry of `tests/mutations.toml` names a file, a text that stands in it once, another text, and a test. In a copy of
the tree the tests must pass; with the one text put in place of the other, that entry's test must fail. A source that
cannot even be imported proves nothing and counts as a mistake of the entry.
"""

# ruff: noqa: T201 - it speaks to the person at the terminal

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import servers

PROJECT = Path(__file__).resolve().parent.parent
LIST = PROJECT / "tests" / "mutations.toml"
PASSED, FAILED = 0, 1
"""Exit codes of pytest; every other one says that the test could not be run."""


@dataclass(frozen=True)
class Mutation:
    case: int
    file: str
    old: str
    new: str
    test: str

    def __str__(self) -> str:
        return f"case {self.case}: {self.file}, {self.test.rpartition('::')[2]}"

    def problem(self, tree: Path) -> str:
        """Why it cannot be applied; empty when it can."""
        path = tree / self.file
        if not path.is_file():
            return f"there is no {self.file}"
        count = path.read_text(encoding="utf-8").count(self.old)
        if count != 1:
            return f"the old text stands {count} times in {self.file}"
        return "" if self.old != self.new else "the new text is the old one"

    @contextmanager
    def applied(self, tree: Path) -> Iterator[None]:
        path = tree / self.file
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(self.old, self.new), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(whole, encoding="utf-8")


def listed() -> list[Mutation]:
    found = tomllib.loads(LIST.read_text(encoding="utf-8")).get("mutation", [])
    return [Mutation(**each) for each in found]


def copy_to(folder: Path) -> Path:
    """The tree as it stands, without what git ignores."""
    tree = folder / "tree"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, names.decode().split("\0")):
        if (PROJECT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, tree / name)
    return tree


def run(tree: Path, tests: Iterable[str], environ: dict[str, str]) -> tuple[int, str]:
    """Pytest's exit code and what it said. No bytecode: one written in the same second would be taken for the new."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def try_one(mutation: Mutation, tree: Path, environ: dict[str, str]) -> str:
    """Empty when the test fails under it, else what is wrong."""
    with mutation.applied(tree):
        code, said = run(tree, [mutation.test], environ)
    if code == PASSED:
        return "the test passes all the same"
    if code != FAILED or " error" in said.splitlines()[-1]:
        return "the test could not be run:\n" + "\n".join(said.splitlines()[-12:])
    return ""


def main(arguments: list[str]) -> int:
    """Exit code 0 when every mutation was caught."""
    cases = {int(each) for each in arguments}
    chosen = [each for each in listed() if not cases or each.case in cases]
    with tempfile.TemporaryDirectory(prefix="punctual-mutate-") as folder:
        tree = copy_to(Path(folder))
        wrong = {each: found for each in chosen if (found := each.problem(tree))}
        with _environ(Path(folder)) as environ:
            code, said = run(tree, sorted({each.test for each in chosen if each not in wrong}), environ)
            if code != PASSED:
                print(f"the tests do not pass as the source stands:\n{said[-4000:]}")
                return 1
            for each in chosen:
                began = time.monotonic()
                wrong |= {each: found} if each not in wrong and (found := try_one(each, tree, environ)) else {}
                print(f"{'FAIL' if each in wrong else 'red '}  {time.monotonic() - began:4.1f} s  {each}", flush=True)
    for each, found in wrong.items():
        print(f"\n{each}\n  {found}")
    print(f"{len(chosen) - len(wrong)} of {len(chosen)} mutations were caught")
    return 1 if wrong else 0


@contextmanager
def _environ(folder: Path) -> Iterator[dict[str, str]]:
    """One pair of servers for all runs: starting them takes longer than most tests."""
    home = folder / "servers"
    home.mkdir()
    found = servers.embedded_servers(home, os.getpid())
    try:
        url = servers.create_database(found.database_url, "punctual_mutations", migrated=False)
        known = {"PUNCTUAL_TEST_DATABASE_URL": url, "PUNCTUAL_TEST_BROKER_URL": found.broker_url}
        yield {**os.environ, **known, "PYTHONDONTWRITEBYTECODE": "1"}
    finally:
        servers.stop_embedded_servers(home)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
