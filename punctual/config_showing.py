"""Appointment configs to be looked at, from the command line: all of them, or one with its texts and revisions."""

import argparse
import json
from typing import Any

from sqlalchemy import Connection, Row

from punctual import configs
from punctual.config_hints import hints
from punctual.printing import columns, plural, print_json
from punctual.session import DONE, MISUNDERSTOOD, Refused, Session
from store import configs as stored


def list_all(session: Session, args: argparse.Namespace) -> int:
    with session.db.begin() as tx:
        rows = stored.all_current(tx)
        users = configs.users(tx, session)
    found = [
        {
            "id": str(row.id),
            "name": row.name,
            "revision": row.revision,
            "workflows": len(json.loads(row.body).get("workflows", ())),
            "assigned": users.get(row.id, []),
        }
        for row in rows
    ]
    if args.json:
        print_json({"configs": found})
    elif not found:
        print("no config yet: `punctual configs apply FILE --assign CONNECTION`")
    else:
        rows_shown = [
            (
                each["id"],
                each["name"] or "(no name)",
                f"revision {each['revision']}",
                plural(each["workflows"], "workflow"),
                ", ".join(map(configs.assignment_in_words, each["assigned"])) or "not assigned",
            )
            for each in found
        ]
        print(columns(rows_shown))
    return DONE


def show(session: Session, args: argparse.Namespace) -> int:
    with session.db.begin() as tx:
        row, known = _revision(tx, configs.named(tx, args.config), args.revision)
        assigned = configs.users(tx, session).get(row.id, [])
        body = json.loads(row.body)
        told = hints(session, tx, body, assigned)
    if args.json:
        head = {"id": str(row.id), "name": row.name, "revision": row.revision, "assigned": assigned, "hints": told}
        print_json({**head, "revisions": known, **configs.texts_as_json(body), "config": body})
        return DONE
    print(f"{row.name or 'a config'} ({row.id}): revision {row.revision}, made by {row.created_by or 'somebody'}")
    configs.print_texts(body)
    print(f"assigned to {', '.join(map(configs.assignment_in_words, assigned)) or 'no connection'}")
    if len(known) > 1:
        print(f"{len(known)} revisions; `--revision N` shows an earlier one")
    configs.print_hints(told)
    return DONE


def _revision(tx: Connection, row: Row[Any], wanted: int | None) -> tuple[Row[Any], list[dict[str, Any]]]:
    """The current revision or the wanted one, and what there are."""
    rows = {each.revision: each for each in stored.revisions(tx, row.id)}
    if wanted is not None and wanted not in rows:
        raise Refused(f"{row.name or row.id} has no revision {wanted}; its newest is {max(rows)}", MISUNDERSTOOD)
    known = [
        {"revision": each.revision, "created_at": each.created_at, "created_by": each.created_by}
        for each in rows.values()
    ]
    return rows[wanted or row.revision], known
