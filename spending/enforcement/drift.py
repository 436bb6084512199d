"""A total that is not what its ledger says, and how people are told of it."""

import logging
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from budget_system.core.money import MAX_SUM, from_cents, in_currency
from spending.ledger.counting import Key, Shift
from spending.models import Period

log = logging.getLogger("budget_system.drift")


@dataclass(frozen=True, slots=True)
class Drift:
    """A total that is not what it must be; cents of both columns."""

    owner: str
    brand: str
    brand_id: UUID
    currency: str
    key: Key
    stored: Shift
    right: Shift

    @property
    def of_brand(self) -> bool:
        """Whether it is a brand's total."""
        return self.key.owner == self.brand_id

    @property
    def can_be_repaired(self) -> bool:
        """Whether the column can hold what the ledger says; only older versions let more be booked."""
        return self.right.amount <= MAX_SUM

    def __str__(self) -> str:
        period = f"{Period(self.key.period).label} {self.key.start}"
        if self.stored.amount != self.right.amount:
            said, true = self._shown(self.stored.amount), self._shown(self.right.amount)
            return f"{self.owner}, {period}: the total says {said}, the ledger {true}{self._advice}"
        said, true = self._shown(self.stored.cleared), self._shown(self.right.cleared)
        return f"{self.owner}, {period}: {said} is marked as cleared, it must be {true}"

    def _shown(self, cents: int) -> Decimal:
        return in_currency(from_cents(cents), self.currency)

    @property
    def _advice(self) -> str:
        return "" if self.can_be_repaired else ", more than a total holds: lower or delete entries, then repair it"

    def log_repair(self) -> None:
        """Log that it was repaired, or that it cannot be."""
        fields = {"brand": self.brand, "brand_id": str(self.brand_id)}
        if self.can_be_repaired:
            log.warning("Drift mended. %s", self, extra={"event": "drift_mended", **fields})
        else:
            log.error("Drift that cannot be mended. %s", self, extra={"event": "drift_left", **fields})
