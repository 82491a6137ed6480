"""A worker process as the budget sees it: `python -m tests.asking.worker SETTINGS.pickle CONNECTION SCALE`.

It looks at what is wanted of one connection until nothing is left, waiting between looks as long as a sweep would, in
the same scale as the window.
"""

import pickle
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from runtime import names
from runtime.settings import Settings
from runtime.wiring import Wiring
from store.engine import Database
from store.tables import sync_requests
from tests.asking.given import Phones, Rung
from workers import sync
from workers.schedule import EVERY_SECONDS

SWEEP_SECONDS = EVERY_SECONDS[names.SWEEPS_SYNC]


def work(settings: Settings, name: str, scale: float) -> None:
    wiring = Wiring(settings, Database(settings.database_url, size=2), Rung(), lambda _name: Phones())
    wiring.budget_scale = scale
    waits = (
        sa.select(sa.func.count())
        .select_from(sync_requests)
        .where(sync_requests.c.connection == name, sync_requests.c.wanted_gen > sync_requests.c.done_gen)
    )
    while True:
        sys.stdout.write(f"{sync.run(wiring, name, rounds=1000)}\n")
        with wiring.db.begin() as tx:
            if not tx.execute(waits).scalar():
                return
        time.sleep(SWEEP_SECONDS * scale)


if __name__ == "__main__":
    work(pickle.loads(Path(sys.argv[1]).read_bytes()), sys.argv[2], float(sys.argv[3]))
