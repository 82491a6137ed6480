"""Pexip Engage over HTTP: many by id, a window by pages, one customer's, accept, and the customer for the phone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from outbound.client import Client
from rules.appointment import Contact
from rules.errors import Permanent, Unsupported
from rules.vendors import Budget, Capabilities, Change, Connection, Fetched, Page, Record, Wanted, Window
from schemas.fields import clean, e164, read
from schemas.pexip import APPOINTMENT, CUSTOMER
from schemas.pexip import PAGE as PAGE_FORMAT
from vendors.paths import segment
from vendors.pexip.calls import Calls
from vendors.pexip.settings import option
from vendors.records import record, records

CAPABILITIES = Capabilities(
    batch=25,  # the documented default of `limit`
    lists_windows=True,
    contacts="call",
    budget=Budget(calls=3000, per=timedelta(minutes=1), at_once=4),  # at once: per egress address
    has_webhooks=True,
)

OVERLAP = 2
"""Records that two pages share: while pages are read an earlier record may vanish, and every later one moves up."""

Params = list[tuple[str, str]]


class Api:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._connection = connection
        self._calls = Calls(connection, client)
        self._size: int = option(connection.options, "page_size")

    def fetch(self, wanted: Sequence[Wanted], *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        """As many ids as fit a page in one call. What a complete answer lacks is absent."""
        ids = list(dict.fromkeys(one.external_id for one in wanted if one.external_id))
        answered: list[Record] = []
        for begin in range(0, len(ids), self._size):
            some = ids[begin : begin + self._size]
            answered += self._all([("id[]", one) for one in some])
        found = {one.external_id for one in answered}
        return Fetched(records=tuple(answered), absent=frozenset({one.external_id for one in wanted} - found))

    def customer(self, person_id: str, *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        """All appointments of one customer."""
        return Fetched(records=tuple(self._all([("customer-id[]", person_id)])))

    def page(self, window: Window, cursor: str | None) -> Page:
        """What starts in the window (appointments without a time are in none). The cursor is an offset."""
        asked = [("from", _stamp(window.start)), ("to", _stamp(window.end))]
        found, following = self._page(asked, int(cursor or 0))
        return Page(records=found, cursor=None if following is None else str(following))

    def contact(self, person_id: str) -> Contact | None:
        """The customer's number, zone and language. Raises `NotFound` where there is no such customer."""
        answer = self._calls.call("GET", f"/customers/{segment(person_id)}")
        said = read(CUSTOMER, clean(read(PAGE_FORMAT, answer.json()).get("data")))
        if not said:
            raise Permanent("the answer is not a customer")
        # Deleted at the vendor: whoever asked to be forgotten is not texted.
        given = None if said["deletedAt"] else said["phoneNumber"]
        phone = e164(given, self._connection.country)
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
        answer = self._calls.call("POST", f"/appointments/{segment(external_id)}/_actions/accept")
        return record(read(PAGE_FORMAT, answer.json()).get("data"), APPOINTMENT)

    def check(self) -> str:
        answer = self._calls.call("GET", "/appointments", [("limit", "1")])
        total = (read(PAGE_FORMAT, answer.json()).get("meta") or {}).get("totalCount")
        return "client credentials accepted" + ("" if total is None else f", {total} appointments")

    def _all(self, filters: Params) -> Iterator[Record]:
        offset: int | None = 0
        while offset is not None:
            found, offset = self._page(filters, offset)
            yield from found

    def _page(self, filters: Params, offset: int) -> tuple[tuple[Record, ...], int | None]:
        """One page, and the offset of the next one."""
        asked = [*filters, ("limit", str(self._size))]
        if offset:
            asked.append(("offset", str(offset)))  # documented as a positive integer; 0 is the default
        said = read(PAGE_FORMAT, self._calls.call("GET", "/appointments", asked).json())
        data, total = said.get("data"), (said.get("meta") or {}).get("totalCount")
        if not isinstance(data, list) or total is None:
            raise Permanent("a page without data or totalCount")
        found = records(data, APPOINTMENT)
        seen = offset + len(data)
        if not data or seen >= total:
            return found, None
        return found, max(seen - OVERLAP, offset + 1)


def _stamp(instant: datetime) -> str:
    """As the document writes it: milliseconds and Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
