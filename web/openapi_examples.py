"""Requests that show what a config may say: the document's own shape, then every addition once. Tests send them all."""

from typing import Any

ID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
TEMPLATE = (
    "Hi {{clientCustomer.firstName}}, {{practice.name}} expects you on {{appointment.date}} at {{appointment.time}}. "
    "Reply C to confirm."
)


def workflow(**parts: Any) -> dict[str, Any]:
    """A reminder a day before, with these parts instead of its own."""
    return {
        "id": ID,
        "name": "A day before",
        "enabled": True,
        "trigger": {"anchor": "event_starts", "offsetMinutes": -1440},
        "condition": {"kind": "appointment_status", "statuses": ["scheduled"]},
        "action": {"type": "sms", "senderId": "texts", "template": TEMPLATE},
    } | parts


def _one(summary: str, **parts: Any) -> dict[str, Any]:
    return {"summary": summary, "value": {"name": "Reminders", "workflows": [workflow(**parts)]}}


SCHEDULED = {"kind": "appointment_status", "statuses": ["scheduled"]}

EXAMPLES: dict[str, dict[str, Any]] = {
    "empty": {"summary": "Documented: nothing at all", "value": {}},
    "documented": _one("Documented: a text a day before the start"),
    "booked": _one(
        "Addition: a text when it is booked (also `rescheduled` and `cancelled`)",
        trigger={"anchor": "booked", "offsetMinutes": 0},
        action={"type": "sms", "template": "{{practice.name}} has booked you for {{appointment.date}}."},
    ),
    "conditions": _one(
        "Addition: conditions beside the status, combined by all, any and not",
        condition={
            "kind": "all",
            "conditions": [
                SCHEDULED,
                {"kind": "meeting_type", "types": ["in_person"]},
                {"kind": "not", "condition": {"kind": "confirmed"}},
                {
                    "kind": "any",
                    "conditions": [
                        {"kind": "record_field", "path": "subject.name", "values": ["Check-up", "Follow-up"]},
                        {"kind": "attended"},
                    ],
                },
            ],
        },
    ),
    "webhook": _one(
        "Addition: tell the connection's status callback instead of a person",
        trigger={"anchor": "event_ends", "offsetMinutes": 60},
        action={"type": "webhook", "event": "visit_over"},
    ),
    "webhookUrl": _one(
        "Addition: tell a system of your own choice, signed",
        trigger={"anchor": "booked", "offsetMinutes": 0},
        action={"type": "webhook", "event": "booked", "url": "https://crm.example.com/hooks/booked?desk=4"},
    ),
    "set_status": _one(
        "Addition: set a status at the vendor",
        trigger={"anchor": "event_ends", "offsetMinutes": 120},
        action={"type": "set_status", "status": "completed"},
    ),
    "quietHours": _one(
        "Addition: hours, days and dates without texts",
        quietHours={
            "start": "20:00",
            "end": "09:00",
            "days": ["sunday"],
            "closedDates": ["2026-12-24"],
            "closedCalendar": (
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY\nSUMMARY:Christmas Day\n"
                "END:VEVENT\nEND:VCALENDAR"
            ),
        },
    ),
    "shortNotice": _one("Addition: send at once when it is booked inside the offset", shortNotice="send"),
    "graceMinutes": _one("Addition: how late it may still be sent", graceMinutes=30),
    "templates": _one(
        "Addition: a template per language, and a limit of segments",
        action={
            "type": "sms",
            "template": TEMPLATE,
            "templates": {"es": "Hola {{clientCustomer.firstName}}, le esperamos el {{appointment.date}}."},
            "maxSegments": 4,
        },
    ),
    "caps": _one("Addition: at most so many texts per recipient", caps={"perDay": 2, "perWeek": 5}),
    "mergeMinutes": _one("Addition: texts due within these minutes go out as one", mergeMinutes=15),
}
