"""How long a process that died waits before it is started again."""

from dataclasses import dataclass

FIRST, LONGEST = 1.0, 30.0  # seconds
STEADY = 60.0  # seconds up, after which an end counts as the first one again


@dataclass
class BackOff:
    """Doubles from one second to thirty while a process keeps dying."""

    deaths: int = 0

    def after(self, seconds_up: float) -> float:
        """Seconds to wait now that it died after so many seconds up."""
        self.deaths = 1 if seconds_up >= STEADY else self.deaths + 1
        return float(min(LONGEST, FIRST * 2 ** min(self.deaths - 1, 10)))
