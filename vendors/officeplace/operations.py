"""OfficePlace's documented calls: token, get one, preview a window of a mailbox, create, update, delete with a body.

Sources: document 004 (the guide), and the public reference and authentication pages (FACTS 3.4). Where the two
contradict one another, the guide's names are sent, and of the reference's names those that could be read whole.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from outbound.client import Client
from rules.errors import Permanent
from rules.vendors import Connection, Record
from schemas.fields import clean, read
from schemas.officeplace import APPOINTMENT, CREATED
from vendors.officeplace.calls import Calls
from vendors.operation import documented, operations
from vendors.records import Shape

MAILBOX = "_mailbox"
"""Our own key in the raw record: the mailbox that answered, because update and delete need it again."""

SHAPE = Shape("officeplace", APPOINTMENT, complete=False)  # no page shows an answer
ONE = "/{tenantId}/appointment"

Id = Annotated[str, "the appointment's id"]
Mailbox = Annotated[str | None, "AD user id, sent as adId; the reference asks for it, the guide does not"]


@dataclass(frozen=True, slots=True)
class Credential:
    """What is shown of a token: never the token itself."""

    used_for_seconds: int


class Operations:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._calls = Calls(connection, client)

    @documented("TOKEN", "/{tenantId}/authentication/token")
    def get_token(self) -> Credential:
        """Ask for a token anew, and show how long it lasts; the token itself is not shown."""
        return Credential(self._calls.token_seconds())

    @documented("GET", ONE)
    def get_appointment(self, appointment_id: Id, mailbox: Mailbox = None) -> Record:
        """One appointment. Raises `NotFound`."""
        params = {"appointmentId": appointment_id, **self._calls.named(mailbox)}
        found = _record(self._calls.call("GET", "/appointment", params=params).json(), mailbox)
        if found is None or found.external_id != appointment_id:
            raise Permanent("the answer is not the record that was asked for")
        return found

    @documented("GET", f"{ONE}/preview")
    def preview(
        self,
        start: Annotated[datetime, "start of the window, sent as startDate (the reference's)"],
        end: Annotated[datetime, "end of the window, sent as endDate (the reference's)"],
        mailbox: Mailbox = None,
    ) -> list[Record]:
        """What a mailbox holds in a window. A record without an id is nobody's; it does not hide the others."""
        params = {"startDate": stamp(start), "endDate": stamp(end), **self._calls.named(mailbox)}
        said = self._calls.call("GET", "/appointment/preview", params=params).json()
        if not isinstance(said, list):
            raise Permanent("a preview that is no list")
        return [found for item in said if (found := _record(item, mailbox))]

    @documented("POST", ONE)
    def create(
        self,
        title: Annotated[str, "its title"],
        start: Annotated[datetime, "its start"],
        end: Annotated[datetime, "its end"],
        description: Annotated[str, "plain text"] = "",
        mailbox: Mailbox = None,
        reference: Annotated[bool, "true: send the reference's names (subject, body, timeZone)"] = False,
    ) -> str:
        """A new appointment; its id. Both documented shapes of the body can be sent."""
        times = {"startTime": stamp(start), "endTime": stamp(end)}
        guide = {"title": title, **times, "description": description}
        body = {"content": description, "contentType": "Text"}
        theirs = {"subject": title, "body": body, **times, "timeZone": "UTC"}
        sent = {**(theirs if reference else guide), **self._calls.named(mailbox)}
        created = read(CREATED, self._calls.call("POST", "/appointment", json=sent).json())
        if not created.get("appointmentId"):
            raise Permanent("a creation without an id")
        return str(created["appointmentId"])

    @documented("PUT", ONE)
    def update(
        self,
        appointment_id: Id,
        title: Annotated[str, "its title"],
        start: Annotated[datetime, "its start"],
        end: Annotated[datetime, "its end"],
        mailbox: Mailbox = None,
    ) -> Record | None:
        """Title and times, as the guide sends them together. The answer as a record where it is one."""
        times = {"startTime": stamp(start), "endTime": stamp(end)}
        sent = {"appointmentId": appointment_id, "title": title, **times, **self._calls.named(mailbox)}
        answer = self._calls.call("PUT", "/appointment", json=sent)
        return _record(answer.json(), mailbox) if answer.body else None

    @documented("DELETE", ONE)
    def delete(self, appointment_id: Id, mailbox: Mailbox = None) -> None:
        """Take it out of the calendar, with a JSON body. Raises `NotFound` for one that is gone already."""
        sent = {"appointmentId": appointment_id, **self._calls.named(mailbox)}
        self._calls.call("DELETE", "/appointment", json=sent)


def stamp(moment: datetime) -> str:
    """ISO 8601 as the guide writes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _record(said: Any, mailbox: str | None) -> Record | None:
    raw = clean(said)
    found = read(APPOINTMENT, raw)
    external_id = found.get("appointmentId") or found.get("id")
    if not external_id:
        return None
    SHAPE.look(raw)
    return Record(external_id, raw if mailbox is None else {**raw, MAILBOX: mailbox})


OPERATIONS = operations(Operations)
