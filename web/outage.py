"""One log line when something goes away, one when it is back, none in between."""

import structlog

log = structlog.get_logger(__name__)


class Outage:
    """Of one thing, as one thread sees it."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._away = False

    def failed(self, error: Exception) -> None:
        if not self._away:
            log.warning(f"{self._what}_away", error=type(error).__name__)
        self._away = True

    def worked(self) -> None:
        if self._away:
            log.info(f"{self._what}_back")
        self._away = False
