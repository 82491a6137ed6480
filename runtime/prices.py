"""What texts cost: segments times the price that a sender's options name."""

from dataclasses import dataclass
from decimal import Decimal

from runtime.settings import ConnectionSettings, Settings


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
