"""OfficePlace's record in our words. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import jmespath
from jmespath.exceptions import JMESPathError

from rules.appointment import Appointment, Attendee
from rules.statuses import Standing, Status
from rules.vendors import Change, MappingFacts, Way
from schemas.contacts import person_key
from schemas.fields import clean_text, instant, read, unusable, zone_name
from schemas.officeplace import APPOINTMENT
from vendors.officeplace.settings import option

MOST_SEATS = 50
"""A calendar invitation may go to a whole company; those are nobody's patients."""


def to_appointment(raw: Mapping[str, Any], facts: MappingFacts) -> Appointment:
    """What exists is scheduled: there is no status, and a deleted appointment has no record.

    `timeZone` is how the times are written ("UTC" in the reference), not where anybody sits: it is no event zone.
    """
    said = read(APPOINTMENT, raw)
    zone = zone_name(said.get("timeZone")) if option(facts.options, "naive_in_time_zone") else None
    times = {name: moment(said.get(name), zone) for name in ("startTime", "endTime")}
    return Appointment(
        external_id=said.get("appointmentId") or said.get("id") or "",
        starts_at=times["startTime"],
        ends_at=times["endTime"],
        standing=Standing(Status.SCHEDULED),
        vendor_word=said.get("showAsStatus") or "",
        attendees=tuple(Attendee(key=one, person_id=one) for one in people(raw, option(facts.options, "contact_path"))),
        title=said.get("title") or said.get("subject") or "",
        problems=unusable(raw, instants=times),
    )


def way_to(change: Change, raw: Mapping[str, Any], options: Mapping[str, Any]) -> Way:  # noqa: ARG001 - the same for all
    """No status can be written; deleting would take the appointment out of the practice's calendar."""
    return Way.CALLBACK


def moment(value: Any, zone: str | None) -> datetime | None:
    """An instant; one without an offset only where a zone is given to read it in (a gap moves forward)."""
    found = instant(value)
    if found is not None or zone is None or not isinstance(value, str):
        return found
    try:
        local = datetime.fromisoformat(value)
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if local.tzinfo is None else None
    except (ValueError, OverflowError):
        return None


def people(raw: Mapping[str, Any], path: str) -> list[str]:
    """Ids in the contact directory, each once, in the record's order. Whatever else the path leads to is nobody."""
    try:
        found = jmespath.search(path, raw)
    except (JMESPathError, RecursionError):
        return []
    several = found if isinstance(found, list) else [found]
    keys = [person_key(clean_text(one)) for one in several if isinstance(one, str)]
    return list(dict.fromkeys(key for key in keys if key))[:MOST_SEATS]
