"""`make vendor NAME=acme`: files that import, four lines elsewhere, and a suite that fails until they are right."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.structure.deployed import PROJECT

LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "build", "benchmarks", "deploy", "locks")

MUST_FAIL = (
    "fetched_as_it_stands", "every_rule_is_done", "readme", "recorded_record", "recorded_webhook", "paging",
    "wrong_credentials", "case_18", "case_24",
)  # fmt: skip

MUST_SAY = (
    '{"error":"TODO: make a record and a person, put them on their shelves"}',
    "TODO: one page of what there is in a window",
    "no recorded record has a start", "signature_before_parse",
)  # fmt: skip


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as it is."""
    copy = tmp_path_factory.mktemp("project") / "before"
    shutil.copytree(PROJECT, copy, ignore=LEFT_BEHIND)
    return copy


@pytest.fixture(scope="module")
def tree(before: Path) -> Path:
    """A copy of it in which the command has run."""
    copy = before.with_name("copy")
    shutil.copytree(before, copy)
    done = run(copy, "bin/new_vendor.py", "acme")
    assert done.returncode == 0, done.stderr
    return copy


def run(where: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=where, capture_output=True, text=True, timeout=120)


def suite(where: Path, chosen: str) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header", "-k", chosen)
    return run(where, "-m", "pytest", *options, "tests/vendors/test_conformance.py")


def test_it_writes_files_of_its_own_and_changes_four_lines_elsewhere(before: Path, tree: Path) -> None:
    changed: dict[str, int] = {}
    for path in sorted(each for each in tree.rglob("*") if each.is_file() and "__pycache__" not in each.parts):
        name = str(path.relative_to(tree))
        if not (before / name).exists():
            assert "acme" in name, name
        elif path.read_bytes() != (before / name).read_bytes():
            lines = set(path.read_text().splitlines()) - set((before / name).read_text().splitlines())
            changed[name] = len(lines)
    assert changed == dict.fromkeys(
        ["vendors/__init__.py", "sandbox/app.py", "sandbox/tenants.py", "pyproject.toml"], 1
    )


def test_what_it_writes_imports_and_is_tidy(tree: Path) -> None:
    parts = ("vendors.apis", "vendors.webhooks", "sandbox.app", "tests.vendors.kits")
    done = run(
        tree, "-c", f"import {', '.join(parts)}; assert 'acme' in vendors.apis.OPERATIONS; sandbox.app.create_app()"
    )
    assert done.returncode == 0, done.stderr
    paths = [str(path.relative_to(tree)) for path in tree.rglob("*.py") if "acme" in str(path.relative_to(tree))]
    assert len(paths) > 8
    found = run(tree, "-m", "ruff", "check", "--no-cache", "--ignore", "TD,FIX", *paths)
    assert found.returncode == 0, found.stdout
    found = run(tree, "-m", "ruff", "format", "--check", "--no-cache", *paths)
    assert found.returncode == 0, found.stdout


def test_its_suite_fails_until_it_is_filled_in_and_no_other_vendors_does(tree: Path) -> None:
    done = suite(tree, "acme")
    assert done.returncode == 1, done.stdout
    assert "error" not in done.stdout.splitlines()[-1], done.stdout
    failed = "\n".join(line for line in done.stdout.splitlines() if line.startswith("FAILED"))
    assert [part for part in MUST_FAIL if part not in failed] == []
    told = "\n".join(line for line in done.stdout.splitlines() if line.startswith("E  "))
    assert [part for part in MUST_SAY if part not in told] == []
    assert suite(tree, "caspen and (as_it_stands or quality)").returncode == 0


@pytest.mark.parametrize("name", ["caspen", "Acme", "import", "redis", "a b", "../x", ""])
def test_a_name_that_cannot_be_one_is_refused(tree: Path, name: str) -> None:
    done = run(tree, "bin/new_vendor.py", name)
    assert (done.returncode, "expected" in done.stderr or "already" in done.stderr) == (2, True)
