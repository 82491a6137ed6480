"""The table that is printed at the end, for a person."""

from collections.abc import Sequence

from benchmarks.targets import Line

WORDS = {True: "met", False: "MISSED", None: ""}


def table(found: Sequence[Line]) -> str:
    """Section, figure, target and whether it is met, in columns."""
    rows = [("", "what", "figure", "target", ""), *_rows(found)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    rule = "  ".join("-" * width for width in widths)
    out = []
    for number, row in enumerate(rows):
        if row[0] and number > 1:
            out.append("")
        out.append(
            "  ".join([*map(str.ljust, row[:2], widths[:2]), row[2].rjust(widths[2]), row[3].ljust(widths[3]), row[4]])
        )
        if number == 0:
            out.append(rule)
    missed = sum(line.met is False for line in found)
    asked = sum(line.met is not None for line in found)
    return "\n".join([*(line.rstrip() for line in out), "", f"{asked - missed} of {asked} targets met"])


def _rows(found: Sequence[Line]) -> list[tuple[str, str, str, str, str]]:
    """A section is named once, on its first line."""
    before = ""
    rows = []
    for line in found:
        rows.append(
            (line.section if line.section != before else "", line.what, line.figure, line.target, WORDS[line.met])
        )
        before = line.section
    return rows
