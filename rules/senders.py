"""What a sender's folder must offer. Contracts only; the code is in `senders/<name>/`.

`api.py`      Api(settings, http): `send`, `look_up`, `check`
`webhook.py`  verify(...), receipts(...), inbound(...): no I/O
`mapping.py`  error codes to fates, receipt words to states, as tables
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class AttemptState(StrEnum):
    """Only ever moves forward (see `FORWARD`). Three outcomes of a call: accepted, refused, unknown."""

    SENDING = "sending"
    NOT_SENT = "not_sent"
    """Proven never to have left: connect error, pool timeout, our own `send_by`, or a mode that sends nothing."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


FORWARD: dict[AttemptState, frozenset[AttemptState]] = {
    AttemptState.SENDING: frozenset(set(AttemptState) - {AttemptState.SENDING}),
    # By a receipt, by a look-up, or by its owner, who comes back late and can still prove what became of it.
    AttemptState.UNKNOWN: frozenset(set(AttemptState) - {AttemptState.SENDING, AttemptState.UNKNOWN}),
    AttemptState.ACCEPTED: frozenset({AttemptState.DELIVERED, AttemptState.UNDELIVERED}),
    AttemptState.DELIVERED: frozenset(),
    AttemptState.UNDELIVERED: frozenset(),
    AttemptState.NOT_SENT: frozenset(),
    AttemptState.REFUSED: frozenset(),
}


def moves_forward(old: AttemptState, new: AttemptState) -> bool:
    """Whether a receipt may change the state. One that came late or twice changes nothing."""
    return new in FORWARD[old]


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS to hand over. `reference` is the attempt's id, ours; receipts come back with it."""

    to: str
    from_: str
    body: str
    reference: str
    receipt_url: str = ""
    """Where the sender should report; carries the reference. Empty: no receipts wanted."""


class Verdict(StrEnum):
    """What a refusal means for what comes next."""

    RETRY = "retry"
    """Later, inside the deadline (rate limit, sender's own trouble)."""
    FAILED = "failed"
    """This text will never be taken; the number may be fine."""
    BAD_NUMBER = "bad_number"
    """The number cannot be texted; mark it, tell staff."""
    OPTED_OUT = "opted_out"
    NEEDS_PERSON = "needs_person"
    """Credentials, sender number or registration: the sender pauses, staff are told."""


@dataclass(frozen=True, slots=True)
class Accepted:
    sender_id: str
    segments: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    code: str
    verdict: Verdict
    message: str = ""
    retry_after_seconds: float | None = None
    elsewhere: bool = False
    """Another sender may take what this one would not. A refusal proves that this one has not."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been accepted. Never sent again without proof."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Proven by its owner: nothing left this machine."""

    reason: str


Outcome = Accepted | Refused | Unknown | NotSent


@dataclass(frozen=True, slots=True)
class Receipt:
    """The sender's report on one attempt."""

    sender_id: str
    state: AttemptState
    reference: str = ""
    code: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text from a person."""

    sender_id: str
    from_: str
    to: str
    body: str


@dataclass(frozen=True, slots=True)
class Sought:
    """What a look-up goes by."""

    to: str
    from_: str
    body: str
    created_after: datetime
    owned: frozenset[str] = frozenset()
    """Sender ids that belong to other attempts of ours."""


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """One configured sender. Secrets are resolved values."""

    name: str
    kind: str
    numbers: tuple[str, ...]
    base_url: str
    credentials: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sandboxed(self) -> bool:
        return bool(self.options.get("sandbox"))


class SenderApi(Protocol):
    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:
        """Hand one text over. Never raises for what the network or the sender does: every end is an `Outcome`.

        `send_by` is on the boot-time clock (`time.clock_gettime(CLOCK_BOOTTIME)`, seconds), checked just before the
        write; later than that the answer is `NotSent`. `timeout_seconds` is total, for everything.
        """
        ...

    def look_up(self, sought: Sought) -> Receipt | None:
        """Find a text whose answer was lost. None proves nothing."""
        ...

    def check(self) -> str:
        """One cheap call that proves the credentials, for `doctor`. Returns a line for people; raises a fate."""
        ...
