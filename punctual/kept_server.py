"""An embedded server that is started again when it dies, under the same address."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from punctual.home import HomeError
from punctual.servers import EmbeddedPostgres, EmbeddedValkey, ServerError
from punctual.supervisor.backoff import BackOff


@dataclass
class KeptServer:
    """Looked at by the supervisor, as the Procfile's processes are."""

    name: str
    server: EmbeddedPostgres | EmbeddedValkey
    say: Callable[[str], None]
    backoff: BackOff = field(default_factory=BackOff)
    started_at: float = field(default_factory=time.monotonic)  # seconds on the monotonic clock, as due_at
    due_at: float | None = None

    def tend(self) -> None:
        """Start it again when its wait is over; a start that fails counts as a death."""
        now = time.monotonic()
        if self.server.alive:
            return
        if self.due_at is None:
            wait = self.backoff.after(now - self.started_at)
            self.due_at = now + wait
            self.say(f"{self.name} has ended; it starts again in {wait:.0f} s")
        elif now >= self.due_at:
            self.due_at, self.started_at = None, now
            try:
                self.server.start()
            except (ServerError, HomeError, OSError) as error:
                self.say(f"{self.name} could not be started again: {error}")
