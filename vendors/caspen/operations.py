"""Caspen's documented calls: one appointment, all of them by cursor, an update, clients.

Sources: document 001, and the public pages on lists, pagination, updates and clients (FACTS 3.2).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from outbound.client import Answer, Client
from rules.errors import Permanent
from rules.vendors import Connection, Record
from schemas.caspen import APPOINTMENT, PAGE
from schemas.fields import clean, read
from vendors.caspen.calls import Calls
from vendors.caspen.mapping import STATUSES
from vendors.caspen.settings import OPTIONS
from vendors.operation import documented, operations
from vendors.paths import segment
from vendors.records import Shape, record, records

PAGE_SIZE = 100  # the documented most; 10 is the default, and every page costs one of 60 calls a minute
LONGEST_NOTE = 255


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `following` is the vendor's own `links.next`, to be followed as it is; None at the end."""

    records: tuple[Record, ...]
    following: str | None


@dataclass(frozen=True, slots=True)
class Clients:
    """One page of clients, as they came."""

    items: list[dict[str, Any]]
    following: str | None


class Operations:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._calls = Calls(connection, client)
        self._client_path = str(connection.options.get("client_path") or OPTIONS["client_path"][1])
        named = connection.options.get("statuses") or {}
        self._shape = Shape("caspen", APPOINTMENT, {"status": {*STATUSES, *named}})

    @documented("GET", "/appointments/{appointment}")
    def get_appointment(self, appointment_id: Annotated[str, "such as app_01HQ..."]) -> Record:
        """One appointment. Raises `NotFound`."""
        answer = self._calls.call("GET", f"/appointments/{segment(appointment_id)}")
        return record(answer.json(), self._shape)

    @documented("GET", "/appointments")
    def list_appointments(
        self,
        following: Annotated[str, "the page before said where this one is (links.next)"] = "",
        limit: Annotated[int, "records of the first page, 1 to 100"] = PAGE_SIZE,
    ) -> Listed:
        """One page of all appointments, whenever they are: no filter is documented."""
        data, after = self._page("/appointments", following, limit)
        return Listed(records(data, self._shape), after)

    @documented("POST", "/appointments/{appointment}")
    def update_appointment(
        self,
        appointment_id: Annotated[str, "such as app_01HQ..."],
        starts_at: Annotated[datetime | None, "new start"] = None,
        ends_at: Annotated[datetime | None, "new end"] = None,
        note: Annotated[str | None, "at most 255 characters; empty takes it away"] = None,
        confirmed: Annotated[bool | None, "true or false"] = None,
    ) -> Record:
        """Change times, note or confirmed; what is not given stays, and is not sent.

        The page lists ids too, and types them as integers, which no id of a record is: ids are never sent.
        """
        if note is not None and len(note) > LONGEST_NOTE:
            raise Permanent(f"a note has at most {LONGEST_NOTE} characters")
        times = {"starts_at": starts_at, "ends_at": ends_at}
        sent: dict[str, Any] = {name: stamp(moment) for name, moment in times.items() if moment is not None}
        if note is not None:
            sent["note"] = note or None
        if confirmed is not None:
            sent["confirmed"] = confirmed
        if not sent:
            raise Permanent("nothing to change was given")
        answer = self._calls.call("POST", f"/appointments/{segment(appointment_id)}", json=sent)
        return record(answer.json(), self._shape)

    @documented("GET", "/clients")
    def list_clients(
        self,
        following: Annotated[str, "the page before said where this one is (links.next)"] = "",
        limit: Annotated[int, "clients of the first page, 1 to 100"] = PAGE_SIZE,
    ) -> Clients:
        """One page of the clients, as they came."""
        data, after = self._page("/clients", following, limit)
        return Clients([clean(each) for each in data if isinstance(each, dict)], after)

    @documented("GET", "/clients/{client}")
    def get_client(self, client_id: Annotated[str, "such as cli_01HQ..."]) -> dict[str, Any]:
        """One client, as it came; the path is (inference), `options.client_path` moves it. Raises `NotFound`."""
        said = clean(self._calls.call("GET", self._client_path.replace("{id}", segment(client_id))).json())
        if not isinstance(said, dict):
            raise Permanent("the answer is not a client")
        return said

    def _page(self, path: str, following: str, limit: int) -> tuple[list[Any], str | None]:
        if following:
            return self._read(self._calls.follow(following), following)
        if not 1 <= limit <= PAGE_SIZE:
            raise Permanent(f"a page holds 1 to {PAGE_SIZE}")
        return self._read(self._calls.call("GET", path, params={"limit": str(limit)}), "")

    def _read(self, answer: Answer, asked: str) -> tuple[list[Any], str | None]:
        page = read(PAGE, answer.json())
        data = page.get("data")
        if not isinstance(data, list):
            raise Permanent("a page without data")
        after = (page.get("links") or {}).get("next") or None
        if after is not None and after == asked:
            raise Permanent("the list goes in a circle")
        return data, after and self._calls.own(after)


def stamp(moment: datetime) -> str:
    """ISO 8601 as the document writes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


OPERATIONS = operations(Operations)
