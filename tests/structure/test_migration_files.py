"""Migrations follow one another by their files alone: no server is needed to see two that begin at one place."""

import re
from pathlib import Path

VERSIONS = Path(__file__).parent.parent.parent / "store" / "migrations" / "versions"


def test_each_migration_follows_the_one_before_it() -> None:
    files = sorted(VERSIONS.glob("0*.py"))
    told = [re.findall(r'^(?:down_)?revision = (?:"(\d+)"|None)$', file.read_text(), re.MULTILINE) for file in files]
    numbers = [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [file.name[:4] for file in files] == numbers
    assert told == [[number, before] for number, before in zip(numbers, ["", *numbers[:-1]], strict=True)]
