"""The text of a promise, from the fence's values and the connection's own names of places.

One place for what is sent and for what is shown beforehand, so that they cannot differ.
"""

from collections.abc import Mapping
from typing import Any

from rules.appointment import MeetingType
from runtime.settings import ConnectionSettings
from store.material import Material, NoName
from texts import Facts, TemplateProblem, needs, render, values_for

MODES = {MeetingType.IN_PERSON: "in_person", MeetingType.PHONE: "phone_call", MeetingType.VIDEO: "video_call"}
"""CareCycle's words of `appointmentMode`."""


def text_of(settings: ConnectionSettings, material: Material) -> str:
    """The whole text.

    Raises:
        NoName: the template prints a name, or another word, that nobody knows.
        ValueError: there is no text to be made for another reason.
    """
    template = material.workflow.template_for(material.language or settings.language)
    facts = facts_of(settings, material)
    values = values_for(facts, template)
    unknown = sorted(name for name in needs(template) if not _value(values, name))
    if unknown:
        raise NoName(f"it needs {', '.join(unknown)}, which is not known")
    try:
        return render(template, values, language=facts.language)
    except TemplateProblem:
        # From None: the problem may quote the text.
        raise ValueError("the template could not be rendered") from None


def facts_of(settings: ConnectionSettings, material: Material) -> Facts:
    """Names from the record, the settings' locations, or the directory; never an id."""
    if material.starts_at is None:
        raise ValueError("the appointment has no start to write about")
    location = settings.locations.get(material.location_id or "")
    return Facts(
        first_name=material.first_name,
        last_name=material.last_name,
        starts_at=material.starts_at,
        ends_at=material.ends_at,
        zone=material.zone,
        zone_is_guess=material.zone_is_guess,
        place_name=(location.name if location else "") or material.place_name or material.location_name,
        place_address=(location.address if location else "") or material.place_address,
        place_phone=location.phone if location else "",
        practitioner_name=material.practitioner_name,
        practice_name=settings.practice,
        appointment_type=material.service_name or material.appointment_type or "",
        mode=MODES.get(material.meeting_type, "") if material.meeting_type else "",
        language=material.language or settings.language,
    )


def _value(values: Mapping[str, Any], name: str) -> Any:
    """The value of a dotted name."""
    first, _, second = name.partition(".")
    found = values.get(first)
    return found.get(second) if second and isinstance(found, Mapping) else found
