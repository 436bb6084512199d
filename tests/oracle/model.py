"""The oracle: what the rules answer to every operation, and which campaigns they decide at once."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from tests.oracle.facts import ZERO, Brand, Campaign, Entry, Order, Outcome, Window
from tests.oracle.reading import Reading
from tests.oracle.walltime import month_of

FIRST_DATE = date(2000, 1, 1)

Limit = Decimal | None


class Oracle(Reading):
    """The rules as operations.

    `must` holds the campaigns whose verdict was asked for since they were last compared; of all others a status that
    only the clock has outdated may still be shown.
    """

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        """Begin with nothing, at an instant."""
        super().__init__(now)
        self.must: set[Campaign] = set()
        self._count = 0
        self._depth = 0

    def _key(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    @contextmanager
    def asking(self, *brands: Brand) -> Iterator[set[Campaign]]:
        """Take the changes inside as one, and find the campaigns whose verdict they change.

        What the caller adds to the set is asked for even where its verdict stays. Blocks may be nested, as a bulk of
        rows does: what was cleared is settled once, at the end of the outermost.
        """
        before = {c: self.reasons(c) for brand in brands for c in self.living(brand)}
        asked: set[Campaign] = set()
        self._depth += 1
        yield asked
        self._depth -= 1
        self.must |= asked
        if not self._depth:
            self.settle()
            after = {c: self.reasons(c) for brand in brands for c in self.living(brand)}
            self.must |= {c for c, reasons in after.items() if before.get(c) != reasons}
            self.must = {c for c in self.must if not c.gone}

    # Brands

    def add_brand(self, *, name: str, daily: Limit, monthly: Limit, timezone: str, currency: str = "USD") -> Outcome:
        """Create a brand."""
        if any(b.name.casefold() == name.casefold() and not b.gone for b in self.brands):
            return Outcome(400)
        brand = Brand(self._key("b"), name, daily, monthly, timezone, currency.upper())
        self.brands.append(brand)
        return Outcome(201, brand.key, [brand])

    def change_brand(self, brand: Brand, values: Mapping[str, object]) -> Outcome:
        """Change a brand's budgets, time zone, currency or name."""
        if brand.gone:
            return Outcome(404)
        name = str(values.get("name", brand.name)).casefold()
        twin = any(b is not brand and not b.gone and b.name.casefold() == name for b in self.brands)
        if twin or (values.get("currency", brand.currency) != brand.currency and self.has_spends(brand)):
            return Outcome(400, brands=[brand])
        with self.asking(brand) as asked:
            if _assign(brand, values) & {"daily_budget", "monthly_budget", "timezone"}:
                asked.update(self.living(brand))
        return Outcome(200, brand.key, [brand])

    def hold(self, brand: Brand, *, held: bool) -> Outcome:
        """Hold a brand, or lift its hold: every campaign stays as a person had left it."""
        if brand.gone:
            return Outcome(404)
        with self.asking(brand) as asked:
            asked.update(self.living(brand) if brand.held != held else ())
            brand.held = held
        return Outcome(200, brand.key, [brand])

    def remove_brand(self, brand: Brand) -> Outcome:
        """Remove or archive a brand; either way nothing of it is shown again."""
        if brand.gone:
            return Outcome(404)
        brand.gone = True
        for campaign in self.living(brand):
            self._leave(campaign)
        return Outcome(204)

    # Campaigns

    def add_campaign(self, brand: Brand, *, name: str, values: Mapping[str, Limit], order: Order | None) -> Outcome:
        """Create a campaign; a pause asked for with it is a person's."""
        if brand.gone or self._named(brand, name):
            return Outcome(400, brands=[] if brand.gone else [brand])
        campaign = Campaign(self._key("c"), brand, name, None, None)
        _assign(campaign, values)
        with self.asking(brand):
            self.campaigns.append(campaign)
            if order and order.status == "PAUSED":
                campaign.paused_by_person, campaign.stated = True, order.pause_reason
        return Outcome(201, campaign.key, [brand])

    def change_campaign(self, campaign: Campaign, values: Mapping[str, object], order: Order | None = None) -> Outcome:
        """Change a campaign's caps, name or brand, and its status where that is asked for."""
        if campaign.gone:
            return Outcome(404)
        old, new = campaign.brand, values.get("brand", campaign.brand)
        assert isinstance(new, Brand)
        name = str(values.get("name", campaign.name))
        if new.gone or self._named(new, name, but=campaign) or (new is not old and self.has_spends(campaign)):
            return Outcome(400, brands=[old])
        with self.asking(*{old.key: old, new.key: new}.values()) as asked:
            if _assign(campaign, values) & {"daily_budget", "monthly_budget", "brand"}:
                asked.add(campaign)
            if order and self._obey(campaign, order):
                asked.add(campaign)
        return Outcome(200, campaign.key, [old] if new is old else [old, new], own_rows=False)

    def remove_campaign(self, campaign: Campaign) -> Outcome:
        """Remove a campaign, or archive it where it has spends: they count on in its brand."""
        if campaign.gone:
            return Outcome(404)
        with self.asking(campaign.brand):
            self._leave(campaign)
        return Outcome(204, brands=[campaign.brand])

    def _obey(self, campaign: Campaign, order: Order) -> bool:
        """Take a status for an order or for a repetition; what stands is what was stored before."""
        stands = campaign.shown
        if _is_answer(order):
            return False
        if order.status == "ACTIVE":
            lifted = campaign.paused_by_person
            campaign.paused_by_person, campaign.stated = False, None
            return lifted or stands is None or stands.status == "PAUSED"
        if campaign.paused_by_person:
            return False
        if stands is not None and stands.status == "PAUSED":
            if order.pause_reason is not None and order.pause_reason == stands.pause_reason:
                return False
            campaign.paused_by_person, campaign.stated = True, None
        else:
            campaign.paused_by_person, campaign.stated = True, order.pause_reason
        return True

    def _named(self, brand: Brand, name: str, but: Campaign | None = None) -> bool:
        return any(c is not but and c.name.casefold() == name.casefold() for c in self.living(brand))

    def _leave(self, campaign: Campaign) -> None:
        campaign.gone = True
        self.windows = [window for window in self.windows if window.campaign is not campaign]

    # Windows

    def add_window(
        self, campaign: Campaign, *, day: int, start: time, end: time, overnight: bool, active: bool = True
    ) -> Outcome:
        """Add a window."""
        window = Window(self._key("w"), campaign, day, start, _end(end, overnight), overnight, active)
        if campaign.gone or not self._fits(window):
            return Outcome(400, brands=[] if campaign.gone else [campaign.brand])
        with self.asking(campaign.brand) as asked:
            self.windows.append(window)
            asked.add(campaign)
        return Outcome(201, window.key, [campaign.brand], own_rows=False)

    def change_window(self, window: Window, values: Mapping[str, object]) -> Outcome:
        """Change a window; the half that is not sent stays as stored."""
        if window not in self.windows:
            return Outcome(404)
        wanted = Window(window.key, window.campaign, 0, time(), time(), ends_next_day=False)
        kept = ("day_of_week", "start", "end", "ends_next_day", "is_active")
        _assign(wanted, {name: getattr(window, name) for name in kept} | dict(values))
        wanted.end = _end(wanted.end, wanted.ends_next_day)
        brand = window.campaign.brand
        if not self._fits(wanted, but=window):
            return Outcome(400, brands=[brand], own_rows=False)
        with self.asking(brand) as asked:
            if _assign(window, {name: getattr(wanted, name) for name in kept}):
                asked.add(window.campaign)
        return Outcome(200, window.key, [brand], own_rows=False)

    def remove_window(self, window: Window) -> Outcome:
        """Delete a window."""
        if window not in self.windows:
            return Outcome(404)
        with self.asking(window.campaign.brand) as asked:
            self.windows.remove(window)
            asked.add(window.campaign)
        return Outcome(204, brands=[window.campaign.brand], own_rows=False)

    def _fits(self, window: Window, but: Window | None = None) -> bool:
        overnight, whole_rest = window.ends_next_day, window.end == time()
        if window.end > window.start if overnight else window.end <= window.start and not whole_rest:
            return False
        others = (other for other in self.windows_of(window.campaign) if other is not but)
        return all(other.seconds != window.seconds for other in others)

    # The ledger

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
        if campaign.gone or not amount or not self._dated(day, brand):
            return Outcome(400, brands=[brand])
        entry = Entry(self._key("s"), campaign, amount, day, kind or "DAILY", external_id)
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
            or (named and named is not entry)
            or (moved and (new.gone or new.brand.currency != old.brand.currency))
            or (day != entry.day and not self._dated(day, new.brand))
        ):
            return Outcome(400, brands=[old.brand])
        brands = [old.brand] if new.brand is old.brand else [old.brand, new.brand]
        with self.asking(*brands) as asked:
            if _assign(entry, values) & {"amount", "day", "kind", "campaign"}:
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

    # Resets

    def reset(self, periods: Iterable[str], brands: Iterable[Brand]) -> None:
        """Clear the brands' current day or month, archived campaigns' too, by a person's order."""
        for brand in brands:
            with self.asking(brand) as asked:
                for period in periods:
                    start = self.today(brand) if period == "D" else month_of(self.today(brand))
                    for campaign in (c for c in self.campaigns if c.brand is brand):
                        self.cleared[campaign, period, start] = self.ledger().get((campaign, period, start), ZERO)
                asked.update(self.living(brand))


def _is_answer(order: Order) -> bool:
    """Say whether a status came with reasons that agree with it: an answer sent back, and no order."""
    if order.blocked_by is None:
        return False
    if order.status == "ACTIVE":
        return not order.blocked_by and order.pause_reason is None
    stated = "MANUAL" in order.blocked_by and order.pause_reason is not None
    return bool(order.blocked_by) and (stated or order.pause_reason == order.blocked_by[0])


def _end(end: time, overnight: bool) -> time:
    return time() if end == time(23, 59, 59) and not overnight else end


def _assign(target: object, values: Mapping[str, object]) -> set[str]:
    """Set what differs, and name it."""
    changed = {name for name, value in values.items() if getattr(target, name) != value}
    for name in changed:
        setattr(target, name, values[name])
    return changed
