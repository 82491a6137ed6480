"""CareCycle's record in our words. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rules.appointment import Appointment, Attendee, Contact, MeetingType
from rules.statuses import Standing, Status
from rules.vendors import Change, MappingFacts, Way
from schemas.carecycle import APPOINTMENT
from schemas.fields import e164, read, unusable
from vendors.carecycle.settings import option

NO_VALID_PHONE = "no_valid_phone"

# The words of `appointmentMode` in document 003; that `appointmentType` uses the same is (inference). Every other word,
# and none, is a phone call: that is what CareCycle books.
MEETING_TYPES = {
    "phone_call": MeetingType.PHONE,
    "agent_phone_call": MeetingType.PHONE,
    "in_person": MeetingType.IN_PERSON,
    "video_call": MeetingType.VIDEO,
}


def to_appointment(raw: Mapping[str, Any], facts: MappingFacts) -> Appointment:
    """The record says who and when, and no more: no end, no status, no update time."""
    said = read(APPOINTMENT, raw)
    kind = said.get("appointmentType") or ""
    return Appointment(
        external_id=said.get("id") or "",
        starts_at=said.get("appointmentDateTime"),
        ends_at=None,
        standing=standing(said, facts),
        vendor_word=_word(said.get("appointmentAttended")),
        zone=said.get("timezone"),
        meeting_type=MEETING_TYPES.get(kind, MeetingType.PHONE),
        attendees=(_attendee(said, facts),),
        campaign_id=said.get("campaignId") or None,
        appointment_type=kind or None,
        attended=said.get("appointmentAttended"),
        problems=unusable(
            raw,
            instants={"appointmentDateTime": said.get("appointmentDateTime")},
            zones={"timezone": said.get("timezone")},
        ),
    )


def standing(said: Mapping[str, Any], facts: MappingFacts) -> Standing:
    """Cancelled never shows on a record: a cancelled appointment is no longer listed (inference).

    `appointmentAttended` is a plain boolean, so false before the start cannot mean a no-show.
    """
    attended, starts_at = said.get("appointmentAttended"), said.get("appointmentDateTime")
    if attended is True:
        return Standing(Status.COMPLETED)
    grace = timedelta(minutes=option(facts.options, "no_show_after_minutes"))
    if attended is False and isinstance(starts_at, datetime) and facts.now - starts_at > grace:
        return Standing(Status.NO_SHOW)
    return Standing(Status.SCHEDULED)


def way_to(change: Change, raw: Mapping[str, Any], options: Mapping[str, Any]) -> Way:  # noqa: ARG001 - the same for all
    """No write of an appointment is documented: the connection's status callback tells."""
    return Way.CALLBACK


def _attendee(said: Mapping[str, Any], facts: MappingFacts) -> Attendee:
    """The record itself says who it is. One without a customer's id is a person of this appointment alone."""
    customer_id = said.get("customerId") or None
    person_id = customer_id or f"appointment:{said.get('id') or ''}"
    contact = Contact(
        person_id=person_id,
        first_name=said.get("firstName") or "",
        last_name=said.get("lastName") or "",
        zone=said.get("timezone"),
        **phone(said.get("callerId"), facts.country or option(facts.options, "country")),
    )
    return Attendee(key=customer_id or "customer", person_id=person_id, contact=contact)


def phone(raw: str | None, country: str) -> dict[str, str | None]:
    """`phone` and `phone_problem` of a contact; `callerId` is the customer's number (inference, strong)."""
    number = e164(raw, country)
    return {"phone": number, "phone_problem": NO_VALID_PHONE if raw and number is None else None}


def _word(attended: bool | None) -> str:
    return "" if attended is None else ("attended" if attended else "not attended")
