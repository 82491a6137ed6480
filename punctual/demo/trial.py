"""A connection on trial: its listed numbers alone are texted, in quiet hours too not before their end, and a text whose
answer was lost is settled by its receipt.
"""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from punctual.demo.report import Report
from punctual.demo.scene import LENGTH_MINUTES, QUIET_WORKFLOW, SILENT_PHONE, Part, Person, now, quiet_config
from punctual.demo.story import LEAD, ON_TIME, check, stamp
from punctual.demo.world import World

LISTED, STRANGER, SILENT, QUIET = range(4)
"""Who is who among the connection's people."""
QUIET_AT_LEAST = timedelta(seconds=30)
"""The quiet hours around now end at a whole minute, this far ahead or up to a minute more; later on a slow machine."""
CAUGHT = 3.0
"""Seconds after its time within which a text that is wrongly sent would have arrived."""


@dataclass
class Trial:
    """The story of the connection on trial. What is due late is booked first, so that the waits overlap."""

    world: World
    part: Part
    report: Report
    booked: dict[int, str] = field(default_factory=dict)
    due: datetime = field(default_factory=now)
    quiet_due: datetime = field(default_factory=now)
    quiet_ends: datetime = field(default_factory=now)

    def play(self) -> None:
        steps = (
            ("7 on trial: confirmed, and everybody is booked alike", self.begins),
            ("7 on trial: a listed number is texted", self.listed),
            ("7 on trial: another person's text is skipped, and it says why", self.stranger),
            ("7 quiet hours around now move a text to their end", self.moved_to_their_end),
            ("7 an answer that is lost: unknown, until its receipt settles it; nothing goes twice", self.lost_answer),
            ("7 at the end of the quiet hours the text arrives", self.after_the_quiet),
        )
        for name, act in steps:
            if not self.report.play("trial", name, act) and name == steps[0][0]:
                return

    def begins(self) -> str:
        began = time.monotonic()
        said = json.loads(self.world.punctual("live", self.part.name, "--mode", "trial", "--yes", "--json"))
        check(holds=(said["mode"], said["confirmed"]) == ("trial", True), otherwise=f"it is {said['mode']}")
        self._quiet_hours_begin(timedelta(seconds=time.monotonic() - began))
        self.due = (now() + LEAD).replace(microsecond=0) - timedelta(minutes=1)
        for seat in (LISTED, STRANGER, SILENT):
            self.booked[seat] = self._book(seat, self.due + timedelta(minutes=1))
        self.quiet_due = (now() + timedelta(seconds=10)).replace(microsecond=0)
        check(holds=self.quiet_due < self.quiet_ends, otherwise="the machine is too slow: the quiet hours are over")
        self.booked[QUIET] = self._book(QUIET, self.quiet_due + timedelta(hours=2))
        return f"{len(self.part.trial_numbers)} numbers are listed, {len(self.booked)} appointments booked"

    def _quiet_hours_begin(self, command_takes: timedelta) -> None:
        ahead = max(QUIET_AT_LEAST, timedelta(seconds=20) + 3 * command_takes)
        soonest = now().astimezone(ZoneInfo(self.part.zone)) + ahead
        self.quiet_ends = soonest.replace(second=0, microsecond=0) + timedelta(minutes=1)
        file = self.world.stack.home.path / "quiet.json"
        file.write_text(json.dumps(quiet_config(self.quiet_ends - timedelta(hours=1), self.quiet_ends)))
        self.world.punctual("configs", "apply", str(file), "--assign", self.part.name)

    def _book(self, seat: int, starts_at: datetime) -> str:
        who = self._person(seat)
        booked = self.world.book(
            self.part,
            starts_at=stamp(starts_at),
            minutes=LENGTH_MINUTES,
            first_name=who.first_name,
            last_name=who.last_name,
            phone=who.phone,
            zone=self.part.zone,
        )
        return str(booked["id"])

    def _person(self, seat: int) -> Person:
        return self.part.people[seat]

    def listed(self) -> str:
        who = self._person(LISTED)
        text = self.world.wait("the text arrived", lambda: self.world.texts_at(who.phone), 45)[0]
        check(holds=who.first_name in text["body"], otherwise="it is another text")
        late = (datetime.fromisoformat(text["at"]) - self.due).total_seconds()
        check(holds=0 <= late <= ON_TIME, otherwise=f"it arrived {late:.1f} s after it was due")
        return f"{late:.1f} s after it was due"

    def stranger(self) -> str:
        external_id = self.booked[STRANGER]

        def skipped() -> list[Any]:
            return [each for each in self.world.promises(self.part, external_id) if each.skip_reason == "trial"]

        self.world.wait("it was skipped for the trial", skipped, 45)
        self.world.pause((self.due - now()).total_seconds() + CAUGHT)
        check(holds=not self.world.texts_at(self._person(STRANGER).phone), otherwise="a text was sent")
        said = " ".join(self.world.punctual("explain", self.part.name, external_id).split())
        reason = "this number is not on the list of trial numbers"
        check(holds=reason in said, otherwise="explain does not say why")
        return f"explain: {reason}"

    def moved_to_their_end(self) -> str:
        """Its own time passes in silence."""
        found = self.world.wait("it was promised", self._quiet_promise, 45)
        ends = self.quiet_ends.astimezone(ZoneInfo(self.part.zone))
        is_due = found.due_at.astimezone(ZoneInfo(self.part.zone))
        check(holds=found.due_at == self.quiet_ends, otherwise=f"it is due {is_due:%H:%M:%S}")
        check(holds=found.due_at < found.not_after, otherwise="that is past its deadline")
        self.world.pause((self.quiet_due - now()).total_seconds() + CAUGHT)
        texts = self.world.texts_at(self._person(QUIET).phone)
        check(holds=all(self._sent_at(each) >= self.quiet_ends for each in texts), otherwise="it was sent all the same")
        return f"due {self.quiet_due.astimezone(ends.tzinfo):%H:%M:%S}, moved to {ends:%H:%M}, inside its deadline"

    def _quiet_promise(self) -> Any:
        rows = self.world.promises(self.part, self.booked[QUIET])
        return next((each for each in rows if each.workflow_id == QUIET_WORKFLOW), None)

    @staticmethod
    def _sent_at(text: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(text["at"])

    def lost_answer(self) -> str:
        """The network takes the text and never answers; long after we have given up, its receipt comes."""
        external_id = self.booked[SILENT]

        def passed() -> list[str] | None:
            told = self.world.told(self.part, external_id)
            return told if "attempt_delivered" in told else None

        told = [each for each in self.world.wait("its receipt settled it", passed, 90) if each.startswith("attempt_")]
        way = [
            each.removeprefix("attempt_") for each in told
        ]  # the network says sent, which is accepted, and delivered
        check(holds=way[0] == "unknown" and way.count("unknown") == 1, otherwise=f"the timeline says {', '.join(way)}")
        states = [each.state for each in self.world.attempts(self.part, external_id)]
        check(holds=states == ["delivered"], otherwise=f"{len(states)} attempts: {', '.join(states)}")
        count = len(self.world.texts_at(SILENT_PHONE))
        check(holds=count == 1, otherwise=f"{count} texts: it was sent again")
        return "unknown, then delivered by its receipt: one text, one attempt"

    def after_the_quiet(self) -> str:
        phone = self._person(QUIET).phone
        patience = (self.quiet_ends - now()).total_seconds() + 45
        text = self.world.wait("the text arrived", lambda: self.world.texts_at(phone), patience)[0]
        late = (self._sent_at(text) - self.quiet_ends).total_seconds()
        check(holds=0 <= late <= ON_TIME, otherwise=f"it arrived {late:.1f} s after their end")
        return f"{late:.1f} s after their end"
