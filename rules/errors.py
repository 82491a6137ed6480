"""Errors are named by their fate, so that no task ever reads a status code.

Four families: `Transient` (try again), `Permanent` (a dead letter), `AlreadyDone` (carry on), `NeedsPerson` (pause and
tell staff). Adapters classify once, at their edge. `message` must never hold a name, a number or a text: it reaches
logs, Flower and Sentry. What the vendor said goes into `vendor_code` and `vendor_message`, which stay in the database.
"""

from datetime import timedelta


class Fate(Exception):
    """The common root of everything an edge may raise."""

    trace = ""
    """Our name for the call that failed, as `Record.trace`; set by the edge where the vendor documents one."""

    def __init__(self, message: str = "", *, vendor_code: str = "", vendor_message: str = "") -> None:
        super().__init__(message or type(self).__name__)
        self.vendor_code = vendor_code
        self.vendor_message = vendor_message


class Transient(Fate):
    """It may work later. `retry_after` is what the other side asked for, if anything."""

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: timedelta | None = None,
        vendor_code: str = "",
        vendor_message: str = "",
    ) -> None:
        super().__init__(message, vendor_code=vendor_code, vendor_message=vendor_message)
        self.retry_after = retry_after


class RateLimited(Transient):
    """The other side counts our calls; the whole connection pauses."""


class NoLeave(RateLimited):
    """Our own budget says not now; nothing was called."""


class NotReached(Transient):
    """Proven not to have arrived: no connection, pool timeout, our own deadline before the write."""


class AnswerLost(Transient):
    """The request may or may not have been carried out. Read back before repeating."""


class Permanent(Fate):
    """Will never work as asked."""


class NotFound(Permanent):
    """404 or 410 for one record."""


class Unsupported(Permanent):
    """The vendor documents no way to do this; ask the capability first."""


class AlreadyDone(Fate):
    """The other side is already in the wanted state."""


class NeedsPerson(Fate):
    """Only a person can mend it: the connection pauses, staff are told."""


class CredentialsRejected(NeedsPerson):
    """401 after a fresh token, 403, or a refused token request."""
