"""Instants as the documents write them. Everything is aware; a text without an offset is refused."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

MILLISECOND = timedelta(milliseconds=1)


def now() -> datetime:
    return datetime.now(UTC)


def parse(text: object) -> datetime:
    """An ISO 8601 instant with an offset. Raises ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError("an instant is written as an ISO 8601 string")  # noqa: TRY004 - callers know one error
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return instant.astimezone(UTC)


def seconds_z(instant: datetime) -> str:
    """`2024-01-01T10:00:00Z`, the form of documents 000, 001 and 004."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def millis_z(instant: datetime) -> str:
    """`2022-08-17T09:00:00.000Z`, the form of document 002."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc2822(instant: datetime) -> str:
    """`Thu, 24 Aug 2023 05:01:45 +0000`, the form of Twilio's message resource."""
    return format_datetime(instant.astimezone(UTC))
