"""Plan with another revision of a config over the stored appointments; send and write nothing, say what differs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rules.planning import NOBODY
from rules.rehearsal import Change, Difference, ahead, behind
from rules.segments import Segments, segments
from runtime.prices import Price, price_of
from runtime.settings import Settings
from runtime.wording import text_of
from store import rehearsal
from store.engine import Database
from store.engine import now as database_now
from store.facts import ConnectionFacts
from store.material import Material
from store.rehearsal import Edited, Seen

PAGE = 200
PINS = 1_000
MOST_LOOKED_AT = 1_000_000
TEXTED = {Change.NEW, Change.MOVED, Change.DOUBLED}


@dataclass(frozen=True, slots=True)
class Line:
    """One promise that would be another. `why_not`: it would be planned, and no text could be made of it."""

    connection: str
    external_id: str
    starts_at: datetime | None
    zone: str
    is_past: bool
    difference: Difference
    text: str = ""
    why_not: str = ""

    @property
    def cost(self) -> Segments:
        return segments(self.text)

    def as_json(self) -> dict[str, Any]:
        found = self.difference
        return {
            "change": found.change.value,
            "connection": self.connection,
            "appointmentId": self.external_id,
            "startsAt": self.starts_at.isoformat() if self.starts_at else None,
            "past": self.is_past,
            "workflowId": found.workflow.id,
            "workflowName": found.workflow.name or None,
            "action": found.workflow.action.value,
            "attendee": found.attendee if found.attendee != NOBODY.key else None,
            "dueBefore": found.due_before.isoformat() if found.due_before else None,
            "dueAfter": found.due_after.isoformat() if found.due_after else None,
            "reason": found.reason.value if found.reason else None,
            "doubles": found.doubles or None,
            "text": self.text or None,
            "segments": self.cost.count if self.text else None,
            "encoding": self.cost.encoding if self.text else None,
            "whyNot": self.why_not or None,
        }


@dataclass
class Rehearsal:
    """What was found. `complete` is False when there was more to look at than was allowed."""

    lines: list[Line] = field(default_factory=list)
    counts: Counter[Change] = field(default_factory=Counter)
    segments: Counter[str] = field(default_factory=Counter)
    """By connection, of what would be new or doubled."""
    changes: Counter[tuple[str, Change]] = field(default_factory=Counter)
    """By connection."""
    appointments: Counter[str] = field(default_factory=Counter)
    """How many were looked at, by connection."""
    complete: bool = True

    @property
    def looked_at(self) -> int:
        return self.appointments.total()

    def take(self, line: Line, most_lines: int) -> None:
        self.counts[line.difference.change] += 1
        self.changes[line.connection, line.difference.change] += 1
        if line.difference.change in {Change.NEW, Change.DOUBLED} and line.text:
            self.segments[line.connection] += line.cost.count
        if len(self.lines) < most_lines:
            self.lines.append(line)

    def as_json(self) -> dict[str, Any]:
        return {
            "counts": {change.value: self.counts[change] for change in Change},
            "lookedAt": self.looked_at,
            "complete": self.complete,
            "promises": [line.as_json() for line in self.lines],
        }


def facts_for(settings: Settings, name: str) -> ConnectionFacts:
    """As much of a connection as planning asks for; what the vendor can do does not matter here."""
    found = settings.connections[name]
    return ConnectionFacts(
        name=name,
        zone=found.zone,
        sender=found.sender,
        failover_sender=found.failover_sender,
        needs_opt_in=found.consent_policy == "opt_in",
    )


def rehearse(
    settings: Settings,
    db: Database,
    names: list[str],
    edited: Edited,
    *,
    back: timedelta = timedelta(0),
    most: int = MOST_LOOKED_AT,
    most_lines: int = 1000,
) -> Rehearsal:
    """Look at the appointments of these connections that start from `back` ago on, at most `most` in all."""
    found = Rehearsal()
    for name in names:
        for seen, now in _pages(settings, db, name, edited, back):
            if found.looked_at >= most:
                found.complete = False
                return found
            found.appointments[name] += 1
            for line in _lines(settings, db, name, seen, now):
                found.take(line, most_lines)
    return found


def cost_of(settings: Settings, found: Rehearsal) -> dict[str, tuple[Price, int]]:
    """Price and segments of what would be new, by connection; only where a price is configured."""
    priced = ((name, price_of(settings, settings.connections[name]), count) for name, count in found.segments.items())
    return {name: (price, count) for name, price, count in priced if price is not None}


def _pages(
    settings: Settings, db: Database, name: str, edited: Edited, back: timedelta
) -> Iterator[tuple[Seen, datetime]]:
    """Each page is a transaction of its own: nothing is held while texts are made."""
    facts, after_id = facts_for(settings, name), 0
    while True:
        with db.begin() as tx:
            now = database_now(tx)
            page = rehearsal.page(tx, facts, edited, after_id=after_id, since=now - back, limit=PAGE)
        yield from ((seen, now) for seen in page.seen)
        if page.last_id is None:
            return
        after_id = page.last_id


def _lines(settings: Settings, db: Database, name: str, seen: Seen, now: datetime) -> list[Line]:
    starts_at = seen.row.starts_at
    is_past = starts_at is not None and starts_at <= now
    if is_past:
        differences = behind(seen.subject, seen.before, seen.after)
    else:
        differences = ahead(seen.subject, seen.before, seen.after, seen.promises, now=now)
    wanted = [(each.attendee, each.workflow) for each in differences if each.change in TEXTED and each.workflow.texts]
    materials: dict[tuple[str, str], Material] = {}
    if wanted:
        with db.begin() as tx:
            materials = rehearsal.materials(tx, seen, wanted)
    lines = []
    for each in differences:
        made = materials.get((each.attendee, each.workflow.id))
        text, why_not = _text(settings, name, made) if each.change in TEXTED and each.workflow.texts else ("", "")
        zone = seen.row.zone or settings.connections[name].zone
        lines.append(Line(name, seen.row.external_id, starts_at, zone, is_past, each, text, why_not))
    return lines


def _text(settings: Settings, name: str, material: Material | None) -> tuple[str, str]:
    """The text, or why there is none."""
    if material is None:
        return "", "nobody is known to text"
    try:
        return text_of(settings.connections[name], material), ""
    except (ValueError, LookupError) as problem:
        return "", str(problem)


def move_booked(database: Database, config_id: UUID, revision: int) -> int:
    """Pin what is booked to this revision, in pages. Returns how many appointments moved.

    Whoever calls has them planned anew; until then each text is the old revision's.
    """
    moved = 0
    while True:
        with database.begin() as tx:
            page = rehearsal.move_pins(tx, config_id, revision, limit=PINS)
        moved += page
        if page < PINS:
            return moved
