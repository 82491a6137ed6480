"""What each vendor documents, and so what a C leads to there and how an appointment ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from punctual.demo.scene import now
from punctual.demo.world import Missing

if TYPE_CHECKING:
    from punctual.demo.story import Story

Extra = tuple[str, Callable[[], str]]
GONE_SECONDS = 110.0
"""A record that is only absent counts as gone after two looks, 60 s apart."""


class Role:
    """How a vendor differs in the story."""

    cancel = "cancel"
    until_cancelled = 25.0

    @property
    def booking(self) -> dict[str, Any]:
        return {}

    def written(self, story: "Story", external_id: str) -> str:
        """Wait until the confirmation has reached whom it must reach."""
        raise Missing(f"no way is told for {story.part.vendor} and {external_id}")

    def writes(self, story: "Story") -> int | None:
        """How many writes the vendor has seen; None where it has none."""
        del story
        return None

    def has_ended(self, story: "Story", external_id: str) -> None:
        """What the practice does once somebody was there; nothing at most vendors."""

    def more_steps(self, story: "Story") -> list[Extra]:
        del story
        return []

    def out_of_order(self, story: "Story", booked: dict[str, Any]) -> None:
        """The cancellation is announced before the booking; the record alone decides."""
        other = story.book(4, now() + timedelta(hours=5), announce=False)
        story.world.act(story.part, other["id"], self.cancel, announce=False)
        story.world.announce(story.part, id=other["id"], type="cancelled")
        story.world.announce(story.part, id=other["id"], type="created")
        story.world.pause(3)
        live = [each for each in story.world.promises(story.part, other["id"]) if each.state == "planned"]
        if live:
            raise Missing("a cancelled appointment has promises")
        del booked


def by_callback(story: "Story", external_id: str) -> str:
    """The vendor documents no way: the connection's signed status callback is told."""

    def look() -> list[dict[str, Any]] | None:
        received = story.world.callbacks(story.part)["received"]
        return [each for each in received if external_id in str(each)] or None

    story.world.wait("the status callback came, rightly signed", look, 25)
    row = story.world.row(story.part, external_id)
    if not row.our_confirmed:
        raise Missing("the confirmation was not kept")
    return "the vendor documents no way; the signed status callback was told"


@dataclass
class Caspen(Role):
    def written(self, story: "Story", external_id: str) -> str:
        def look() -> bool:
            return story.world.record(story.part, external_id)["record"]["confirmed"] is True

        story.world.wait("confirmed at the vendor", look, 25)
        return "confirmed = true at Caspen"

    def writes(self, story: "Story") -> int | None:
        seen = story.world.control("GET", "/requests", vendor="caspen", tenant=story.part.tenant_name)
        return len([each for each in seen["requests"] if each["method"] == "POST"])


@dataclass
class CareCycle(Role):
    cancel: str = "delete"
    until_cancelled: float = GONE_SECONDS

    def written(self, story: "Story", external_id: str) -> str:
        return by_callback(story, external_id)

    def has_ended(self, story: "Story", external_id: str) -> None:
        """Unless somebody says so, a CareCycle appointment of the past counts as a no-show."""
        story.world.act(story.part, external_id, "attended")

    def more_steps(self, story: "Story") -> list[Extra]:
        return [("announced by an event type of our own invention", lambda: self._invented(story))]

    def _invented(self, story: "Story") -> str:
        """The vendor documents no appointment event; this second way is labelled as ours everywhere."""
        booked = story.book(5, now() + timedelta(hours=6), events=["appointment.updated"])
        statuses = [each["status"] for each in booked["posted"]]
        story.promised(booked["id"], 2)
        return f"appointment.updated was answered {statuses[0]}; fetched and promised"

    def out_of_order(self, story: "Story", booked: dict[str, Any]) -> None:
        """No event of its own names an appointment: the customer's two events are sent in the wrong order."""
        story.world.announce(story.part, id=booked["id"], type="call.completed")
        story.world.announce(story.part, id=booked["id"], type="customer.updated")
        story.world.pause(2)


@dataclass
class OfficePlace(Role):
    cancel: str = "delete"
    until_cancelled: float = GONE_SECONDS

    def written(self, story: "Story", external_id: str) -> str:
        return by_callback(story, external_id)


@dataclass
class Pexip(Role):
    statuses: dict[str, str] = field(default_factory=dict)

    @property
    def booking(self) -> dict[str, Any]:
        return {"status": "OUTGOING_INVITE", "meeting_type": "OFFICE"}

    def _status(self, story: "Story", external_id: str) -> str:
        return str(story.world.record(story.part, external_id)["record"]["status"])

    def written(self, story: "Story", external_id: str) -> str:
        story.world.wait("accepted at the vendor", lambda: self._status(story, external_id) == "ACCEPTED", 25)
        return "OUTGOING_INVITE accepted at Pexip Engage"

    def writes(self, story: "Story") -> int | None:
        seen = story.world.control("GET", "/requests", vendor="pexip", tenant=story.part.tenant_name)
        return len([each for each in seen["requests"] if "_actions/accept" in each["path"]])

    def more_steps(self, story: "Story") -> list[Extra]:
        return [
            ("a C to an INCOMING_REQUEST accepts nothing", lambda: self._request(story)),
            ("a C to an ACCEPTED one goes to the status callback", lambda: self._accepted(story)),
        ]

    def _answered(self, story: "Story", seat: int, status: str) -> str:
        from punctual.demo.story import LEAD

        phone = story.person(seat).phone
        booked = story.book(seat, now() + LEAD, status=status)
        story.world.wait("the text arrived", lambda: story.world.texts_at(phone), 30)
        story.world.answer(phone, "c")
        return str(booked["id"])

    def _request(self, story: "Story") -> str:
        external_id = self._answered(story, 5, "INCOMING_REQUEST")
        owed = story.world.wait(
            "the write-back has ended",
            lambda: [each for each in story.world.write_backs(story.part, external_id) if each.state == "handed_over"],
            25,
        )
        status = self._status(story, external_id)
        if status != "INCOMING_REQUEST":
            raise Missing(f"the vendor now says {status}")
        return f"it stays a request ({owed[0].outcome})"

    def _accepted(self, story: "Story") -> str:
        return by_callback(story, self._answered(story, 6, "ACCEPTED"))


ROLES: dict[str, Role] = {
    "caspen": Caspen(),
    "pexip": Pexip(),
    "carecycle": CareCycle(),
    "officeplace": OfficePlace(),
}
