"""An operator says how an appointment stands, as a practice's own system does by the API."""

import argparse

from punctual.explaining import nothing_known
from punctual.printing import local, print_json
from punctual.session import DONE, Refused, Session, actor
from runtime import names, reach
from schemas.appointment_status import CHANGES
from store import appointments, operator_actions, statuses
from store.standing import record


def set_status(session: Session, args: argparse.Namespace) -> int:
    """Kept at once; workers tell the vendor. Refused where nobody could ever be told."""
    settings, change = session.connection(args.connection), CHANGES[args.status]
    with session.db.begin() as tx:
        row = appointments.locked(tx, args.connection, args.external_id)
        if row is None:
            raise nothing_known(tx, session, args.connection, args.external_id)
        if args.starts_at is not None and args.starts_at != row.starts_at:
            starts = local(row.starts_at, row.zone or settings.zone)
            raise Refused(f"{args.external_id} starts at another time: {starts}. Nothing was set.")
        if reach.reaches_nobody(settings, change, record(row)):
            raise Refused(
                f"the vendor of {args.connection} documents no way to be told {args.status}, and there is no callback "
                f"in its place: set status_callback of [connections.{args.connection}]"
            )
        statuses.say(tx, row, change, "operator")
        operator_actions.record(tx, actor(), f"status {change}", f"{args.connection}/{args.external_id}")
    session.bell.ring(names.STATUSES_WRITE_BACK)
    session.bell.ring(names.APPOINTMENTS_SYNC, args=(args.connection,))
    if args.json:
        print_json({"connection": args.connection, "id": args.external_id, "change": change, "state": "wanted"})
    else:
        print(f"{args.connection} {args.external_id}: {args.status}; `punctual explain` says when the vendor was told")
    return DONE
