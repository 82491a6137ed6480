"""What the control API takes to book or move an appointment, the same for every vendor."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox import times
from sandbox.refusal import Record, no

MINUTES = 30  # when a booking says neither an end nor a length
COMMON = {
    "starts_at", "ends_at", "minutes", "first_name", "last_name", "phone", "email", "zone", "language",
    "person_id", "announce", "events", "delay_seconds", "signature",
}  # fmt: skip


def instant(text: object, key: str) -> datetime:
    try:
        return times.parse(text)
    except ValueError as error:
        raise no(f"{key}: {error}") from None


@dataclass(frozen=True)
class Span:
    """From when to when; None only where a vendor knows appointments without a time."""

    starts_at: datetime | None
    ends_at: datetime | None

    @classmethod
    def read(cls, sent: Record, length: timedelta = timedelta(minutes=MINUTES)) -> "Span":
        if "starts_at" not in sent:
            raise no("starts_at is needed, as ISO 8601 with an offset")
        if sent["starts_at"] is None:
            return cls(None, None)
        starts_at = instant(sent["starts_at"], "starts_at")
        if sent.get("ends_at") is not None:
            return cls(starts_at, instant(sent["ends_at"], "ends_at"))
        if sent.get("minutes") is not None:
            length = timedelta(minutes=float(sent["minutes"]))
        return cls(starts_at, starts_at + length)


@dataclass(frozen=True)
class Person:
    first_name: str = "Ada"
    last_name: str = "Byron"
    phone: str | None = None
    email: str | None = None
    zone: str = "UTC"
    language: str | None = "en"

    @classmethod
    def read(cls, sent: Record) -> "Person":
        person = cls(**{key: sent[key] for key in cls.__dataclass_fields__ if key in sent})
        try:
            ZoneInfo(person.zone)
        except (ZoneInfoNotFoundError, ValueError, TypeError):
            raise no(f"zone: {person.zone!r} is not an IANA zone") from None
        return person

    @property
    def address(self) -> str:
        """The e-mail address; one is made up for whoever has none."""
        made_up = f"{self.first_name}.{self.last_name}@example.org".lower().replace(" ", "-")
        return self.email or made_up


@dataclass(frozen=True)
class Booking:
    """`extras` are the vendor's own words; `person_id` books for somebody the vendor knows already."""

    span: Span
    person: Person
    person_id: str | None = None
    extras: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, sent: Record, extras: Collection[str]) -> "Booking":
        if unknown := set(sent) - COMMON - set(extras):
            raise no(f"unknown keys {sorted(unknown)}; known are {sorted(COMMON | set(extras))}")
        return cls(
            span=Span.read(sent),
            person=Person.read(sent),
            person_id=sent.get("person_id"),
            extras={key: sent[key] for key in extras if key in sent},
        )


@dataclass(frozen=True)
class Row:
    """One appointment as the page and the control API list it."""

    id: str
    starts_at: datetime | None
    ends_at: datetime | None
    who: str
    phone: str | None
    status: str
    person_id: str | None
