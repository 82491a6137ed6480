"""What the store must know of a connection's settings to plan and to fence; plain values, handed in by the steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """A connection as far as planning and the fence need it."""

    name: str
    zone: str
    sender: str
    """Name of the sender; numbers and consents are kept by it."""
    from_number: str = ""
    contact_source: str = "call"
    """`record`, `call` or `directory`."""
    location_zones: Mapping[str, str] = field(default_factory=dict)
    trial_numbers: frozenset[str] = frozenset()
    record_max_age: timedelta = timedelta(hours=24)
    lists_windows: bool = False
    """Absence from a list, not a 404, is how this vendor says gone."""
    needs_opt_in: bool = False
    """`consent_policy = "opt_in"`: only numbers whose newest entry in the ledger is an opt-in are texted."""
