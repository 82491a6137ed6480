"""What several windows contained together, and what can be concluded from somebody's absence."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from rules.vendors import Fetched, Record, Window
from vendors.carecycle.days import covers, halves, holds

SUSPECTED_CAPS = frozenset({25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000})
"""No page size is documented. A list exactly as long as somebody's favourite limit may have been cut."""

MOST_SECOND_LOOKS = 20
"""A third of a minute's budget. Beyond it a cut list stays cut and proves nothing; a shorter horizon helps then."""


@dataclass
class Listing:
    """Looks at windows through `ask` (records, and whether all of them could be read), each at most once."""

    ask: Callable[[Window], tuple[list[Record], bool]]
    records: dict[str, Record] = field(default_factory=dict)
    whole: list[Window] = field(default_factory=list)
    """Windows whose listing was whole and plausible: only these prove an absence."""
    _seen: set[Window] = field(default_factory=set)
    _longest: int = 0
    _second_looks: int = 0

    def look(self, window: Window) -> None:
        """A list that may have been cut is asked for again in halves, until they are shorter."""
        if window in self._seen or covers(self.whole, window):
            return
        self._seen.add(window)
        records, readable = self.ask(window)
        self.records |= {record.external_id: record for record in records}
        cut = len(records) in SUSPECTED_CAPS and len(records) >= self._longest
        self._longest = max(self._longest, len(records))
        if cut:
            for part in halves(window) or ():
                if self._second_looks < MOST_SECOND_LOOKS:
                    self._second_looks += 1
                    self.look(part)
        elif readable:
            self.whole.append(window)

    def holds(self, moment: datetime) -> bool:
        """Whether a window with this instant was listed as a whole."""
        return any(holds(window, moment) for window in self.whole)

    def fetched(self, *, absent_among: Iterable[str] = (), needed: Iterable[Window] = ()) -> Fetched:
        """`absent_among` are absent where all `needed` windows were listed as a whole, and nowhere else."""
        sure = all(covers(self.whole, window) for window in needed)
        absent = {external_id for external_id in absent_among if external_id not in self.records} if sure else set()
        return Fetched(tuple(self.records.values()), frozenset(absent), tuple(self.whole))
