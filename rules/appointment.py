"""An appointment in our words: what every vendor's record is mapped to."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rules.statuses import Standing, Status


class MeetingType(StrEnum):
    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Ref:
    """One thing to look at: an appointment, a customer's appointments, or a window of time."""

    kind: str
    """`appointment`, `customer` or `window`."""
    key: str
    """The vendor's id, or `START/END` as ISO 8601 instants for a window."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who is texted. Everything may be missing; a number is E.164 or None, a zone is an IANA name or None."""

    person_id: str
    first_name: str = ""
    last_name: str = ""
    phone: str | None = None
    zone: str | None = None
    language: str | None = None
    phone_problem: str | None = None
    """Why there is no number although the vendor gave one: `no_valid_phone`."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """One seat. `key` is the vendor's person id, else a role such as `client`."""

    key: str
    person_id: str | None
    contact: Contact | None = None
    """Present when the record itself says who this is (CareCycle); otherwise fetched or from the directory."""


@dataclass(frozen=True, slots=True)
class Place:
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One booked meeting, normalised. Instants are aware; nothing here is believed without a fetched record."""

    external_id: str
    starts_at: datetime | None
    ends_at: datetime | None
    standing: Standing
    vendor_word: str = ""
    """The vendor's own status word, shown to people."""
    zone: str | None = None
    """Event zone, if the record states one."""
    meeting_type: MeetingType | None = None
    attendees: tuple[Attendee, ...] = ()
    location_id: str | None = None
    place: Place | None = None
    practitioner_id: str | None = None
    service_id: str | None = None
    """Service at Caspen, subject at Pexip."""
    campaign_id: str | None = None
    appointment_type: str | None = None
    attended: bool | None = None
    version: datetime | None = None
    """The vendor's own update time; None where it has none."""
    booked_at: datetime | None = None
    cancelled_at: datetime | None = None
    title: str = ""
    links: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    """What the record says and nobody could use, as `field: why`, for people: a time without an offset, a zone that
    does not exist. Never the value itself."""

    @property
    def status(self) -> Status:
        return self.standing.status
