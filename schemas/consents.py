"""The ledger of consents as a CSV file: who may be texted, and how that is known.

    number,kind,reference
    +353861112223,opt_in,form of 2026-01-05

`number` (E.164) and `kind` (`opt_in` or `opt_out`) must be there. `sender` says whose texts are meant; `source` and
`at` are kept as part of the reference, so that an exported ledger can be imported as it is. Ours, so strict.
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from schemas.contacts import Problem
from schemas.fields import clean_text, e164

COLUMNS = ("number", "kind", "reference", "sender", "source", "at")
NEEDED = COLUMNS[:2]
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Consent:
    """One line. `at` is aware; None where the file does not say when."""

    number: str
    kind: str
    reference: str = ""
    sender: str = ""
    at: datetime | None = None


class _Row(Schema):
    class Meta:
        """Read by marshmallow."""

        unknown = RAISE

    number = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("opt_in", "opt_out")))
    reference = fields.String(load_default="", validate=validate.Length(max=LONGEST))
    sender = fields.String(load_default="")
    source = fields.String(load_default="", validate=validate.Length(max=LONGEST))
    at = fields.String(load_default="")


ROW = _Row()


def read_consents(text: str) -> tuple[list[Consent], list[Problem]]:
    """The good lines in their order, and what is wrong with the others."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    found: list[Consent] = []
    problems: list[Problem] = []
    try:
        names = list(reader.fieldnames or ())
        if not set(NEEDED) <= set(names) <= set(COLUMNS) or len(set(names)) != len(names):
            what = f"the first line names the columns: {', '.join(NEEDED)} and any of {', '.join(COLUMNS[2:])}"
            return [], [Problem(1, what)]
        for row in reader:
            try:
                found.append(_consent(row))
            except ValidationError as error:
                told: Any = error.messages  # always by field: see `_wrong`
                words = "; ".join(f"{name}: {' '.join(map(str, why))}" for name, why in told.items())
                problems.append(Problem(reader.line_num, words))
    except csv.Error as error:
        problems.append(Problem(reader.line_num, f"not CSV: {error}"))
    return found, problems


def _wrong(name: str, why: str) -> ValidationError:
    return ValidationError({name: [why]})


def _consent(row: dict[str | None, Any]) -> Consent:
    if None in row:
        raise _wrong("line", "has more cells than the heading has columns")
    cells = ROW.load({str(name): clean_text(value or "").strip() for name, value in row.items()})
    number = e164(cells["number"], country="")
    if number is None:
        raise _wrong("number", "no valid phone number with its country, such as +353861112223")
    told = [cells["reference"], cells["source"] and f"source {cells['source']}", cells["at"] and f"at {cells['at']}"]
    return Consent(number, cells["kind"], "; ".join(filter(None, told)), cells["sender"], _instant(cells["at"]))


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong("at", "no instant, such as 2026-01-05T09:30:00+00:00") from None
    if moment.tzinfo is None:
        raise _wrong("at", "no instant: it lacks the offset from UTC")
    return moment
