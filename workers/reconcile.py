"""Ask the vendor what we missed, page by page, the same way as after a webhook. Resumable, within its share."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from rules.appointment import Ref
from rules.errors import NeedsPerson, Permanent, RateLimited, Transient
from rules.retries import back_off
from rules.vendors import Window
from runtime.calling import calls_for
from runtime.wiring import Wiring
from store import appointments, connections, reconciliations, sync_requests
from store.appointments import Applied
from store.engine import now as database_now
from store.reconciliations import Read, Scan
from workers import meter, outages
from workers.records import Seen, apply_records
from workers.tally import Tally

LEASE = timedelta(seconds=120)
BEHIND = timedelta(days=1)
"""A scan begins this far back: texts after the end need what has just ended."""
AFTER_THOSE_BEFORE = timedelta(minutes=10) / timedelta(days=90)
"""How much later a number is asked for, per day until the appointment: 90 days are spread over ten minutes."""


def run(wiring: Wiring, name: str, *, pages: int = 200) -> str:
    """One connection's scan, from its cursor. Ends when the scan does, or when its share of the budget is used."""
    tally = Tally(name)
    settings = wiring.connection(name)
    with wiring.db.begin() as tx:
        if connections.is_paused(tx, name):
            return f"{name}: paused"
        now = database_now(tx)
        window = Window(_day(now - BEHIND), _day(now) + timedelta(days=settings.horizon_days))
        scan = reconciliations.claim(tx, name, window, lease=LEASE)
    if scan is None:
        return f"{name}: not due"
    try:
        for _ in range(pages):
            with calls_for("backfill" if scan.first else "reconcile"):
                if not _page(wiring, name, scan, tally):
                    break
            with wiring.db.begin() as tx:
                scan = reconciliations.renew(tx, scan, lease=LEASE)
        else:  # others have waited; the next sweep goes on
            with wiring.db.begin() as tx:
                reconciliations.release(tx, scan, timedelta(0))
    except RateLimited as limited:
        _pause(wiring, scan, limited)
    except NeedsPerson as problem:
        _needs_person(wiring, name, scan, problem)
    except Transient as trouble:
        with wiring.db.begin() as tx:
            reconciliations.release(tx, scan, max(outages.away(tx, name, trouble), back_off(3)))
        tally.add("interrupted")
    except Permanent as refusal:
        with wiring.db.begin() as tx:
            reconciliations.abandon(tx, scan, back_off(3), str(refusal))
        tally.add("begins anew later")
    return tally.line()


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _page(wiring: Wiring, name: str, scan: Scan, tally: Tally) -> bool:
    """Fetch and apply one page. False when it was the last."""
    with wiring.db.begin() as tx:
        noted = appointments.noted(tx, name, None)
        now = database_now(tx)
    page = wiring.vendor(name).page(scan.window, scan.cursor)
    results = apply_records(wiring, name, page.records, noted, now, tally, contacts_later=True)
    with wiring.db.begin() as tx:
        outages.answered(tx, name)
        missed = 0 if scan.first else meter.found(tx, wiring, name, results)
        tally.add("not announced", missed)
        _ask_on(tx, scan, results, now)
        scan.cursor = page.cursor
        changes = sum(seen.kind is not None for seen in results.values())
        reconciliations.advance(tx, scan, Read(len(page.records), changes, missed))
        if page.cursor is None:
            tally.add("scan finished")
            unseen = reconciliations.unseen(tx, scan)
            sync_requests.ask(tx, name, sync_requests.refs(unseen), "reconcile")
            tally.add("not in the list", len(unseen))
            minutes = wiring.connection(name).reconcile_minutes
            reconciliations.finish(tx, scan, timedelta(minutes=minutes))
    return page.cursor is not None


def _ask_on(tx: Connection, scan: Scan, results: Mapping[str, Seen], now: datetime) -> None:
    """What a page leaves open: records that somebody else wrote meanwhile, and people whose number is not known.

    Of the people, those whose appointment comes first are asked for first.
    """
    cause = "backfill" if scan.first else "reconcile"
    lost = [external_id for external_id, seen in results.items() if seen.outcome is Applied.LOST]
    sync_requests.ask(tx, scan.connection, sync_requests.refs(lost), cause)
    for seen in results.values():
        if seen.starts_at is not None and seen.starts_at > now - BEHIND:
            ahead = max(seen.starts_at - now, timedelta(0)) * AFTER_THOSE_BEFORE
            refs = [Ref("contact", person_id) for person_id in seen.missing]
            sync_requests.ask(tx, scan.connection, refs, cause, after=ahead)


def _pause(wiring: Wiring, scan: Scan, limited: RateLimited) -> None:
    with wiring.db.begin() as tx:
        reconciliations.release(tx, scan, limited.retry_after or back_off(1))


def _needs_person(wiring: Wiring, name: str, scan: Scan, problem: NeedsPerson) -> None:
    with wiring.db.begin() as tx:
        outages.pause_for_person(tx, name, problem)
        reconciliations.release(tx, scan, timedelta(seconds=30))
