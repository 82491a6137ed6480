"""How long a scan takes. Pure arithmetic for `doctor`: a vendor without a date filter is read as a whole each time."""

from math import ceil

from rules.budgets import SHARES
from rules.vendors import Budget

HANDED_OUT = 0.95
"""Of the documented limit, as `store.budgets` does."""


def pages(records: int, per_page: int) -> int:
    """Calls that list so many records: 50,000 by 100 are 500."""
    return max(1, ceil(records / per_page))


def scan_seconds(calls: int, budget: Budget, cause: str = "reconcile") -> float:
    """The least time for so many calls within the share of their class.

    A window's share may be used at once, so the first one costs no time.
    """
    share = max(1, int(int(budget.calls * HANDED_OUT) * SHARES[cause].most))
    return (ceil(calls / share) - 1) * budget.per.total_seconds()
