"""OfficePlace's appointment: Outlook-like, and an assumption from end to end (no page shows an answer)."""

from sandbox import times
from sandbox.booking import Booking
from sandbox.refusal import Record, no

EMPTY_BODY = {"content": "", "contentType": "Text"}


def new_record(record_id: str, booking: Booking, person: Record, mailbox: str) -> Record:
    span = booking.span
    if span.starts_at is None or span.ends_at is None:
        raise no("an OfficePlace appointment has a start and an end")
    title = booking.extras.get("title", f"Appointment with {person['name']}")
    return {
        "appointmentId": record_id,
        "adId": mailbox,
        "subject": title,
        "title": title,
        "body": {"content": booking.extras.get("description", ""), "contentType": "Text"},
        "startTime": times.seconds_z(span.starts_at),
        "endTime": times.seconds_z(span.ends_at),
        "timeZone": "UTC",
        "showAsStatus": "busy",
        "organizer": {"name": mailbox, "email": f"{mailbox}@example.org"},
        "attendees": [{"name": person["name"], "email": person["email"]}],
        "contactId": person["contactId"],
    }


def record_from_api(record_id: str, sent: Record, mailbox: str) -> Record:
    """A created appointment, from the guide's or the reference's field names. Raises ValueError."""
    mailbox = sent.get("adId") or mailbox
    empty: Record = {
        "appointmentId": record_id,
        "adId": mailbox,
        "subject": "",
        "title": "",
        "body": EMPTY_BODY,
        "startTime": None,
        "endTime": None,
        "timeZone": "UTC",
        "showAsStatus": "busy",
        "organizer": {"name": mailbox, "email": f"{mailbox}@example.org"},
        "attendees": [],
        "contactId": None,
    }
    if not (sent.get("title") or sent.get("subject")):
        raise ValueError("title is required")
    if missing := [name for name in ("startTime", "endTime") if not sent.get(name)]:
        raise ValueError(f"{', '.join(missing)}: required")
    return updated_record(empty, sent)


def updated_record(record: Record, sent: Record) -> Record:
    """With the fields that were sent and are known; others are ignored. Raises ValueError."""
    changes: Record = {}
    title = sent.get("title") or sent.get("subject")
    if title:
        changes |= {"subject": str(title), "title": str(title)}
    if "description" in sent:
        changes["body"] = {"content": str(sent["description"]), "contentType": "Text"}
    for name in ("body", "timeZone", "showAsStatus", "attendees"):
        if name in sent:
            changes[name] = sent[name]
    for name in ("startTime", "endTime"):
        if name in sent:
            try:
                changes[name] = times.seconds_z(times.parse(sent[name]))
            except ValueError:
                raise ValueError(f"{name} must be ISO 8601") from None
    after = {**record, **changes}
    if times.parse(after["endTime"]) <= times.parse(after["startTime"]):
        raise ValueError("endTime must be after startTime")
    return after
