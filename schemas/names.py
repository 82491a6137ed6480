"""The directory of names as people keep it: a CSV file of kind, key and name."""

import csv
import io
from dataclasses import dataclass

from schemas.contacts import Problem
from schemas.fields import clean_text

COLUMNS = ("kind", "key", "name")
KINDS = ("location", "practitioner", "service", "subject")
LONGEST = 120  # characters: texts cut a longer value


@dataclass(frozen=True, slots=True)
class Name:
    """What the vendor gives as an id, and what texts say."""

    kind: str
    key: str
    name: str


def read_names(text: str) -> tuple[list[Name], list[Problem]]:
    """Good rows, the last of several for one key, and what is wrong with the others, each with its line."""
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    found: dict[tuple[str, str], Name] = {}
    problems: list[Problem] = []
    heading: list[str] = []
    try:
        for cells in reader:
            row = [cell.strip() for cell in cells]
            if not heading:
                heading = [cell.lower() for cell in row]
                if sorted(heading) != sorted(COLUMNS):
                    return [], [Problem(1, f"expected the heading {','.join(COLUMNS)}")]
            elif any(row):
                name, wrong = _read(heading, row)
                found |= {(name.kind, name.key): name} if name else {}
                problems += [Problem(reader.line_num, wrong)] if wrong else []
    except csv.Error as error:
        problems.append(Problem(reader.line_num, str(error)))
    if not heading and not problems:
        problems.append(Problem(0, "the file is empty"))
    return list(found.values()), problems


def _read(heading: list[str], cells: list[str]) -> tuple[Name | None, str]:
    if len(cells) != len(heading):
        return None, f"expected {len(heading)} columns, got {len(cells)}"
    if any(clean_text(cell) != cell for cell in cells):
        return None, "characters that are no text"
    row = dict(zip(heading, cells, strict=True))
    kind, key, name = row["kind"].lower(), row["key"], row["name"]
    if kind not in KINDS:
        return None, f"kind: expected one of {', '.join(KINDS)}"
    if not key or not name:
        return None, "key and name: expected both"
    return (None, f"name: longer than {LONGEST} characters") if len(name) > LONGEST else (Name(kind, key, name), "")
