"""CareCycle's documented calls: appointments by window, appointment configs, customers.

Sources: documents 000 and 003, and the public pages on configs and customers (FACTS 3.1). There is no call for one
appointment, and none that changes one. `PATCH /v2/customers/{id}` exists too; half of its page could not be read, and
nothing here changes customers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from outbound.client import Client
from rules.errors import Permanent
from rules.vendors import Connection, Record
from schemas.carecycle import APPOINTMENT, CONFIG, CONFIGS, CUSTOMERS, LISTING
from schemas.fields import clean, read
from vendors.carecycle.calls import Calls
from vendors.operation import documented, operations
from vendors.paths import segment
from vendors.records import Shape, records

APPOINTMENTS = "/v2/customers/appointments"
CONFIGS_PATH = "/v2/campaigns/appointment-configs"
SHAPE = Shape("carecycle", APPOINTMENT)  # no field of it has a closed list of words


class SortBy(StrEnum):
    """All that is documented."""

    CREATED_AT = "createdAt"
    FIRST_NAME = "firstName"
    LAST_NAME = "lastName"
    CALLER_ID = "callerId"


@dataclass(frozen=True, slots=True)
class Listed:
    """A window. `whole`: every item of it could be read."""

    records: tuple[Record, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Customers:
    """One page of customers, as they came."""

    items: list[dict[str, Any]]
    total: int | None
    page: int | None
    next_page: int | None
    previous_page: int | None


class Operations:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._calls = Calls(connection, client)

    @documented("GET", APPOINTMENTS)
    def list_appointments(
        self,
        start: Annotated[datetime, "start of the window"],
        end: Annotated[datetime, "end of the window"],
    ) -> Listed:
        """The booked appointments of a window. No paging is documented; whether the ends belong to it is not said."""
        params = {"startDate": stamp(start), "endDate": stamp(end)}
        results = read(LISTING, self._calls.call("GET", APPOINTMENTS, params=params)).get("results")
        if not isinstance(results, list):
            raise Permanent("a listing without results")
        found = records(results, SHAPE)
        return Listed(found, len(found) == len(results))

    @documented("GET", CONFIGS_PATH)
    def list_appointment_configs(self) -> list[dict[str, Any]]:
        """All appointment configs, workflows included, as they came."""
        found = read(CONFIGS, self._calls.call("GET", CONFIGS_PATH)).get("appointmentConfigs")
        if not isinstance(found, list):
            raise Permanent("a list of configs that is none")
        return [clean(each) for each in found if isinstance(each, dict)]

    @documented("POST", CONFIGS_PATH)
    def create_appointment_config(
        self, config: Annotated[dict[str, Any], "the config as JSON, in the documented shape; every field is optional"]
    ) -> dict[str, Any]:
        """A new appointment config; the answer as it came. Its workflows run at CareCycle, not here."""
        return _config(self._calls.call("POST", CONFIGS_PATH, json=config))

    @documented("DELETE", f"{CONFIGS_PATH}/{{id}}")
    def delete_appointment_config(self, config_id: Annotated[str, "the config's id (a UUID)"]) -> dict[str, Any]:
        """Delete one; what was deleted is the answer. Raises `NotFound`."""
        return _config(self._calls.call("DELETE", f"{CONFIGS_PATH}/{segment(config_id)}"))

    @documented("GET", "/v2/customers")
    def list_customers(
        self,
        page: Annotated[int, "from 1"] = 1,
        page_size: Annotated[int, "1 to 100; sent as pageSize, which is (inference)"] = 50,
        sort_by: Annotated[SortBy, "what they are ordered by"] = SortBy.CREATED_AT,
    ) -> Customers:
        """One page of customers."""
        if page < 1 or not 1 <= page_size <= 100:
            raise Permanent("pages count from 1 and hold 1 to 100 customers")
        params = {"page": str(page), "pageSize": str(page_size), "sortBy": sort_by.value}
        said = read(CUSTOMERS, self._calls.call("GET", "/v2/customers", params=params))
        items = said.get("items")
        if not isinstance(items, list):
            raise Permanent("a page without items")
        ours = [clean(each) for each in items if isinstance(each, dict)]
        return Customers(ours, said["itemsTotal"], said["currentPage"], said["nextPage"], said["prevPage"])

    @documented("GET", "/v2/customers/{id}")
    def get_customer(self, customer_id: Annotated[str, "the customer's id"]) -> dict[str, Any]:
        """One customer, as it came. Raises `NotFound`."""
        said = clean(self._calls.call("GET", f"/v2/customers/{segment(customer_id)}"))
        inner = said.get("customer") if isinstance(said, dict) else None  # whether it is wrapped is not shown
        found = inner if isinstance(inner, dict) else said
        if not isinstance(found, dict):
            raise Permanent("the answer is not a customer")
        return found


def stamp(moment: datetime) -> str:
    """ISO 8601 as the document writes it: an offset is mandatory."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _config(said: Any) -> dict[str, Any]:
    found = clean(read(CONFIG, said).get("appointmentConfig"))
    if not isinstance(found, dict):
        raise Permanent("the answer is not an appointment config")
    return found


OPERATIONS = operations(Operations)
