"""The one line that a task returns: counts in plain words, no private facts."""

from collections import Counter


class Tally:
    def __init__(self, name: str) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()

    def add(self, what: str, count: int = 1) -> None:
        if count:
            self.counts[what] += count

    def line(self) -> str:
        """`caspen-north: 12 fetched, 9 planned, 1 skipped short_notice`; "" when there was nothing to do."""
        parts = [f"{count} {what}" for what, count in self.counts.items()]
        return f"{self.name}: {', '.join(parts)}" if parts else ""


def joined(*lines: str) -> str:
    """Several steps' lines as one."""
    return "; ".join(line for line in lines if line)
