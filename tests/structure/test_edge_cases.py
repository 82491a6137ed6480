"""The page that says which test holds which case is generated, and true."""

import re
import subprocess
import sys
from pathlib import Path

from tests import mutate

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"\| (\d+) \| [^|]+ \| ([^|]+) \| (red)? ?\|")


def test_the_page_of_edge_cases_is_up_to_date():
    said = subprocess.run([sys.executable, "bin/edge-cases", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr


def test_every_case_is_held_by_a_test_that_was_seen_red_or_documented_as_not_ours_yet():
    rows = [ROW.fullmatch(line) for line in (ROOT / "docs" / "edge-cases.md").read_text().splitlines()]
    found = {int(row[1]): row for row in rows if row}
    assert sorted(found) == list(range(1, 91))
    open_ones = {number for number, row in found.items() if not row[3]}
    assert open_ones == {5, 16, 38}
    for number in open_ones:
        page, _, heading = re.findall(r"not ours yet: .*\]\(([^)]+)\)", found[number][2])[0].partition("#")
        headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
        assert heading in {each.lower().replace(" ", "-") for each in headings}


def test_every_mutation_can_still_be_applied_and_its_test_is_there():
    """Whether the test fails under it is seen by `make mutations`, which takes longer than one has at each change."""
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    found = [f"{each}: {each.problem(ROOT)}" for each in mutate.listed() if each.problem(ROOT)]
    found += [f"{each}: no such test" for each in mutate.listed() if f"def {each.test.split('::')[-1]}(" not in tests]
    assert found == []
