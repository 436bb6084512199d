"""The rules of the ledger: what is booked, restated, voided, corrected, moved, deleted, and cleared by a reset."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from tests.oracle.deciding import Deciding, assign
from tests.oracle.facts import ZERO, Brand, Campaign, Entry, Outcome
from tests.oracle.walltime import month_of

FIRST_DATE = date(2000, 1, 1)


class LedgerRules(Deciding):
    """Operations on the ledger."""

    def record(
        self,
        campaign: Campaign,
        *,
        amount: Decimal | None,
        day: date | None = None,
        kind: str | None = None,
        external_id: str = "",
    ) -> Outcome:
        """Book a spend; with a known `external_id` restate it, or void it with 0.00."""
        if campaign.brand.gone:
            return Outcome(400)
        brand = campaign.brand
        known = self.entry_named(campaign, external_id)
        if known:
            if amount == ZERO:
                self.remove_entry(known)
                return Outcome(200, known.key, [brand])
            sent = {"amount": amount, "day": day, "kind": kind}
            return self.change_entry(known, {name: value for name, value in sent.items() if value is not None})
        day = day or self.today(brand)
        if campaign.gone or not amount or not brand.takes(amount) or not self._dated(day, brand):
            return Outcome(400, brands=[brand])
        entry = Entry(self.new_key("s"), campaign, amount, day, kind or "DAILY", external_id)
        with self.asking(brand) as asked:
            self.entries.append(entry)
            self.forget_sums()
            asked.add(campaign)
        return Outcome(201, entry.key, [brand])

    def change_entry(self, entry: Entry, values: Mapping[str, object]) -> Outcome:
        """Change an entry's amount, date, type, campaign or `external_id`."""
        if entry not in self.entries or entry.campaign.brand.gone:
            return Outcome(404)
        old, new = entry.campaign, values.get("campaign", entry.campaign)
        day = values.get("day", entry.day)
        assert isinstance(new, Campaign) and isinstance(day, date)
        named = self.entry_named(new, str(values.get("external_id", entry.external_id)))
        moved = new is not old
        if (
            values.get("amount", entry.amount) == ZERO
            or not new.brand.takes(values.get("amount"))
            or (named and named is not entry)
            or (moved and (new.gone or new.brand.currency != old.brand.currency))
            or (day != entry.day and not self._dated(day, new.brand))
        ):
            return Outcome(400, brands=[old.brand])
        brands = [old.brand] if new.brand is old.brand else [old.brand, new.brand]
        with self.asking(*brands) as asked:
            if assign(entry, values) & {"amount", "day", "kind", "campaign"}:
                asked.update((old, new))
            self.forget_sums()
        return Outcome(200, entry.key, brands)

    def remove_entry(self, entry: Entry) -> Outcome:
        """Take an entry out of the ledger."""
        if entry not in self.entries or entry.campaign.brand.gone:
            return Outcome(404)
        with self.asking(entry.campaign.brand) as asked:
            self.entries.remove(entry)
            self.forget_sums()
            asked.add(entry.campaign)
        return Outcome(204, entry.key, [entry.campaign.brand])

    def entry_named(self, campaign: Campaign, external_id: str) -> Entry | None:
        """Find a campaign's entry by its `external_id`."""
        named = (e for e in self.entries if e.campaign is campaign and e.external_id == external_id)
        return next(named, None) if external_id else None

    def _dated(self, day: date, brand: Brand) -> bool:
        return FIRST_DATE <= day <= self.today(brand) + timedelta(days=1)

    def reset(self, periods: Iterable[str], brands: Iterable[Brand]) -> None:
        """Clear the brands' current day or month, archived campaigns' too, by a person's order."""
        for brand in brands:
            with self.asking(brand) as asked:
                for period in periods:
                    start = self.today(brand) if period == "D" else month_of(self.today(brand))
                    for campaign in (c for c in self.campaigns if c.brand is brand):
                        self.cleared[campaign, period, start] = self.ledger().get((campaign, period, start), ZERO)
                asked.update(self.living(brand))
