"""Which appointments a config plans for, from the command line; and its end."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from punctual import configs
from punctual.config_hints import hints
from punctual.printing import print_json
from punctual.session import DONE, Session, actor
from store import configs as stored
from store import operator_actions


def assign(session: Session, args: argparse.Namespace) -> int:
    field, value = configs.by(args.by)
    session.connection(args.connection)
    with session.db.begin() as tx:
        row = configs.named(tx, args.config)
        configs.refuse_out_of_reach(session, json.loads(row.body), [args.connection])
        new = configs.assign_one(tx, args.connection, row.id, field, value)
        mine = [{"connection": args.connection, "field": field, "value": value}]
        told = hints(session, tx, json.loads(row.body), mine)
        if new:
            configs.plan_anew(tx, [args.connection])
            operator_actions.record(tx, actor(), "configs assign", args.connection, outcome=str(row.id))
    return _assigned(args, row, changed=new, word="assigned to", otherwise="was assigned to", told=told)


def unassign(session: Session, args: argparse.Namespace) -> int:
    session.connection(args.connection)
    with session.db.begin() as tx:
        row = configs.named(tx, args.config)
        gone = stored.unassign(tx, args.connection, row.id, only=configs.by(args.by) if args.by else None)
        if gone:
            configs.plan_anew(tx, [args.connection])
            operator_actions.record(tx, actor(), "configs unassign", args.connection, outcome=str(row.id))
    return _assigned(args, row, changed=bool(gone), word="no longer assigned to", otherwise="was not assigned to")


def delete(session: Session, args: argparse.Namespace) -> int:
    """Delete it, with its assignments; what it had planned is cancelled. Its revisions are kept for what was sent."""
    with session.db.begin() as tx:
        row = configs.named(tx, args.config)
        touched = sorted(set(configs.used_by(tx, session, row.id)))
        stored.delete(tx, row.id)
        configs.plan_anew(tx, touched)
        operator_actions.record(tx, actor(), "configs delete", str(row.id))
    if args.json:
        print_json({"id": str(row.id), "name": row.name, "deleted": True, "planned_anew": touched})
    else:
        planned = f"; what it had planned for {', '.join(touched)} is cancelled" if touched else ""
        print(f"{row.name or row.id} is deleted{planned}")
    return DONE


def _assigned(
    args: argparse.Namespace, row: Row[Any], *, changed: bool, word: str, otherwise: str, told: Sequence[str] = ()
) -> int:
    if args.json:
        said = {"id": str(row.id), "name": row.name, "connection": args.connection, "changed": changed}
        print_json({**said, "hints": [*told]})
    else:
        planned = "; its appointments are planned anew" if changed else " already" if "not" not in otherwise else ""
        print(f"{row.name or row.id} {word if changed else otherwise} {args.connection}{planned}")
        configs.print_hints(told)
    return DONE
