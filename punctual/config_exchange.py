"""Configs that a vendor has too: pulled ones run there and never here, pushed ones run here and not there (case 76)."""

import argparse
import json
from typing import Any
from uuid import UUID, uuid5

from punctual import configs
from punctual.calling import make
from punctual.config_files import OURS
from punctual.printing import plural, print_json
from punctual.session import DONE, Refused, Session, actor
from rules.workflow import RunsAt
from schemas.appointment_config import DOCUMENTED, not_executable
from schemas.vendor_config import for_vendor
from store import configs as stored
from store import operator_actions
from store.configs import AtVendor
from vendors.apis import OPERATIONS
from vendors.operation import Operation

LIST, CREATE, DELETE = "list-appointment-configs", "create-appointment-config", "delete-appointment-config"


def pull(session: Session, args: argparse.Namespace) -> int:
    """Store what the vendor has as it is, to be looked at and to give lengths; what was deleted there is deleted."""
    name = session.connection(args.connection).name
    found = make(session, name, _operation(session, name, LIST), {})
    with session.db.begin() as tx:
        known = stored.of_vendor(tx, name)
        pushed = {row.vendor_id for row in known if row.source == "ours"}
        theirs = [each for each in found if str(each.get("id")) not in pushed]
        counts = {"pulled": 0, "unchanged": 0}
        for each in theirs:
            counts["pulled" if _keep(session, tx, name, each) else "unchanged"] += 1
        listed = {str(each.get("id")) for each in found}
        gone = [row for row in known if row.source == "vendor" and row.vendor_id not in listed]
        for row in gone:
            stored.delete(tx, row.id)
        operator_actions.record(tx, actor(), "configs pull", name, outcome=f"{counts['pulled']} new or changed")
    told = {**counts, "gone": len(gone), "ours": len(found) - len(theirs)}
    if args.json:
        print_json({"connection": name, **told, "configs": [_told(each) for each in theirs]})
        return DONE
    for each in theirs:
        print(f"{each.get('name') or 'a config'} ({each.get('id')}): runs at the vendor, never here")
        print("".join(f"    not supported here: {line}\n" for line in not_executable(each)), end="")
    ours = f", {told['ours']} pushed from here" if told["ours"] else ""
    print(f"{name}: {plural(counts['pulled'], 'config')} new or changed, {counts['unchanged']} as before, "
          f"{told['gone']} gone{ours}")  # fmt: skip
    return DONE


def push(session: Session, args: argparse.Namespace) -> int:
    """Make it at the vendor in the documented shape, then delete the one that was pushed before."""
    name = session.connection(args.connection).name
    create, delete = _operation(session, name, CREATE), _operation(session, name, DELETE)
    with session.db.begin() as tx:
        row = configs.named(tx, args.config)
    if row.source != "ours":
        raise Refused(f"{args.config} was pulled from its vendor; it is there already")
    body = json.loads(row.body)
    sent, left_out = for_vendor(body, enabled=args.run_there)
    answer = make(session, name, create, {"config": sent})
    vendor_id = str(answer.get("id") or "")
    where = RunsAt.VENDOR if args.run_there else RunsAt.PUNCTUAL
    with session.db.begin() as tx:
        stored.save(tx, {**body, "runsAt": where.value}, by=actor(), config_id=row.id)
        stored.note_vendor(tx, row.id, name, vendor_id)
        configs.plan_anew(tx, configs.used_by(tx, session, row.id))
        operator_actions.record(tx, actor(), "configs push", name, outcome=vendor_id)
    if row.vendor_id and row.vendor_connection == name and row.vendor_id != vendor_id:
        make(session, name, delete, {"config_id": row.vendor_id})
    if args.json:
        told = {"connection": name, "id": str(row.id), "vendor_id": vendor_id, "runs_at": where.value}
        print_json({**told, "left_out": left_out})
    else:
        runs = "runs there, and no longer here" if args.run_there else "is switched off there and runs here"
        print(f"{row.name or row.id} is {vendor_id} at {name}; it {runs}")
        print("".join(f"    left out there: {line}\n" for line in left_out), end="")
    return DONE


def _operation(session: Session, name: str, wanted: str) -> Operation:
    vendor = session.connection(name).vendor
    found = OPERATIONS[vendor].get(wanted)
    if found is None:
        raise Refused(f"{name} is a connection to {vendor}, which documents no appointment configs")
    return found


def _keep(session: Session, tx: Any, name: str, config: dict[str, Any]) -> bool:
    """True when it is new or another than before."""
    del session
    identity = _identity(name, str(config.get("id")))
    before = stored.current(tx, identity)
    body = {key: value for key, value in config.items() if key in DOCUMENTED} | {"runsAt": RunsAt.VENDOR.value}
    origin = AtVendor(name, str(config.get("id")), is_theirs=True)
    _, revision = stored.save(tx, body, by=actor(), config_id=identity, at_vendor=origin)
    return before is None or before.revision != revision


def _identity(connection: str, vendor_id: str) -> UUID:
    """Ours, always the same for the same one of theirs: two installations may have pulled it."""
    return uuid5(OURS, f"{connection}/{vendor_id}")


def _told(config: dict[str, Any]) -> dict[str, Any]:
    return {"vendor_id": config.get("id"), "name": config.get("name"), "not_supported": not_executable(config)}
