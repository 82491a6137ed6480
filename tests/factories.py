"""What most tests begin with, in one line each. `NOON` is fixed; the database's clock is not (see `tests.store`)."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rules.appointment import Appointment, Attendee, Contact
from rules.fence import Scene
from rules.promises import Key, Promise, PromiseState
from rules.statuses import Presence, Standing, Status
from rules.wishes import Seat, Subject
from rules.workflow import Anchor, Config, QuietHours, Workflow

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)  # a Tuesday, far from any change of clocks
LONDON = ZoneInfo("Europe/London")
NEVER_QUIET = QuietHours(time(0), time(0))
SCHEDULED = Standing(Status.SCHEDULED)
CONFIG_ID = "00000000-0000-4000-8000-000000000001"
DAY = 24 * 60

ADA = Contact("ada", "Ada", "Byron", "+447700900001", zone="Europe/London")
BOB = Contact("bob", "Bob", "Moog", "+447700900002", zone="Europe/London")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def workflow(**changes: Any) -> Workflow:
    """A reminder a day before, by day and night."""
    given: dict[str, Any] = {
        "id": "reminder",
        "name": "",
        "enabled": True,
        "anchor": Anchor.EVENT_STARTS,
        "offset_minutes": -DAY,
        "statuses": frozenset({Status.SCHEDULED}),
        "template": "See you at {{ appointment.time }}",
        "quiet_hours": NEVER_QUIET,
    }
    return Workflow(**given | changes)


def config(*workflows: Workflow, **changes: Any) -> Config:
    given: dict[str, Any] = {"id": CONFIG_ID, "revision": 1, "name": "", "appointment_length_minutes": None}
    return Config(**given | changes, workflows=workflows or (workflow(),))


def subject(**changes: Any) -> Subject:
    """An appointment in three days, known for a week, of one person; nothing was owed before that week."""
    given: dict[str, Any] = {
        "starts_at": NOON + days(3),
        "ends_at": NOON + days(3) + minutes(30),
        "standing": SCHEDULED,
        "presence": Presence.PRESENT,
        "zone": LONDON,
        "seats": (Seat("ada", LONDON),),
        "known_from": NOON - days(7),
        "owed_from": NOON - days(7),
    }
    return Subject(**given | changes)


def promise(**changes: Any) -> Promise:
    """The planned reminder of `subject()`."""
    start = NOON + days(3)
    given: dict[str, Any] = {
        "id": 1,
        "config_id": CONFIG_ID,
        "config_revision": 1,
        "key": Key("reminder", start, "ada", 0),
        "anchor": Anchor.EVENT_STARTS,
        "state": PromiseState.PLANNED,
        "due_at": start - days(1),
        "not_after": start - days(1) + hours(4),
    }
    return Promise(**given | changes)


def told(one: Promise, at: datetime, start: datetime | None = None, state: str = "accepted") -> Promise:
    """The same promise after its text has left."""
    return replace(one, state=PromiseState(state), told_at=at, told_start=start or one.key.anchor_at)


def scene(**changes: Any) -> Scene:
    """A promise that is due this minute, at a live connection, with nothing against it."""
    given: dict[str, Any] = {
        "now": NOON,
        "state": PromiseState.PLANNED,
        "due_at": NOON - minutes(1),
        "not_after": NOON + hours(4),
        "hold_reason": "",
        "anchor": Anchor.EVENT_STARTS,
        "anchor_at": NOON + days(1),
        "anchor_now": NOON + days(1),
        "standing": SCHEDULED,
        "presence": Presence.PRESENT,
        "fetched_at": NOON - minutes(10),
        "workflow": workflow(),
        "phone": ADA.phone,
        "locked_phone": ADA.phone,
        "seat_problem": None,
        "opted_out": False,
        "bad_number": False,
        "person_zone": LONDON,
        "mode": "live",
        "sends_paused": False,
        "trial_numbers": frozenset(),
        "record_max_age": hours(24),
    }
    return Scene(**given | changes)


def appointment(external_id: str = "app_1", *, people: tuple[Contact, ...] = (ADA,), **changes: Any) -> Appointment:
    """A fetched record in our words, with its people in it."""
    given: dict[str, Any] = {
        "external_id": external_id,
        "starts_at": NOON + days(3),
        "ends_at": NOON + days(3) + minutes(30),
        "standing": SCHEDULED,
        "attendees": tuple(Attendee(each.person_id, each.person_id, each) for each in people),
    }
    return Appointment(**given | changes)


REMINDER = str(UUID(int=0x11))
FOLLOW_UP = str(UUID(int=0x12))


def workflow_body(identity: str = REMINDER, **changes: Any) -> dict[str, Any]:
    """A workflow as it is stored, in CareCycle's documented shape, by day and night."""
    given: dict[str, Any] = {
        "id": identity,
        "enabled": True,
        "trigger": {"anchor": "event_starts", "offsetMinutes": -DAY},
        "condition": {"kind": "appointment_status", "statuses": ["scheduled"]},
        "action": {"type": "sms", "template": "{{ clientCustomer.firstName }}, see you at {{ appointment.time }}"},
        "quietHours": {"start": "00:00", "end": "00:00"},
    }
    return given | changes


def config_body(*workflows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"name": "Reminders", "workflows": list(workflows or (workflow_body(),)), **changes}
