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
    failover_sender: str = ""
    """Tried where the first has provably not taken a text; empty: nobody."""
    failover_number: str = ""
    contact_source: str = "call"
    """`record`, `call` or `directory`."""
    location_zones: Mapping[str, str] = field(default_factory=dict)
    trial_numbers: frozenset[str] = frozenset()
    record_max_age: timedelta = timedelta(hours=24)
    lists_windows: bool = False
    """Absence from a list, not a 404, is how this vendor says gone."""
    needs_opt_in: bool = False
    """`consent_policy = "opt_in"`: only numbers whose newest entry in the ledger is an opt-in are texted."""
    has_callback: bool = False
    """Its own system can be told: a status callback is configured."""
    signs_webhooks: bool = False
    """A workflow's own address can be told: there is a secret to sign with."""
    verify_wait: timedelta = timedelta(0)
    """How long the fence waits for a record that is being asked for anew."""

    merges_shared_numbers: bool = False
    """`shared_number = "merge"`: people who share a number may get one text, each part with its own name."""

    @property
    def senders(self) -> tuple[str, ...]:
        """All of them, in the order of locks. An opt-out or a bad number at one counts at each."""
        return tuple(sorted({self.sender, self.failover_sender or self.sender}))

    def line(self, next_sender: str | None) -> tuple[str, str]:
        """Sender and number of the next try."""
        if next_sender and next_sender == self.failover_sender:
            return self.failover_sender, self.failover_number
        return self.sender, self.from_number

    def other_than(self, sender: str) -> str:
        """Who may try what this one has provably not taken; empty where nobody may."""
        if not self.failover_sender:
            return ""
        return self.failover_sender if sender == self.sender else self.sender
