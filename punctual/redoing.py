"""A text once more: what was sent before, why again, and who says so."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from punctual.explaining import nothing_known, print_texts, text_as_json
from punctual.printing import local, plural, print_json
from punctual.session import DONE, MISUNDERSTOOD, Refused, Session, actor
from rules.promises import SENTENCES, SkipReason
from runtime import names
from store import appointments, operator_actions
from store import redo as store_redo

NOTHING_OWED = "its appointment is cancelled or gone, or its workflow is off"
MAY_HAVE_ARRIVED = "It may have arrived: nobody knows. The person may be told twice."


def redo(session: Session, args: argparse.Namespace) -> int:
    """Show, ask, plan it anew. Safe to run twice: the second time the new round stands already."""
    session.connection(args.connection)
    with session.db.begin() as tx:
        row = appointments.find(tx, args.connection, args.external_id)
        if row is None:
            raise nothing_known(tx, session, args.connection, args.external_id)
        chosen = _choose(args, store_redo.candidates(tx, row.id))
        sent = store_redo.sent_before(tx, chosen.id)
    shown = {"connection": args.connection, "external_id": args.external_id, "promise": chosen.id}
    texts = [text_as_json(each) for each in sent]
    if args.json and not args.yes:
        print_json({**shown, "again": None, "sent": texts})
        return DONE
    if not args.json:
        print(f"promise {chosen.id} of {args.connection} {args.external_id} was texted before:")
        print_texts(sent, row.zone)
        print(f"\n{MAY_HAVE_ARRIVED}" if chosen.state == "unknown" else "")
    reason = args.reason.strip() or _ask("Why is it sent again? ", "say why, with --reason")
    if not args.yes and _ask("Type again to send it again, anything else to leave it: ", "--yes says that") != "again":
        raise Refused("left as it was")
    new = _again(session, args, row.id, chosen.id, reason)
    if args.json:
        print_json({**shown, "again": new.id, "due_at": new.due_at, "not_after": new.not_after, "sent": texts})
    else:
        print(f"promise {new.id} stands for it now, due at once, until {local(new.not_after, row.zone)}")
    session.bell.ring(names.PROMISES_SEND)
    return DONE


def _choose(args: argparse.Namespace, found: Sequence[Row[Any]]) -> Row[Any]:
    """The one text that is meant. Raises `Refused` when that is not sure."""
    listed = ", ".join(f"{each.id} ({each.workflow_id[:8]}, {each.state})" for each in found)
    if args.promise is not None:
        meant = next((each for each in found if each.id == args.promise), None)
        if meant is None:
            there = f"there is {listed}" if found else "there is none"
            raise Refused(f"promise {args.promise} is no text of {args.external_id} to be sent again; {there}")
        return meant
    if not found:
        raise Refused(
            f"no text of {args.external_id} has left that could be sent again; "
            f"`punctual explain {args.connection} {args.external_id}` says how it stands"
        )
    if len(found) > 1:
        raise Refused(f"{plural(len(found), 'text')} were sent; say which with --promise: {listed}", MISUNDERSTOOD)
    return found[0]


def _ask(question: str, remedy: str) -> str:
    """What a person types. Raises `Refused` where nobody can, or says nothing."""
    if not sys.stdin.isatty():
        raise Refused(f"nobody can be asked here; {remedy}", MISUNDERSTOOD)
    print(question, end="", flush=True)
    said = sys.stdin.readline().strip()
    if not said:
        raise Refused("left as it was")
    return said


def _again(session: Session, args: argparse.Namespace, appointment_id: int, promise_id: int, reason: str) -> Row[Any]:
    facts = session.wiring.facts(args.connection)
    try:
        with session.db.begin() as tx:
            new = store_redo.again(tx, appointment_id, promise_id, facts)
            outcome = f"promise {promise_id} again as {new.id}"
            target = f"{args.connection} {args.external_id}"
            operator_actions.record(tx, actor(), "redo", target, reason=reason, outcome=outcome)
    except store_redo.NotOwed as problem:
        why = NOTHING_OWED if problem.reason is None else because(problem.reason)
        raise Refused(f"it would not be sent: {why}") from None
    except LookupError:
        raise Refused("somebody else has asked for it at this moment") from None
    return new


def because(reason: SkipReason) -> str:
    return f"{reason.value}: {SENTENCES[reason]}"
