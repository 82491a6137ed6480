"""The text of a promise, from the fence's values and the connection's own names of places.

One place for what is sent and for what is shown beforehand, so that they cannot differ.
"""

from runtime.settings import ConnectionSettings
from store.fence import Material
from texts import Facts, TemplateProblem, text_for


def text_of(settings: ConnectionSettings, material: Material) -> str:
    """Raises `ValueError` when there is no text to be made: then none is sent, and the promise says so."""
    if material.starts_at is None:
        raise ValueError("the appointment has no start to write about")
    language = material.language or settings.language
    location = settings.locations.get(material.location_id or "")
    facts = Facts(
        first_name=material.first_name,
        last_name=material.last_name,
        starts_at=material.starts_at,
        ends_at=material.ends_at,
        zone=material.zone,
        zone_is_guess=material.zone_is_guess,
        place_name=(location.name if location else "") or material.place_name,
        place_address=(location.address if location else "") or material.place_address,
        place_phone=location.phone if location else "",
        practitioner_name="",
        practice_name=settings.practice,
        appointment_type=material.appointment_type or "",
        language=language,
    )
    try:
        return text_for(material.workflow.template_for(language), facts)
    except TemplateProblem:
        # From None: the problem may quote the text.
        raise ValueError("the template could not be rendered") from None
