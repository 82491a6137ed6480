"""`applyToBooked`: what an edited config changes for appointments that are booked already, shown or carried out.

They are pinned to the revision that they were first planned with; only this moves the pin (edge case 37).
"""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request

from rules.rehearsal import Change
from runtime import rehearsal
from schemas.appointment_rules import to_rules
from schemas.complaints import complaint
from store.config_views import View
from store.rehearsal import Edited
from web import api
from web.parts import Parts

WORDS = ("preview", "true")
MOST_LOOKED_AT = 2_000
"""A page must not wait for a hundred thousand: `punctual rehearse` looks at them all."""
MOST_SHOWN = 200


def asked() -> str:
    """`preview`, `true`, or empty where nothing is said of booked appointments."""
    word = request.args.get("applyToBooked", "")
    if "applyToBooked" in request.args and word not in WORDS:
        expected = " | ".join(f"'{each}'" for each in WORDS)
        wrong = complaint(
            ("applyToBooked",),
            f"Must be one of: {', '.join(WORDS)}.",
            expected=expected,
            received="string",
            code="invalid_enum_value",
        )
        raise api.invalid([wrong], failedRecords=[])
    return word


def preview(parts: Parts, view: View, body: dict[str, Any]) -> dict[str, Any]:
    """Every promise that would be new, moved, gone or doubled. Nothing is stored."""
    config = to_rules({**body, "id": str(view.id)}, view.revision + 1)
    names = sorted({each.connection for each in view.assigned} & set(parts.settings.connections))
    found = rehearsal.rehearse(
        parts.settings,
        parts.database,
        names,
        Edited(view.id, config),
        most=MOST_LOOKED_AT,
        most_lines=MOST_SHOWN,
    )
    return {"applied": False, "appointmentsMoved": 0, **found.as_json()}


def as_it_would_be(view: View, body: dict[str, Any]) -> View:
    """For the answer to a preview: the edited body, and who and when as they are stored."""
    return replace(view, body=json.dumps(body).encode())


def move(parts: Parts, config_id: UUID, revision: int) -> dict[str, Any]:
    """Pin what is booked to this revision, in pages. Workers plan it anew; until then each text is the old one's."""
    moved = rehearsal.move_booked(parts.database, config_id, revision)
    nothing = {"counts": dict.fromkeys(Change, 0), "lookedAt": 0, "complete": True, "promises": []}
    return {"applied": True, "appointmentsMoved": moved, **nothing}
