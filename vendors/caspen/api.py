"""Caspen over HTTP: one record, all records by cursor, `confirmed`, and the client for the phone number."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from outbound.client import Answer, Client
from outbound.fates import check
from rules.appointment import Contact
from rules.errors import NotFound, Permanent, Unsupported
from rules.vendors import Budget, Capabilities, Change, Connection, Fetched, Page, Record, Wanted, Window
from schemas.caspen import APPOINTMENT, CLIENT, ERROR, PAGE
from schemas.fields import clean, read
from vendors.caspen.contact import to_contact
from vendors.caspen.settings import OPTIONS
from vendors.paths import segment
from vendors.records import record, records

CAPABILITIES = Capabilities(
    batch=1,
    lists_windows=False,  # no date filter is documented: reconciliation pages through everything
    contacts="call",
    budget=Budget(calls=60, per=timedelta(seconds=60)),  # rolling, per API key
    has_webhooks=False,
)

PAGE_SIZE = 100  # the documented most; 10 is the default, and every page costs one of 60 calls a minute


class Api:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._connection = connection
        self._client = client
        self._base = connection.base_url.rstrip("/")

    def fetch(self, wanted: Sequence[Wanted], *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        """One call for each wanted id."""
        found: list[Record] = []
        absent: set[str] = set()
        for one in wanted:
            try:
                answer = self._call("GET", f"{self._base}/appointments/{segment(one.external_id)}")
                found.append(record(answer.json(), APPOINTMENT))
            except NotFound:
                absent.add(one.external_id)
        return Fetched(records=tuple(found), absent=frozenset(absent))

    def customer(self, person_id: str, *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        raise Unsupported("Caspen documents no filter by client")

    def page(self, window: Window, cursor: str | None) -> Page:  # noqa: ARG002 there is no date filter
        """All appointments, whenever they are. The cursor is the vendor's own next link, followed as it is."""
        if cursor is None:
            answer = self._call("GET", f"{self._base}/appointments", params={"limit": str(PAGE_SIZE)})
        else:
            answer = self._call("GET", self._own(cursor))
        page = read(PAGE, answer.json())
        data = page.get("data")
        if not isinstance(data, list):
            raise Permanent("a page without data")
        following = (page.get("links") or {}).get("next") or None
        if following is not None and following == cursor:
            raise Permanent("the list goes in a circle")
        return Page(records=records(data, APPOINTMENT), cursor=following and self._own(following))

    def contact(self, person_id: str) -> Contact | None:
        """The client's mobile. Raises `NotFound` where there is no such client."""
        path = str(self._connection.options.get("client_path") or OPTIONS["client_path"][1])
        answer = self._call("GET", self._base + path.replace("{id}", segment(person_id)))
        client = read(CLIENT, clean(answer.json()))
        if not client:
            raise Permanent("the answer is not a client")
        return to_contact(person_id, client, self._connection.country)

    def write(self, external_id: str, change: Change, raw: dict[str, Any]) -> Record | None:  # noqa: ARG002 no version to send
        if change is not Change.CONFIRM:
            raise Unsupported(f"Caspen documents no way to {change}")
        # Only this field: the update types ids as integers, which no id of the record is.
        answer = self._call("POST", f"{self._base}/appointments/{segment(external_id)}", json={"confirmed": True})
        return record(answer.json(), APPOINTMENT)

    def check(self) -> str:
        answer = self._call("GET", f"{self._base}/appointments", params={"limit": "1"})
        left = answer.headers.get("x-ratelimit-remaining", "")
        return "token accepted" + (f", {left} calls left in this minute" if left.isdecimal() else "")

    def _call(self, method: str, url: str, *, params: dict[str, str] | None = None, json: Any = None) -> Answer:
        headers = {"Authorization": f"Bearer {self._connection.credentials['token']}"}
        answer = self._client.call(method, url, headers=headers, params=params, json=json)
        if not 200 <= answer.status < 300:
            check(answer, message=_message(answer))
        return answer

    def _own(self, link: str) -> str:
        """A link that stays where the token belongs; every other one would hand it to a stranger."""
        ours, theirs = urlsplit(self._base), urlsplit(link)
        if (theirs.scheme, theirs.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
            raise Permanent("the next link leads to another host")
        return link


def _message(answer: Answer) -> str:
    """`message`, and what the 422 says of each field."""
    try:
        said = read(ERROR, answer.json())
    except Permanent:
        return ""
    errors = said.get("errors")
    fields = [f"{name}: {text}" for name, text in errors.items()] if isinstance(errors, dict) else []
    return "; ".join([said.get("message") or "", *fields]).strip("; ")[:1000]
