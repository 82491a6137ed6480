"""Forget what is no longer needed: raw bodies and texts after their days, in short pages."""

from datetime import datetime

from runtime.wiring import Wiring
from store import budgets, losses, retention
from workers.tally import Tally


def run(wiring: Wiring, *, pages: int = 50) -> str:
    """Empty bodies older than `retention_days`; the rows stay, so that a repeat is still recognised."""
    tally = Tally("retention")
    for what, empty in retention.PAGES.items():
        ended: datetime | None = None
        for _ in range(pages):
            with wiring.db.begin() as tx:
                count, ended = empty(tx, wiring.settings.retention_days, ended)
            tally.add(f"{what} emptied", count)
            if count < retention.PAGE:
                break
    with wiring.db.begin() as tx:
        budgets.sweep(tx)
        losses.sweep(tx)
    return tally.line()
