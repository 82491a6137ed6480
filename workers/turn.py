"""What is wanted of one connection and may be asked for now: claimed together with the leave for its first call."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from outbound.clock import boottime
from runtime.wiring import Wiring
from store import budgets, sync_requests
from store.leave import Hand
from store.sync_requests import CALLS_NOBODY, CAUSES, Claim
from workers.tally import Tally

LEASE = timedelta(seconds=90)
"""Longer than the longest batch: its calls have total deadlines of their own."""
PATIENCE_SECONDS = 0.25
"""A shorter wait for leave is waited out here: coming back costs more, and leaves the place empty meanwhile."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Leased requests, and leave for the first call that they lead to; `hand` is None where they call nobody."""

    claims: Sequence[Claim]
    hand: Hand | None = None


@dataclass(slots=True)
class Turn:
    """One worker's turn at one connection. `refused`: classes of calls that wait for leave; the others go on."""

    wiring: Wiring
    name: str
    tally: Tally
    refused: set[str] = field(default_factory=set)
    waits_seconds: float = 0.0
    """Until one of the refused may be asked for again."""

    def take(self) -> Claimed | None:
        """What may be looked at now; without claims when nothing is due, None when all that is due must wait."""
        patience = PATIENCE_SECONDS
        self.refused.clear()
        while True:
            claimed = self._take()
            if claimed is None:
                continue
            if claimed.claims or not self.refused:
                return claimed
            if self.waits_seconds > patience:
                return None
            time.sleep(self.waits_seconds)
            patience -= self.waits_seconds
            self.refused.clear()

    def _take(self) -> Claimed | None:
        """None when what was most urgent has no leave: its class is put aside."""
        asked_at = boottime()
        limit = self.wiring.capabilities(self.name).batch
        with self.wiring.db.begin() as tx:
            claims = sync_requests.claim(tx, self.name, limit=limit, lease=LEASE, without=self.refused)
            calling = [claim for claim in claims if claim.ref.kind != CALLS_NOBODY]
            if not calling:
                return Claimed(claims)
            call = self.wiring.counted(self.name, most_urgent(calling))
            granted = budgets.grant(tx, call.name, call.budget, cause=call.cause)
            if granted.count:
                return Claimed(claims, Hand(call, granted, asked_at))
            sync_requests.put_back(tx, calling, timedelta(seconds=granted.wait_seconds), "waits for the budget")
        self._wait(call.cause, granted.wait_seconds, len(calling))
        rest = [claim for claim in claims if claim.ref.kind == CALLS_NOBODY]
        return Claimed(rest) if rest else None

    def _wait(self, cause: str, seconds: float, claims: int) -> None:
        self.waits_seconds = min(seconds, self.waits_seconds) if self.refused else seconds
        self.refused.add(cause)
        self.tally.add("wait for leave", claims)


def most_urgent(claims: Sequence[Claim]) -> str:
    """The class of calls that serves all of these."""
    return min((claim.cause for claim in claims), key=CAUSES.index)
