"""A rehearsal from the command line: the differences with their texts, then what they come to."""

import argparse
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from punctual import config_files, configs
from punctual.printing import columns, local, plural, print_json
from punctual.session import DONE, MISUNDERSTOOD, Refused, Session
from rules.rehearsal import Change
from runtime import explain, rehearsal
from runtime.prices import Price
from runtime.rehearsal import Line, Rehearsal
from schemas.appointment_rules import to_rules
from store import config_views
from store.rehearsal import Edited

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
MOST_BACK = timedelta(days=3660)


def rehearse(session: Session, args: argparse.Namespace) -> int:
    """Print what the file's config would change."""
    back = span(args.since)
    edited, names = _subject(session, args)
    found = rehearsal.rehearse(
        session.settings, session.db, names, edited, back=back, most_lines=10**9 if args.json else args.most
    )
    costs = rehearsal.cost_of(session.settings, found)
    if args.json:
        cost = {
            name: {"segments": found.segments[name], **price.as_json(count)} for name, (price, count) in costs.items()
        }
        print_json({"config": str(edited.id), "connections": names, **found.as_json(), "cost": cost})
        return DONE
    for line in found.lines:
        print(block(line))
    if sum(found.counts.values()) > len(found.lines):
        print(f"... and {sum(found.counts.values()) - len(found.lines)} more (--most)")
    print(totals(found, names))
    print(columns(table(found, names, costs), indent="  "))
    print("nothing was sent and nothing was stored")
    return DONE


def span(text: str) -> timedelta:
    """`12h`, `30d`, `8w`."""
    match = re.fullmatch(r"([0-9]{1,5})([hdw])", text)
    length = int(match[1]) * UNITS[match[2]] if match else None
    if length is None or length > MOST_BACK:
        raise Refused(f"--since {text}: expected a length such as 12h, 30d or 8w", MISUNDERSTOOD)
    return length


def _subject(session: Session, args: argparse.Namespace) -> tuple[Edited, list[str]]:
    """The config as it would be, and the connections whose appointments it would plan for."""
    draft = config_files.read(args.config)
    scope = configs.by(args.by)
    if args.connection:
        session.connection(args.connection)
    with session.db.begin() as tx:
        identity, before = configs.identify(tx, draft)
        body = draft.checked(identity, configs.workflow_ids(before))
        view = config_views.one(tx, identity)
    known = set(session.settings.connections)
    assigned = {each.connection for each in view.assigned} & known if view is not None else set()
    config = to_rules({**body, "id": str(identity)}, view.revision + 1 if view is not None else 1)
    if args.connection:
        return Edited(identity, config, scope), [args.connection]
    if assigned:
        return Edited(identity, config), sorted(assigned)
    if not known:
        raise Refused("no connection is configured, so there is nothing to rehearse on")
    return Edited(identity, config, scope), sorted(known)


def block(line: Line) -> str:
    """One difference: what, whose, when; then the text."""
    found = line.difference
    when = {
        Change.MOVED: f"{local(found.due_before, line.zone)} -> {local(found.due_after, line.zone)}",
        Change.GONE: local(found.due_before, line.zone),
    }.get(found.change) or local(found.due_after, line.zone)
    name = found.workflow.name or found.workflow.id
    parts = f", {plural(line.cost.count, 'segment')}" if line.text else ""
    past = " (in the past)" if line.is_past else ""
    rows = [f"{found.change.value:<8} {when}  {line.connection} {line.external_id}  {name}{parts}{past}"]
    if found.reason is not None:
        rows.append(f"    {explain.because(found.reason)}")
    if found.doubles:
        rows.append(f"    the same person is told by {found.doubles} too")
    if line.why_not:
        rows.append(f"    would not be sent: {line.why_not}")
    return "\n".join([*rows, *(f"    {row}" for row in line.text.splitlines())])


def table(found: Rehearsal, names: Sequence[str], costs: Mapping[str, tuple[Price, int]]) -> list[tuple[str, ...]]:
    """What it comes to, by connection; segments and cost are those of the texts that would be new or doubled."""
    rows = [("connection", "appointments", *(change.value for change in Change), "segments", "cost")]
    for name in names:
        price = costs.get(name)
        cost = price[0].words(price[1]) if price else ("no price is set" if found.segments[name] else "nothing")
        counts = [found.appointments[name], *(found.changes[name, each] for each in Change), found.segments[name]]
        rows.append((name, *map(str, counts), cost))
    return rows


def totals(found: Rehearsal, names: Sequence[str]) -> str:
    counts = ", ".join(f"{found.counts[change]} {change.value}" for change in Change)
    return f"{counts}; {plural(found.looked_at, 'appointment')} looked at on {', '.join(names)}"
