"""One appointment from the first event to the last answer, and why."""

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from punctual.printing import columns, local, masked, plural, print_json
from punctual.session import DONE, MISUNDERSTOOD, REFUSED, Refused, Session, unknown
from runtime import explain
from store import appointments, connections, nearest, promises
from store.standing import standing


def tell(session: Session, args: argparse.Namespace) -> int:
    with session.db.begin() as tx:
        row = appointments.find(tx, args.connection, args.external_id)
        said = explain.lines(tx, args.connection, args.external_id)
        if row is None and not said:
            raise nothing_known(tx, session, args.connection, args.external_id)
        planned = promises.of_appointment(tx, row.id) if row is not None else []
        sent = explain.texts(tx, row.id) if row is not None else []
    zone = _zone(session, args.connection, row)
    if args.json:
        print_json(
            {
                "connection": args.connection,
                "external_id": args.external_id,
                "appointment": _as_json(row, zone) if row is not None else None,
                "promises": dict(Counter(each.state for each in planned)),
                "timeline": [
                    {"at": each.at, "kind": each.kind, "text": each.text, "facts": each.facts} for each in said
                ],
                "texts": [{"workflow": each.workflow_id, **text_as_json(each)} for each in sent],
            }
        )
    else:
        print(_header(args, row, planned, zone))
        print(columns([(local(each.at, zone), each.text) for each in said]))
        print_texts(sent, zone)
    return DONE


def _zone(session: Session, connection: str, row: Row[Any] | None) -> str:
    configured = session.settings.connections.get(connection)
    return (row.zone if row is not None else "") or (configured.zone if configured else "") or "UTC"


def _header(args: argparse.Namespace, row: Row[Any] | None, planned: Sequence[Any], zone: str) -> str:
    if row is None:
        return f"{args.connection} {args.external_id}: never fetched\n"
    now = standing(row)
    words = [
        now.status.value + (", confirmed" if now.confirmed else ""),
        f"starts {local(row.starts_at, zone)}" if row.starts_at else "has no start",
        row.presence if row.presence == "present" else f"{row.presence} at the vendor",
    ]
    states = Counter(each.state for each in planned)
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"
    return f"{args.connection} {args.external_id}: {'; '.join(words)}\npromises: {told}\n"


def _as_json(row: Row[Any], zone: str) -> dict[str, Any]:
    now = standing(row)
    return {
        "status": now.status,
        "confirmed": now.confirmed,
        "vendor_word": row.vendor_word,
        "presence": row.presence,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "zone": zone,
        "local": local(row.starts_at, zone) if row.starts_at else None,
        "fetched_at": row.fetched_at,
        "revision": row.revision,
    }


def text_as_json(sent: Any) -> dict[str, Any]:
    return {
        "at": sent.created_at,
        "state": sent.state,
        "reason": sent.reason,
        "to": masked(sent.to_number),
        "text": _body(sent),
        "segments": sent.segments,
    }


def _body(sent: Any) -> str | None:
    """None once retention has emptied it."""
    return sent.body.decode(errors="replace") if sent.body is not None else None


def print_texts(sent: Sequence[Any], zone: str) -> None:
    """Each text as it was sent, with what became of it; the number only to be recognised."""
    for each in sent:
        dry = each.state == "not_sent"
        why = f": {each.reason}" if each.reason else ""
        print(
            f"\n{'not sent' if dry else each.state}{why}, to {masked(each.to_number)}, {local(each.created_at, zone)}"
        )
        body = _body(each) or "(the text is no longer kept)"
        print("\n".join(f"    {line}" for line in body.splitlines()))


def nothing_known(tx: Connection, session: Session, connection: str, external_id: str) -> Refused:
    """What may have been meant, or how fresh the connection is."""
    state = connections.find(tx, connection)
    if state is None and connection not in session.settings.connections:
        return Refused(unknown("connection", connection, session.settings.connections), MISUNDERSTOOD)
    near = nearest.external_ids(tx, connection, external_id)
    if near:
        return Refused(f"{connection} knows no appointment {external_id!r}; did you mean {', '.join(near)}?", REFUSED)
    zone = _zone(session, connection, None)
    heard = [f"had {plural(explain.events_of(tx, connection), 'webhook')}"]
    if state is not None:
        heard += [_heard("the last one", state.last_event_at, zone), _heard("its vendor", state.last_answer_at, zone)]
    return Refused(f"{connection} knows no appointment {external_id!r}; it {', '.join(filter(None, heard))}", REFUSED)


def _heard(who: str, at: datetime | None, zone: str) -> str:
    verb = "answered last" if "vendor" in who else "came"
    return f"{who} {verb} {local(at, zone)}" if at is not None else ""
