"""An appointment's row read as rules see it."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from rules.appointment import MeetingType
from rules.statuses import OurWord, Presence, Standing, Status, effective
from rules.timing import zone_or_none


def vendor_standing(row: Row[Any]) -> Standing:
    return Standing(Status(row.vendor_status), row.vendor_confirmed)


def our_word(row: Row[Any]) -> OurWord | None:
    if row.our_status is None:
        return None
    return OurWord(
        standing=Standing(Status(row.our_status), bool(row.our_confirmed)),
        for_start=row.our_for_start,
        vendor_then=Standing(Status(row.our_vendor_status), bool(row.our_vendor_confirmed)),
    )


def standing(row: Row[Any]) -> Standing:
    """Whose word counts now, the vendor's or ours."""
    return effective(vendor_standing(row), our_word(row), row.starts_at)


def presence(row: Row[Any]) -> Presence:
    return Presence(row.presence)


def event_zone(row: Row[Any]) -> ZoneInfo | None:
    return zone_or_none(row.zone)


def meeting_type(row: Row[Any]) -> MeetingType | None:
    return MeetingType(row.meeting_type) if row.meeting_type else None


def record(row: Row[Any]) -> dict[str, Any]:
    """The vendor's record, raw. Empty where retention has emptied it."""
    found = json.loads(row.raw) if row.raw else {}
    return found if isinstance(found, dict) else {}
