"""Alerts that the gate writes in its own transaction: parts of budgets that are used, campaigns that the rules switch.

After each gate the open alerts of budgets are exactly the thresholds that are reached in the current day and month of
each brand and capped campaign: what is reached anew opens one, what no longer is resolves one. So nothing is told
twice, whatever races, and what fell below is told again. Where no threshold is crossed, nothing is read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Q
from uuid_utils.compat import uuid7

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key
from alerts.thresholds import reached
from alerts.writing import queue_messages, resolve_alerts
from brands.models import Brand
from budget_system.core.money import money
from campaigns.models import Campaign
from campaigns.status import MANUAL_BIT, BudgetUse, CampaignStatus, PauseReason
from spending.enforcement.budget_use import CAPPED, current_use
from spending.enforcement.decisions import Decision
from spending.enforcement.touched import CAMPAIGN_BATCH, Touched
from spending.ledger.bulk_inserts import load_rows
from spending.models import Period

PERIOD_NAMES: Final = {Period.DAY: "daily", Period.MONTH: "monthly"}
_COLUMNS: Final = [field.attname for field in Alert._meta.concrete_fields]


@dataclass(frozen=True, slots=True)
class _Reached:
    """A threshold that an owner has reached."""

    brand: Brand
    campaign: Campaign | None
    period: Period
    start: date
    threshold: int
    spent: Decimal
    budget: Decimal

    @property
    def key(self) -> str:
        owner = self.campaign or self.brand
        return alert_key(AlertKind.THRESHOLD, owner.pk, self.period, self.start, self.threshold)

    def alert(self, batch: UUID, now: datetime) -> Alert:
        return Alert(
            kind=AlertKind.THRESHOLD,
            brand=self.brand,
            campaign=self.campaign,
            key=self.key,
            batch=batch,
            period=self.period,
            start=self.start,
            threshold=self.threshold,
            at=now,
            figures={"spent": str(self.spent), "budget": str(self.budget), "currency": self.brand.currency},
            message=self.message,
        )

    @property
    def message(self) -> str:
        owner = f"Campaign “{self.campaign}” of “{self.brand}”" if self.campaign else f"“{self.brand}”"
        currency = self.brand.currency
        return (
            f"{owner} has spent {self.threshold} % of its {PERIOD_NAMES[self.period]} budget: "
            f"{money(self.spent, currency)} of {money(self.budget, currency)} {currency}."
        )


def write_alerts(touched: Touched, decisions: Sequence[Decision], brands: Mapping[UUID, Brand], now: datetime) -> None:
    """Open and resolve what this gate has changed, and put what is new into the outbox."""
    opened = [*_thresholds(touched, brands, now), *_switched(decisions, touched, brands, now)]
    if not opened:
        return
    load_rows(Alert, _COLUMNS, [tuple(getattr(alert, name) for name in _COLUMNS) for alert in opened])
    queue_messages(opened, now=now)


def _thresholds(touched: Touched, brands: Mapping[UUID, Brand], now: datetime) -> list[Alert]:
    """Resolve the thresholds that are reached no longer; return those that are reached anew."""
    whole = touched.rechecked_brands | touched.brands
    owners = touched.rechecked_owners
    if not whole and not owners:  # nearly always
        return []
    known = [brands[pk] for pk in {*whole, *owners.values()} if pk in brands and brands[pk].pk is not None]
    if not known:
        return []
    campaigns = Campaign.objects.filter(CAPPED).filter(Q(brand__in=whole) | Q(pk__in=owners))
    now_reached = {one.key: one for one in _reached(known, campaigns, whole, owners)}
    mine = Q(brand__in=whole) | Q(campaign__in=owners) | Q(brand__in=owners, campaign=None)
    stored = Alert.objects.open().filter(mine, kind=AlertKind.THRESHOLD, brand__in=known).order_by()
    open_keys = dict(stored.values_list("key", "pk"))
    if ended := [pk for key, pk in open_keys.items() if key not in now_reached]:
        Alert.objects.filter(pk__in=ended, resolved_at=None).update(resolved_at=now)
    new: dict[tuple[UUID, str], list[_Reached]] = defaultdict(list)
    for key, one in now_reached.items():
        if key not in open_keys:
            new[(one.campaign or one.brand).pk, one.period].append(one)
    return [one.alert(batch, now) for ones in new.values() for batch in [uuid7()] for one in ones]


def _reached(
    brands: Collection[Brand], campaigns: Iterable[Campaign], whole: Collection[UUID], owners: Collection[UUID]
) -> Iterator[_Reached]:
    by_id = {brand.pk: brand for brand in brands}
    capped = list(campaigns) if whole or any(pk not in by_id for pk in owners) else []
    uses = current_use(brands, Campaign.objects.filter(pk__in=[campaign.pk for campaign in capped]))
    for brand in brands:
        if brand.archived_at is None and (brand.pk in whole or brand.pk in owners):
            yield from _reached_by(brand, None, uses.of(brand, brand.today))
    for campaign in capped:
        brand = by_id[campaign.brand_id]
        yield from _reached_by(brand, campaign, uses.of(campaign, brand.today))


def _reached_by(brand: Brand, campaign: Campaign | None, use: BudgetUse) -> Iterator[_Reached]:
    for period, start, spent, budget in (
        (Period.DAY, brand.today, use.day_spend, use.day_budget),
        (Period.MONTH, brand.this_month, use.month_spend, use.month_budget),
    ):
        if budget is not None:
            for threshold in reached(spent, budget, brand.alert_thresholds):
                yield _Reached(brand, campaign, period, start, threshold, spent, budget)


def _switched(
    decisions: Sequence[Decision], touched: Touched, brands: Mapping[UUID, Brand], now: datetime
) -> Iterator[Alert]:
    """Resolve the pauses that have ended; yield what the rules have paused and resumed."""
    paused = [decision for decision in decisions if _paused_by_rules(decision)]
    ended = [decision for decision in decisions if _ended(decision)]
    # Also of what is paused anew: one that something else than the gate had made run has an open alert still.
    keys = [_pause_key(decision.campaign) for decision in [*ended, *paused]]
    for at in range(0, len(keys), CAMPAIGN_BATCH):
        resolve_alerts(keys[at : at + CAMPAIGN_BATCH], now=now)
    ordered = {order.campaign.pk for order in touched.orders if order.campaign is not None}
    released = {order.brand.pk for order in touched.orders if order.campaign is None}
    resumed = [
        decision
        for decision in ended
        if decision.resumed and decision.campaign.pk not in ordered and decision.campaign.brand_id not in released
    ]
    batches: dict[tuple[UUID, str], UUID] = defaultdict(uuid7)
    for decision in paused:
        campaign, brand, reason = decision.campaign, brands[decision.campaign.brand_id], decision.verdict.reason
        yield Alert(
            kind=AlertKind.PAUSED,
            brand=brand,
            campaign=campaign,
            key=_pause_key(campaign),
            batch=batches[brand.pk, str(reason)],
            at=now,
            figures={"reason": reason},
            message=f"Campaign “{campaign}” of “{brand}” is paused: {PauseReason(str(reason)).label}.",
        )
    for decision in resumed:
        campaign, brand = decision.campaign, brands[decision.campaign.brand_id]
        yield Alert(
            kind=AlertKind.RESUMED,
            brand=brand,
            campaign=campaign,
            key=alert_key(AlertKind.RESUMED, campaign.pk),
            batch=batches[brand.pk, AlertKind.RESUMED],
            at=now,
            resolved_at=now,
            message=f"Campaign “{campaign}” of “{brand}” runs again.",
        )


def _paused_by_rules(decision: Decision) -> bool:
    """Return whether the rules have paused it that ran; of a new one it is no news."""
    went = decision.campaign.status == CampaignStatus.ACTIVE and not decision.is_new
    return went and decision.verdict.status == CampaignStatus.PAUSED and not decision.verdict.bits & MANUAL_BIT


def _ended(decision: Decision) -> bool:
    """Return whether a pause by the rules has ended: it runs again, or a person has taken over."""
    was = decision.campaign.status == CampaignStatus.PAUSED and not decision.is_new
    by_rules = was and not decision.campaign.blocked & MANUAL_BIT
    now_manual = bool(decision.verdict.bits & MANUAL_BIT)
    return was and decision.resumed or by_rules and now_manual


def _pause_key(campaign: Campaign) -> str:
    return alert_key(AlertKind.PAUSED, campaign.pk)
