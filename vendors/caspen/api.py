"""Caspen as the pipeline needs it: one record per call, everything by cursor, `confirmed`, the client for the phone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from outbound.client import Client
from rules.appointment import Contact
from rules.errors import NotFound, Permanent, Unsupported
from rules.vendors import Budget, Capabilities, Change, Connection, Fetched, Page, Record, VendorApi, Wanted, Window
from schemas.caspen import CLIENT
from schemas.fields import read
from vendors.caspen.calls import Calls
from vendors.caspen.contact import to_contact
from vendors.caspen.operations import Operations

CAPABILITIES = Capabilities(
    batch=1,
    lists_windows=False,  # no date filter is documented: reconciliation pages through everything
    contacts="call",
    budget=Budget(calls=60, per=timedelta(seconds=60)),  # rolling, per API key
    has_webhooks=False,
)


class Api(VendorApi):
    def __init__(self, connection: Connection, client: Client) -> None:
        self._country = connection.country
        self._calls = Calls(connection, client)
        self._operations = Operations(connection, client)

    def fetch(self, wanted: Sequence[Wanted], *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        """One call for each wanted id."""
        found: list[Record] = []
        absent: set[str] = set()
        for one in wanted:
            try:
                found.append(self._operations.get_appointment(one.external_id))
            except NotFound:
                absent.add(one.external_id)
        return Fetched(records=tuple(found), absent=frozenset(absent))

    def customer(self, person_id: str, *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        raise Unsupported("Caspen documents no filter by client")

    def page(self, window: Window, cursor: str | None) -> Page:  # noqa: ARG002 there is no date filter
        """All appointments, whenever they are. The cursor is the vendor's own next link."""
        listed = self._operations.list_appointments(cursor or "")
        return Page(listed.records, listed.following)

    def contact(self, person_id: str) -> Contact | None:
        """The client's mobile. Raises `NotFound` where there is no such client."""
        client = read(CLIENT, self._operations.get_client(person_id))
        if not client:
            raise Permanent("the answer is not a client")
        return to_contact(person_id, client, self._country)

    def write(self, external_id: str, change: Change, raw: dict[str, Any]) -> Record | None:  # noqa: ARG002 no version to send
        if change is not Change.CONFIRM:
            raise Unsupported(f"Caspen documents no way to {change}")
        return self._operations.update_appointment(external_id, confirmed=True)

    def check(self) -> str:
        answer = self._calls.call("GET", "/appointments", params={"limit": "1"})
        left = answer.headers.get("x-ratelimit-remaining", "")
        return "token accepted" + (f", {left} calls left in this minute" if left.isdecimal() else "")
