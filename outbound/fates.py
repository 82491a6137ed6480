"""From an answer to a fate, once, at the edge. What the vendor said is kept apart: it may name people."""

import json
import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from outbound.answer import Answer
from rules.errors import CredentialsRejected, NotFound, Permanent, RateLimited, Transient

LONGEST = timedelta(days=1)
"""An absurd Retry-After must not switch a connection off for ever."""


def check(answer: Answer, *, code: str = "", message: str = "") -> None:
    """Return for 2xx; raise the fate of everything else. `code` and `message` are the vendor's own words."""
    status = answer.status
    if 200 <= status < 300:
        return
    ours = f"HTTP {status}"
    if status == 429:
        raise RateLimited(ours, retry_after=after(answer), vendor_code=code, vendor_message=message)
    if status in {401, 403}:
        raise CredentialsRejected(ours, vendor_code=code, vendor_message=message)
    if status in {404, 410}:
        raise NotFound(ours, vendor_code=code, vendor_message=message)
    # 409: Pexip says a concurrent operation was under way and the same request may be repeated.
    if status in {408, 409, 425} or status >= 500:
        raise Transient(ours, retry_after=after(answer), vendor_code=code, vendor_message=message)
    raise Permanent(ours, vendor_code=code, vendor_message=message)


def after(answer: Answer, *, now: datetime | None = None) -> timedelta | None:
    """How long the other side asks us to wait, between zero and a day; None where it does not say.

    Order: header Retry-After (seconds or HTTP date), body retryAfter (seconds, CareCycle), X-RateLimit-Reset (unix
    time, Caspen). Instants are compared with the answer's own Date header, so that two clocks need not agree.
    """
    here = now or _date(answer.headers.get("date")) or datetime.now(UTC)
    asked = answer.headers.get("retry-after")
    wait = _seconds(asked)
    if wait is None and (instant := _date(asked)):
        wait = (instant - here).total_seconds()
    if wait is None:
        wait = _seconds(_from_body(answer.body))
    if wait is None and (reset := _seconds(answer.headers.get("x-ratelimit-reset"))) is not None:
        wait = reset - here.timestamp()
    if wait is None:
        return None
    return timedelta(seconds=min(max(wait, 0.0), LONGEST.total_seconds()))


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    with suppress(ValueError, OverflowError):
        number = float(value)
        if math.isfinite(number):
            return number
    return None


def _date(value: str | None) -> datetime | None:
    """An HTTP date as an instant; one without a zone is GMT by RFC 9110."""
    if not value:
        return None
    try:
        instant = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _from_body(body: bytes) -> Any:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said.get("retryAfter") if isinstance(said, dict) else None
