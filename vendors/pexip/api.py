"""Pexip Engage as the pipeline needs it: many by id, a window by pages, one customer's, accept, the customer."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from outbound.client import Client
from rules.appointment import Contact
from rules.errors import Permanent, Unsupported
from rules.vendors import Budget, Capabilities, Change, Connection, Fetched, Page, Record, VendorApi, Wanted, Window
from schemas.fields import e164, read
from schemas.pexip import CUSTOMER
from vendors.pexip.filters import Filters
from vendors.pexip.operations import Listed, Operations
from vendors.pexip.settings import option

CAPABILITIES = Capabilities(
    batch=25,  # the documented default of `limit`
    lists_windows=True,
    contacts="call",
    budget=Budget(calls=3000, per=timedelta(minutes=1), at_once=4),  # at once: per egress address
    has_webhooks=True,
)

OVERLAP = 2
"""Records that two pages share: while pages are read an earlier record may vanish, and every later one moves up."""


TO_MEANS_THE_END = timedelta(days=1)
"""`to` is described by the end of an appointment: one across the window's end must not be in no window at all."""


class Api(VendorApi):
    def __init__(self, connection: Connection, client: Client) -> None:
        self._country = connection.country
        self._operations = Operations(connection, client)
        self._size: int = option(connection.options, "page_size")

    def fetch(self, wanted: Sequence[Wanted], *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        """As many ids as fit a page in one call. What a complete answer lacks is absent."""
        ids = list(dict.fromkeys(one.external_id for one in wanted if one.external_id))
        answered: list[Record] = []
        trace = ""
        for begin in range(0, len(ids), self._size):
            for listed in self._all(Filters(id=tuple(ids[begin : begin + self._size]))):
                answered += listed.records
                trace = listed.trace
        absent = {one.external_id for one in wanted} - {one.external_id for one in answered}
        return Fetched(records=tuple(answered), absent=frozenset(absent), trace=trace)

    def customer(self, person_id: str, *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        """All appointments of one customer."""
        listed = self._all(Filters(customer_id=(person_id,)))
        return Fetched(records=tuple(record for page in listed for record in page.records))

    def page(self, window: Window, cursor: str | None) -> Page:
        """What starts in the window and a little more; what has no time is in none. The cursor is an offset."""
        filters = Filters(start=window.start, end=window.end + TO_MEANS_THE_END)
        listed, following = self._page(filters, int(cursor or 0))
        return Page(records=listed.records, cursor=None if following is None else str(following))

    def contact(self, person_id: str) -> Contact | None:
        """The customer's number, zone and language. Raises `NotFound` where there is no such customer."""
        said = read(CUSTOMER, self._operations.get_customer(person_id))
        if not said:
            raise Permanent("the answer is not a customer")
        # Deleted at the vendor: whoever asked to be forgotten is not texted.
        given = None if said["deletedAt"] else said["phoneNumber"]
        phone = e164(given, self._country)
        return Contact(
            person_id=person_id,
            first_name=said["firstName"] or "",
            last_name=said["lastName"] or "",
            phone=phone,
            zone=said["timeZone"],
            language=said["language"] or None,
            phone_problem="no_valid_phone" if given and phone is None else None,
        )

    def write(self, external_id: str, change: Change, raw: dict[str, Any]) -> Record | None:  # noqa: ARG002 no version to send
        """Accept. A status that does not allow it is `Permanent` with the code APPOINTMENT_STATUS_INVALID."""
        if change is not Change.CONFIRM:
            raise Unsupported(f"Pexip documents no page for {change}")
        return self._operations.accept(external_id)

    def check(self) -> str:
        total = self._operations.list_appointments(Filters(), limit=1).total
        return f"client credentials accepted, {total} appointments"

    def _all(self, filters: Filters) -> Iterator[Listed]:
        offset: int | None = 0
        while offset is not None:
            listed, offset = self._page(filters, offset)
            yield listed

    def _page(self, filters: Filters, offset: int) -> tuple[Listed, int | None]:
        """One page, and the offset of the next one."""
        listed = self._operations.list_appointments(filters, offset, self._size)
        seen = offset + listed.length
        if not listed.length or seen >= listed.total:
            return listed, None
        return listed, max(seen - OVERLAP, offset + 1)
