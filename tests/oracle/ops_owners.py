"""Operations on brands and campaigns: budgets, zones, holds, orders, creation and removal."""

from decimal import Decimal
from random import Random

from hypothesis.stateful import initialize

from tests.oracle.driver import SEEDS, Driver
from tests.oracle.facts import REASONS, ZERO, Brand, Campaign, Order, Outcome
from tests.oracle.operations import body_of, cents, fitting, operation, pick, seldom
from tests.oracle.ops_clock import STARTS, ZONES
from tests.oracle.reports import IDS, PLATFORMS
from tests.oracle.rows import Row

CURRENCIES = ("USD", "USD", "USD", "JPY", "jpy", "eur")
BRANDS_AT_FIRST, MOST_BRANDS, MOST_CAMPAIGNS = 3, 6, 5
BUDGETS = {"daily_budget": "D", "monthly_budget": "M"}


class OwnerOperations(Driver):
    """What is changed of brands and campaigns."""

    names = 0

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        """Begin at an instant near something, with a few brands and campaigns."""
        rng = self.chance(seed)
        self.begin_at(pick(rng, STARTS))
        while len(self.oracle.brands) < BRANDS_AT_FIRST:  # one may be refused, as yen with a fraction are
            if self.new_brand(rng).accepted:
                for _ in range(rng.randint(1, 3)):
                    self.new_campaign(rng, self.oracle.brands[-1])
        self.comparison.everything()

    def limit(self, rng: Random, owner: Brand | Campaign, period: str) -> Decimal | None:
        """Choose a budget: none, nothing, what is spent to the cent, or a fair sum."""
        if isinstance(owner, Brand):
            spent = self.oracle.brand_counter(owner, period, self.oracle.today(owner))
        else:
            spent = self.oracle.counter(owner, period, self.oracle.today(owner.brand))
        how = rng.randint(0, 11)
        if how < 3:
            return None
        if how == 3:
            return ZERO
        if how < 6:
            chosen = max(ZERO, spent + (5 - how) * Decimal("0.01"))
        else:
            chosen = cents(rng, 9000) + (spent if how < 8 else ZERO) + (100 if period == "M" else 0)
        return fitting(rng, chosen, (owner if isinstance(owner, Brand) else owner.brand).currency)

    def new_name(self, rng: Random, taken: list[str]) -> str:
        """Choose a name that is free, now and then one that is not."""
        if taken and seldom(rng, 20):
            return pick(rng, taken).swapcase()
        self.names += 1
        return f"Name {self.names}"

    # Brands

    def new_brand(self, rng: Random) -> Outcome:
        """POST a brand."""
        name = self.new_name(rng, [brand.name for brand in self.brands()])
        zone, currency = pick(rng, ZONES), pick(rng, CURRENCIES)
        daily = None if seldom(rng, 4) else fitting(rng, cents(rng, 9000), currency.upper())
        monthly = None if seldom(rng, 4) else fitting(rng, 100 + cents(rng, 20000), currency.upper())
        outcome = self.oracle.add_brand(name=name, daily=daily, monthly=monthly, timezone=zone, currency=currency)
        sent = {"name": name, "daily_budget": daily, "monthly_budget": monthly, "timezone": zone, "currency": currency}
        return self.ask(outcome, "POST", "/api/brands/", body_of(sent))

    def patch_brand(self, brand: Brand, values: dict[str, object]) -> Outcome:
        """PATCH a brand."""
        outcome = self.oracle.change_brand(brand, values)
        return self.ask(outcome, "PATCH", f"/api/brands/{self.ident(brand)}/", body_of(values))

    @operation(lambda self: len(self.brands()) < MOST_BRANDS)
    def create_brand(self, rng: Random) -> Outcome:
        """Create a brand."""
        return self.new_brand(rng)

    @operation(lambda self: len(self.brands()) > MOST_BRANDS // 2)
    def delete_brand(self, rng: Random) -> Outcome:
        """Delete a brand: its spends stay, but nothing of it is shown."""
        brand = pick(rng, self.oracle.brands if seldom(rng, 6) else self.brands())
        return self.ask(self.oracle.remove_brand(brand), "DELETE", f"/api/brands/{self.ident(brand)}/")

    @operation(Driver.brands)
    def brand_daily_budget(self, rng: Random) -> Outcome:
        """Change a brand's daily budget."""
        brand = pick(rng, self.brands())
        return self.patch_brand(brand, {"daily_budget": self.limit(rng, brand, "D")})

    @operation(Driver.brands)
    def brand_monthly_budget(self, rng: Random) -> Outcome:
        """Change a brand's monthly budget."""
        brand = pick(rng, self.brands())
        return self.patch_brand(brand, {"monthly_budget": self.limit(rng, brand, "M")})

    @operation(Driver.brands)
    def figures_max_age(self, rng: Random) -> Outcome:
        """Choose how old a brand's figures may be: without a connector nothing else comes of it."""
        brand = pick(rng, self.brands())
        if seldom(rng, 10):
            wrong: Row = {"figures_max_age_hours": pick(rng, (0, 169, -1, "3", 1.5, None))}
            return self.ask(Outcome(400), "PATCH", f"/api/brands/{self.ident(brand)}/", wrong)
        return self.patch_brand(brand, {"figures_max_age_hours": pick(rng, (1, 3, 24, 168))})

    @operation(Driver.brands)
    def brand_time_zone(self, rng: Random) -> Outcome:
        """Move a brand to another time zone: its today may become another date."""
        return self.patch_brand(pick(rng, self.brands()), {"timezone": pick(rng, ZONES)})

    @operation(Driver.brands, weight=3)
    def brand_currency_or_name(self, rng: Random) -> Outcome:
        """Change what a brand is called, or its currency, which its spends fix."""
        brand = pick(rng, self.brands())
        if seldom(rng, 2):
            return self.patch_brand(brand, {"currency": pick(rng, ("USD", "EUR", "JPY"))})
        return self.patch_brand(brand, {"name": self.new_name(rng, [b.name for b in self.brands() if b is not brand])})

    @operation(Driver.brands)
    def hold(self, rng: Random) -> Outcome:
        """Hold a brand, or hold it again."""
        brand = pick(rng, self.brands())
        return self.ask(self.oracle.hold(brand, held=True), "POST", f"/api/brands/{self.ident(brand)}/hold/", {})

    @operation(Driver.brands, weight=2)
    def release(self, rng: Random) -> Outcome:
        """Release a brand."""
        brand = pick(rng, [brand for brand in self.brands() if brand.held] or self.brands())
        outcome = self.oracle.hold(brand, held=False)
        return self.ask(outcome, "POST", f"/api/brands/{self.ident(brand)}/release/", {"note": "paid"})

    # Campaigns

    def new_campaign(self, rng: Random, brand: Brand) -> Outcome:
        """POST a campaign, now and then paused, with or without a reason."""
        name = self.new_name(rng, [campaign.name for campaign in self.oracle.living(brand)])
        values: dict[str, object] = {}
        if seldom(rng, 3):
            values[pick(rng, tuple(BUDGETS))] = fitting(rng, cents(rng, 5000), brand.currency)
        if not seldom(rng, 3):
            values |= self.platform_id(rng, brand)
        status = pick(rng, (None, None, None, "ACTIVE", "PAUSED"))
        reason = pick(rng, (None, *REASONS)) if seldom(rng, 2) else None
        order = Order(status, reason) if status else None
        outcome = self.oracle.add_campaign(brand, name=name, values=values, order=order)
        body = {"brand": self.ident(brand), "name": name} | body_of(values) | self.status_of(status, reason)
        return self.ask(outcome, "POST", "/api/campaigns/", body)

    def platform_id(self, rng: Random, brand: Brand) -> dict[str, object]:
        """Choose an id on a platform, mostly one that is free in the brand."""
        taken = {(campaign.platform, campaign.external_id) for campaign in self.oracle.living(brand)}
        ids = [(platform, number) for platform in PLATFORMS for number in IDS]
        free = [chosen for chosen in ids if chosen not in taken]
        platform, number = pick(rng, ids if seldom(rng, 15) or not free else free)
        return {"platform": platform, "external_id": number}

    @staticmethod
    def status_of(status: str | None, reason: str | None) -> Row:
        """Write the status and reason that are asked for."""
        return {k: v for k, v in (("status", status), ("pause_reason", reason)) if v is not None}

    def patch_campaign(
        self, campaign: Campaign, values: dict[str, object], order: Order | None = None, also: Row | None = None
    ) -> Outcome:
        """PATCH a campaign."""
        if order:
            self.comparison.ordered.add(campaign)
        outcome = self.oracle.change_campaign(campaign, values, order)
        sent = {name: self.ident(value) if isinstance(value, Brand) else value for name, value in values.items()}
        return self.ask(outcome, "PATCH", f"/api/campaigns/{self.ident(campaign)}/", body_of(sent) | (also or {}))

    @operation(Driver.brands, weight=4)
    def create_campaign(self, rng: Random) -> Outcome:
        """Create a campaign, in a brand that has room, now and then in one that is gone."""
        if seldom(rng, 20):
            return self.new_campaign(rng, pick(rng, self.oracle.brands))
        return self.new_campaign(rng, min(self.brands(), key=lambda brand: len(self.oracle.living(brand))))

    @operation(lambda self: len(self.campaigns()) > MOST_CAMPAIGNS, weight=4)
    def delete_campaign(self, rng: Random) -> Outcome:
        """Delete a campaign, now and then one that is gone."""
        campaign = pick(rng, self.gone() or self.campaigns()) if seldom(rng, 6) else self.fullest(rng)
        return self.ask(self.oracle.remove_campaign(campaign), "DELETE", f"/api/campaigns/{self.ident(campaign)}/")

    def fullest(self, rng: Random) -> Campaign:
        """Choose a campaign of the brand that has most."""
        brand = max(self.brands(), key=lambda brand: len(self.oracle.living(brand)))
        return pick(rng, self.oracle.living(brand))

    @operation(Driver.campaigns, weight=3)
    def move_campaign(self, rng: Random) -> Outcome:
        """Move a campaign to another brand, which its spends forbid."""
        fresh = [campaign for campaign in self.campaigns() if not self.oracle.has_spends(campaign)]
        campaign = pick(rng, fresh if fresh and not seldom(rng, 4) else self.campaigns())
        return self.patch_campaign(campaign, {"brand": pick(rng, self.brands())})

    @operation(Driver.campaigns)
    def put_on_platform(self, rng: Random) -> Outcome:
        """Return a campaign another id, on this or another platform: reports then find it by that."""
        campaign = pick(rng, self.campaigns())
        return self.patch_campaign(campaign, self.platform_id(rng, campaign.brand))

    @operation(Driver.campaigns)
    def cap(self, rng: Random) -> Outcome:
        """Change a campaign's own caps."""
        campaign = pick(rng, self.campaigns())
        name = pick(rng, tuple(BUDGETS))
        return self.patch_campaign(campaign, {name: self.limit(rng, campaign, BUDGETS[name])})

    # Orders

    def wanted(self, rng: Random) -> Campaign:
        """Choose a campaign to order about, now and then one that is gone."""
        gone = self.gone()
        return pick(rng, gone if gone and seldom(rng, 20) else self.campaigns())

    def act(self, campaign: Campaign, action: str, order: Order) -> Outcome:
        """POST an action."""
        self.comparison.ordered.add(campaign)
        outcome = self.oracle.change_campaign(campaign, {}, order)
        return self.ask(outcome, "POST", f"/api/campaigns/{self.ident(campaign)}/{action}/", {"note": "as agreed"})

    @operation(Driver.campaigns)
    def pause(self, rng: Random) -> Outcome:
        """Pause a campaign by its action."""
        return self.act(self.wanted(rng), "pause", Order("PAUSED", note=True))

    @operation(Driver.campaigns)
    def activate(self, rng: Random) -> Outcome:
        """Activate a campaign by its action, mostly one that is paused."""
        paused = [campaign for campaign in self.campaigns() if campaign.paused_by_person]
        campaign = pick(rng, paused) if paused and not seldom(rng, 5) else self.wanted(rng)
        return self.act(campaign, "activate", Order("ACTIVE", note=True))

    @operation(Driver.campaigns)
    def pause_by_status(self, rng: Random) -> Outcome:
        """Ask for PAUSED, without a reason, with the one that stands, or with another."""
        campaign = self.wanted(rng)
        stands = campaign.shown.pause_reason if campaign.shown else None
        reason = pick(rng, (None, None, stands, stands, *REASONS))
        order = Order("PAUSED", reason)
        return self.patch_campaign(campaign, {}, order, self.status_of("PAUSED", reason))

    @operation(Driver.campaigns)
    def activate_by_status(self, rng: Random) -> Outcome:
        """Ask for ACTIVE, perhaps together with another cap; a reason sent with it is ignored."""
        paused = [campaign for campaign in self.campaigns() if campaign.paused_by_person]
        campaign = pick(rng, paused or self.campaigns())
        values: dict[str, object] = {}
        if seldom(rng, 3):
            values = {"daily_budget": self.limit(rng, campaign, "D")}
        reason = pick(rng, (None, *REASONS)) if seldom(rng, 3) else None
        order = Order("ACTIVE", reason)
        return self.patch_campaign(campaign, values, order, self.status_of("ACTIVE", reason))
