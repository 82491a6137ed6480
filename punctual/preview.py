"""The texts that a connection is about to send, as they would leave now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from punctual.printing import columns, local, masked, plural
from runtime.prices import Price
from runtime.settings import ConnectionSettings, Mode
from runtime.wording import text_of
from store import connections, upcoming
from store.engine import Database
from store.engine import now as database_now
from store.upcoming import Upcoming
from texts import Segments, segments

AHEAD = timedelta(hours=48)
MOST = 1000  # texts that are rendered; the rest is counted


@dataclass(frozen=True, slots=True)
class Planned:
    """One text. `why_not` says why it would not be sent to this person, though it is planned."""

    due_at: datetime
    zone: str
    external_id: str
    to: str
    workflow: str
    text: str
    cost: Segments
    why_not: str

    def as_json(self) -> dict[str, Any]:
        return {
            "due_at": self.due_at,
            "local": local(self.due_at, self.zone),
            "external_id": self.external_id,
            "to": self.to,
            "workflow": self.workflow,
            "text": self.text,
            "encoding": self.cost.encoding,
            "segments": self.cost.count,
            "why_not": self.why_not or None,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent within `AHEAD`. `more` are those beyond the ones that were rendered."""

    texts: tuple[Planned, ...]
    more: int
    price: Price | None = None

    @property
    def leaving(self) -> list[Planned]:
        return [each for each in self.texts if not each.why_not]

    @property
    def segments(self) -> int:
        return sum(each.cost.count for each in self.leaving)

    def as_json(self) -> dict[str, Any]:
        return {
            "hours": int(AHEAD.total_seconds() // 3600),
            "count": len(self.leaving) + self.more,
            "segments": self.segments,
            "cost": self.price.as_json(self.segments) if self.price else None,
            "texts": [each.as_json() for each in self.texts],
            "not_shown": self.more,
        }


def preview(db: Database, connection: ConnectionSettings, mode: Mode, price: Price | None = None) -> Preview:
    """What `mode` would send, from what is planned now. What was due while it observed is not owed."""
    with db.begin() as tx:
        now, state = database_now(tx), connections.find(tx, connection.name)
        texting = state is not None and state.mode != Mode.OBSERVE and state.live_since is not None
        since = state.live_since if state is not None and texting else now
        until = now + AHEAD
        found = upcoming.of(tx, connection.name, since=since, until=until, limit=MOST)
        total = upcoming.count(tx, connection.name, since=since, until=until) if len(found) == MOST else len(found)
    texts = [each for each in found if each.material is None or each.material.workflow.texts]
    return Preview(tuple(_planned(each, connection, mode) for each in texts), total - len(found), price)


def _planned(found: Upcoming, connection: ConnectionSettings, mode: Mode) -> Planned:
    text, why_not = "", "" if found.material else "its workflow is gone"
    try:
        text = text_of(connection, found.material) if found.material else ""
    except (ValueError, LookupError) as error:
        why_not = str(error)
    if mode is Mode.TRIAL and found.to not in connection.trial_numbers:
        why_not = "no trial number"
    rule = found.material.workflow if found.material else None
    return Planned(
        found.due_at,
        found.zone or connection.zone,
        found.external_id,
        masked(found.to),
        (rule.name or rule.id) if rule else "",
        text,
        segments(text),
        why_not,
    )


def lines(found: Preview) -> str:
    """For people: when, to whom, what; then what it comes to."""
    blocks = [_block(each) for each in found.texts]
    if found.more:
        blocks.append(f"... and {found.more} more")
    return "\n".join([*blocks, totals(found)])


def _block(each: Planned) -> str:
    head = columns([(local(each.due_at, each.zone), each.to, plural(each.cost.count, "segment"), each.external_id)])
    if each.why_not:
        return f"{head}\n    not sent: {each.why_not}"
    return "\n".join([head, *(f"    {line}" for line in each.text.splitlines())])


def totals(found: Preview) -> str:
    if not found.texts:
        return "nothing is due in the next 48 hours"
    count = plural(len(found.leaving) + found.more, "text")
    parts = plural(found.segments, "segment")
    shown = " shown here" if found.more else ""
    cost = "no price per segment is configured, so no cost is known"
    if found.price is not None:
        cost = f"{found.price.words(found.segments)} at {found.price.words(1)} per segment"
    return f"{count} in the next 48 hours, {parts}{shown}; {cost}"
