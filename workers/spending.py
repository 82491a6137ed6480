"""`max_cost_per_month`: asked about once a minute, so that it costs a text nothing."""

import time
from collections.abc import Callable
from typing import Any

from runtime.prices import price_of, this_month
from runtime.wiring import Wiring
from store import inbox, spending, timeline
from store.engine import now as database_now

BELIEVED_SECONDS = 60.0
"""What is sent within it is the most that a connection gets past its limit."""


class Spending:
    """What each connection may still spend in this month of its own zone."""

    def __init__(self, wiring: Wiring, clock: Callable[[], float] = time.monotonic) -> None:
        self._wiring = wiring
        self._clock = clock
        self._asked_at: dict[str, float] = {}
        self._is_over: dict[str, bool] = {}

    def hold_back(self, candidate: Any) -> bool:
        """Whether this text would be one too many. Then it is put aside, with all others that are due, and staff told.

        One at its deadline is let through to the fence, which ends it with the reason it was held for.
        """
        name = str(candidate.connection)
        if candidate.action != "sms" or candidate.left_seconds <= 0 or not self._over(name):
            return False
        with self._wiring.db.begin() as tx:
            spending.hold(tx, name)
        return True

    def _over(self, name: str) -> bool:
        most = self._wiring.connection(name).max_cost_per_month
        price = price_of(self._wiring.settings, self._wiring.connection(name))
        if most is None or price is None:
            return False
        now = self._clock()
        if now - self._asked_at.get(name, -BELIEVED_SECONDS) >= BELIEVED_SECONDS:
            self._asked_at[name] = now
            with self._wiring.db.begin() as tx:
                month = this_month(self._wiring.connection(name), database_now(tx))
                count = spending.segments_since(tx, name, month)
                self._is_over[name] = price.of(count) >= most
                if self._is_over[name]:
                    message = (
                        f"This month's texts have cost {price.words(count)}, as much as max_cost_per_month allows. "
                        "What is due waits inside its deadline until the month ends, or until the limit is raised "
                        "and Punctual is started again."
                    )
                    inbox.tell_once(tx, name, "cost", f"cost:{month:%Y-%m}", message)
                    timeline.write(tx, name, "", [("too_dear", {"segments": count})])
        return self._is_over[name]
