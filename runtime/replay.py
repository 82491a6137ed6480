"""Replay: look again at everything that stored events named, after a bug fix (edge case 73).

Bodies are read anew, so that what an older version misread is found. State is computed again; a text that was
sent keeps its promise, and only what is still before its deadline goes out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from rules.appointment import Ref
from rules.vendors import Parse
from runtime import names
from runtime.wiring import Wiring
from store import events, operator_actions, sync_requests
from vendors.webhooks import PARSERS

PAGE = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """`forgotten`: events whose body retention has emptied; `unread`: those that name nothing we could look at."""

    events: int
    refs: int
    forgotten: int
    unread: int

    def line(self, name: str) -> str:
        said = f"{name}: {self.events} events, {self.refs} things to look at again"
        lost = f"; {self.forgotten} bodies are no longer kept" if self.forgotten else ""
        return said + lost + (f"; {self.unread} name nothing" if self.unread else "")


def replay(wiring: Wiring, name: str, since: datetime, *, actor: str) -> Replayed:
    """Ask for a look at each ref of the events since then, once, and plan the connection anew. Raises `LookupError`."""
    parse = PARSERS[wiring.connection(name).vendor]
    seen, asked, forgotten, unread, after = 0, set[Ref](), 0, 0, 0
    while True:
        with wiring.db.begin() as tx:
            page = events.stored(tx, name, since, after_id=after, limit=PAGE)
            refs = {ref for row in page for ref in _refs(parse, row)} - asked
            sync_requests.ask(tx, name, sorted(refs, key=lambda ref: (ref.kind, ref.key)), "operator")
        if not page:
            break
        asked |= refs
        seen, after = seen + len(page), page[-1].id
        forgotten += sum(row.body is None for row in page)
        unread += sum(row.body is not None and not list(_refs(parse, row)) for row in page)
    replayed = Replayed(seen, len(asked), forgotten, unread)
    with wiring.db.begin() as tx:
        sync_requests.ask(tx, name, [Ref("plan", "")], "operator")
        outcome = replayed.line(name)
        operator_actions.record(tx, actor, "replay", name, reason=f"since {since.isoformat()}", outcome=outcome)
    wiring.doorbell.ring(names.APPOINTMENTS_SYNC, args=(name,), expires_seconds=60)
    return replayed


def _refs(parse: Parse, row: Row[Any, Any]) -> Iterable[Ref]:
    """Headers are not kept: they prove an event and name it, and both is done."""
    notices = parse({}, row.body) if row.body is not None else []
    return [ref for notice in notices for ref in notice.refs]
