"""OfficePlace over HTTP: get one, preview a window per mailbox, create, update, delete with a body."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from outbound.client import Client
from rules.appointment import Contact
from rules.errors import NotFound, Permanent, Unsupported
from rules.vendors import Budget, Capabilities, Change, Connection, Fetched, Page, Record, Wanted, Window
from schemas.fields import clean, read
from schemas.officeplace import APPOINTMENT, CREATED
from vendors.officeplace.calls import Calls
from vendors.officeplace.settings import option

CAPABILITIES = Capabilities(
    batch=1,
    lists_windows=True,
    contacts="directory",  # no phone is documented anywhere
    budget=Budget(calls=60, per=timedelta(minutes=1)),
    has_webhooks=False,
)

MAILBOX = "_mailbox"
"""Our own key in the raw record: the mailbox that answered, because update and delete need it again."""

SPAN = timedelta(days=31)
"""How much one preview asks for; no paging is documented, so a page is a mailbox and a month."""

PROBE = Window(datetime(2024, 1, 15, 10, tzinfo=UTC), datetime(2024, 1, 15, 11, tzinfo=UTC))  # the guide's example


class Api:
    """One connection's calls."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self._calls = Calls(connection, client)
        self._mailboxes: list[str | None] = list(option(connection.options, "mailboxes")) or [None]

    def fetch(self, wanted: Sequence[Wanted], *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        """Each id in each mailbox until one has it. Absent is what all of them answered 404 for."""
        records: list[Record] = []
        absent: set[str] = set()
        for one in wanted:
            found = self._find(one.external_id)
            if found is None:
                absent.add(one.external_id)
            else:
                records.append(found)
        return Fetched(tuple(records), frozenset(absent))

    def customer(self, person_id: str, *, now: datetime) -> Fetched:  # noqa: ARG002 part of the contract
        raise Unsupported("OfficePlace documents no filter by person")

    def page(self, window: Window, cursor: str | None) -> Page:
        """A month of one mailbox. The cursor is `mailbox index/start`, so that the months go round per mailbox."""
        index, start = _read_cursor(cursor, window)
        if index >= len(self._mailboxes) or start >= window.end:
            return Page((), None)
        end = min(start + SPAN, window.end)
        records = self.preview(Window(start, end), self._mailboxes[index])
        following = (index, end) if end < window.end else (index + 1, window.start)
        more = following[0] < len(self._mailboxes)
        return Page(tuple(records), f"{following[0]}/{following[1].astimezone(UTC).isoformat()}" if more else None)

    def contact(self, person_id: str) -> Contact | None:  # noqa: ARG002 part of the contract
        """None: no call is documented; contacts come from the directory."""
        return None

    def write(self, external_id: str, change: Change, raw: dict[str, Any]) -> Record | None:  # noqa: ARG002 contract
        raise Unsupported(f"OfficePlace documents no way to {change}")

    def check(self) -> str:
        """The token, and one hour of the first mailbox."""
        self.preview(PROBE, self._mailboxes[0])
        return "client credentials accepted"

    # The documented operations, typed

    def get(self, external_id: str, mailbox: str | None = None) -> Record:
        """One appointment. Raises `NotFound`."""
        params = {"appointmentId": external_id, **self._calls.named(mailbox)}
        record = _record(self._calls.call("GET", "/appointment", params=params).json(), mailbox)
        if record is None or record.external_id != external_id:
            raise Permanent("the answer is not the record that was asked for")
        return record

    def preview(self, window: Window, mailbox: str | None = None) -> list[Record]:
        """What a mailbox holds in a window. A record without an id is nobody's; it does not hide the others."""
        params = {"startDate": stamp(window.start), "endDate": stamp(window.end), **self._calls.named(mailbox)}
        said = self._calls.call("GET", "/appointment/preview", params=params).json()
        if not isinstance(said, list):
            raise Permanent("a preview that is no list")
        return [record for item in said if (record := _record(item, mailbox))]

    def create(
        self, title: str, starts_at: datetime, ends_at: datetime, description: str = "", mailbox: str | None = None
    ) -> str:
        """A new appointment; its id."""
        times = {"startTime": stamp(starts_at), "endTime": stamp(ends_at)}
        sent = {"title": title, **times, "description": description, **self._calls.named(mailbox)}
        created = read(CREATED, self._calls.call("POST", "/appointment", json=sent).json())
        if not created.get("appointmentId"):
            raise Permanent("a creation without an id")
        return str(created["appointmentId"])

    def update(
        self, external_id: str, title: str, starts_at: datetime, ends_at: datetime, mailbox: str | None = None
    ) -> Record | None:
        """Title and times, as the guide sends them together. The answer as a record where it is one."""
        times = {"startTime": stamp(starts_at), "endTime": stamp(ends_at)}
        sent = {"appointmentId": external_id, "title": title, **times, **self._calls.named(mailbox)}
        answer = self._calls.call("PUT", "/appointment", json=sent)
        return _record(answer.json(), mailbox) if answer.body else None

    def delete(self, external_id: str, mailbox: str | None = None) -> None:
        """Documented with a JSON body. Raises `NotFound` for one that is gone already."""
        self._calls.call("DELETE", "/appointment", json={"appointmentId": external_id, **self._calls.named(mailbox)})

    def _find(self, external_id: str) -> Record | None:
        for mailbox in self._mailboxes if external_id else ():
            try:
                return self.get(external_id, mailbox)
            except NotFound:
                continue
        return None


def stamp(moment: datetime) -> str:
    """ISO 8601 as the guide writes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _record(said: Any, mailbox: str | None) -> Record | None:
    raw = clean(said)
    found = read(APPOINTMENT, raw)
    external_id = found.get("appointmentId") or found.get("id")
    if not external_id:
        return None
    return Record(external_id, raw if mailbox is None else {**raw, MAILBOX: mailbox})


def _read_cursor(cursor: str | None, window: Window) -> tuple[int, datetime]:
    if cursor is None:
        return 0, window.start
    index, _, start = cursor.partition("/")
    return int(index), datetime.fromisoformat(start)
