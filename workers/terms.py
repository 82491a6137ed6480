"""How long a text may take from the fence to its outcome."""

from datetime import timedelta

CALL_SECONDS = 12.0
SEND_BY_SECONDS = 8.0
"""Later than that what the fence knew is too old to write on. Shorter than the call, and the call than the lease."""
LEASE = timedelta(seconds=30)
