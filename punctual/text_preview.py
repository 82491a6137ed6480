"""Any text for any stored appointment, as it would leave now; whatever cannot leave is refused with its reason."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from punctual import config_files, configs
from punctual.contacts import read
from punctual.printing import plural, print_json
from punctual.session import DONE, MISUNDERSTOOD, REFUSED, Refused, Session
from rules.segments import segments
from rules.statuses import Status
from rules.workflow import Anchor, Config, Workflow
from runtime.prices import Price, price_of
from runtime.settings import ConnectionSettings
from runtime.wording import text_of
from schemas.appointment_rules import to_rules
from store import appointments, material
from store import configs as stored
from store.material import Material
from texts import check, invites_opt_out


@dataclass(frozen=True, slots=True)
class Shown:
    """One text for one attendee, or why there is none."""

    workflow: str
    attendee: str
    text: str
    why_not: str

    def as_json(self, price: Price | None) -> dict[str, Any]:
        counted = segments(self.text)
        return {
            "workflow": self.workflow,
            "attendee": self.attendee,
            "text": self.text or None,
            "encoding": counted.encoding if self.text else None,
            "segments": counted.count,
            "cost": price.as_json(counted.count) if price else None,
            "why_not": self.why_not or None,
        }


def preview(session: Session, args: argparse.Namespace) -> int:
    """Render and show. A text that cannot be made makes the whole command fail."""
    connection = session.connection(args.connection)
    with session.db.begin() as tx:
        row = appointments.find(tx, connection.name, args.external_id)
        if row is None:
            raise Refused(f"{connection.name} has no appointment {args.external_id!r} here", MISUNDERSTOOD)
        workflows = _workflows(tx, row, args)
        people = material.of_seats(tx, row.id)
    shown = [
        _shown(connection, each, workflow, config, args.language)
        for config, workflow in workflows
        if workflow.texts
        for each in people
    ]
    price = price_of(session.settings, connection)
    if args.json:
        texts = [each.as_json(price) for each in shown]
        print_json({"connection": connection.name, "appointment": args.external_id, "texts": texts})
    else:
        _print(shown, price, has_people=bool(people))
    return REFUSED if not shown or any(each.why_not for each in shown) else DONE


def _workflows(tx: Connection, row: Row[Any], args: argparse.Namespace) -> Sequence[tuple[Config | None, Workflow]]:
    if args.template is not None:
        return [(None, _only(_template(args.template)))]
    if args.config is not None:
        draft = config_files.read(args.config)
        identity, before = configs.identify(tx, draft)
        config = to_rules(draft.checked(identity, configs.workflow_ids(before)))
        return [(config, each) for each in config.workflows]
    pinned = stored.pinned(tx, row)
    loaded = stored.load(tx, sorted(pinned.items(), key=str))
    return [(config, each) for config in loaded.values() for each in config.workflows if each.enabled]


def _template(text: str) -> str:
    source = read(Path(text[1:])) if text.startswith("@") else text
    wrong = [str(each) for each in check(source)] or list(filter(None, [invites_opt_out(source)]))
    if wrong:
        raise Refused("\n".join(["the template is refused:", *(f"  {line}" for line in wrong)]))
    return source


def _only(template: str) -> Workflow:
    return Workflow(str(UUID(int=0)), "template", True, Anchor.EVENT_STARTS, 0, frozenset(Status), template)


def _shown(
    connection: ConnectionSettings, seat: Row[Any], workflow: Workflow, config: Config | None, language: str | None
) -> Shown:
    made: Material = material.material(seat, workflow, config)
    name = workflow.name or workflow.id
    try:
        return Shown(name, seat.key, text_of(connection, replace(made, language=language or made.language)), "")
    except (ValueError, LookupError) as problem:
        return Shown(name, seat.key, "", str(problem))


def _print(shown: Sequence[Shown], price: Price | None, *, has_people: bool) -> None:
    if not shown:
        print("it has no text" if has_people else "the appointment has nobody who could be texted")
    for each in shown:
        counted = segments(each.text)
        if each.why_not:
            print(f"{each.workflow}, {each.attendee}: refused: {each.why_not}")
            continue
        cost = f", {price.words(counted.count)}" if price else ""
        print(f"{each.workflow}, {each.attendee}: {plural(counted.count, 'segment')}, {counted.encoding}{cost}")
        print("\n".join(f"    {line}" for line in each.text.splitlines()))
