"""What texts cost: segments times the price that a sender's options name."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from rules.timing import begin_of_month, zone_or_none
from runtime.settings import ConnectionSettings, Settings
from store import spending


@dataclass(frozen=True, slots=True)
class Price:
    """Of one segment."""

    per_segment: Decimal
    currency: str

    def of(self, segments: int) -> Decimal:
        return self.per_segment * segments

    def words(self, segments: int) -> str:
        """`USD 1.58`; as many digits as make sense of small sums."""
        cost = self.of(segments)
        return f"{self.currency} {cost:.2f}" if cost >= 1 else f"{self.currency} {cost:.4f}"

    def as_json(self, segments: int) -> dict[str, str]:
        """Amounts are text: JSON's numbers would round them."""
        return {"amount": str(self.of(segments)), "currency": self.currency}


def price_of(settings: Settings, connection: ConnectionSettings) -> Price | None:
    """None where no price is configured: then no cost is known, and none is guessed."""
    sender = settings.senders.get(connection.sender)
    price = sender.options.get("price_per_segment") if sender is not None else None
    return (
        Price(price, str(sender.options.get("currency", "USD"))) if sender is not None and price is not None else None
    )


def this_month(connection: ConnectionSettings, now: datetime) -> datetime:
    """From when on a connection's costs are this month's."""
    return begin_of_month(now, zone_or_none(connection.zone) or UTC)


@dataclass(frozen=True, slots=True)
class Month:
    """What a connection's texts have cost since the first of the month."""

    segments: int
    price: Price
    most: Decimal | None
    """Its `max_cost_per_month`."""

    def words(self) -> str:
        limit = "" if self.most is None else f" of {self.price.currency} {self.most:.2f}"
        return f"{self.price.words(self.segments)}{limit}"

    def as_json(self) -> dict[str, Any]:
        most = None if self.most is None else str(self.most)
        return {"segments": self.segments, **self.price.as_json(self.segments), "most": most}


def month_of(tx: Connection, settings: Settings, connection: ConnectionSettings, now: datetime) -> Month | None:
    """None where no price is configured."""
    price = price_of(settings, connection)
    if price is None:
        return None
    count = spending.segments_since(tx, connection.name, this_month(connection, now))
    return Month(count, price, connection.max_cost_per_month)
