"""How long before it is due a text is seen, and how long it may take from the fence to its outcome."""

from datetime import timedelta

RUNG_AHEAD_SECONDS = 1.5
"""The sweep comes every second and rings for what falls due within this time."""
SEEN_AHEAD_SECONDS = 2.0
"""Who was rung for looks further than that: else the threads of a rush come, see nothing yet, and leave."""
CALL_SECONDS = 12.0
SEND_BY_SECONDS = 8.0
"""Later than that what the fence knew is too old to write on. Shorter than the call, and the call than the lease."""
LEASE = timedelta(seconds=30)
