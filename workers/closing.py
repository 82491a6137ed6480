"""Ends the requests of one batch by what their records led to: done, once more, or once more in a while."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from runtime.wiring import Wiring
from store import appointments, sync_requests, write_backs
from store.appointments import Applied
from store.engine import now as database_now
from store.sync_requests import Claim
from workers import meter
from workers.records import Seen

UNSEEN_FOR = timedelta(minutes=30)
"""How long a record that was announced but cannot be read yet is asked for again (edge case 7)."""

Looked = Sequence[tuple[Claim, Seen]]


def close(wiring: Wiring, name: str, looked: Looked) -> None:
    """All of them in one transaction."""
    if not looked:
        return
    with wiring.db.begin() as tx:
        meter.looked_at(tx, wiring, name, [(claim, {claim.ref.key: seen}) for claim, seen in looked])
        sync_requests.hold(tx, [claim for claim, _ in looked])
        lost = [claim for claim, seen in looked if seen.outcome is Applied.LOST]
        behind, late = _behind(tx, name, looked)
        others = [(claim, seen) for claim, seen in looked if claim not in lost and claim not in behind + late]
        second = [claim for claim, seen in others if _looks_again(tx, claim, seen)]
        sync_requests.again_all(tx, lost, sync_requests.SPACING, "another look won", counts=False)
        why = "the vendor's copy is behind"
        sync_requests.again_all(tx, behind, sync_requests.SECOND_LOOK, why, counts=False)
        sync_requests.finish_all(tx, second, look_again=True)
        sync_requests.finish_all(tx, late + [claim for claim, _ in others if claim not in second])


def _behind(tx: Connection, name: str, looked: Looked) -> tuple[list[Claim], list[Claim]]:
    """Those whose event named an update time that the record does not have yet; and those that waited too long for it.

    A copy that is older than what is stored is behind too.
    """
    named = [claim.ref.key for claim, _ in looked if claim.wanted_version is not None]
    versions = appointments.versions(tx, name, named) if named else {}
    behind = []
    for claim, seen in looked:
        version = versions.get(claim.ref.key)
        older = claim.wanted_version is not None and version is not None and version < claim.wanted_version
        if seen.outcome is not Applied.LOST and (older or seen.outcome is Applied.OLDER):
            behind.append(claim)
    if not behind:
        return [], []
    now = database_now(tx)
    late = [claim for claim in behind if now - claim.wanted_at > UNSEEN_FOR]
    return [claim for claim in behind if claim not in late], late


def _looks_again(tx: Connection, claim: Claim, seen: Seen) -> bool:
    changed = seen.outcome in {Applied.NEW, Applied.CHANGED}
    return wants_second_look(claim, changed=changed) and not write_backs.is_echo(tx, claim.connection, claim.ref.key)


def wants_second_look(claim: Claim, *, changed: bool) -> bool:
    """Whether a notified fetch that shows no change is repeated once: the vendor's read copy may lag.

    Not where the event named a version that the record has reached, and not for what nobody announced.
    """
    return claim.notified and not changed and not claim.looked_again and claim.wanted_version is None
