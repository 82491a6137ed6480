"""Let a connection text people, after showing what it is about to send. And the way back."""

import argparse
import sys
from pathlib import Path

from punctual.preview import Preview, lines, preview
from punctual.printing import plural, print_json
from punctual.session import DONE, Refused, Session, actor, config_path
from rules.appointment import Ref
from runtime.prices import price_of
from runtime.settings import ConnectionSettings, Mode
from store import connections, going_live, operator_actions, sync_requests

VENDORS = Path(__file__).resolve().parent.parent / "vendors"
MARK = "switch them off"
"""In the paragraph of a vendor's README that says how the vendor itself texts people."""


def go(session: Session, args: argparse.Namespace) -> int:
    """Show, ask, confirm. Nothing due before the confirmation is ever sent."""
    mode = Mode(args.mode)
    connection = session.connection(args.connection)
    refuse_beyond_the_file(connection, mode)
    if mode is Mode.OBSERVE:
        return _confirm(session, connection, mode, as_json=args.json)
    found = preview(session.db, connection, mode, price_of(session.settings, connection))
    if args.json and not args.yes:
        print_json({"connection": connection.name, "mode": mode, "confirmed": False, **found.as_json()})
        return DONE
    if not args.json:
        _show(connection, mode, found)
    if not args.yes:
        _ask(connection.name, mode)
    return _confirm(session, connection, mode, as_json=args.json, found=found)


def refuse_beyond_the_file(connection: ConnectionSettings, mode: Mode) -> None:
    """The more cautious of file and confirmation counts; a confirmation that changes nothing would only mislead."""
    if connections.in_force(connection.mode.value, mode.value) != mode.value:
        raise Refused(
            f'the file allows {connection.name} only to {connection.mode.value}: set mode = "{mode.value}" in '
            f"[connections.{connection.name}] of {config_path()}, start `punctual up` again, then repeat this"
        )


def own_reminders(vendor: str) -> str:
    """How the vendor itself texts people, as its README says; empty where its documents name nothing."""
    try:
        paragraphs = (VENDORS / vendor / "README.md").read_text(encoding="utf-8").split("\n\n")
    except OSError:
        return ""
    return next((" ".join(each.split()) for each in paragraphs if MARK in " ".join(each.split())), "")


def _show(connection: ConnectionSettings, mode: Mode, found: Preview) -> None:
    print(f"{connection.name} ({connection.vendor}) would send in mode {mode.value}:\n")
    print(lines(found))
    own = own_reminders(connection.vendor)
    otherwise = "Its documents name no reminders of its own; look whether it sends any, and switch them off."
    print(f"\nDoes {connection.vendor} remind people itself? {own or otherwise}")
    if mode is Mode.TRIAL:
        print(f"On trial only {plural(len(connection.trial_numbers), 'number')} of the file can be texted.")


def _ask(name: str, mode: Mode) -> None:
    """Raises `Refused` unless the connection's name is typed."""
    if not sys.stdin.isatty():
        raise Refused("nobody can be asked here; --yes says that you have read the texts and want them sent")
    print(f"\nType {name} to go {mode.value}, anything else to leave it as it is: ", end="", flush=True)
    if sys.stdin.readline().strip() != name:
        raise Refused("left as it was")


def _confirm(
    session: Session, connection: ConnectionSettings, mode: Mode, *, as_json: bool, found: Preview | None = None
) -> int:
    with session.db.begin() as tx:
        before = connections.find(tx, connection.name)
        was = before.mode if before is not None else Mode.OBSERVE.value
        in_force = connections.confirm(tx, connection.name, mode.value, connection.mode.value)
        if was == Mode.OBSERVE.value and in_force != was:
            going_live.end_what_was_due(tx, connection.name)
        if was != in_force:
            operator_actions.record(tx, actor(), mode.value, connection.name, outcome=f"was {was}")
            sync_requests.ask(tx, connection.name, [Ref("plan", "")], "operator")
        state = connections.get(tx, connection.name)
    if as_json:
        shown = found.as_json() if found is not None else {}
        told = {"mode": in_force, "was": was, "confirmed": True, "live_since": state.live_since}
        print_json({"connection": connection.name, **told, **shown})
    elif was == in_force:
        print(f"{connection.name} is in mode {in_force} already")
    else:
        print(f"{connection.name} is in mode {in_force} now; it was in {was}")
    return DONE
