"""Says once that something went away, and once that it is back; the lines between would hide everything else."""

import threading
import time

import structlog

log = structlog.get_logger("punctual.outages")


class Outages:
    """What is away, as this process knows it."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()

    def away(self, name: str, reason: str = "") -> bool:
        """Note it; True when it was not known yet."""
        with self._lock:
            if name in self._since:
                return False
            self._since[name] = time.monotonic()
        log.warning("away", what=name, reason=reason)
        return True

    def back(self, name: str) -> bool:
        """Note it; True when it had been away."""
        with self._lock:
            since = self._since.pop(name, None)
        if since is None:
            return False
        log.info("back", what=name, away_seconds=round(time.monotonic() - since, 1))
        return True
