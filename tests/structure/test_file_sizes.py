"""One idea per file: a median of 60 to 90 lines, a second thought above 250, and none that is two ideas."""

from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent.parent
PACKAGES = [
    *("rules", "schemas", "texts", "store", "outbound", "vendors"),
    *("senders", "runtime", "workers", "web", "punctual", "sandbox"),
]
MOST_LINES = 350
LONGER = {
    "store/tables.py": "all tables side by side, as the database has them",
    "store/migrations/versions/0001_everything_from_nothing.py": "the first schema; never edited",
}


def lines() -> dict[str, int]:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    return {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}


def test_no_file_is_two_ideas() -> None:
    assert {name: count for name, count in lines().items() if count > MOST_LINES and name not in LONGER} == {}


def test_no_exception_outlives_its_file() -> None:
    counted = lines()
    assert [name for name in LONGER if counted.get(name, 0) <= MOST_LINES] == []


def test_the_median_file_is_short() -> None:
    assert median(count for count in lines().values() if count > 5) <= 100
