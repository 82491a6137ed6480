"""Facts to show what a template will look like and cost, before it is used on anybody."""

from datetime import UTC, datetime, timedelta

from texts.facts import Facts


def example(language: str = "en") -> Facts:
    """An ordinary appointment."""
    starts = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
    return Facts(
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
        zone="UTC",
        first_name="Anna",
        last_name="Berg",
        appointment_type="Check-up",
        mode="in_person",
        place_name="North Clinic",
        place_address="12 High Street",
        place_phone="+1 202 555 0143",
        practitioner_name="Dr. Lee",
        practice_name="North Clinic",
        language=language,
    )


def longest(language: str = "en") -> Facts:
    """Long values with letters outside GSM-7, in the month and on the weekday with the longest names: the dear case.

    Names are as long as the longest 1 % that registries see, not as long as they may be.
    """
    starts = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)  # Wednesday, September 30
    return Facts(
        starts_at=starts,
        ends_at=starts + timedelta(minutes=90),
        zone="America/Argentina/Buenos_Aires",
        zone_is_guess=True,
        first_name="Maximiliana Aleksándra",
        last_name="Featherstonehaugh-Wojciechowská",
        appointment_type="Follow-up consultation and examination",
        mode="agent_phone_call",
        place_name="Northern Regional Medical Centre, Building C",
        place_address="12345 Martin Luther King Junior Boulevard, Suite 1200",
        place_phone="+1 202 555 0143 ext. 12345",
        practitioner_name="Prof. Dr. Maximiliana Featherstonehaugh",
        practice_name="Northern Regional Medical Centre Associates",
        language=language,
        now=starts,
    )
