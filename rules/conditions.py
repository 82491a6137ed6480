"""When a workflow applies, beside the appointment's status: a small tree of questions about one appointment. Pure.

CareCycle documents one condition, `appointment_status`; the other questions and the combinations are ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.appointment import MeetingType
from rules.statuses import Standing, Status

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a condition may ask about."""

    standing: Standing
    meeting_type: MeetingType | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    """The vendor's record, raw."""


@dataclass(frozen=True, slots=True)
class HasStatus:
    statuses: frozenset[Status]


@dataclass(frozen=True, slots=True)
class HasMeetingType:
    types: frozenset[MeetingType]


@dataclass(frozen=True, slots=True)
class IsConfirmed:
    """The vendor says so, or the person has told us."""


@dataclass(frozen=True, slots=True)
class HasAttended:
    """False also while nobody knows; whoever is known not to have come has the status `no_show`."""


@dataclass(frozen=True, slots=True)
class RecordField:
    """A value of the record, by the names and positions that lead to it."""

    path: tuple[str, ...]
    values: tuple[Scalar, ...] | None
    """One of these; None: any value that is there and not null."""


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = HasStatus | HasMeetingType | IsConfirmed | HasAttended | RecordField | All | AnyOf | Not

EVERY_STATUS = frozenset(Status) - {Status.UNKNOWN}


def holds(condition: Condition, scene: Scene) -> bool:
    """Whether it is true of this appointment now."""
    match condition:
        case HasStatus(statuses):
            return scene.standing.status in statuses
        case HasMeetingType(types):
            return scene.meeting_type in types
        case IsConfirmed():
            return scene.standing.confirmed
        case HasAttended():
            return scene.standing.status is Status.COMPLETED
        case RecordField(path, values):
            return _matches(_value(scene.record, path), values)
        case All(parts):
            return all(holds(part, scene) for part in parts)
        case AnyOf(parts):
            return any(holds(part, scene) for part in parts)
        case Not(part):
            return not holds(part, scene)


def statuses_of(condition: Condition) -> frozenset[Status] | None:
    """The statuses under which it may hold, whatever else is true; None when it does not ask about the status."""
    if not any(isinstance(leaf, HasStatus) for leaf in leaves(condition)):
        return None
    return frozenset(status for status in EVERY_STATUS if _possible(condition, status) is not False)


def asks_record(condition: Condition | None) -> bool:
    """Whether a field of the record decides: then the record has to be at hand."""
    return condition is not None and any(isinstance(leaf, RecordField) for leaf in leaves(condition))


def leaves(condition: Condition) -> Iterator[Condition]:
    """The questions that the tree is made of."""
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield condition


def _possible(condition: Condition, status: Status) -> bool | None:
    """True or false under this status alone; None when the rest decides."""
    match condition:
        case HasStatus(statuses):
            return status in statuses
        case HasAttended():
            return status is Status.COMPLETED
        case All(parts):
            found = [_possible(part, status) for part in parts]
            return False if False in found else None if None in found else True
        case AnyOf(parts):
            found = [_possible(part, status) for part in parts]
            return True if True in found else None if None in found else False
        case Not(part):
            inner = _possible(part, status)
            return None if inner is None else not inner
        case _:
            return None


def _value(record: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(record, Mapping):
            record = record.get(step)
        elif isinstance(record, list) and step.isdecimal() and len(step) < 6:
            record = record[int(step)] if int(step) < len(record) else None
        else:
            return None
    return record


def _matches(value: Any, values: tuple[Scalar, ...] | None) -> bool:
    """1 and true are two things in JSON, and equal in Python."""
    if values is None:
        return value is not None
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in values)
