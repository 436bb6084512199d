"""The comparison of the alerts of budgets: each threshold is told once, and once that it is reached no longer."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from tests.oracle.alert_rules import PERIODS, Threshold, brand_of, is_removed, reached
from tests.oracle.compare import Difference, Reads
from tests.oracle.facts import Brand, Campaign
from tests.oracle.model import Oracle
from tests.oracle.rows import Ident, Row

SHORT = {shown: period for period, shown in PERIODS.items()}
OF_BUDGETS = "/api/alerts/?kind=budget.threshold&page_size=1000"


class AlertComparison:
    """Compares the open alerts after each operation, and counts how often each was opened."""

    def __init__(self, oracle: Oracle, system: Reads, ident: Ident) -> None:
        """Compare these two."""
        self.oracle, self.system, self.ident = oracle, system, ident
        self.day_of: dict[Brand, date] = {}
        """The day that stood when a brand was last looked at: until something happens, its alerts stay with it."""
        self.open: set[Threshold] = set()
        self.opened: Counter[tuple[Brand, Threshold]] = Counter()
        """Each with the brand in which it was opened, where it stays when its campaign moves."""
        self.muted: set[Threshold] = set()
        """Those of the open ones of which people want to hear no more: that ends with them."""

    def open_ones(self, *, exact: bool) -> None:
        """Compare what is open; without `exact` a brand's new day may not have begun yet."""
        owners = self._owners()
        rows = self.system.send("GET", f"{OF_BUDGETS}&state=open").rows
        shown = {self._threshold(row, owners): row for row in rows}
        found = set(shown)
        if len(found) != len(rows):
            raise Difference(f"one is open twice: {rows}")
        expected: set[Threshold] = set()
        for brand in self.oracle.brands:
            today = self.oracle.today(brand)
            of_brand = {one for one in found if brand_of(one[0]) is brand}
            days = [today] if exact else [today, self.day_of.get(brand, today)]
            fitting = [day for day in days if reached(self.oracle, brand, day) == of_brand]
            if not fitting:
                right = _names(reached(self.oracle, brand, today))
                raise Difference(f"{brand!r}: the rules say {right}, open are {_names(of_brand)}")
            self.day_of[brand] = fitting[0]
            expected |= of_brand
        self.opened.update((brand_of(one[0]), one) for one in expected - self.open)
        self.open = expected
        self.muted &= expected
        if (muted := {one for one, row in shown.items() if row["muted_until_change"]}) != self.muted:
            raise Difference(f"muted are {_names(muted)}, must be {_names(self.muted)}")

    def mute(self, row: Row, *, muted: bool) -> None:
        """Take an open alert, as it is shown, for muted from now on, or no longer."""
        (self.muted.add if muted else self.muted.discard)(self._threshold(row, self._owners()))

    def all_ones(self) -> None:
        """See that each was opened as often as it was reached anew, and that only what is reached is open."""
        owners, brands = self._owners(), {self.ident(brand): brand for brand in self.oracle.brands}
        rows = self.system.send("GET", OF_BUDGETS).rows
        shown = Counter((brands[str(row["brand"])], self._threshold(row, owners)) for row in rows)
        expected = self.kept()
        if shown != expected:
            raise Difference(f"told too often: {shown - expected}; too seldom: {expected - shown}")

    def kept(self) -> Counter[tuple[Brand, Threshold]]:
        """Return how often each was opened, without those of archived brands and of campaigns that are removed."""
        return Counter(
            {
                (brand, one): count
                for (brand, one), count in self.opened.items()
                if not (brand.gone or is_removed(one[0]))
            }
        )

    def _owners(self) -> dict[str, Brand | Campaign]:
        owners: Sequence[Brand | Campaign] = [*self.oracle.brands, *self.oracle.campaigns]
        return {self.ident(owner): owner for owner in owners}

    @staticmethod
    def _threshold(row: Row, owners: dict[str, Brand | Campaign]) -> Threshold:
        owner = owners[str(row["campaign"] or row["brand"])]
        return owner, SHORT[str(row["period"])], date.fromisoformat(str(row["start"])), int(str(row["threshold"]))


def _names(thresholds: set[Threshold]) -> list[str]:
    return sorted(f"{owner!r} {period} {start} {percent} %" for owner, period, start, percent in thresholds)
