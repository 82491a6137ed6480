"""OfficePlace as the pipeline needs it: one id at a time in each mailbox, and a month of a mailbox per page."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from outbound.client import Client
from rules.appointment import Contact
from rules.errors import NotFound, Unsupported
from rules.vendors import Budget, Capabilities, Change, Connection, Fetched, Page, Record, VendorApi, Wanted, Window
from vendors.officeplace.operations import Operations
from vendors.officeplace.settings import option

CAPABILITIES = Capabilities(
    batch=1,
    lists_windows=True,
    contacts="directory",  # no phone is documented anywhere
    budget=Budget(calls=60, per=timedelta(minutes=1)),
    has_webhooks=False,
)

SPAN = timedelta(days=31)
"""How much one preview asks for; no paging is documented, so a page is a mailbox and a month."""

PROBE = Window(datetime(2024, 1, 15, 10, tzinfo=UTC), datetime(2024, 1, 15, 11, tzinfo=UTC))  # the guide's example


class Api(VendorApi):
    """One connection's calls."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self._operations = Operations(connection, client)
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
        records = self._operations.preview(start, end, self._mailboxes[index])
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
        self._operations.preview(PROBE.start, PROBE.end, self._mailboxes[0])
        return "client credentials accepted"

    def _find(self, external_id: str) -> Record | None:
        for mailbox in self._mailboxes if external_id else ():
            try:
                return self._operations.get_appointment(external_id, mailbox)
            except NotFound:
                continue
        return None


def _read_cursor(cursor: str | None, window: Window) -> tuple[int, datetime]:
    if cursor is None:
        return 0, window.start
    index, _, start = cursor.partition("/")
    return int(index), datetime.fromisoformat(start)
