"""A process that scans, to be killed: `python -m tests.asking.scanner SETTINGS.pickle CONNECTION`."""

import pickle
import sys
from pathlib import Path

from runtime.wiring import Wiring
from store.engine import Database
from tests.asking.given import Phones, Rung
from workers import reconcile

if __name__ == "__main__":
    settings = pickle.loads(Path(sys.argv[1]).read_bytes())
    reconcile.run(
        Wiring(settings, Database(settings.database_url, size=2), Rung(), lambda _name: Phones()), sys.argv[2]
    )
