"""The ledger of consents before a person: what it says, what is added to it, all of it as a file."""

import argparse
import csv
import sys
from collections import Counter
from typing import Any

from sqlalchemy import Connection

from punctual.contacts import read
from punctual.printing import columns, masked, plural, print_json, warn
from punctual.session import DONE, MISUNDERSTOOD, REFUSED, Refused, Session, actor, unknown
from rules.appointment import Ref
from runtime import names
from schemas.consents import Consent, read_consents
from schemas.fields import e164
from store import consents, operator_actions, sync_requests

WORDS = {consents.OPT_IN: "opted in", consents.OPT_OUT: "opted out", "": "has said nothing"}
FACTS = ("sender", "number", "kind", "source", "reference", "at")
BY_THE_PERSON = ("inbound", "sender")
"""Sources of an opt-out that no list of ours may overrule."""
PAGE = 200


def show(session: Session, args: argparse.Namespace) -> int:
    """Every entry of one number, oldest first, and what follows from them."""
    number = e164(args.number, country="")
    if number is None:
        raise Refused(f"{args.number!r} is no phone number with its country, such as +353861112223", MISUNDERSTOOD)
    with session.db.begin() as tx:
        rows = consents.history(tx, number)
        stands = {name: consents.stand(tx, name, number) for name in sorted(session.settings.senders)}
    if args.json:
        print_json({"number": number, "stands": stands, "entries": [_facts(row) for row in rows]})
        return DONE
    for row in rows:
        print(f"{row.at:%Y-%m-%d %H:%M} UTC  {row.sender}: {WORDS[row.kind]} ({row.source}, {row.reference or '-'})")
    for name, kind in stands.items():
        print(f"{name}: {WORDS[kind]}")
    return DONE


def list_all(session: Session, args: argparse.Namespace) -> int:
    """What is in force. Numbers are masked: `show` and `export` name them."""
    with session.db.begin() as tx:
        rows = consents.newest(tx, sender=args.sender, kind=args.kind or "")
    if args.json:
        print_json([_facts(row) for row in rows])
        return DONE
    print(
        columns(
            [(row.sender, masked(row.number), WORDS[row.kind], row.source, f"{row.at:%Y-%m-%d %H:%M}") for row in rows]
        )
        or "nobody has said anything"
    )
    return DONE


def load(session: Session, args: argparse.Namespace) -> int:
    """Add what is new. What the plans must follow is looked over by workers; the fence reads the ledger itself."""
    wanted, problems = read_consents(read(args.file))
    scoped = [(each, _sender(session, args.sender or each.sender)) for each in wanted] if not problems else []
    counts: Counter[str] = Counter()
    for start in range(0, len(scoped), PAGE):
        with session.db.begin() as tx:
            for each, sender in sorted(scoped[start : start + PAGE], key=lambda pair: (pair[1], pair[0].number)):
                counts[_add(tx, sender, each, dry=args.dry_run)] += 1
    if counts["added"] and not args.dry_run:
        _finish(session, {sender for _, sender in scoped}, counts)
    if args.json:
        bad = [{"line": each.line, "why": each.why} for each in problems]
        print_json({"imported": not problems and not args.dry_run, **counts, "bad": bad})
    else:
        for problem in problems:
            warn(f"{args.file}: line {problem.line}: {problem.why}")
        _print(counts, dry=args.dry_run, bad=len(problems))
    return REFUSED if problems else DONE


def _add(tx: Connection, sender: str, each: Consent, *, dry: bool) -> str:
    """One line. Says what became of it."""
    last = consents.last(tx, sender, each.number)
    if last is not None and last.kind == each.kind:
        return "unchanged"
    if last is not None and last.kind == consents.OPT_OUT and _by_the_person(last):
        is_newer = each.at is not None and each.at > last.at
        if not is_newer:
            return "stopped"
    if not dry:
        consents.record(tx, sender, each.number, each.kind, "import", each.reference)
    return "added"


def _by_the_person(entry: Any) -> bool:
    """Also where the entry itself came from an exported ledger."""
    return entry.source in BY_THE_PERSON or any(f"source {each}" in entry.reference for each in BY_THE_PERSON)


def _finish(session: Session, senders: set[str], counts: Counter[str]) -> None:
    with session.db.begin() as tx:
        operator_actions.record(tx, actor(), "consents import", ", ".join(sorted(senders)), outcome=_counted(counts))
        concerned = [name for name in sorted(session.settings.connections) if _texts_by(session, name, senders)]
        for name in concerned:
            sync_requests.ask(tx, name, [Ref("plan", "")], "operator")
    for name in concerned:
        session.bell.ring(names.APPOINTMENTS_SYNC, args=(name,))


def _texts_by(session: Session, name: str, senders: set[str]) -> bool:
    return bool(set(session.wiring.facts(name).senders) & senders)


def _counted(counts: Counter[str]) -> str:
    return f"{counts['added']} added, {counts['unchanged']} unchanged, {counts['stopped']} left opted out"


def _print(counts: Counter[str], *, dry: bool, bad: int) -> None:
    if bad:
        warn(f"nothing was imported: mend {plural(bad, 'line')}")
        return
    print(f"{'it would be ' if dry else ''}{_counted(counts)}")
    if counts["stopped"]:
        print("left opted out: these people said STOP themselves, and the file does not say that they opted in later")


def export(session: Session, args: argparse.Namespace) -> int:
    """All of it, page by page."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(FACTS)
    after = 0
    while True:
        with session.db.begin() as tx:
            rows = consents.page(tx, sender=args.sender, after=after)
        if not rows:
            return DONE
        writer.writerows([_facts(row)[name] for name in FACTS] for row in rows)
        after = rows[-1].id


def _facts(row: Any) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in FACTS}
    return {**facts, "at": row.at.isoformat()}


def _sender(session: Session, name: str) -> str:
    """The sender whose texts are meant; the only one need not be named."""
    senders = session.settings.senders
    if not name and len(senders) == 1:
        return next(iter(senders))
    if not name:
        raise Refused(f"say whose texts are meant with --sender: {', '.join(sorted(senders)) or 'none'}", MISUNDERSTOOD)
    if name not in senders:
        raise Refused(unknown("sender", name, senders), MISUNDERSTOOD)
    return name
