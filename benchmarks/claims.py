"""What the sending desk does for the threads that are free at one moment: one look, then fences of a batch each."""

import time
from collections.abc import Iterator
from uuid import UUID

from rules.senders import Accepted
from runtime import wording
from runtime.wiring import Wiring
from store import acceptances, fences, promises
from store.fence import Claimed, Render
from store.fences import Candidate
from workers.desk import LOOK
from workers.terms import LEASE, SEEN_AHEAD_SECONDS

BATCH = 32
"""Of one fence: about as many threads of a sending process as can come together."""


def claims(wiring: Wiring, most: int) -> Iterator[tuple[float, list[UUID]]]:
    """Look once and claim what was found, at most so many: seconds since the last one and attempts of each fence."""
    began = time.perf_counter()
    with wiring.db.begin() as tx:
        looked = promises.pick(tx, limit=LOOK, ahead_seconds=SEEN_AHEAD_SECONDS)[:most]
    for first in range(0, len(looked), BATCH):
        wanted = [
            Candidate(each.id, wiring.facts(each.connection), _render(wiring, each.connection))
            for each in looked[first : first + BATCH]
        ]
        with wiring.db.begin() as tx:
            passed = fences.pass_fences(tx, wanted, LEASE)
        yield time.perf_counter() - began, [each.attempt_id for each in passed.values() if isinstance(each, Claimed)]
        began = time.perf_counter()


def _render(wiring: Wiring, name: str) -> Render:
    settings = wiring.connection(name)
    return lambda material: wording.text_of(settings, material)


def accept(wiring: Wiring, claimed: list[UUID]) -> None:
    """As if the sender had taken them."""
    with wiring.db.begin() as tx:
        acceptances.settle(tx, {each: Accepted(str(each), 1) for each in claimed})
