"""What differs between vendors, as the conformance suite must know it. A new vendor answers these questions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from rules.vendors import Connection

if TYPE_CHECKING:
    from tests.vendors.conftest import Tenant


@dataclass(frozen=True, kw_only=True)
class Kit:
    vendor: str
    base: str
    """Where the sandbox answers in the vendor's place, such as `/caspen/v1`."""
    credentials: Callable[[int], dict[str, str]]
    """Those of the nth customer in the sandbox."""
    wrong: dict[str, str]
    """Credentials that nobody has."""
    cancelled: Literal["status", "absent"]
    """How a cancelled appointment shows."""
    retry_after: timedelta | None
    """What a 429 says, when the sandbox means 7 seconds; None where nothing is documented."""
    renews_tokens: bool
    """Whether a 401 is met once with a new token, or at once by a person."""
    naive: dict[str, Any]
    """Fields of a record whose start has no offset."""
    writable: dict[str, Any] | None = None
    """How an appointment is booked that a patient's yes confirms by API; None where nothing can be written."""
    dated: bool = False
    """Whether a record says when it was last changed."""
    fields_documented: bool = True
    """Whether a document shows all fields of a record."""
    status_field: str = ""
    """Which field holds the vendor's status word; empty where there is none."""
    options: Callable[[str], dict[str, Any]] = field(default=lambda _url: {})
    """The connection's options at a sandbox of that address."""

    def connection(self, tenant: "Tenant", **options: Any) -> Connection:
        return Connection(
            name=f"{self.vendor}-north",
            vendor=self.vendor,
            zone="America/Chicago",
            base_url=tenant.url + self.base,
            credentials=tenant.credentials,
            options={**self.options(tenant.url), **options},
        )
