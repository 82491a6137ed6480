"""Where records lie. Each keeps the version before it, for the fault that serves stale reads."""

from dataclasses import dataclass, field

from sandbox.refusal import Record


@dataclass
class Shelf:
    """Records by id in the order they came. Records are replaced, never changed in place."""

    current: dict[str, Record] = field(default_factory=dict)
    previous: dict[str, Record] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def put(self, record_id: str, record: Record) -> Record:
        if record_id in self.current:
            self.previous[record_id] = self.current[record_id]
        else:
            self.order.append(record_id)
        self.current[record_id] = record
        return record

    def get(self, record_id: str) -> Record | None:
        return self.current.get(record_id)

    def before(self, record_id: str) -> Record | None:
        return self.previous.get(record_id, self.current.get(record_id))

    def remove(self, record_id: str) -> Record | None:
        # The id stays in `order`: positions are cursors, and a cursor must survive a deletion.
        self.previous.pop(record_id, None)
        return self.current.pop(record_id, None)

    def all(self) -> list[Record]:
        return list(self.current.values())

    def page(self, position: int, count: int) -> tuple[list[Record], int | None]:
        """Up to `count` records from `position`, and the position after them if more follow."""
        found: list[Record] = []
        while position < len(self.order) and len(found) < count:
            record = self.current.get(self.order[position])
            position += 1
            if record is not None:
                found.append(record)
        more = any(record_id in self.current for record_id in self.order[position:])
        return found, position if more else None
