"""The story of one vendor, step by step. What differs between vendors is in `roles`."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from punctual.demo.report import Report
from punctual.demo.roles import ROLES, Role
from punctual.demo.scene import LENGTH_MINUTES, Part, Person, now
from punctual.demo.world import Missing, World

LEAD = timedelta(seconds=65)
"""Offsets are whole minutes: an appointment that starts in 65 s is due for its reminder in 5 s."""
ON_TIME = 30.0
"""Seconds after its due time within which a text must have arrived. It takes one, and the step says so; but a machine
that does much else beside the demo is no failure. A text before its time always is.
"""


def check(*, holds: bool, otherwise: str) -> None:
    if not holds:
        raise Missing(otherwise)


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


class Story:
    """One live connection, from the first booking to the last silence."""

    def __init__(self, world: World, part: Part, report: Report) -> None:
        self.world, self.part, self.report = world, part, report
        self.role: Role = ROLES[part.vendor]
        self.main: str = ""
        self.after: str = ""
        self.start = now()
        self.live_at = now()
        self.pace = timedelta()
        """How long it took from a booking to its promise: a second, on a machine that has nothing else to do."""

    def play(self) -> None:
        steps = [
            ("1 live on the sandbox, config assigned", self.live),
            ("2 booked, webhook 202, record and phone fetched, promised", self.booked),
            ("3 the text arrives at its time, its receipt comes back", self.first_text),
            ("3 the text after the end arrives", self.after_text),
            ("4 the answer C confirms and is written back", self.confirmed),
            ("4 the echo of the write changes nothing", self.echo),
            ("5 moved: the old promise is superseded, the new one stands", self.moved),
            ("5 cancelled: its time passes in silence", self.cancelled),
            ("6 twice, out of order, forged, no JSON: each its answer, no text", self.noise),
            ("7 an unannounced appointment is found by asking", self.polled),
            ("5 every promise of the cancelled one has ended", self.ended),
        ]
        steps[6:6] = [(f"4 {name}", act) for name, act in self.role.more_steps(self)]
        for name, act in steps:
            if not self.report.play(self.part.vendor, name, act) and name.startswith(("1", "2")):
                return

    def person(self, seat: int) -> Person:
        return self.part.people[seat]

    def book(self, seat: int, starts_at: datetime, **more: Any) -> dict[str, Any]:
        who = self.person(seat)
        return self.world.book(
            self.part,
            starts_at=stamp(starts_at),
            minutes=LENGTH_MINUTES,
            first_name=who.first_name,
            last_name=who.last_name,
            phone=who.phone,
            email=who.email,
            zone=self.part.zone,
            **{**self.role.booking, **more},
        )

    def known(self, external_id: str, seconds: float = 25) -> Any:
        return self.world.wait("the record was fetched", lambda: self.world.row(self.part, external_id), seconds)

    def promised(self, external_id: str, count: int, state: str = "planned", seconds: float = 25) -> list[Any]:
        def look() -> list[Any] | None:
            found = [each for each in self.world.promises(self.part, external_id) if each.state == state]
            return found if len(found) >= count else None

        return self.world.wait(f"{count} promises {state}", look, seconds)

    def live(self) -> str:
        self.world.punctual("live", self.part.name, "--yes")
        self.live_at = now()
        shown = self.world.punctual("configs", "list", "--json")
        check(holds="Demo reminders" in shown, otherwise="the config is not there")
        return f"{self.part.name} is live"

    def booked(self) -> str:
        self.start = (now() + LEAD).replace(microsecond=0)  # as the vendor keeps it
        booked = self.book(0, self.start)
        self.main = str(booked["id"])
        statuses = [each["status"] for each in booked["posted"]]
        check(holds=bool(statuses) and set(statuses) == {202}, otherwise=f"webhooks were answered {statuses}")
        ended = now() - timedelta(seconds=55, minutes=LENGTH_MINUTES)
        self.after = str(self.book(1, ended)["id"])
        self.role.has_ended(self, self.after)
        stood = self.promised(self.main, 1)
        self.pace = now() - (self.start - LEAD)
        return f"{len(statuses)} webhooks, due {stood[0].due_at.astimezone(ZoneInfo(self.part.zone)):%H:%M:%S}"

    def first_text(self) -> str:
        who = self.person(0)
        due = self.start - timedelta(minutes=1)
        patience = (due - now()).total_seconds() + 25
        text = self.world.wait("the text arrived", lambda: self.world.texts_at(who.phone), patience)[0]
        local = self.start.astimezone(ZoneInfo(self.part.zone))
        clock = f"{local:%I:%M}".lstrip("0")
        for part in (who.first_name, "Demo Practice", clock, str(local.day)):
            check(holds=part in text["body"], otherwise=f"the text lacks {part!r}")
        late = (datetime.fromisoformat(text["at"]) - due).total_seconds()
        check(holds=0 <= late <= ON_TIME, otherwise=f"it arrived {late:.1f} s after it was due")
        self.world.wait(
            "the receipt came back",
            lambda: any(each.state == "delivered" for each in self.world.attempts(self.part, self.main)),
            30,
        )
        return f"{late:.1f} s after it was due"

    def after_text(self) -> str:
        text = self.world.wait("the text arrived", lambda: self.world.texts_at(self.person(1).phone), 30)[0]
        check(holds=text["body"].startswith("Thank you"), otherwise="it is another text")
        why = {each.skip_reason for each in self.world.promises(self.part, self.after)} - {None}
        check(holds=len(why) == 1, otherwise="the reminder before the start was not skipped")
        return f"and no reminder for a start that has passed ({why.pop()})"

    def confirmed(self) -> str:
        self.world.answer(self.person(0).phone, "C")
        self.world.wait("a write-back was owed", lambda: self.world.write_backs(self.part, self.main), 20)
        return self.role.written(self, self.main)

    def echo(self) -> str:
        """The vendor announces what we wrote; nothing follows from it."""
        self.world.pause(4)
        owed = self.world.write_backs(self.part, self.main)
        writes = self.role.writes(self)
        check(holds=len(owed) == 1, otherwise=f"{len(owed)} write-backs for one answer")
        check(holds=writes in (None, 1), otherwise=f"{writes} writes at the vendor for one answer")
        count = len(self.world.texts_at(self.person(0).phone))
        check(holds=count == 1, otherwise=f"{count} texts for one appointment")
        return "one write-back, one text"

    def moved(self) -> str:
        before = {each.id for each in self.world.promises(self.part, self.main)}
        start = (now() + timedelta(seconds=78) + 4 * self.pace).replace(microsecond=0)
        self.world.act(self.part, self.main, "move", starts_at=stamp(start), minutes=LENGTH_MINUTES)

        def look() -> list[Any] | None:
            rows = self.world.promises(self.part, self.main)
            gone = [each for each in rows if each.state == "superseded" and each.id in before]
            new = [each for each in rows if each.state == "planned" and each.id not in before]
            return [gone, new] if gone and len(new) == 2 else None

        gone, new = self.world.wait("the plan followed the move", look, 25)
        self.start = start
        return f"{len(gone)} superseded, {len(new)} new"

    def cancelled(self) -> str:
        """Cancelled before the new text is due; then its time passes, and nothing comes."""
        due = self.start - timedelta(minutes=1)
        self.world.act(self.part, self.main, self.role.cancel)
        self.world.pause((due - now()).total_seconds() + 5)
        count = len(self.world.texts_at(self.person(0).phone))
        check(holds=count == 1, otherwise=f"{count} texts: one was sent after the cancellation")
        return "no text after the cancellation"

    def ended(self) -> str:
        def look() -> bool:
            rows = self.world.promises(self.part, self.main)
            return bool(rows) and not any(each.state in {"planned", "sending"} for each in rows)

        self.world.wait("every promise has ended", look, self.role.until_cancelled)
        count = len(self.world.texts_at(self.person(0).phone))
        check(holds=count == 1, otherwise=f"{count} texts: one was sent after the cancellation")
        reasons = {str(each.skip_reason) for each in self.world.promises(self.part, self.main) if each.skip_reason}
        return f"reasons: {', '.join(sorted(reasons))}"

    def noise(self) -> str:
        who = self.person(2)
        booked = self.book(2, now() + timedelta(hours=3))
        self.known(booked["id"])
        again = self.world.announce(self.part, repeat_of=booked["deliveries"][0])
        answer = again["posted"][0]
        check(holds=answer["status"] == 202, otherwise=f"the repeat was answered {answer['status']}")
        check(holds='"duplicates": 1' in _spaced(answer["answer"]), otherwise="the repeat was no duplicate")
        forged = self.world.announce(self.part, id=booked["id"], signature="wrong")["posted"][0]["status"]
        check(holds=forged == 401, otherwise=f"the forged one was answered {forged}")
        before = self.world.unrecognised(self.part)
        blurred = self.world.announce(self.part, raw="this is no JSON")["posted"][0]["status"]
        check(holds=blurred == 202, otherwise=f"no JSON was answered {blurred}")
        check(holds=self.world.unrecognised(self.part) == before + 1, otherwise="it was not kept as unrecognised")
        self.role.out_of_order(self, booked)
        check(holds=not self.world.texts_at(who.phone), otherwise="a text came of it")
        return "202 duplicate, 401, 202 unrecognised, and the record's own state"

    def polled(self) -> str:
        booked = self.book(3, now() + timedelta(hours=4), announce=False)
        self.world.flower(
            "/api/task/async-apply/operate.reconcile", method="POST", body={"args": [self.part.name]}
        ).raise_for_status()
        self.known(booked["id"], 60)
        self.promised(booked["id"], 2)
        return "by a scan that Flower started"


def _spaced(answer: Any) -> str:
    return json.dumps(answer if not isinstance(answer, str) else json.loads(answer))
