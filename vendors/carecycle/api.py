"""CareCycle as the pipeline needs it: everything is picked from windows, because no call is about one appointment."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any

from outbound.client import Client
from rules.appointment import Contact
from rules.errors import Permanent, Unsupported
from rules.vendors import Budget, Capabilities, Change, Connection, Fetched, Page, Record, VendorApi, Wanted, Window
from schemas.carecycle import CUSTOMER
from schemas.fields import read
from vendors.carecycle import days
from vendors.carecycle.listing import Listing
from vendors.carecycle.mapping import phone
from vendors.carecycle.operations import Operations
from vendors.carecycle.settings import option

CAPABILITIES = Capabilities(
    batch=1000,  # ids are picked from a window, however many they are
    lists_windows=True,
    contacts="record",
    budget=Budget(calls=60, per=timedelta(seconds=60)),
    has_webhooks=False,  # documented webhooks name customers and calls, never appointments
)

MOST_RUNS = 4  # separate days are asked for one by one; of more than these, one call over the horizon is cheaper
STEPS = (7, 30)
"""Days ahead. One that nobody knows the day of is looked for in wider and wider windows: a list of 90 days is long."""
EDGE = timedelta(seconds=1)  # whether the ends belong to the window is not documented; nothing at midnight may slip out
PROBE = Window(datetime(2025, 2, 23, tzinfo=UTC), datetime(2025, 2, 23, 0, 1, tzinfo=UTC))  # the document's own example


class Api(VendorApi):
    """One connection's calls."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self._connection = connection
        self._operations = Operations(connection, client)

    def fetch(self, wanted: Sequence[Wanted], *, now: datetime) -> Fetched:
        """Each day that somebody is expected on, one call per run of days; whoever is not there, over the horizon.

        One that nobody knows the day of is looked for first, step by step to the horizon; where the expected days are
        many, one call lists the horizon. Absent is who is missing from the horizon and from the expected day, each of
        them listed as a whole; who is neither found nor absent was looked for in lists that may have been cut.
        """
        listing = Listing(self._list)
        horizon = self._horizon(now)
        expected = {one.external_id: one.starts_at for one in wanted if days.is_hint(one.starts_at)}
        moments = [moment for moment in expected.values() if moment is not None]
        if len(days.runs(moments)) > MOST_RUNS:
            listing.look(horizon)
        self._search(listing, {one.external_id for one in wanted} - expected.keys(), now)
        for window in days.runs(moment for moment in moments if not listing.holds(moment)):
            listing.look(window)
        missing = [one.external_id for one in wanted if one.external_id not in listing.records]
        if missing:
            listing.look(horizon)
        return listing.fetched(absent_among=missing, needed=(horizon, *days.runs(moments)))

    def _search(self, listing: Listing, unknown: AbstractSet[str], now: datetime) -> None:
        """Wider and wider, until all of them are found."""
        for step in days.steps(self._horizon(now), now, STEPS):
            if unknown <= listing.records.keys():
                break
            listing.look(step)

    def customer(self, person_id: str, *, now: datetime) -> Fetched:
        """This customer's appointments within the horizon. `windows` holds for this customer alone."""
        listing = Listing(self._list)
        listing.look(self._horizon(now))
        everything = listing.fetched()
        theirs = tuple(record for record in everything.records if record.raw.get("customerId") == person_id)
        return Fetched(records=theirs, windows=everything.windows)

    def page(self, window: Window, cursor: str | None) -> Page:
        """One UTC day of the window; the cursor is the next one."""
        start = max(window.start, datetime.fromisoformat(cursor)) if cursor else window.start
        end = min(window.end, days.day_of(start) + days.DAY)
        listing = Listing(self._list)
        if start < end:
            listing.look(Window(start, end))
        return Page(tuple(listing.records.values()), end.astimezone(UTC).isoformat() if end < window.end else None)

    def contact(self, person_id: str) -> Contact | None:
        """The customer by a second call; not needed, because the record says it all. `NotFound` for no customer."""
        found = read(CUSTOMER, self._operations.get_customer(person_id))
        if not found:
            raise Permanent("the answer is not a customer")
        country = self._connection.country or option(self._connection.options, "country")
        return Contact(
            person_id=person_id,
            first_name=found["firstName"] or "",
            last_name=found["lastName"] or "",
            zone=found["timezone"],
            language=found["language"] or None,
            **phone(found["callerId"], country),
        )

    def write(self, external_id: str, change: Change, raw: dict[str, Any]) -> Record | None:  # noqa: ARG002 - contract
        raise Unsupported(f"CareCycle documents no way to {change}")

    def check(self) -> str:
        """One minute of the calendar."""
        self._list(PROBE)
        return "API key accepted"

    def _horizon(self, now: datetime) -> Window:
        return days.horizon(now, option(self._connection.options, "horizon_days"))

    def _list(self, window: Window) -> tuple[list[Record], bool]:
        """The records of a window, and whether every one of them could be read."""
        listed = self._operations.list_appointments(window.start - EDGE, window.end)
        return list(listed.records), listed.whole
