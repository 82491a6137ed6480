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

    def more_steps(self, story: "Story") -> list[Extra]:
        return [
            ("two open appointments: it asks which, and 2 confirms the second", lambda: self._which(story)),
            ("a STOP: nothing more is sent to that number", lambda: self._stop(story)),
        ]

    def _which(self, story: "Story") -> str:
        """One person, two reminders in one minute, and a C that may be about either."""
        from punctual.demo.story import LEAD

        phone = story.person(5).phone
        booked = [story.book(5, now() + LEAD + timedelta(seconds=2 * number)) for number in range(2)]
        story.world.wait("both texts arrived", lambda: len(story.world.texts_at(phone)) == 2, 40)
        story.world.answer(phone, "C")
        texts = story.world.wait("the question arrived", lambda: story.world.texts_at(phone)[2:], 20)
        if "1) " not in texts[0]["body"] or "2) " not in texts[0]["body"]:
            raise Missing("it does not ask which one")
        story.world.answer(phone, "2")
        first, second = (str(each["id"]) for each in booked)
        self.written(story, second)
        if story.world.record(story.part, first)["record"]["confirmed"] or story.world.write_backs(story.part, first):
            raise Missing("the first one was confirmed too")
        return "asked with a numbered list; confirmed = true for the second alone"

    def _stop(self, story: "Story") -> str:
        """The confirmation of a STOP is left to the sender, which gives it by itself."""
        from punctual.demo.story import LEAD

        phone = story.person(6).phone
        story.book(6, now() + LEAD)
        story.world.wait("the text arrived", lambda: story.world.texts_at(phone), 40)
        story.world.answer(phone, "Stop. Thank you")
        start = now() + LEAD
        later = str(story.book(6, start)["id"])
        skipped = story.promised(later, 2, state="skipped")
        story.world.pause((start - timedelta(minutes=1) - now()).total_seconds() + 3)
        if {each.skip_reason for each in skipped} != {"opted_out"}:
            raise Missing(f"skipped for {', '.join(sorted(str(each.skip_reason) for each in skipped))}")
        count = len(story.world.texts_at(phone))
        if count != 1:
            raise Missing(f"{count} texts: one was sent after the STOP")
        return "opted_out, in the ledger before the sender had its answer"


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
        return [
            ("announced by an event type of our own invention", lambda: self._invented(story)),
            ("booked when its time has passed: no text, and the reason", lambda: self._short_notice(story)),
        ]

    def _short_notice(self, story: "Story") -> str:
        # Due 20 s ago; what was due before the connection went live would have another reason.
        story.world.pause((story.live_at + timedelta(seconds=25) - now()).total_seconds())
        booked = story.book(7, now() + timedelta(seconds=40))
        skipped = story.promised(str(booked["id"]), 1, state="skipped")
        if {each.skip_reason for each in skipped} != {"short_notice"}:
            raise Missing(f"skipped for {', '.join(sorted(str(each.skip_reason) for each in skipped))}")
        if story.world.texts_at(story.person(7).phone):
            raise Missing("a text was sent")
        return "short_notice"

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
