"""Keys of the API from the command line."""

import argparse

from punctual.printing import columns, print_json
from punctual.session import DONE, MISUNDERSTOOD, Refused, Session, actor
from store import api_keys, operator_actions

SHORTEST = 6  # hex digits of a digest: fewer meet another key too easily
SHOWN = 12


def create(session: Session, args: argparse.Namespace) -> int:
    """Make a key and show it, once."""
    if args.connection:
        session.connection(args.connection)
    with session.db.begin() as tx:
        key = api_keys.create(tx, args.name, args.connection)
        mark = api_keys.digest(key)[:SHOWN]
        operator_actions.record(tx, actor(), "keys create", args.name, outcome=mark)
    if args.json:
        print_json({"key": key, "name": args.name, "connection": args.connection, "digest": mark})
    else:
        print(key)
        print(f"for {args.connection or 'all connections'}; keep it: it is not shown again. To revoke it: {mark}")
    return DONE


def list_all(session: Session, args: argparse.Namespace) -> int:
    with session.db.begin() as tx:
        rows = api_keys.listed(tx)
    if args.json:
        found = [
            {
                "digest": row.digest[:SHOWN],
                "name": row.name,
                "connection": row.connection,
                "created_at": row.created_at,
                "revoked_at": row.revoked_at,
            }
            for row in rows
        ]
        print_json({"keys": found})
        return DONE
    shown = [
        (
            row.digest[:SHOWN],
            row.name,
            row.connection or "all connections",
            f"made {row.created_at:%Y-%m-%d}",
            f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "",
        )
        for row in rows
    ]
    print(columns(shown) or "no key yet: `punctual keys create NAME`")
    return DONE


def revoke(session: Session, args: argparse.Namespace) -> int:
    beginning = args.digest.lower()
    if len(beginning) < SHORTEST:
        raise Refused(f"give at least {SHORTEST} characters of what `punctual keys list` shows", MISUNDERSTOOD)
    with session.db.begin() as tx:
        found = api_keys.revoke(tx, beginning)
        if len(found) == 1:
            operator_actions.record(tx, actor(), "keys revoke", found[0][:SHOWN])
    if len(found) != 1:
        many = f"{len(found)} keys begin" if found else "no key that is not revoked begins"
        raise Refused(f"{many} with {args.digest!r}", MISUNDERSTOOD)
    if args.json:
        print_json({"digest": found[0][:SHOWN], "revoked": True})
    else:
        print(f"{found[0][:SHOWN]} is revoked")
    return DONE
