"""The contact directory from a CSV file, for vendors whose records hold no phone number."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from punctual.printing import columns, masked, plural, print_json, warn
from punctual.session import DONE, MISUNDERSTOOD, REFUSED, Refused, Session, actor
from rules.appointment import Contact, Ref
from runtime.settings import ConnectionSettings
from schemas.contacts import Problem, read_contacts
from store import operator_actions, people, sync_requests
from store.planning import lock, replan

SHOWN = 20  # rows of a preview; more help nobody
SOURCE = "directory"


def load(session: Session, args: argparse.Namespace) -> int:
    """Store every row of the file, each with what it changes, or none where a row is bad."""
    connection = chosen(session, args.connection)
    contacts, problems = read_contacts(read(args.file), connection.adapter.country)
    refused = bool(problems) and not args.skip_bad
    counts = dict.fromkeys(("new", "changed", "unchanged"), 0)
    if args.dry_run or refused:
        counts = _would_be(session, connection.name, contacts)
    else:
        for contact in contacts:
            counts[_store(session, connection.name, contact)] += 1
        _finish(session, connection.name, counts)
    facts = {
        "connection": connection.name,
        "imported": not args.dry_run and not refused,
        **counts,
        "bad": [{"line": each.line, "why": each.why} for each in problems],
    }
    if args.json:
        print_json(facts)
    else:
        _print(args, contacts, problems, facts)
    return REFUSED if refused else DONE


def chosen(session: Session, name: str | None) -> ConnectionSettings:
    """The connection whose directory it is; the only one that has one need not be named."""
    with_directory = [each for each in session.settings.connections if _has_directory(session, each)]
    if name is None:
        if len(with_directory) != 1:
            there_is = ", ".join(with_directory) or "none, no connection's vendor lacks phone numbers"
            raise Refused(f"name the connection with --connection: there is {there_is}", MISUNDERSTOOD)
        return session.connection(with_directory[0])
    connection = session.connection(name)
    if name not in with_directory:
        raise Refused(
            f"{name} is a connection to {connection.vendor}, which says itself whom to text; "
            "a directory is for vendors that do not"
        )
    return connection


def _has_directory(session: Session, name: str) -> bool:
    return session.wiring.capabilities(name).contacts == SOURCE


def read(path: Path) -> str:
    """`-` is standard input."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not UTF-8: save it as CSV UTF-8") from None


def _store(session: Session, name: str, contact: Contact) -> str:
    """One row and the plans of that person's appointments, in one transaction. Says what it was."""
    facts = session.wiring.facts(name)
    with session.db.begin() as tx:
        # The order of locks everywhere: appointments first, then the person, the number, the promises.
        rows = [lock(tx, each) for each in people.appointments_of(tx, name, contact.person_id)]
        known = bool(people.find(tx, name, [contact.person_id]))
        if contact.phone:
            for sender in facts.senders:
                people.know_number(tx, sender, contact.phone)
        if not people.upsert(tx, name, contact, SOURCE):
            return "unchanged"
        for row in rows:
            replan(tx, row, facts)
    return "changed" if known else "new"


def _finish(session: Session, name: str, counts: dict[str, int]) -> None:
    """An appointment that was being stored meanwhile saw nobody: workers look over all of them once more."""
    if not counts["new"] + counts["changed"]:
        return
    with session.db.begin() as tx:
        sync_requests.ask(tx, name, [Ref("plan", "")], "operator")
        told = f"{counts['new']} new, {counts['changed']} changed"
        operator_actions.record(tx, actor(), "contacts import", name, outcome=told)


def _would_be(session: Session, name: str, contacts: Sequence[Contact]) -> dict[str, int]:
    """What an import would do."""
    counts = dict.fromkeys(("new", "changed", "unchanged"), 0)
    with session.db.begin() as tx:
        known = people.find(tx, name, [each.person_id for each in contacts])
    for each in contacts:
        row = known.get(each.person_id)
        counts["new" if row is None else "unchanged" if _same(row, each) else "changed"] += 1
    return counts


def _same(row: Any, contact: Contact) -> bool:
    fields = ("first_name", "last_name", "phone", "phone_problem", "zone", "language")
    return all(getattr(row, field) == getattr(contact, field) for field in fields)


def _print(
    args: argparse.Namespace, contacts: Sequence[Contact], problems: Sequence[Problem], facts: dict[str, Any]
) -> None:
    if args.dry_run:
        print(
            columns(
                [
                    (each.person_id, f"{each.first_name} {each.last_name}", masked(each.phone), each.zone or "", "")
                    for each in contacts[:SHOWN]
                ]
            )
        )
        if len(contacts) > SHOWN:
            print(f"... and {len(contacts) - SHOWN} more")
    for each in problems:
        warn(f"{args.file}: {f'line {each.line}: ' if each.line else ''}{each.why}")
    counted = f"{facts['new']} new, {facts['changed']} changed, {facts['unchanged']} unchanged"
    if facts["imported"]:
        skipped = f"; {plural(len(problems), 'row')} skipped" if problems else ""
        print(f"{facts['connection']}: {plural(len(contacts), 'contact')}: {counted}{skipped}")
    elif problems and not args.skip_bad:
        warn(f"nothing was imported: mend {plural(len(problems), 'row')}, or leave them out with --skip-bad")
    else:
        print(f"{facts['connection']}: nothing was imported; it would be {counted}")
