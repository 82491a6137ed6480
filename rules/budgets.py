"""How the classes of calls share what a vendor allows. Pure; `store.budgets` counts.

Whoever is more urgent keeps a reserve that the others leave alone while it has asked within the window; a little is
always left for what is due soon. What asks the vendor for what we missed stays below its ceiling, however idle the
rest is: the day a thousand webhooks come, nobody may be ahead of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """Of the calls of a window. `reserve`: kept free while this class asks. `always`: kept free in any case.
    `most`: its own ceiling.
    """

    reserve: float
    always: float = 0.0
    most: float = 1.0


SHARES: dict[str, Share] = {
    "due_soon": Share(0.10, always=0.02),
    "webhook": Share(0.10),
    "operator": Share(0.05),
    "write_back": Share(0.05),
    "reconcile": Share(0.10, most=0.35),
    "backfill": Share(0.05, most=0.30),
}
"""In the order of their urgency."""

BACKGROUND = frozenset({"reconcile", "backfill"})
MOST_BACKGROUND = 0.40
"""Of both together."""


def room(calls: int, cause: str, used: Mapping[str, int], asked: Collection[str]) -> int:
    """How many calls of this class may be made now. `used` in the window by class, `asked` who wanted any in it.

    A cause without a share (calls that are nobody's fetch) takes whatever is left.
    """
    left = calls - sum(used.values())
    if cause not in SHARES:
        return max(0, left)
    left -= sum(_held(calls, other, used, asked) for other in SHARES if other != cause)
    return max(0, min([left, *_ceilings(calls, cause, used)]))


def _held(calls: int, cause: str, used: Mapping[str, int], asked: Collection[str]) -> int:
    share = SHARES[cause]
    kept = share.reserve if cause in asked else share.always
    return max(0, int(calls * kept) - used.get(cause, 0))


def _ceilings(calls: int, cause: str, used: Mapping[str, int]) -> list[int]:
    own = max(1, int(calls * SHARES[cause].most)) - used.get(cause, 0)
    if cause not in BACKGROUND:
        return [own]
    return [own, max(1, int(calls * MOST_BACKGROUND)) - sum(used.get(each, 0) for each in BACKGROUND)]
