"""Appointment configs from the command line: apply a file, list, show, assign."""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection, Row

from punctual import config_files
from punctual.config_files import Draft
from punctual.config_hints import hints
from punctual.printing import plural, print_json
from punctual.session import DONE, MISUNDERSTOOD, Refused, Session, actor, unknown
from rules.appointment import Ref
from runtime import reach, rehearsal
from store import configs, operator_actions, sync_requests

SHORTEST_PREFIX = 6  # hex digits: fewer meet another config too easily


def apply(session: Session, args: argparse.Namespace) -> int:
    """Store the file as the config's newest revision, assign it, and have everything planned anew that it touches."""
    draft = config_files.read(args.file)
    field, value = by(args.by)
    for name in args.assign:
        session.connection(name)
    if args.by and not args.assign:
        raise Refused("--by says what to assign by: name the connection with --assign", MISUNDERSTOOD)
    with session.db.begin() as tx:
        identity, before = identify(tx, draft)
        body = draft.checked(identity, workflow_ids(before))
        try:
            _, revision = configs.save(tx, body, by=actor(), config_id=identity)
        except configs.Pulled as pulled:
            raise Refused(f"{draft.path} is refused: {pulled}") from None
        changed = before is None or before.revision != revision
        refuse_out_of_reach(session, body, {*args.assign, *used_by(tx, session, identity)})
        assigned = [name for name in args.assign if assign_one(tx, name, identity, field, value)]
        touched = sorted(set(assigned) | (set(used_by(tx, session, identity)) if changed else set()))
        plan_anew(tx, touched)
        if changed or assigned:
            operator_actions.record(tx, actor(), "configs apply", str(identity), outcome=f"revision {revision}")
        told = hints(session, tx, body, users(tx, session).get(identity, []))
    moved = move_booked(session, identity, revision) if args.to_booked else None
    facts = {
        "id": str(identity),
        "name": body.get("name", ""),
        "revision": revision,
        "changed": changed,
        "assigned": assigned,
        "planned_anew": touched,
        "hints": told,
        "booked_moved": moved,
    }
    if args.json:
        print_json({**facts, **texts_as_json(body)})
    else:
        state = "unchanged" if not changed else "new" if before is None else "changed"
        print(f"{facts['name'] or 'a config'} ({identity}): revision {revision}, {state}")
        print_texts(body)
        print_hints(told)
        _print_touched(assigned, touched, already=before is not None and changed and moved is None)
        if moved is not None:
            print(f"{plural(moved, 'booked appointment')} moved to revision {revision} and planned anew")
    return DONE


def move_booked(session: Session, config_id: UUID, revision: int) -> int:
    """Pin what is booked to this revision, and have it planned anew. Returns how many appointments moved."""
    moved = rehearsal.move_booked(session.db, config_id, revision)
    if moved:
        with session.db.begin() as tx:
            plan_anew(tx, used_by(tx, session, config_id))
            operator_actions.record(tx, actor(), "configs apply to booked", str(config_id), outcome=f"{moved} moved")
    return moved


def by(text: str | None) -> tuple[str, str]:
    """FIELD=VALUE; without it the whole connection."""
    if not text:
        return "", ""
    field, separator, value = text.partition("=")
    if not separator or not value or field not in configs.FIELDS:
        fields = ", ".join(filter(None, configs.FIELDS))
        raise Refused(f"--by {text}: expected FIELD=VALUE with FIELD one of {fields}", MISUNDERSTOOD)
    return field, value


def assignment_in_words(assignment: Mapping[str, str]) -> str:
    field = assignment["field"]
    return assignment["connection"] + (f" ({field}={assignment['value']})" if field else "")


def identify(tx: Connection, draft: Draft) -> tuple[UUID, Row[Any] | None]:
    """Which config a file is about: by its id, else by its name; and its current revision."""
    if draft.id is not None:
        return draft.id, configs.current(tx, draft.id)
    row = configs.by_name(tx, draft.name)
    if row is not None:
        if row.source != "ours":
            raise Refused(f"{draft.name!r} is the name of a config that is pulled from its vendor; choose another")
        return row.id, row
    identity = uuid5(config_files.OURS, draft.name)
    # A config that was made under this name may have another by now; it is not this one.
    return (uuid4() if configs.current(tx, identity) is not None else identity), None


def named(tx: Connection, text: str) -> Row[Any]:
    """By id, by the beginning of an id, or by name."""
    rows = configs.all_current(tx)
    named = [row for row in rows if row.name == text or str(row.id) == text.lower()]
    near = [row for row in rows if len(text) >= SHORTEST_PREFIX and str(row.id).startswith(text.lower())]
    matching = named or near
    if len(matching) > 1:
        raise Refused(f"{text!r} means {len(matching)} configs; give the id", MISUNDERSTOOD)
    if not matching:
        raise Refused(unknown("config", text, [row.name or str(row.id) for row in rows]), MISUNDERSTOOD)
    return matching[0]


def workflow_ids(row: Row[Any] | None) -> list[str]:
    workflows = json.loads(row.body).get("workflows", []) if row is not None else []
    return [str(each.get("id", "")) for each in workflows]


def refuse_out_of_reach(session: Session, body: Mapping[str, Any], names: Iterable[str]) -> None:
    """A status that nobody could be told is refused when it is saved, not when it is due. Raises `Refused`."""
    for name in sorted(names):
        if wrong := reach.problems({"id": "", **body}, session.connection(name)):
            lines = [f"  {'.'.join(map(str, place))}: {why}" for place, why in wrong]
            raise Refused("\n".join([f"it cannot be used at {name}:", *lines]))


def assign_one(tx: Connection, connection: str, config_id: UUID, field: str, value: str) -> bool:
    known = [
        each
        for each in configs.assigned(tx, connection)
        if (each.config_id, each.field, each.value) == (config_id, field, value)
    ]
    configs.assign(tx, connection, config_id, field=field, value=value)
    return not known


def users(tx: Connection, session: Session) -> dict[UUID, list[dict[str, str]]]:
    found: dict[UUID, list[dict[str, str]]] = {}
    for name in sorted(session.settings.connections):
        for row in configs.assigned(tx, name):
            told = {"connection": name, "field": row.field, "value": row.value}
            found.setdefault(row.config_id, []).append(told)
    return found


def used_by(tx: Connection, session: Session, config_id: UUID) -> list[str]:
    return [each["connection"] for each in users(tx, session).get(config_id, [])]


def plan_anew(tx: Connection, names: Sequence[str]) -> None:
    """Workers do it: a connection may have a hundred thousand appointments."""
    for name in sorted(names):
        sync_requests.ask(tx, name, [Ref("plan", "")], "operator")


def texts_as_json(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "workflows": [each.as_json() for each in config_files.shown(body)],
        "not_executable": config_files.cannot_run(body),
    }


def print_texts(body: Mapping[str, Any]) -> None:
    for each in config_files.shown(body):
        print(f"  {each.rule}")
        for text in each.texts:
            language = f"[{text['language']}] " if text["language"] else ""
            print("\n".join(f"      {language}{line}" for line in text["example"]["text"].splitlines()))
            print(f"      {cost_in_words(text['example'])}; at worst {cost_in_words(text['worst'])}")
    for line in config_files.cannot_run(body):
        print(f"  stored, but not executed: {line}")


def print_hints(told: Sequence[str]) -> None:
    for line in told:
        print(f"  mind: {line}")


def cost_in_words(cost: Mapping[str, Any]) -> str:
    """`2 segments (UCS-2, 89 units) because of ś`."""
    encoding = {"gsm7": "GSM-7", "ucs2": "UCS-2"}[cost["encoding"]]
    dear = f" because of {' '.join(cost['foreign'][:5])}" if cost["foreign"] else ""
    return f"{plural(cost['segments'], 'segment')} ({encoding}, {cost['units']} units){dear}"


def _print_touched(assigned: Sequence[str], touched: Sequence[str], *, already: bool) -> None:
    if assigned:
        print(f"assigned to {', '.join(assigned)}")
    if touched:
        print(f"planned anew: {', '.join(touched)}")
    if already and touched:
        print("what is planned already keeps its revision; a workflow that is off or gone sends nothing from now on")
