"""What needs a person: look at it, and say when it is settled."""

import argparse
from typing import Any

from punctual.printing import columns, local, plural, print_json, warn
from punctual.session import DONE, MISUNDERSTOOD, REFUSED, Refused, Session, actor
from store import inbox, operator_actions

MOST = 500


def show(session: Session, connection: str | None, args: argparse.Namespace) -> int:
    if connection is not None:
        session.connection(connection)
    with session.db.begin() as tx:
        items = inbox.open_items(tx, connection, limit=MOST)
    if args.json:
        print_json({"open": [_as_json(each) for each in items]})
    elif not items:
        print("nothing needs a person" + (f" at {connection}" if connection else ""))
    else:
        print("\n".join(_lines(session, each) for each in items))
        print(f"{plural(len(items), 'matter')}; `punctual inbox resolve NUMBER` when one is settled")
    return DONE


def resolve(session: Session, numbers: list[str], args: argparse.Namespace) -> int:
    """Settled: a new occurrence is told anew."""
    wrong = [each for each in numbers if not each.isdecimal() or len(each) > 18]  # a bigint has room for 18 digits
    if wrong or not numbers:
        raise Refused(
            f"expected the numbers that `punctual inbox` shows, got {' '.join(wrong) or 'none'}", MISUNDERSTOOD
        )
    settled, unknown = [], []
    with session.db.begin() as tx:
        for number in map(int, numbers):
            if inbox.resolve_by_id(tx, number):
                operator_actions.record(tx, actor(), "inbox resolve", str(number), args.note)
                settled.append(number)
            else:
                unknown.append(number)
    if args.json:
        print_json({"resolved": settled, "not_open": unknown})
    else:
        for number in settled:
            print(f"{number} is settled")
        for number in unknown:
            warn(f"no open matter has the number {number}; it may have been settled before")
    return REFUSED if unknown else DONE


def _as_json(item: Any) -> dict[str, Any]:
    return {
        "id": item.id,
        "connection": item.connection,
        "kind": item.kind,
        "message": item.message,
        "external_id": item.external_id or None,
        "times": item.times,
        "since": item.created_at,
        "told_at": item.told_at,
    }


def _lines(session: Session, item: Any) -> str:
    settings = session.settings.connections.get(item.connection)
    since = local(item.created_at, settings.zone if settings else None)
    times = f", {item.times} times" if item.times > 1 else ""
    head = columns([(str(item.id), item.connection, item.kind, since + times)])
    about = f" (appointment {item.external_id})" if item.external_id else ""
    return f"{head}\n    {item.message}{about}"
