"""Every variable that is read is told of, and every one that is told of is read."""

import re
from pathlib import Path

from runtime.settings_environment import KNOWN, Environment

ROOT = Path(__file__).parent.parent.parent
PACKAGES = (
    "rules",
    "schemas",
    "texts",
    "store",
    "outbound",
    "vendors",
    "senders",
    "runtime",
    "workers",
    "web",
    "punctual",
)
BETWEEN_PROCESSES = {"PUNCTUAL_READY_FILE", "PUNCTUAL_RUN"}  # set by the starter for what it starts, never by a person
NAME = re.compile(r"""["']((?:PUNCTUAL)_[A-Z][A-Z_]*[A-Z])["'=]""")


def read_in_code() -> set[str]:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    found = {name for file in files for name in NAME.findall(file.read_text())}
    return {name for name in found - BETWEEN_PROCESSES if not name.startswith("PUNCTUAL_TEST_")}


def told_of() -> set[str]:
    return set(re.findall(r"^#? ?(PUNCTUAL_[A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def secrets() -> set[str]:
    """The variables that may also come from a file."""
    source = (ROOT / "runtime" / "settings_environment.py").read_text()
    return set(re.findall(r'env\.secret\("(PUNCTUAL_[A-Z_]+)"\)', source))


def test_the_example_names_what_is_read_and_nothing_else() -> None:
    assert told_of() == read_in_code() | {f"{name}_FILE" for name in secrets()}


def test_what_the_settings_know_is_what_they_read() -> None:
    assert read_in_code() >= KNOWN
    assert secrets() <= KNOWN


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    for name in secrets():
        assert Environment({f"{name}_FILE": str(tmp_path / "secret")}).secret(name) == "from the file"
