"""A corrected zone, or new zone rules, for what is planned already: shown first, then applied (edge case 28)."""

import argparse
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from punctual.printing import local, plural, print_json
from punctual.session import DONE, Session, actor
from rules.rehearsal import Change, Difference, ahead
from rules.timing import zone_or_none
from store import appointments, operator_actions, records, rehearsal
from store.engine import now as database_now
from store.planning import lock, replan
from store.rehearsal import Seen

PAGE = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """One appointment whose zone, or whose texts' times, would be others."""

    id: int
    external_id: str
    zone_before: str | None
    zone_after: str
    is_guess: bool
    differences: tuple[Difference, ...]

    def as_json(self) -> dict[str, Any]:
        promises = [
            {
                "change": each.change.value,
                "workflow": each.workflow.id,
                "due_before": each.due_before,
                "due_after": each.due_after,
            }
            for each in self.differences
        ]
        zones = {"zone_before": self.zone_before, "zone_after": self.zone_after}
        return {"external_id": self.external_id, **zones, "promises": promises}


def zones(session: Session, args: argparse.Namespace) -> int:
    """Show every difference; with --apply carry them out, one appointment at a time."""
    name = session.connection(args.connection).name
    found = _found(session, name)
    if args.apply:
        for each in found:
            _apply(session, name, each)
        with session.db.begin() as tx:
            operator_actions.record(tx, actor(), "zones apply", name, outcome=f"{len(found)} appointments")
    if args.json:
        print_json({"connection": name, "applied": args.apply, "appointments": [each.as_json() for each in found]})
        return DONE
    for each in found:
        print(_block(each))
    moved = sum(each.change is Change.MOVED for one in found for each in one.differences)
    done = "applied" if args.apply else f"nothing was changed; `punctual zones {name} --apply` plans it so"
    print(f"{name}: {plural(len(found), 'appointment')}, {plural(moved, 'text')} moved; {done}")
    return DONE


def _found(session: Session, name: str) -> list[Moved]:
    """From now on, in short pages."""
    facts = session.wiring.facts(name)
    found: list[Moved] = []
    after_id: int | None = 0
    while after_id is not None:
        with session.db.begin() as tx:
            now = database_now(tx)
            page = rehearsal.page(tx, facts, None, after_id=after_id, since=now, limit=PAGE)
            looked = (_look(session, tx, name, seen, now) for seen in page.seen)
            found += [each for each in looked if each is not None]
            after_id = page.last_id
    return found


def _look(session: Session, tx: Connection, name: str, seen: Seen, now: datetime) -> Moved | None:
    wiring = session.wiring
    record = wiring.to_appointment(name)(appointments.raw(seen.row), wiring.mapping_facts(name, now))
    zone, is_guess = records.resolve_zone(tx, wiring.facts(name), record)
    subject = replace(seen.subject, zone=zone_or_none(zone))
    differences = ahead(subject, seen.before, seen.before, seen.promises, now=now)
    if zone == seen.row.zone and not differences:
        return None
    return Moved(seen.row.id, seen.row.external_id, seen.row.zone, zone, is_guess, tuple(differences))


def _apply(session: Session, name: str, moved: Moved) -> None:
    with session.db.begin() as tx:
        row = lock(tx, moved.id)
        fresh = appointments.keep_zone(tx, row, moved.zone_after, is_guess=moved.is_guess)
        replan(tx, fresh, session.wiring.facts(name))


def _block(moved: Moved) -> str:
    rows = [f"{moved.external_id}: {moved.zone_before or 'no zone'} -> {moved.zone_after}"]
    for each in moved.differences:
        before, after = local(each.due_before, moved.zone_after), local(each.due_after, moved.zone_after)
        name = each.workflow.name or each.workflow.id
        rows.append(f"    {each.change.value}: {name}, {before} -> {after}")
    return "\n".join(rows)
