"""The closed list of what a text may name. CareCycle documents `clientCustomer.firstName`; the other names are ours."""

from collections.abc import Collection
from typing import Any

VARIABLES: frozenset[str] = frozenset({
    "clientCustomer.firstName", "clientCustomer.lastName",
    "appointment.date", "appointment.time", "appointment.weekday", "appointment.zone", "appointment.endTime",
    "appointment.type", "appointment.mode",
    "place.name", "place.address", "place.phone",
    "practitioner.name", "practice.name", "language",
})  # fmt: skip
"""`language` is the two letters of the text's language, for `{% if language == "es" %}`."""


def tree(value: str, names: Collection[str] = VARIABLES) -> dict[str, Any]:
    """Every variable with the same value, as nested as templates see them."""
    root: dict[str, Any] = {}
    for name in names:
        first, _, second = name.partition(".")
        if second:
            root.setdefault(first, {})[second] = value
        else:
            root[first] = value
    return root
