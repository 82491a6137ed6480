"""Break the source on purpose and see a test fail: `python -m tests.mutate [CASE ...]`, or `make mutations`.

Each entry of `tests/mutations.toml` names a file, a text that stands in it once, another text, and a test. In a copy of
the tree the tests must pass; with the one text put in place of the other, that entry's test must fail. A source that
cannot even be imported proves nothing and counts as a mistake of the entry.

Entries are shared out among lanes, two on a machine of two cores. A lane has a copy of the tree and servers of its own.
"""

# ruff: noqa: T201 - it speaks to the person at the terminal

import argparse
import compileall
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import servers

PROJECT = Path(__file__).resolve().parent.parent
LIST = PROJECT / "tests" / "mutations.toml"
UNUSED = ("randomly", "cacheprovider", "schemathesis", "anyio")
"""Plugins that the named tests do without; two of them take longer to import than most tests to run."""
PASSED, FAILED = 0, 1
"""Exit codes of pytest; every other one says that the test could not be run."""
MOST_LANES = 4
NAMED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


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


@dataclass(frozen=True)
class Lane:
    """Where one mutation at a time is tried: a tree, and the environment that names its servers."""

    tree: Path
    environ: dict[str, str]

    def run(self, tests: Iterable[str], *options: str) -> tuple[int, str]:
        """Pytest's exit code and what it said."""
        without = [word for name in UNUSED for word in ("-p", f"no:{name}")]
        command = [sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=short", *without, *options, *tests]
        done = subprocess.run(command, cwd=self.tree, env=self.environ, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def not_passing(self, tests: Sequence[str]) -> dict[str, str]:
        """Those that fail as the source stands, twice: the first time may have been the machine's."""
        said = ""
        for _ in range(2 if tests else 0):
            code, said = self.run(tests)
            if code == PASSED:
                return {}
            named = NAMED.findall(said)  # none: it could not even begin
            tests = [test for test in tests if any(each.startswith(test) for each in named)] or tests
        return dict.fromkeys(tests, f"the test does not pass as the source stands:\n{_end(said)}")

    def try_one(self, mutation: Mutation) -> str:
        """Empty when the test fails under it, else what is wrong."""
        with mutation.applied(self.tree):
            code, said = self.run([mutation.test], "-x")
        if code == PASSED:
            return "the test passes all the same"
        if code != FAILED or " error" in said.splitlines()[-1]:
            return f"the test could not be run:\n{_end(said)}"
        return ""


def _end(said: str) -> str:
    return "\n".join(said.splitlines()[-12:])


@dataclass
class Round:
    """All the mutations that were asked for, and what became of them. Several lanes take from it."""

    chosen: list[Mutation]
    wrong: dict[Mutation, str] = field(default_factory=dict)
    done: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tests(self) -> list[str]:
        """Each once, those of one file together: a lane gets whole files."""
        return sorted({each.test for each in self.chosen if each not in self.wrong})

    def fail(self, found: dict[str, str]) -> None:
        self.wrong |= {each: found[each.test] for each in self.chosen if each.test in found}

    def work(self, lane: Lane, waiting: deque[Mutation]) -> None:
        while True:
            with self._lock:
                if not waiting:
                    return
                mutation = waiting.popleft()
            began = time.monotonic()
            problem = lane.try_one(mutation)
            self.tell(mutation, problem, time.monotonic() - began)

    def tell(self, mutation: Mutation, problem: str, seconds: float) -> None:
        with self._lock:
            self.done += 1
            if problem:
                self.wrong[mutation] = problem
            word = "FAIL" if problem else "red "
            print(f"{self.done:>3} of {len(self.chosen)}  {word}  {seconds:5.1f} s  {mutation}", flush=True)

    def summary(self, seconds: float) -> str:
        told = [f"\n{each}\n  {found}" for each, found in self.wrong.items()]
        caught = len(self.chosen) - len(self.wrong)
        cases = len({each.case for each in self.chosen})
        line = f"{caught} of {len(self.chosen)} mutations were caught, {cases} cases, {seconds:.0f} s"
        return "\n".join([*told, f"\n{line}" + (f"; {len(self.wrong)} FAILED" if self.wrong else "")])


def main(arguments: list[str]) -> int:
    """Exit code 0 when every mutation was caught, 1 when one was not, 2 when none has such a number."""
    asked = _parser().parse_args(arguments)
    cases = set(asked.cases)
    begun = time.monotonic()
    tries = Round([each for each in listed() if not cases or each.case in cases])
    if missing := cases - {each.case for each in tries.chosen}:
        print(f"no mutation has the number {', '.join(map(str, sorted(missing)))}", file=sys.stderr)
        return 2
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="punctual-mutate-")))
        count = min(asked.lanes, len(tries.chosen))
        lanes = [opened.enter_context(_lane(folder / f"lane{number}")) for number in range(count)]
        for each in tries.chosen:
            if problem := each.problem(lanes[0].tree):
                tries.tell(each, problem, 0.0)
        _try_all(tries, lanes)
    print(tries.summary(time.monotonic() - begun))
    return 1 if tries.wrong else 0


def _try_all(tries: Round, lanes: Sequence[Lane]) -> None:
    tests = tries.tests()
    print(f"first the {len(tests)} tests as the source stands, {len(lanes)} at a time", flush=True)
    with ThreadPoolExecutor(len(lanes)) as pool:
        share = -(-len(tests) // len(lanes))
        parts = [tests[place * share : (place + 1) * share] for place in range(len(lanes))]
        for found in pool.map(lambda pair: pair[0].not_passing(pair[1]), zip(lanes, parts, strict=True)):
            tries.fail(found)
        for each in [each for each in tries.wrong if each.test in tests]:
            tries.tell(each, tries.wrong[each], 0.0)
        waiting = deque(each for each in tries.chosen if each not in tries.wrong)
        list(pool.map(lambda lane: tries.work(lane, waiting), lanes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__.partition("\n\n")[0])
    parser.add_argument("cases", nargs="*", type=int, metavar="CASE", help="edge case numbers; none: all")
    lanes = max(1, min(MOST_LANES, os.cpu_count() or 1))
    parser.add_argument(
        "--lanes", type=int, default=lanes, help="how many at a time (default: one per core, %(default)s)"
    )
    return parser


@contextmanager
def _lane(folder: Path) -> Iterator[Lane]:
    """One pair of servers for all its runs: starting them takes longer than most tests."""
    home = folder / "servers"
    home.mkdir(parents=True)
    tree = copy_to(folder)
    found = servers.embedded_servers(home, os.getpid())
    try:
        url = servers.create_database(found.database_url, "punctual_mutations", migrated=False)
        known = {"PUNCTUAL_TEST_DATABASE_URL": url, "PUNCTUAL_TEST_BROKER_URL": found.broker_url}
        yield Lane(tree, {**os.environ, **known})
    finally:
        servers.stop_embedded_servers(home)


def copy_to(folder: Path) -> Path:
    """The tree as it stands, without what git ignores, compiled.

    Bytecode is told from its source by a digest: by its time, one written in the same second would pass for the new.
    """
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
    compileall.compile_dir(tree, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    return tree


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
