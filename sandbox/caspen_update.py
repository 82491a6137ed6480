"""What Caspen's update takes: the fields of its public page, refused in Laravel's words."""

from collections.abc import Callable
from typing import Any

from sandbox import times
from sandbox.refusal import Record

IDS = ("location_id", "practitioner_id", "service_id", "client_id")
IDS_OR_NULL = ("client_package_id", "case_id", "room_id", "vehicle_id")
NOTE_LENGTH = 255


def read_update(sent: Record, record: Record) -> tuple[Record, dict[str, list[str]]]:
    """(what changes, what is wrong with it). Fields that the page does not list are ignored, `status` among them."""
    changes: Record = {}
    errors: dict[str, list[str]] = {}
    for name, read in FIELDS.items():
        if name in sent:
            try:
                changes |= read(name, sent[name])
            except ValueError as error:
                errors[name] = [str(error)]
    starts, ends = (changes.get(name, record[name]) for name in ("starts_at", "ends_at"))
    if not errors and times.parse(ends) <= times.parse(starts):
        errors["ends_at"] = ["The ends at field must be a date after starts at."]
    length = times.parse(ends) - times.parse(starts) if not errors else None
    if length is not None:
        changes["duration"] = int(length.total_seconds() // 60)
    return changes, errors


def _words(name: str) -> str:
    return name.replace("_", " ")


def _id(name: str, value: Any) -> Record:
    whole = isinstance(value, int) and not isinstance(value, bool)
    raise ValueError(
        f"The selected {_words(name)} is invalid." if whole else f"The {_words(name)} field must be an integer."
    )


def _id_or_null(name: str, value: Any) -> Record:
    return {name: None} if value is None else _id(name, value)


def _id_list(name: str, value: Any) -> Record:
    if value == []:
        return {name: []}
    return _id(f"{name}.0", value[0] if isinstance(value, list) else value)


def _instant(name: str, value: Any) -> Record:
    try:
        return {name: times.seconds_z(times.parse(value))}
    except ValueError:
        raise ValueError(f"The {_words(name)} field must be a valid date.") from None


def _note(name: str, value: Any) -> Record:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"The {_words(name)} field must be a string.")
    if value is not None and len(value) > NOTE_LENGTH:
        raise ValueError(f"The {_words(name)} field must not be greater than {NOTE_LENGTH} characters.")
    return {name: value}


def _confirmed(name: str, value: Any) -> Record:
    if not isinstance(value, bool):
        raise ValueError(f"The {_words(name)} field must be true or false.")  # noqa: TRY004 - callers know one error
    return {name: value, "confirmed_at": times.seconds_z(times.now()) if value else None}


FIELDS: dict[str, Callable[[str, Any], Record]] = {
    **dict.fromkeys(IDS, _id),
    **dict.fromkeys(IDS_OR_NULL, _id_or_null),
    "resource_ids": _id_list,
    "starts_at": _instant,
    "ends_at": _instant,
    "note": _note,
    "confirmed": _confirmed,
}
