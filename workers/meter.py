"""The loss meter's needle: what a look found, and whether a webhook had announced it. Polled connections have none."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from runtime.settings import Scheme
from runtime.wiring import Wiring
from store import losses
from store.losses import Kind, Lost
from store.sync_requests import Claim
from workers.records import Seen

FOUND_BY = frozenset({"due_soon", "reconcile"})
"""Looks that nobody announced, at what should be known: a change that they find was lost on its way to us."""


def looked(tx: Connection, wiring: Wiring, claim: Claim, results: Mapping[str, Seen]) -> None:
    """What a request led to."""
    looked_at(tx, wiring, claim.connection, [(claim, results)])


def looked_at(tx: Connection, wiring: Wiring, name: str, looks: Iterable[tuple[Claim, Mapping[str, Seen]]]) -> None:
    """What the requests of one batch led to."""
    if not _has_webhooks(wiring, name):
        return
    announced: dict[str, Seen] = {}
    by_ourselves: dict[str, Seen] = {}
    for claim, results in looks:
        if claim.notified:
            announced |= results
        elif claim.cause in FOUND_BY:
            by_ourselves |= results
    changed = {external_id: seen.kind for external_id, seen in announced.items() if seen.kind is not None}
    if announced.keys() - changed.keys():
        losses.came_after_all(tx, name, announced.keys() - changed.keys())
    losses.announced(tx, name, changed)
    found(tx, wiring, name, by_ourselves)


def gone(tx: Connection, wiring: Wiring, claim: Claim) -> None:
    """The vendor no longer has it."""
    if not _has_webhooks(wiring, claim.connection):
        return
    if claim.notified:
        losses.announced(tx, claim.connection, {claim.ref.key: Kind.GONE})
    elif claim.cause in FOUND_BY:
        losses.write(tx, claim.connection, [Lost(claim.ref.key, Kind.GONE)])


def found(tx: Connection, wiring: Wiring, name: str, results: Mapping[str, Seen]) -> int:
    """What was found without having been asked for. Returns how many of it no webhook has announced."""
    changed = {external_id: seen.kind for external_id, seen in results.items() if seen.kind is not None}
    if not changed or not _has_webhooks(wiring, name):
        return 0
    expected = losses.expected(tx, name, changed)
    lost = [Lost(each, kind, results[each].since) for each, kind in changed.items() if each not in expected]
    return losses.write(tx, name, lost)


def _has_webhooks(wiring: Wiring, name: str) -> bool:
    return wiring.connection(name).webhook.scheme is not Scheme.NONE
