"""The open gate: what is touched between lock and commit, and what becomes of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound, unknown_id
from budget_system.core.money import to_cents
from campaigns.models import Campaign, Order
from campaigns.status import DAY_BIT, MONTH_BIT
from spending.enforcement.alerting import write_alerts
from spending.enforcement.budget_use import current_use
from spending.enforcement.crossings import touch_begun, touch_crossed
from spending.enforcement.decisions import Decision, decide_and_write
from spending.enforcement.deliveries import request_pushes
from spending.enforcement.events import write_events
from spending.enforcement.touched import PersonsOrder, Touched, Turn
from spending.ledger import totals
from spending.ledger.counting import Entry, Span, counted_in
from spending.ledger.entries import SpendRow, entry_of


class Gate:
    """The open gate: the rows under lock, and what was touched."""

    def __init__(self, brands: dict[UUID, Brand], campaigns: dict[UUID, Campaign], now: datetime, by: Actor) -> None:
        self.now = now
        self.by = by
        self.brands = brands
        self.campaigns = campaigns
        self.report: UUID | None = None
        """The import that books; total rows that it makes bear its name."""
        self.decisions: list[Decision] = []
        self.touched = Touched()
        self._deltas: dict[UUID, dict[Span, int]] = defaultdict(lambda: defaultdict(int))
        self._brand_of: dict[UUID, UUID] = {}
        self._new_entry: SpendRow | None = None
        self._begun: dict[UUID, int] = {}
        """Brands whose day, or month too, has begun, with the bits of the reasons that end with it."""
        self._days_ended = [brand for brand in brands.values() if brand.day_ends_at <= now]
        for campaign in campaigns.values():
            self._touch_where_due(campaign)

    def enter(self, campaign: Campaign, brand: Brand) -> None:
        """Add a campaign that was read while its brand's lock was held."""
        campaign.brand = brand
        self.campaigns[campaign.pk] = campaign
        self._touch_where_due(campaign)

    def _touch_where_due(self, campaign: Campaign) -> None:
        if campaign.next_transition_at is not None and campaign.next_transition_at <= self.now:
            self.touch(campaign)

    def brand(self, brand_id: UUID) -> Brand:
        """Return a brand as read under its lock. Raise `NotFound` where it is gone or archived."""
        brand = self.brands.get(brand_id)
        if brand is None or brand.archived_at is not None:
            raise NotFound(unknown_id("brand", brand_id))
        return brand

    def campaign(self, campaign_id: UUID) -> Campaign:
        """Return a campaign as read under its brand's lock. Raise `NotFound` where it, or its brand, is archived."""
        campaign = self.campaigns[campaign_id]
        if campaign.archived_at is not None or campaign.brand.archived_at is not None:
            raise NotFound(unknown_id("campaign", campaign_id))
        return campaign

    def touch(self, campaign: Campaign, *, is_new: bool = False) -> None:
        """Mark this campaign to be decided when the gate closes; `is_new` where it has just been created."""
        self.touched.touch(campaign)
        if is_new:
            self.touched.new_campaigns.add(campaign.pk)

    def touch_all(self, brand: Brand) -> None:
        """Mark every living campaign of a brand to be decided when the gate closes."""
        self.touched.brands.add(brand.pk)

    def turn(self, *brands: Brand, begins: int = 0, ends: int = 0) -> None:
        """Mark the campaigns to be decided whose verdict can change as brands give them reasons, or no longer do.

        The reasons are bits. Campaigns whose windows have turned are marked too, as those of whom somebody has asked.
        """
        for brand in brands:
            self.touched.turn(brand.pk, Turn(begins, ends))

    def used_up(self, brand: Brand) -> int:
        """Return which budgets of a brand are used up, as bits of the reasons that this gives its campaigns."""
        return current_use([brand], Campaign.everything.none()).of(brand, brand.today).bits

    def recheck_thresholds(self, owner: Brand | Campaign) -> None:
        """Open and resolve the alerts of an owner's budgets when the gate closes; a brand's with its campaigns'.

        For changes that no moved total shows: of a budget, of the thresholds, of what counts.
        """
        if isinstance(owner, Brand):
            self.touched.rechecked_brands.add(owner.pk)
        else:
            self.touched.rechecked_owners[owner.pk] = owner.brand_id

    def budgets_changed(self, brand: Brand, *, before: int) -> None:
        """Mark the campaigns to be decided that a change of the brand's budgets concerns; see `used_up`."""
        self.touched.rechecked_owners[brand.pk] = brand.pk
        if brand in self._days_ended:
            self.touch_all(brand)
        else:
            now = self.used_up(brand)
            self.turn(brand, begins=now & ~before, ends=before & ~now)

    def order(self, order: Order, note: str, *, brand: Brand, campaign: Campaign | None = None) -> None:
        """Record what a person ordered, with the note, also where it changes no status."""
        self.touched.orders.append(PersonsOrder(brand, campaign, order, note))

    def book(self, campaign: Campaign, *, before: Entry | None = None, after: Entry | None = None) -> None:
        """Move the totals from what a ledger entry said to what it says, when the gate closes."""
        for entry, sign in ((before, -1), (after, 1)):
            if entry is not None:
                self.move(campaign, entry.spend_date, entry.spend_type, sign * to_cents(entry.amount))

    def book_new(self, campaign: Campaign, entry: SpendRow) -> None:
        """Insert the one new entry of this gate, and move the totals in which it counts, when the gate closes."""
        self._new_entry = entry
        self.book(campaign, after=entry_of(entry))

    def move(self, campaign: Campaign, day: date, spend_type: str, cents: int) -> None:
        """Move the totals in which the campaign's entries of a day count by so many cents, when the gate closes."""
        self.move_days(campaign, spend_type, {day: cents})

    def move_days(self, campaign: Campaign, spend_type: str, cents_of: Mapping[date, int]) -> None:
        """Move the totals of many days of a campaign, when the gate closes."""
        self._brand_of[campaign.pk] = campaign.brand_id
        deltas = self._deltas[campaign.pk]
        for day, cents in cents_of.items():
            for span in counted_in(day, spend_type):
                deltas[span] += cents

    def day_changed(self, brand: Brand) -> None:
        """Begin a brand's current day again when the gate closes: its time zone changed."""
        if brand not in self._days_ended:
            self._days_ended.append(brand)
        self.touch_all(brand)

    def close(self) -> None:
        """Move the totals, begin the days that have begun, and decide what was touched."""
        self._begin_days()
        current = {start for brand in self.brands.values() for start in (brand.today, brand.this_month)}
        campaigns, brands = totals.book(self._deltas, self._brand_of, current, self.report, self._new_entry)
        touch_crossed(self.touched, (self.brands, brands), (self.campaigns, campaigns))
        self._touch_due(self.touched.turns.keys())
        touch_begun(self.touched, self.brands, self._begun)
        if self.touched:
            self.decisions = decide_and_write(self.touched, self.brands, self.now)
            write_events(self.decisions, self.touched, self.brands, self.now, self.by)
            request_pushes(self.decisions, self.now)
        write_alerts(self.touched, self.decisions, self.brands, self.now)
        for decision in self.decisions:
            if (campaign := self.campaigns.get(decision.campaign.pk)) is not None:
                for name, value in decision.new_values(self.now).items():
                    setattr(campaign, name, value)  # what the caller holds is what is stored

    def _begin_days(self) -> None:
        """Begin the days that have begun."""
        begun = []
        for brand in self._days_ended:
            if brand.pk is None:  # purged inside the gate
                continue
            month = brand.this_month
            brand.begin_day(self.now)
            self._begun[brand.pk] = DAY_BIT if brand.this_month == month else DAY_BIT | MONTH_BIT
            begun.append(brand)
            self.recheck_thresholds(brand)
        if begun:
            Brand.everything.bulk_update(begun, ["today", "this_month", "day_ends_at"])

    def _touch_due(self, brand_ids: Collection[UUID]) -> None:
        """Mark the campaigns of brands whose windows have turned: where a fact of a brand changed, all are asked."""
        if brand_ids:
            due = Campaign.objects.filter(brand__in=brand_ids, next_transition_at__lte=self.now)
            self.touched.campaigns.update(due.order_by().values_list("pk", "brand_id"))
