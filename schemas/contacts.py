"""The contact directory as a CSV file, for vendors whose records hold no phone (OfficePlace).

    person_id,first_name,last_name,phone,zone,language
    ada@example.org,Ada,Byron,+13125550142,America/Chicago,en

`person_id` is whatever the record links to (an e-mail address, by default) and the only column that must be there.
Ours, so strict: an unknown column, a bad zone, an unreadable number is told with its line; good rows stay good.
"""

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from rules.appointment import Contact
from schemas.fields import clean_text, e164, zone_name

COLUMNS = ("person_id", "first_name", "last_name", "phone", "zone", "language")
LONGEST = 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47, as far as anybody writes it


def person_key(text: str) -> str:
    """One spelling for one person: e-mail addresses differ in case between a calendar and a spreadsheet."""
    trimmed = text.strip()
    return trimmed.casefold() if "@" in trimmed else trimmed


class _Cell(fields.String):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return clean_text(super()._deserialize(value, attr, data, **kwargs)).strip()


class _Row(Schema):
    class Meta:
        """Read by marshmallow."""

        unknown = RAISE

    person_id = _Cell(required=True, validate=validate.Length(1, LONGEST))
    first_name = _Cell(load_default="", validate=validate.Length(max=LONGEST))
    last_name = _Cell(load_default="", validate=validate.Length(max=LONGEST))
    phone = _Cell(load_default="")
    zone = _Cell(load_default="")
    language = _Cell(load_default="")


ROW = _Row()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the file. `line` counts from 1, the heading included; 0 is the file as a whole."""

    line: int
    why: str


def read_contacts(text: str, country: str = "") -> tuple[list[Contact], list[Problem]]:
    """The good rows, and what is wrong with the others. `country` (ISO 3166) reads national phone numbers."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    contacts: dict[str, Contact] = {}
    problems: list[Problem] = []
    try:
        problems += _heading(reader.fieldnames)
        for row in reader if not problems else ():
            try:
                contact = _contact(ROW.load(_cells(row)), country)
            except ValidationError as error:
                problems.append(Problem(reader.line_num, _sentence(error)))
                continue
            if contact.person_id in contacts:
                problems.append(Problem(reader.line_num, "person_id: comes twice; the first one counts"))
            contacts.setdefault(contact.person_id, contact)
    except csv.Error as error:
        problems.append(Problem(reader.line_num, f"not CSV: {error}"))
    return list(contacts.values()), problems


def _contact(row: dict[str, str], country: str) -> Contact:
    """Every cell that says something must say something usable."""
    phone = e164(row["phone"], country)
    wrong: dict[str, list[str]] = {}
    if row["phone"] and phone is None:
        wrong["phone"] = ["no valid phone number"]
    if row["zone"] and zone_name(row["zone"]) is None:
        wrong["zone"] = ["no IANA zone, such as Europe/Amsterdam"]
    if row["language"] and not _LANGUAGE.fullmatch(row["language"]):
        wrong["language"] = ["no language tag, such as en or pt-BR"]
    if wrong:
        raise ValidationError(wrong)
    return Contact(
        person_id=person_key(row["person_id"]),
        first_name=row["first_name"],
        last_name=row["last_name"],
        phone=phone,
        zone=row["zone"] or None,
        language=row["language"] or None,
    )


def _heading(names: Any) -> list[Problem]:
    names = list(names or ())
    unknown = [name for name in names if name not in COLUMNS]
    if "person_id" not in names or unknown or len(set(names)) != len(names):
        told = f"; not {', '.join(map(repr, unknown))}" if unknown else ""
        return [Problem(1, f"the first line names the columns: person_id and any of {', '.join(COLUMNS[1:])}{told}")]
    return []


def _cells(row: dict[str | None, Any]) -> dict[str, str]:
    if None in row:
        raise ValidationError("has more cells than the heading has columns", "row")
    return {str(name): value for name, value in row.items() if value is not None}


def _sentence(error: ValidationError) -> str:
    """`column: what is wrong`, for each."""
    told = error.messages if isinstance(error.messages, dict) else {"row": error.messages}
    return "; ".join(f"{name}: {' '.join(map(str, why))}" for name, why in told.items())
