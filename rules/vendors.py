"""What a vendor's folder must offer. Contracts only; the code is in `vendors/<name>/`.

`webhook.py`  parse(headers, body) -> list[Notice]: no I/O; the signature was verified before
`mapping.py`  to_appointment(raw, facts) -> Appointment: pure
              way_to(change, raw, options) -> Way: pure; what this vendor can do, asked before trying
`api.py`      Api(connection, http) with the methods of `VendorApi`: the only file that calls the vendor
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from rules.appointment import Appointment, Contact, Ref


@dataclass(frozen=True, slots=True)
class Notice:
    """What one webhook says: look at these. Nothing else in it is believed."""

    kind: str
    """The vendor's event type, for people."""
    refs: tuple[Ref, ...] = ()
    key: str | None = None
    """The vendor's own id of this event; None where it gives none (a digest is used then)."""
    version: datetime | None = None
    """The update time that the event names; the fetched record must be at least that new."""
    starts_at: datetime | None = None
    """A hint where to look (CareCycle lists windows only)."""
    recognised: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """One appointment to fetch."""

    external_id: str
    starts_at: datetime | None = None
    """Where it is believed to be; a vendor that only lists windows looks there first."""


@dataclass(frozen=True, slots=True)
class Record:
    """The vendor's full answer about one appointment, raw."""

    external_id: str
    raw: dict[str, Any]
    trace: str = field(default="", compare=False)
    """Our name for the call that brought it, for the timeline: the vendor can find it by that (Pexip's
    `X-Correlation-Id`). Empty where a vendor documents no such header."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` inclusive to `end` exclusive, both instants in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to `fetch`."""

    records: tuple[Record, ...] = ()
    """May hold more than was wanted; all of it is applied."""
    absent: frozenset[str] = frozenset()
    """Wanted ids that the vendor answered 404 for, or that a whole and plausible window lacks."""
    windows: tuple[Window, ...] = ()
    """What was listed as a whole."""
    trace: str = field(default="", compare=False)
    """As `Record.trace`, of the last call: the one to ask about when something is absent."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a reconciliation. `cursor` None means the end."""

    records: tuple[Record, ...]
    cursor: str | None


class Change(StrEnum):
    """What a write-back can want."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    COMPLETE = "complete"
    NO_SHOW = "no_show"


class Way(StrEnum):
    """How a change reaches the vendor, if at all."""

    API = "api"
    CALLBACK = "callback"
    """The vendor documents no way: the connection's signed status callback tells."""
    STAFF = "staff"
    """A person must decide (a request that only staff may accept)."""
    DONE = "done"
    """The record says so already."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The documented limits of one credential."""

    calls: int
    per: timedelta
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a vendor can do. Ask, do not try."""

    batch: int
    """Most ids that one request answers for (1: one id; CareCycle answers windows and says 1,000)."""
    lists_windows: bool
    """`reconcile` honours the window; False where the vendor documents no date filter (Caspen)."""
    contacts: str
    """`record` (in the record), `call` (a second call), `directory` (imported)."""
    budget: Budget
    has_webhooks: bool
    """Documented webhooks about appointments."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One customer's credentials and settings at a vendor, as adapters see it. Secrets are resolved values."""

    name: str
    vendor: str
    zone: str
    base_url: str
    credentials: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    """The vendor's own settings, checked by its schema (e.g. Pexip `accept_invites`, OfficePlace `mailboxes`)."""
    country: str = ""
    """ISO 3166 alpha-2, to read national phone numbers; empty: only international ones are read."""


@dataclass(frozen=True, slots=True)
class MappingFacts:
    """What the mapping may need beside the record."""

    zone: str
    now: datetime
    country: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


class VendorApi(Protocol):
    """One connection's calls. Each call has a total deadline and raises the fates of `rules.errors`.

    `budget` is asked for leave before every single HTTP request (`before_call`), so that no call is uncounted.
    """

    def fetch(self, wanted: Sequence[Wanted], *, now: datetime) -> Fetched: ...

    def customer(self, person_id: str, *, now: datetime) -> Fetched:
        """All appointments of one customer that can be found (CareCycle events name only the customer)."""
        ...

    def page(self, window: Window, cursor: str | None) -> Page:
        """One page of what there is in a window, for reconciliation. Follow `cursor` until it is None."""
        ...

    def contact(self, person_id: str) -> Contact | None:
        """The person's number, zone and language by a second call; None where the vendor has no such call."""
        ...

    def write(self, external_id: str, change: Change, raw: dict[str, Any]) -> Record | None:
        """Carry out a change that `way_to` said goes by API; the answer as a record, None where there is none.

        Raises `Unsupported`, `AlreadyDone`, `AnswerLost` (read back before repeating) and the other fates.
        """
        ...

    def check(self) -> str:
        """One cheap call that proves the credentials, for `doctor`. Returns a line for people."""
        ...


class Parse(Protocol):
    def __call__(self, headers: Mapping[str, str], body: bytes) -> list[Notice]: ...


class ToAppointment(Protocol):
    def __call__(self, raw: Mapping[str, Any], facts: MappingFacts) -> Appointment: ...


class WayTo(Protocol):
    def __call__(self, change: Change, raw: Mapping[str, Any], options: Mapping[str, Any]) -> Way: ...
