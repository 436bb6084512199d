"""The rules of brands and campaigns: limits, holds, orders, creation and removal."""

from collections.abc import Mapping
from decimal import Decimal

from tests.oracle.deciding import Deciding, assign
from tests.oracle.facts import Brand, Campaign, Order, Outcome

Limit = Decimal | None
LIMITS = ("daily_budget", "monthly_budget")


class OwnerRules(Deciding):
    """Operations on brands and campaigns."""

    # Brands

    def add_brand(self, *, name: str, daily: Limit, monthly: Limit, timezone: str, currency: str = "USD") -> Outcome:
        """Create a brand."""
        if any(b.name.casefold() == name.casefold() and not b.gone for b in self.brands):
            return Outcome(400)
        brand = Brand("", name, daily, monthly, timezone, currency.upper())
        if not brand.takes(daily, monthly):
            return Outcome(400)
        brand.key = self.new_key("b")
        self.brands.append(brand)
        return Outcome(201, brand.key, [brand])

    def change_brand(self, brand: Brand, values: Mapping[str, object]) -> Outcome:
        """Change a brand's budgets, time zone, currency or name."""
        if brand.gone:
            return Outcome(404)
        name = str(values.get("name", brand.name)).casefold()
        twin = any(b is not brand and not b.gone and b.name.casefold() == name for b in self.brands)
        currency = str(values.get("currency", brand.currency))
        if twin or (currency != brand.currency and self.has_spends(brand)):
            return Outcome(400, brands=[brand])
        budgets = [values.get(name, getattr(brand, name)) for name in LIMITS]
        if not brand.takes(*budgets, *self._caps_in(brand), currency=currency):
            return Outcome(400, brands=[brand])
        with self.asking(brand) as asked:
            if assign(brand, values) & {"daily_budget", "monthly_budget", "timezone"}:
                asked.update(self.living(brand))
        return Outcome(200, brand.key, [brand])

    def hold(self, brand: Brand, *, held: bool) -> Outcome:
        """Hold a brand, or lift its hold: every campaign stays as a person had left it."""
        if brand.gone:
            return Outcome(404)
        with self.asking(brand) as asked:
            asked.update(self.living(brand) if brand.held != held else ())
            for campaign in self.living(brand):
                campaign.held_once = True
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

    def add_campaign(self, brand: Brand, *, name: str, values: Mapping[str, object], order: Order | None) -> Outcome:
        """Create a campaign; a pause asked for with it is a person's."""
        campaign = Campaign("", brand, name, None, None)
        assign(campaign, values)
        taken = self._taken(campaign, brand, {**values, "name": name})
        if brand.gone or taken or not brand.takes(campaign.daily_budget, campaign.monthly_budget):
            return Outcome(400, brands=[] if brand.gone else [brand])
        campaign.key = self.new_key("c")
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
        caps = [values.get(name, getattr(campaign, name)) for name in LIMITS]
        stays = new is not old and self.has_spends(campaign)
        if new.gone or stays or self._taken(campaign, new, values) or not new.takes(*caps):
            return Outcome(400, brands=[old])
        with self.asking(*{old.key: old, new.key: new}.values()) as asked:
            changed = assign(campaign, values)
            if changed & {"daily_budget", "monthly_budget", "brand"}:
                asked.add(campaign)
            before = campaign.paused_by_person, campaign.stated
            if order and self._obey(campaign, order):
                asked.add(campaign)
            obeyed = before != (campaign.paused_by_person, campaign.stated)
            campaign.spoken_of |= bool(changed) or obeyed or bool(order and order.note)
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

    def _taken(self, campaign: Campaign, brand: Brand, values: Mapping[str, object]) -> bool:
        """Return whether a sister has the name, or the id on the platform, that a campaign would have in a brand."""
        name, platform, external_id = (
            str(values.get(field, getattr(campaign, field))) for field in ("name", "platform", "external_id")
        )
        sisters = [sister for sister in self.living(brand) if sister is not campaign]
        return any(sister.name.casefold() == name.casefold() for sister in sisters) or (
            bool(external_id) and any((s.platform, s.external_id) == (platform, external_id) for s in sisters)
        )

    def _caps_in(self, brand: Brand) -> list[Limit]:
        """List the caps of a brand's campaigns, of those that are archived too."""
        kept = [c for c in self.campaigns if c.brand is brand and (c.archived_at or not c.gone)]
        return [cap for campaign in kept for cap in (campaign.daily_budget, campaign.monthly_budget)]

    def _leave(self, campaign: Campaign) -> None:
        campaign.gone = True
        campaign.archived_at = self.now if self.had_spends(campaign) else None
        self.windows = [window for window in self.windows if window.campaign is not campaign]


def _is_answer(order: Order) -> bool:
    """Return whether a status came with reasons that agree with it: an answer sent back, and no order."""
    if order.blocked_by is None:
        return False
    if order.status == "ACTIVE":
        return not order.blocked_by and order.pause_reason is None
    stated = "MANUAL" in order.blocked_by and order.pause_reason is not None
    return bool(order.blocked_by) and (stated or order.pause_reason == order.blocked_by[0])
