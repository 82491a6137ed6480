"""The clock that deadlines on one host are measured with. It is not the time of day: that is the database's to say."""

import sys
import time

if sys.platform == "linux":

    def boottime() -> float:
        """Seconds since boot, suspend included: a host that slept through `send_by` must notice."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:

    def boottime() -> float:
        """Seconds on the steadiest clock there is; CLOCK_BOOTTIME exists on Linux only."""
        return time.monotonic()
