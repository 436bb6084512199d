"""Which parts of their budgets owners have used, worked out anew from the ledger."""

from collections.abc import Iterator
from datetime import date

from tests.oracle.facts import Brand, Campaign
from tests.oracle.reading import Reading
from tests.oracle.rows import Ident, Row
from tests.oracle.walltime import month_of

PERIODS = {"D": "day", "M": "month"}

Threshold = tuple[Brand | Campaign, str, date, int]
"""An owner, a period, the day on which that begins, and the percent of the budget that is used."""


def reached(oracle: Reading, brand: Brand, day: date) -> set[Threshold]:
    """Return the thresholds that a brand and its capped campaigns have reached, in the periods of a day."""
    if brand.gone:
        return set()
    return set(_reached(oracle, brand, day))


def brand_of(owner: Brand | Campaign) -> Brand:
    """Return the brand of an owner."""
    return owner if isinstance(owner, Brand) else owner.brand


def is_removed(owner: Brand | Campaign) -> bool:
    """Return whether nothing is left of an owner: a campaign none of whose spends is known, as all were undone."""
    return isinstance(owner, Campaign) and owner.gone and owner.archived_at is None


def alert_row(brand: Brand, one: Threshold, ident: Ident, *, muted: bool) -> Row:
    """Show a threshold that was reached in a brand as the API shows its alert."""
    owner, period, start, percent = one
    return {
        "id": ident(one),
        "brand": ident(brand),
        "campaign": None if isinstance(owner, Brand) else ident(owner),
        "period": PERIODS[period],
        "start": start.isoformat(),
        "threshold": percent,
        "muted_until_change": muted,
    }


def _reached(oracle: Reading, brand: Brand, day: date) -> Iterator[Threshold]:
    owners: list[Brand | Campaign] = [brand, *oracle.living(brand)]
    for owner in owners:
        for period, start, limit in (
            ("D", day, owner.daily_budget),
            ("M", month_of(day), owner.monthly_budget),
        ):
            if not limit:
                continue
            if isinstance(owner, Brand):
                spent = oracle.brand_counter(owner, period, day)
            else:
                spent = oracle.counter(owner, period, day)
            for percent in brand.thresholds:
                if spent * 100 >= limit * percent:
                    yield owner, period, start, percent
