"""The directory of names from the command line."""

import argparse

from punctual.contacts import read
from punctual.printing import columns, plural, print_json, warn
from punctual.session import DONE, REFUSED, Session, actor
from schemas.names import read_names
from store import names, operator_actions


def load(session: Session, args: argparse.Namespace) -> int:
    """Store every row of the file, or none where a row is bad. The fence reads names when a text leaves."""
    connection = session.connection(args.connection).name
    found, problems = read_names(read(args.file))
    refused = bool(problems) and not args.skip_bad
    changed = 0
    with session.db.begin() as tx:
        if args.dry_run or refused:
            known = {(row.kind, row.key): row.name for row in names.listed(tx, connection)}
            changed = sum(known.get((each.kind, each.key)) != each.name for each in found)
        else:
            changed = sum(names.put(tx, connection, each.kind, each.key, each.name) for each in found)
            operator_actions.record(tx, actor(), "names import", connection, outcome=f"{changed} changed")
    imported = not args.dry_run and not refused
    if args.json:
        bad = [{"line": each.line, "why": each.why} for each in problems]
        print_json({"connection": connection, "imported": imported, "rows": len(found), "changed": changed, "bad": bad})
    else:
        for each in problems:
            warn(f"{args.file} line {each.line}: {each.why}")
        done = "imported" if imported else "nothing was imported"
        print(f"{connection}: {plural(len(found), 'name')}, {changed} new or changed; {done}")
    return REFUSED if refused else DONE


def list_all(session: Session, args: argparse.Namespace) -> int:
    connection = session.connection(args.connection).name
    with session.db.begin() as tx:
        rows = names.listed(tx, connection)
    if args.json:
        print_json({"names": [{"kind": row.kind, "key": row.key, "name": row.name} for row in rows]})
    else:
        print(columns([(row.kind, row.key, row.name) for row in rows]) or "no name yet: `punctual names import FILE`")
    return DONE


def missing(session: Session, args: argparse.Namespace) -> int:
    """What is still only an id, the most frequent first."""
    connection = session.connection(args.connection)
    with session.db.begin() as tx:
        found = names.missing(tx, connection.name, connection.locations)
    if args.json:
        told = [{"kind": kind, "key": key, "appointments": count} for kind, key, count in found]
        print_json({"connection": connection.name, "missing": told})
    else:
        rows = [(kind, key, plural(count, "appointment")) for kind, key, count in found]
        print(columns(rows) or f"every id of {connection.name} has a name")
    return DONE
